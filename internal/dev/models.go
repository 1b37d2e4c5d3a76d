package main

import (
	"context"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"dreambuild.dev/backend/internal/catalogue"
	"dreambuild.dev/backend/internal/quota"
	"github.com/tmaxmax/go-sse"
)

// where holds a running suite's addresses, for commands in another terminal.
type where struct {
	Functions string `json:"functions"` // base URL
	Auth      string `json:"auth"`      // host:port of the emulator
	Firestore string `json:"firestore"` // likewise
	BucketTLS string `json:"bucketTls"` // host:port
	AppCheck  string `json:"appCheck"`  // host:port; "": the backend looks at no App Check tokens
}

func (s *suite) whereFile() string { return filepath.Join(s.dev(), "up.json") }

func (s *suite) findRunning() (where, error) {
	var w where
	text, err := os.ReadFile(s.whereFile())
	if err != nil {
		return w, errors.New("the local suite is not running in this checkout: start it with make run")
	}
	return w, json.Unmarshal(text, &w)
}

func (s *suite) sayWhere(w where) error {
	text, err := json.Marshal(w)
	if err != nil {
		return err
	}
	return os.WriteFile(s.whereFile(), text, 0o644)
}

// upload is one revision that is to be uploaded and published, and its target.
type upload struct {
	dir, id, rev string
	bucket       string   // "" for the local suite's
	env          []string // for gsutil
	functions    string   // base URL; if "", the upload's events publish the revision
	token        string   // an admin's
	app          string   // an App Check token; "" for none
}

// publishModel uploads a folder and publishes it in the running suite or, if
// MODELS_BUCKET is set, in a real bucket.
func (s *suite) publishModel(flags *flag.FlagSet) action {
	u := upload{bucket: os.Getenv("MODELS_BUCKET"), functions: os.Getenv("FUNCTIONS_URL"), token: os.Getenv("ID_TOKEN"), app: os.Getenv("APP_CHECK_TOKEN")}
	flags.StringVar(&u.dir, "dir", "", "the `folder` that holds the files and model-config.json")
	flags.StringVar(&u.id, "id", "", "the model's `id`")
	flags.StringVar(&u.rev, "rev", "", "the `revision`: a new one, since a published one never changes")
	return func(ctx context.Context, _ []string) error {
		if u.dir == "" || u.id == "" || u.rev == "" {
			return errors.New("name what to publish: make publish-model DIR=path/to/files ID=my-model REV=v1")
		}
		return s.uploadAndPublish(ctx, u)
	}
}

func (s *suite) uploadAndPublish(ctx context.Context, u upload) error {
	if err := check(u); err != nil {
		return err
	}
	if s.gsutilPath() == "" {
		if err := s.install(ctx, s.gsutil()); err != nil {
			return err
		}
	}
	if u.bucket == "" {
		w, err := s.findRunning()
		if err != nil {
			return fmt.Errorf("%w. For a real bucket set MODELS_BUCKET, FUNCTIONS_URL, ID_TOKEN (an admin's) and, where App Check is enforced, APP_CHECK_TOKEN", err)
		}
		scratch, err := os.MkdirTemp("", "dreambuild-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(scratch)
		u.bucket, u.functions = modelsBucket, w.Functions
		if u.env, err = s.gsutilEnv(w.BucketTLS, scratch); err != nil {
			return err
		}
		if u.token, err = adminToken(ctx, w.Auth); err != nil {
			return err
		}
		if u.app, err = appCheckToken(ctx, w.AppCheck); err != nil {
			return err
		}
	}
	s.say("Uploading %s", u.dir)
	cmd := exec.CommandContext(ctx, s.gsutilPath(), rsync(u.dir, u.bucket, u.id, u.rev)...)
	cmd.Env = append(os.Environ(), u.env...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w. Run the same again: what is uploaded already is not uploaded twice", strings.Join(cmd.Args, " "), err)
	}
	if u.functions == "" {
		s.say("Uploaded. The event function modelUploaded publishes it, if its trigger is deployed; else set FUNCTIONS_URL and ID_TOKEN.")
		return nil
	}
	last := -1
	text, err := publish(ctx, u, func(progress float64) {
		if tenth := int(progress * 10); tenth != last {
			last = tenth
			s.say("  publishing … %d %%", tenth*10)
		}
	})
	if err != nil {
		return err
	}
	s.say("Published: %s", text)
	return nil
}

// check reports what is wrong with a folder, before anything is uploaded.
func check(u upload) error {
	if err := (catalogue.Key{Model: u.id, Revision: u.rev}).Check(); err != nil {
		return err
	}
	text, err := os.ReadFile(filepath.Join(u.dir, catalogue.ConfigName))
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s has no %s. Make a draft with: go run ./internal/dev model-config --dir %s --id %s", u.dir, catalogue.ConfigName, u.dir, u.id)
	}
	if err != nil {
		return err
	}
	config, problems := catalogue.ParseConfig(u.id, text)
	for _, f := range config.Files {
		info, err := os.Stat(filepath.Join(u.dir, filepath.FromSlash(f.Path)))
		switch {
		case err != nil:
			problems = append(problems, f.Path+" is listed, but missing")
		case info.Size() != f.Size:
			problems = append(problems, fmt.Sprintf("%s has %d bytes, but %s says %d", f.Path, info.Size(), catalogue.ConfigName, f.Size))
		}
	}
	if len(problems) > 0 {
		return fmt.Errorf("%s cannot be published as it is:\n- %s", u.dir, strings.Join(problems, "\n- "))
	}
	return nil
}

