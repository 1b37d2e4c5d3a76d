package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	project = "demo-dreambuild" // "demo-" keeps firebase-tools from asking for a login
	region  = "us-central1"
)

// suite is the checkout's local suite.
type suite struct {
	root  string
	out   io.Writer
	guard io.WriteCloser // nil until startGuard

	talk sync.Mutex

	lookForGsutil sync.Once
	gsutilOnPath  string // "" if none works
}

func (s *suite) dev() string            { return filepath.Join(s.root, ".dev") }
func (s *suite) data() string           { return filepath.Join(s.dev(), "data") }
func (s *suite) objects() string        { return filepath.Join(s.dev(), "bucket") }
func (s *suite) logs() string           { return filepath.Join(s.dev(), "logs", strconv.Itoa(os.Getpid())) }
func (s *suite) bin(name string) string { return filepath.Join(s.dev(), "bin", name) }

func (s *suite) say(format string, args ...any) {
	s.talk.Lock()
	defer s.talk.Unlock()
	fmt.Fprintf(s.out, format+"\n", args...)
}

// lock makes sure that only one suite runs in this checkout.
func (s *suite) lock() (unlock func(), err error) {
	if err := os.MkdirAll(s.dev(), 0o755); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(s.dev(), "up.lock"), os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		pid, _ := io.ReadAll(f)
		f.Close()
		return nil, fmt.Errorf("the suite is already running in this checkout (process %s). Stop it with Ctrl-C in its terminal", strings.TrimSpace(string(pid)))
	}
	if err := f.Truncate(0); err != nil {
		f.Close()
		return nil, err
	}
	fmt.Fprintln(f, os.Getpid())
	return func() { f.Close() }, nil
}

// reset forgets the data.
func (s *suite) reset(context.Context) error {
	unlock, err := s.lock()
	if err != nil {
		return err
	}
	defer unlock()
	for _, dir := range []string{s.data(), s.data() + ".new", s.data() + ".old", s.objects()} {
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
	}
	s.say("The suite's data is gone.")
	return nil
}

// running holds the parts that up or exec has started.
type running struct {
	emulators *emulators
	parts     []*process // all, for watching
	closers   []func()   // in the order of starting
}

func (r *running) stop() {
	for _, stop := range r.closers {
		defer stop()
	}
}

