package catalogue

import (
	"context"
	"crypto/sha256"
	"encoding"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"dreambuild.dev/backend/internal/errs"
	"golang.org/x/sync/errgroup"
)

// hashers is how many files are read at once: enough to keep two cores and a
// network busy. Each holds one buffer.
const (
	hashers    = 4
	bufferSize = 1 << 20
)

// hash reads every file of a draft, writes the manifest and publishes. r's run
// holds the revision.
func (p *Publisher) hash(ctx context.Context, r Revision, d draft, report func(float64)) (Revision, error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	t := newTally(r.Hashes, d)

	// Reports wait for a slow client; the lease and the end do not.
	done := make(chan struct{})
	var renewing, reporting sync.WaitGroup
	renewing.Go(func() {
		every(ctx, p.lease()/10, done, func() {
			if err := p.renew(ctx, r, t); err != nil {
				stop(err)
			}
		})
	})
	if report != nil {
		reporting.Go(func() {
			every(ctx, 250*time.Millisecond, done, func() { report(progress(t.hashes(), *t.config)) })
		})
	}
	defer reporting.Wait()
	files, err := p.hashAll(ctx, r.Key, t)
	close(done)
	renewing.Wait()
	if err == nil { // a run that was frozen and taken over must learn of it before it writes
		err = p.renew(ctx, r, t)
	}
	var out Revision
	if err == nil {
		out, err = p.commit(ctx, r, d, files)
	}
	if err == nil {
		if report != nil {
			reporting.Wait()
			report(1)
		}
		return out, nil
	}
	if cause := context.Cause(ctx); cause != nil && !errors.Is(err, ErrGone) {
		err = cause
	}
	// The progress is kept, and the next run may begin at once.
	after, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	free := p.Store.ApplyRevision(after, r.Key, "stop publish", mine(r.Run, func(now time.Time, next *Revision) {
		next.Hashes, next.RenewedAt = t.hashes(), time.Time{}
	}))
	if free != nil && !taken(free) {
		err = fmt.Errorf("%w (and the stop was not stored: %w)", err, free)
	}
	return Revision{}, errChanged(r.Key, err)
}

// taken reports that a step of mine was refused: this run no longer holds the
// revision.
func taken(err error) bool {
	reason := errs.Of(err).Reason
	return reason == errs.Interrupted || reason == errs.Quarantined
}

// mine is a step of the run that holds the revision: ABORTED for any other.
func mine(run string, change func(now time.Time, next *Revision)) Step {
	return func(v View) (Change, error) {
		switch {
		case v.Revision != nil && v.Revision.State == Quarantined:
			return Change{}, errRefused(*v.Revision)
		case v.Revision == nil || v.Revision.State != Hashing || v.Revision.Run != run:
			return Change{}, errs.New(errs.Aborted, errs.Interrupted, "Another publish of this revision took over.")
		}
		next := *v.Revision
		change(v.Now, &next)
		return Change{Revision: &next}, nil
	}
}

// every calls f at intervals, until done or the end of ctx.
func every(ctx context.Context, interval time.Duration, done <-chan struct{}, f func()) {
	ticks := time.NewTicker(interval)
	defer ticks.Stop()
	for {
		select {
		case <-done:
			return
		case <-ctx.Done():
			return
		case <-ticks.C:
			f()
		}
	}
}

// renew stores the progress, and that the run lives.
func (p *Publisher) renew(ctx context.Context, r Revision, t *tally) error {
	return p.Store.ApplyRevision(ctx, r.Key, "renew publish", mine(r.Run, func(now time.Time, next *Revision) {
		next.Hashes, next.RenewedAt = t.hashes(), now
	}))
}

// progress is the part of the files' bytes that is hashed, from 0 to 1. The
// config is counted in what is done but not in the total, so the result is capped.
func progress(hashes []Hash, c Config) float64 {
	var done, all int64
	for _, h := range hashes {
		done += h.Done
	}
	for _, f := range c.Files {
		all += f.Size
	}
	return min(1, float64(done)/float64(max(all, 1)))
}

// tally is the state of all files' hashing.
type tally struct {
	config *Config
	todo   []Object // config first, then the files by path
	prefix int      // of the objects' names, which paths lack

	mu   sync.Mutex
	done map[string]Hash // by path
}

// newTally starts from the hashes of an earlier run. It drops those of objects
// that have changed since.
func newTally(before []Hash, d draft) *tally {
	t := &tally{config: d.config, done: map[string]Hash{}}
	paths := []string{ConfigName}
	for _, f := range d.config.Files {
		paths = append(paths, f.Path)
	}
	slices.Sort(paths[1:])
	for _, path := range paths {
		o := d.objects[path]
		t.todo = append(t.todo, o)
		t.prefix = len(o.Name) - len(path)
		for _, h := range before {
			if h.Path == path && h.Generation == o.Generation {
				t.done[path] = h
			}
		}
	}
	return t
}

func (t *tally) get(path string) Hash {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.done[path]
}

func (t *tally) set(h Hash) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.done[h.Path] = h
}

// hashes returns the state of every file, sorted by path.
func (t *tally) hashes() []Hash {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := make([]Hash, 0, len(t.done))
	for _, h := range t.done {
		all = append(all, h)
	}
	slices.SortFunc(all, func(a, b Hash) int { return strings.Compare(a.Path, b.Path) })
	return all
}