// publish calls the function publishModel and returns its result as JSON.
func publish(ctx context.Context, u upload, report func(float64)) (string, error) {
	body := fmt.Sprintf(`{"data":{"modelId":%q,"revision":%q}}`, u.id, u.rev)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.functions+"/publishModel", strings.NewReader(body))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "text/event-stream")
	req.Header.Set("Authorization", "Bearer "+u.token)
	if u.app != "" {
		req.Header.Set("X-Firebase-AppCheck", u.app)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", fmt.Errorf("call publishModel: %w", err)
	}
	defer res.Body.Close()
	brokeOff := func(err error) error {
		return fmt.Errorf("publishModel broke off (%s, %w). Call it again: it continues", res.Status, err)
	}
	for event, err := range sse.Read(res.Body, &sse.ReadConfig{MaxEventSize: 1 << 20}) {
		if err != nil {
			return "", brokeOff(err)
		}
		var frame struct {
			Message *struct{ Progress float64 }
			Result  json.RawMessage
			Error   *struct{ Message string }
		}
		switch err := json.Unmarshal([]byte(event.Data), &frame); {
		case err != nil:
			return "", fmt.Errorf("publishModel answered %.200s: %w", event.Data, err)
		case frame.Error != nil:
			return "", errors.New(frame.Error.Message)
		case frame.Result != nil:
			return string(frame.Result), nil
		case frame.Message != nil && report != nil:
			report(frame.Message.Progress)
		}
	}
	return "", brokeOff(io.ErrUnexpectedEOF)
}

// adminToken signs in as the suite's admin.
func adminToken(ctx context.Context, auth string) (string, error) {
	url := "http://" + auth + "/identitytoolkit.googleapis.com/v1/accounts:signInWithPassword?key=any"
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(`{"email":"admin@example.com","password":"dreambuild","returnSecureToken":true}`))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	var user struct{ IDToken string }
	if err := json.NewDecoder(res.Body).Decode(&user); err != nil || user.IDToken == "" {
		return "", fmt.Errorf("sign in as admin@example.com: %s, %v", res.Status, err)
	}
	return user.IDToken, nil
}

// smallModel lays out the local worker's model as a revision to upload, and
// returns the folder.
func (s *suite) smallModel() (upload, error) {
	u := upload{id: "smollm2-135m-instruct", bucket: modelsBucket, dir: filepath.Join(s.dev(), "models/smollm2-135m-instruct")}
	weights, err := s.weights()
	if err != nil {
		return u, err
	}
	info, err := os.Stat(weights)
	if err != nil {
		return u, err
	}
	name := filepath.Base(weights)
	text, err := json.MarshalIndent(catalogue.Config{
		ModelID: u.id, Name: "SmolLM2 135M Instruct", Engine: catalogue.Wllama, Entry: name, Plans: []quota.Plan{quota.Free, quota.Premium},
		Files: []catalogue.ConfigFile{{Path: name, Size: info.Size()}}, ContextTokens: 2048, MemoryMB: 300, Quantization: "Q4_1",
		Licence: "Apache-2.0", SourceURL: "https://huggingface.co/HuggingFaceTB/SmolLM2-135M-Instruct",
	}, "", "  ")
	if err != nil {
		return u, err
	}
	if err := os.MkdirAll(u.dir, 0o755); err != nil {
		return u, err
	}
	// The name comes from the content: other weights are another revision.
	sum, err := hash([]string{weights})
	if err != nil {
		return u, err
	}
	both := sha256.Sum256(append(text, sum...))
	u.rev = "q4_1-" + hex.EncodeToString(both[:4])
	link := filepath.Join(u.dir, name)
	if target, err := os.Readlink(link); err != nil || target != weights {
		os.Remove(link)
		if err := os.Symlink(weights, link); err != nil {
			return u, err
		}
	}
	return u, os.WriteFile(filepath.Join(u.dir, catalogue.ConfigName), append(text, '\n'), 0o644)
}