// up installs what is missing, starts everything, and waits until it is stopped.
func (s *suite) up(ctx context.Context) error {
	start := time.Now()
	unlock, err := s.lock()
	if err != nil {
		return err
	}
	defer unlock()
	c, err := s.readConfig()
	if err != nil {
		return err
	}
	port := 5001
	if p := os.Getenv("PORT"); p != "" {
		if port, err = strconv.Atoi(p); err != nil {
			return fmt.Errorf("PORT is %q: it must be a number", p)
		}
	}
	ports := c.ports()
	if err := free(ports, port); err != nil {
		return err
	}
	model, own := findOllama(ctx)
	own = own && os.Getenv("WORKER_URL") == ""
	if err := s.ready(ctx); err != nil {
		return err
	}
	os.RemoveAll(filepath.Join(s.dev(), "logs"))
	if err := recoverData(s.data()); err != nil {
		return err
	}
	if err := s.startGuard(); err != nil {
		return err
	}
	r := &running{}
	defer func() { fmt.Fprintln(s.guard, "done"); s.guard.Close() }()
	defer r.stop()

	keyFile := filepath.Join(s.dev(), "signing-key.json")
	key, err := signingKey(keyFile)
	if err != nil {
		return fmt.Errorf("make %s: %w", keyFile, err)
	}

	// Everything starts at once; the worker's address is needed by the backend.
	var wait sync.WaitGroup
	var emulatorsErr, backendErr, bucketErr error
	runAPI, closeAPI, err := runAPI(port)
	if err != nil {
		return err
	}
	r.closers = append(r.closers, closeAPI)
	appCheck := "" // host:port
	if os.Getenv("APP_CHECK") != "" {
		var closeAppCheck func()
		if appCheck, closeAppCheck, err = startAppCheck(); err != nil {
			return err
		}
		r.closers = append(r.closers, closeAppCheck)
	}
	wait.Go(func() {
		emulatorsErr = s.timed("emulators", func() error {
			var err error
			r.emulators, err = s.startEmulators(ctx, c, []string{"auth", "firestore", "hosting"}, s.data(), runAPI)
			return err
		})
	})
	var objects *bucket
	var uploaded upload
	wait.Go(func() { objects, uploaded, bucketErr = s.startModels(ctx, ports, key) })
	var worker, backend *process
	url, what := os.Getenv("WORKER_URL"), os.Getenv("WORKER_URL")
	wait.Go(func() {
		env := append(os.Environ(), fmt.Sprintf("PORT=%d", port), "GOOGLE_CLOUD_PROJECT="+project,
			fmt.Sprintf("FIRESTORE_EMULATOR_HOST=127.0.0.1:%d", ports["firestore"]), fmt.Sprintf("FIREBASE_AUTH_EMULATOR_HOST=127.0.0.1:%d", ports["auth"]),
			fmt.Sprintf("STORAGE_EMULATOR_HOST=http://127.0.0.1:%d", ports["storage"]), "MODELS_BUCKET="+modelsBucket, "SIGNING_KEY_FILE="+keyFile, "SIGNING_ACCOUNT=", "APP_CHECK_EMULATOR_HOST="+appCheck)
		switch {
		case url != "":
		case own:
			url, what = ownOllama, "your Ollama's "+model
		default:
			if worker, url, backendErr = s.startLlamacpp(ctx); backendErr != nil {
				return
			}
			what = "llama.cpp with SmolLM2-135M-Instruct, which is small: it writes real text and poor code"
			if os.Getenv("WORKER_PREFILL") == "" {
				env = append(env, "WORKER_PREFILL="+prefill)
			}
		}
		cmd := exec.Command(s.bin("server"))
		cmd.Env = append(env, "WORKER_URL="+url)
		if backend, backendErr = s.start("backend", cmd); backendErr == nil {
			backendErr = backend.ready(ctx, 10*time.Second, func() error { return get(ctx, fmt.Sprintf("http://127.0.0.1:%d/__/health", port), nil) })
		}
	})
	wait.Wait()
	if e := r.emulators; e != nil {
		r.parts = append(r.parts, e.process)
		r.closers = append(r.closers, e.stop, func() { s.save(e) })
	}
	if objects != nil {
		r.parts = append(r.parts, objects.process)
		r.closers = append(r.closers, objects.close)
	}
	for _, p := range []*process{worker, backend} {
		if p != nil {
			r.parts = append(r.parts, p)
			r.closers = append(r.closers, func() { p.stop(syscall.SIGTERM, 12*time.Second) })
		}
	}
	var w where
	err = errors.Join(emulatorsErr, backendErr, bucketErr)
	if err == nil {
		w = where{Functions: fmt.Sprintf("http://127.0.0.1:%d/%s/%s", port, project, region), Auth: r.emulators.host("auth"), Firestore: r.emulators.host("firestore"), BucketTLS: objects.tls, AppCheck: appCheck}
		err = seed(ctx, w.Auth)
	}
	if err == nil {
		err = s.publishSmallModel(ctx, w, uploaded)
	}
	if err != nil {
		if ctx.Err() != nil {
			return nil // stopped with Ctrl-C while it started
		}
		return err
	}
	if err := s.sayWhere(w); err != nil {
		return err
	}
	defer os.Remove(s.whereFile())
	if err := s.configureConsole(w, port); err != nil {
		return err
	}
	defer os.Remove(s.consoleConfig())
	s.say(block, time.Since(start).Seconds(), port, what, url,
		ports["auth"], ports["firestore"], ports["storage"], uploaded.id, ports["hosting"], s.dev(), s.logs(), curl(ports["auth"], port, appCheck))
	return s.watch(ctx, r)
}

const block = `
DreamBuild is up (%.1f s).

  Functions   http://127.0.0.1:%d/demo-dreambuild/us-central1/{name}
  Worker      %s
              %s
  Auth        127.0.0.1:%d   Firestore 127.0.0.1:%d (emulators)
  Models      127.0.0.1:%d, a bucket that checks signatures; published: %s
  Page        http://127.0.0.1:%d: sign in, create an app, run a model in the browser
  Sign in as  user@example.com, or admin@example.com; both with the password dreambuild
  Data        %s/{data,bucket} (kept; make reset forgets it)
  Logs        %s

Stream an answer:

%s

Ctrl-C stops everything.`

// curl is a line that streams an answer, as the user that seed makes.
func curl(auth, port int, appCheck string) string {
	app := ""
	if appCheck != "" {
		app = fmt.Sprintf(` -H "X-Firebase-AppCheck: $(curl -s -X POST %s)"`, appCheckURL(appCheck))
	}
	return fmt.Sprintf(`curl -N http://127.0.0.1:%d/%s/%s/generateCode -H 'Content-Type: application/json' -H 'Accept: text/event-stream' -H "Authorization: Bearer $(curl -s 'http://127.0.0.1:%d/identitytoolkit.googleapis.com/v1/accounts:signInWithPassword?key=any' -H 'Content-Type: application/json' -d '{"email":"user@example.com","password":"dreambuild","returnSecureToken":true}' | sed -n 's/.*"idToken": *"\([^"]*\)".*/\1/p')"%s -d '{"data":{"prompt":"create calculator with dark mode"}}'`,
		port, project, region, auth, app)
}