// hashAll hashes what is not hashed yet. The config comes first in the result.
func (p *Publisher) hashAll(ctx context.Context, k Key, t *tally) ([]File, error) {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(hashers)
	files := make([]File, len(t.todo))
	for i, o := range t.todo {
		path := o.Name[t.prefix:]
		group.Go(func() error {
			h, err := p.hashOne(ctx, o, path, t)
			files[i] = File{Path: path, Size: o.Size, SHA256: h.SHA256, CRC32C: crc32c(uint32(h.CRC32C)), Generation: o.Generation}
			return err
		})
	}
	return files, group.Wait()
}

// hashOne reads one object from where its tally stopped to its end.
func (p *Publisher) hashOne(ctx context.Context, o Object, path string, t *tally) (Hash, error) {
	h := t.get(path)
	if h.SHA256 != "" {
		return h, nil
	}
	sum := sha256.New()
	if h.Done > 0 {
		if err := sum.(encoding.BinaryUnmarshaler).UnmarshalBinary(h.State); err != nil {
			h = Hash{}
			sum.Reset()
		}
	}
	h.Path, h.Generation = path, o.Generation
	if err := p.readOn(ctx, o, sum, &h, t); err != nil {
		if errs.Of(err).Code == errs.DataLoss {
			t.forget(path) // what was hashed so far may be wrong already
		}
		return h, fmt.Errorf("read %s: %w", o.Name, err)
	}
	if h.Done != o.Size {
		return h, errs.New(errs.Unavailable, errs.BucketUnavailable, "%s broke off while it was read. Publish again: it continues.", errs.Logged(path)).
			Because(fmt.Errorf("%s: %d of %d bytes", o.Name, h.Done, o.Size))
	}
	if uint32(h.CRC32C) != o.CRC32C {
		t.forget(path)
		return h, errs.New(errs.DataLoss, errs.Incomplete, "What was read of %s has the CRC32C %s, and should have %s. Publish again; if it stays so, upload the file again.",
			errs.Logged(path), crc32c(uint32(h.CRC32C)), crc32c(o.CRC32C))
	}
	h.State, h.SHA256 = nil, hex.EncodeToString(sum.Sum(nil))
	t.set(h)
	return h, nil
}

// readOn reads an object from where h stopped, and records each step in the tally.
// It never asks for an offset at the end: Cloud Storage refuses that.
func (p *Publisher) readOn(ctx context.Context, o Object, sum hash.Hash, h *Hash, t *tally) error {
	if h.Done >= o.Size {
		return nil
	}
	r, err := p.Bucket.Read(ctx, o.Name, o.Generation, h.Done)
	if err != nil {
		return err
	}
	defer r.Close()
	buffer := buffers.Get().(*[]byte)
	defer buffers.Put(buffer)
	for h.Done < o.Size {
		n, err := io.ReadFull(r, (*buffer)[:min(bufferSize, o.Size-h.Done)])
		sum.Write((*buffer)[:n])
		h.CRC32C = int64(crc32.Update(uint32(h.CRC32C), castagnoli, (*buffer)[:n]))
		h.Done += int64(n)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil // hashOne sees that it is not whole
		}
		if err != nil {
			return err
		}
		if h.State, err = sum.(encoding.BinaryMarshaler).MarshalBinary(); err != nil {
			return err
		}
		t.set(*h)
	}
	return nil
}

func (t *tally) forget(path string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.done, path)
}

var (
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
	buffers    = sync.Pool{New: func() any { b := make([]byte, bufferSize); return &b }}
)

// commit writes the manifest, then the documents. If it stops in between, the
// next publish writes the same manifest again.
func (p *Publisher) commit(ctx context.Context, r Revision, d draft, files []File) (Revision, error) {
	k := r.Key
	m := Manifest{ModelID: k.Model, Revision: k.Revision, Engine: d.config.Engine, Config: files[0], Files: files[1:]}
	text, err := m.encode()
	if err != nil {
		return Revision{}, fmt.Errorf("encode the manifest: %w", err)
	}
	// An object that was read early may have been replaced since.
	listed, err := p.Bucket.List(ctx, k.Prefix())
	if err != nil {
		return Revision{}, err
	}
	if changes := m.changes(byPath(k, listed)); len(changes) > 0 {
		return Revision{}, fmt.Errorf("%w: %s", ErrGone, strings.Join(changes, "; "))
	}
	// An earlier manifest may have been uploaded with the files, or written by a
	// publish that was killed. Whatever it says, this one is true.
	written, err := p.Bucket.Write(ctx, k.Object(ManifestName), text, d.objects[ManifestName].Generation)
	if err != nil {
		return Revision{}, fmt.Errorf("write %s: %w", ManifestName, err)
	}
	ref := &ManifestRef{SHA256: hexSum(text), Generation: written.Generation, Files: len(m.Files), Bytes: m.bytes()}
	var out Revision
	err = p.Store.ApplyRevision(ctx, k, "publish", func(v View) (Change, error) {
		if v.Revision != nil && v.Revision.State == Published && v.Revision.Manifest.Generation == ref.Generation {
			out = *v.Revision // a commit whose answer was lost
			return Change{}, nil
		}
		c, err := mine(r.Run, func(now time.Time, next *Revision) {
			next.State, next.Manifest, next.UpdatedAt = Published, ref, now
			next.Run, next.RenewedAt, next.Hashes = "", time.Time{}, nil
		})(v)
		if err != nil {
			return Change{}, err
		}
		out = *c.Revision
		c.Model = &Model{ID: k.Model}
		if v.Model != nil {
			*c.Model = *v.Model
		}
		c.Model.Published = append(slices.Clone(c.Model.Published), k.Revision)
		c.Model.UpdatedAt = v.Now
		return c, nil
	})
	return out, err
}