// startModels starts the bucket with its gate and uploads the small model.
func (s *suite) startModels(ctx context.Context, ports map[string]int, key *rsa.PublicKey) (*bucket, upload, error) {
	b, err := s.startBucket(ctx, s.objects())
	if err != nil {
		return b, upload{}, err
	}
	if err := b.make(ctx, modelsBucket); err != nil {
		return b, upload{}, err
	}
	if err := b.openGate(ports["storage"], key, fmt.Sprintf("http://127.0.0.1:%d", ports["hosting"]), fmt.Sprintf("http://localhost:%d", ports["hosting"])); err != nil {
		return b, upload{}, err
	}
	u, err := s.smallModel()
	if err != nil {
		return b, u, err
	}
	scratch, err := os.MkdirTemp("", "dreambuild-")
	if err != nil {
		return b, u, err
	}
	defer os.RemoveAll(scratch)
	if u.env, err = s.gsutilEnv(b.tls, scratch); err != nil {
		return b, u, err
	}
	return b, u, s.timed("upload of the small model, by gsutil", func() error {
		return quietly(ctx, s.root, u.env, s.gsutilPath(), rsync(u.dir, u.bucket, u.id, u.rev)...)
	})
}

// publishSmallModel publishes what startModels has uploaded.
func (s *suite) publishSmallModel(ctx context.Context, w where, u upload) (err error) {
	if u.token, err = adminToken(ctx, w.Auth); err != nil {
		return err
	}
	if u.app, err = appCheckToken(ctx, w.AppCheck); err != nil {
		return err
	}
	u.functions = w.Functions
	if _, err = publish(ctx, u, nil); err != nil {
		return fmt.Errorf("publish %s: %w (make reset forgets all local data)", u.id, err)
	}
	return nil
}

// modelConfig drafts a model-config.json with all that the files tell.
func (s *suite) modelConfig(flags *flag.FlagSet) action {
	dir := flags.String("dir", "", "the `folder` that holds the files")
	id := flags.String("id", "", "the model's `id`")
	return func(context.Context, []string) error {
		if *dir == "" || *id == "" {
			return errors.New("name the folder and the model: dev model-config --dir path/to/files --id my-model")
		}
		return s.writeDraft(*dir, *id)
	}
}

func (s *suite) writeDraft(dir, id string) error {
	target := filepath.Join(dir, catalogue.ConfigName)
	if _, err := os.Stat(target); err == nil {
		return fmt.Errorf("%s is there already: change it, or remove it for a new draft", target)
	}
	c, err := draftConfig(dir, id)
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(target, append(text, '\n'), 0o644); err != nil {
		return err
	}
	_, problems := catalogue.ParseConfig(id, text)
	s.say("%s is written. Fill in:\n- %s", target, strings.Join(problems, "\n- "))
	return nil
}

var splitPart = regexp.MustCompile(`-(\d{5})-of-\d{5}\.gguf$`)

func draftConfig(dir, id string) (catalogue.Config, error) {
	c := catalogue.Config{ModelID: id, Name: id, Engine: catalogue.TransformersJS, Plans: []quota.Plan{quota.Free, quota.Premium}}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if strings.HasPrefix(d.Name(), ".") && path != dir {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		name, err := filepath.Rel(dir, path)
		if err != nil || d.IsDir() || name == catalogue.ConfigName || name == catalogue.ManifestName {
			return err
		}
		info, err := os.Stat(path) // follows links
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		c.Files = append(c.Files, catalogue.ConfigFile{Path: name, Size: info.Size()})
		part := splitPart.FindStringSubmatch(name)
		switch {
		case strings.HasSuffix(name, ".wasm"):
			c.Engine = catalogue.WebLLM
			c.WebLLM = &catalogue.WebLLMConfig{ModelLib: name}
		case strings.HasSuffix(name, ".gguf") && (part == nil || part[1] == "00001"):
			c.Engine, c.Entry = catalogue.Wllama, name
		}
		return nil
	})
	return c, err
}