func (s *suite) consoleConfig() string {
	return filepath.Join(s.root, "internal/console/dist/local.json")
}

// configureConsole tells the page that it is in the local suite, and where the
// functions, the Auth emulator and App Check are.
func (s *suite) configureConsole(w where, port int) error {
	console := map[string]any{
		"functionsUrl": fmt.Sprintf("http://127.0.0.1:%d", port),
		"auth":         w.Auth,
		"firebase":     map[string]string{"projectId": project, "apiKey": "any"},
	}
	if w.AppCheck != "" {
		console["appCheck"] = map[string]string{"local": appCheckURL(w.AppCheck)}
	}
	text, err := json.Marshal(console)
	if err != nil {
		return err
	}
	return os.WriteFile(s.consoleConfig(), text, 0o644)
}

// watch waits for Ctrl-C or for a part to end, and saves the data now and then.
func (s *suite) watch(ctx context.Context, r *running) error {
	ended := make(chan *process, len(r.parts))
	for _, p := range r.parts {
		go func() { <-p.ended; ended <- p }()
	}
	saving := time.NewTicker(2 * time.Minute)
	defer saving.Stop()
	looking := time.NewTicker(500 * time.Millisecond)
	defer looking.Stop()
	for {
		select {
		case <-ctx.Done():
			s.say("\nStopping.")
			return nil
		case p := <-ended:
			if ctx.Err() != nil {
				continue
			}
			return fmt.Errorf("%s ended by itself (%v); the rest is stopped. Its last lines, of %s:\n%s", p.name, p.err, p.log, p.tail(20))
		case <-looking.C: // firebase-tools keeps running when one of its emulators has died
			if e := r.emulators; e != nil && e.lost() {
				return fmt.Errorf("an emulator ended by itself; the rest is stopped. The last lines of %s:\n%s", e.log, e.tail(20))
			}
		case <-saving.C:
			s.save(r.emulators)
		}
	}
}

// save exports the data, if the emulators still run.
func (s *suite) save(e *emulators) {
	if e.lost() {
		s.say("The emulators' data since the last save (every 2 minutes) is lost.")
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := e.export(ctx, s.data()); err != nil {
		s.say("The data was not saved: %v", err)
	}
}

// free reports which ports are in use, and how to change them.
func free(ports map[string]int, backend int) error {
	var all []error
	for name, port := range ports {
		if listening(port) {
			all = append(all, fmt.Errorf("port %d, for the %s emulator, is in use: stop what uses it, or change it under emulators in firebase.json", port, name))
		}
	}
	if listening(backend) {
		all = append(all, fmt.Errorf("port %d, for the backend, is in use: stop what uses it, or set PORT to another one", backend))
	}
	return errors.Join(all...)
}

// runAPI starts a stand-in for Cloud Run's API. It tells the Hosting emulator that
// the service of every rewrite is the local backend, so that firebase.json holds
// the rewrites of production.
func runAPI(backend int) (url string, stop func(), err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"status":{"url":"http://127.0.0.1:%d"}}`, backend)
	})}
	go server.Serve(l)
	return "http://" + l.Addr().String(), func() { server.Close() }, nil
}

// seed makes the two users. A user who exists stays unchanged.
func seed(ctx context.Context, auth string) error {
	for id, claims := range map[string]string{"user": `{}`, "admin": `{"admin":true}`} {
		base := fmt.Sprintf("http://%s/identitytoolkit.googleapis.com/v1/projects/%s/accounts", auth, project)
		err := post(ctx, base, map[string]any{"localId": id, "email": id + "@example.com", "password": "dreambuild", "emailVerified": true})
		if err != nil && (strings.Contains(err.Error(), "EXISTS") || strings.Contains(err.Error(), "DUPLICATE")) {
			continue
		}
		if err == nil {
			err = post(ctx, base+":update", map[string]any{"localId": id, "customAttributes": claims})
		}
		if err != nil {
			return fmt.Errorf("make the user %s@example.com: %w", id, err)
		}
	}
	return nil
}

// post sends JSON to the Auth emulator, as its owner.
func post(ctx context.Context, url string, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer owner")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(res.Body, 1000))
		return fmt.Errorf("%s: %s", res.Status, text)
	}
	return nil
}
