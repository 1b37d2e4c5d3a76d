package catalogue

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// draft is an upload as the bucket has it.
type draft struct {
	config   *Config           // nil: it is missing or wrong
	objects  map[string]Object // by path
	problems []string          // why it cannot be published
}

// maxSmall is the size in bytes up to which a JSON file is read as a whole. WebLLM's
// are below 200 KB, tokenizers below 10 MB.
const maxSmall = 16 << 20

// byPath indexes a revision's objects by the paths of their files.
func byPath(k Key, listed []Object) map[string]Object {
	objects := make(map[string]Object, len(listed))
	for _, o := range listed {
		objects[strings.TrimPrefix(o.Name, k.Prefix())] = o
	}
	return objects
}

// inspect looks at an upload.
func (p *Publisher) inspect(ctx context.Context, k Key) (draft, error) {
	d, err := p.look(ctx, k)
	d.problems = few(d.problems)
	return d, err
}

// few shortens a list of problems to what people read and a document can hold.
func few(problems []string) []string {
	const most, length = 50, 500
	short := slices.Clone(problems[:min(len(problems), most)])
	for i, text := range short {
		if len(text) > length {
			short[i] = strings.ToValidUTF8(text[:length], "") + " …"
		}
	}
	if more := len(problems) - len(short); more > 0 {
		short = append(short, fmt.Sprintf("… and %d more", more))
	}
	return short
}

func (p *Publisher) look(ctx context.Context, k Key) (draft, error) {
	listed, err := p.Bucket.List(ctx, k.Prefix())
	if err != nil {
		return draft{}, err
	}
	d := draft{objects: byPath(k, listed)}
	text, err := p.small(ctx, d, ConfigName)
	if err != nil {
		return d.because(err)
	}
	config, problems := ParseConfig(k.Model, text)
	if d.problems = problems; len(problems) > 0 {
		return d, nil
	}
	d.config = &config
	d.problems = d.compare()
	if config.Engine != WebLLM || len(d.problems) > 0 {
		return d, nil
	}
	chat, err := p.small(ctx, d, chatConfigName)
	if err != nil {
		return d.because(err)
	}
	tensors, err := p.small(ctx, d, tensorCacheName)
	if err != nil {
		return d.because(err)
	}
	d.problems = append(checkChatConfig(config, chat), checkTensorCache(config, tensors, d.objects)...)
	return d, nil
}

// problem is an error that the uploader can mend.
type problem string

func (p problem) Error() string { return string(p) }

// because adds err to the draft's problems if err is a problem. Any other error is
// returned.
func (d draft) because(err error) (draft, error) {
	if p, ok := errors.AsType[problem](err); ok {
		d.problems = append(d.problems, string(p))
		return d, nil
	}
	return d, err
}

// compare says where the objects differ from what the config lists.
func (d *draft) compare() []string {
	var all []string
	for _, f := range d.config.Files {
		switch o, there := d.objects[f.Path]; {
		case !there:
			all = append(all, f.Path+" is missing")
		case o.Size != f.Size:
			all = append(all, fmt.Sprintf("%s has %d bytes, and should have %d", f.Path, o.Size, f.Size))
		case o.Encoding != "":
			all = append(all, encoded(f.Path, o))
		}
	}
	return all
}

// encoded says what is wrong with a compressed object: it is read without a
// length and without ranges, and its bytes are not those that were uploaded.
func encoded(path string, o Object) string {
	return fmt.Sprintf("%s was uploaded with Content-Encoding %s: upload it again without gsutil's -z, -Z, -j or -J", path, o.Encoding)
}

func (p *Publisher) small(ctx context.Context, d draft, path string) ([]byte, error) {
	o, there := d.objects[path]
	switch {
	case !there:
		return nil, problem(fmt.Sprintf("%s is missing (there are %d objects)", path, len(d.objects)))
	case o.Encoding != "":
		return nil, problem(encoded(path, o))
	case o.Size > maxSmall:
		return nil, problem(fmt.Sprintf("%s has %d MB; up to %d can be read", path, o.Size>>20, maxSmall>>20))
	}
	return readSmall(ctx, p.Bucket, o.Name, o.Generation)
}

func readSmall(ctx context.Context, b Bucket, name string, generation int64) ([]byte, error) {
	r, err := b.Read(ctx, name, generation, 0)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	defer r.Close()
	text, err := io.ReadAll(io.LimitReader(r, maxSmall+1))
	if err == nil && len(text) > maxSmall {
		err = fmt.Errorf("it is larger than %d MB", maxSmall>>20)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return text, nil
}
