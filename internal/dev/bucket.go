package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"dreambuild.dev/backend/internal/blob/blobtest"
	"dreambuild.dev/backend/internal/emulator"
)

const (
	modelsBucket  = project + "-models"
	signingEmail  = "models@" + project + ".iam.gserviceaccount.com"
	bucketProgram = "github.com/fsouza/fake-gcs-server"
)

// bucketServer builds the emulator of Cloud Storage, which the tools module pins.
func (s *suite) bucketServer() step {
	tools := filepath.Join(s.root, "internal/dev/tools")
	return step{
		name: "the bucket emulator", product: s.bin("fake-gcs-server"), from: []string{filepath.Join(tools, "go.mod"), filepath.Join(tools, "go.sum")},
		run: func(ctx context.Context) error {
			return quietly(ctx, s.root, nil, "go", "build", "-modfile="+filepath.Join(tools, "go.mod"), "-o", s.bin("fake-gcs-server"), bucketProgram)
		},
	}
}

// bucket is a running emulator of Cloud Storage. It checks no signature and no token.
type bucket struct {
	*process
	url  string       // http
	tls  string       // host:port, for gsutil, which speaks nothing else
	gate *http.Server // nil unless one was opened
}

func (b *bucket) close() {
	if b.gate != nil {
		b.gate.Close()
	}
	b.stop(syscall.SIGTERM, 5*time.Second)
}

// startBucket starts a bucket that keeps its objects in a folder.
func (s *suite) startBucket(ctx context.Context, dir string) (*bucket, error) {
	plain, err := emulator.FreePort()
	if err != nil {
		return nil, err
	}
	tls, err := emulator.FreePort()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	b := &bucket{url: fmt.Sprintf("http://127.0.0.1:%d", plain), tls: fmt.Sprintf("127.0.0.1:%d", tls)}
	b.process, err = s.start("bucket", exec.Command(s.bin("fake-gcs-server"), "-scheme", "both", "-host", "127.0.0.1",
		"-port", fmt.Sprint(tls), "-port-http", fmt.Sprint(plain), "-public-host", "127.0.0.1",
		"-backend", "filesystem", "-filesystem-root", dir, "-log-level", "warn"))
	if err != nil {
		return nil, err
	}
	return b, b.ready(ctx, 20*time.Second, func() error { return get(ctx, b.url+"/_internal/healthcheck", nil) })
}

// make creates a bucket, unless it exists.
func (b *bucket) make(ctx context.Context, name string) error {
	body, err := json.Marshal(map[string]string{"name": name})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, b.url+"/storage/v1/b?project="+project, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	res.Body.Close()
	if res.StatusCode != http.StatusOK && res.StatusCode != http.StatusConflict {
		return fmt.Errorf("make the bucket %s: %s", name, res.Status)
	}
	return nil
}

// openGate lets browsers and the backend reach a bucket on a port, through the
// gate that verifies signatures.
func (b *bucket) openGate(port int, key *rsa.PublicKey, origins ...string) error {
	behind, err := blobtest.Proxy(b.url)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return err
	}
	b.gate = &http.Server{Handler: blobtest.NewGate(behind, signingEmail, key, origins...), ReadHeaderTimeout: 10 * time.Second}
	go b.gate.Serve(l)
	return nil
}

// signingKey reads the suite's key file, and makes it first if there is none. Its
// form is that of a service account's key.
func signingKey(file string) (*rsa.PublicKey, error) {
	var account struct {
		Key string `json:"private_key"`
	}
	text, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(text, &account)
	}
	if block, _ := pem.Decode([]byte(account.Key)); err == nil && block != nil {
		if key, err := x509.ParsePKCS8PrivateKey(block.Bytes); err == nil {
			return &key.(*rsa.PrivateKey).PublicKey, nil
		}
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	text, err = json.MarshalIndent(map[string]string{
		"type": "service_account", "project_id": project, "client_email": signingEmail, "private_key_id": "local",
		"private_key": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})),
		"token_uri":   "https://oauth2.googleapis.com/token",
	}, "", "  ")
	if err != nil {
		return nil, err
	}
	return &key.PublicKey, os.WriteFile(file, text, 0o600)
}

// gsutil installs gsutil as a Python package, for machines without the Google
// Cloud CLI.
func (s *suite) gsutil() step {
	requirements := filepath.Join(s.root, "internal/dev/requirements-gsutil.txt")
	venv := filepath.Join(s.dev(), "gsutil")
	return step{
		name: "gsutil", from: []string{requirements}, product: filepath.Join(venv, "bin/gsutil"), tools: []tool{python},
		run: func(ctx context.Context) error { return s.venv(ctx, venv, requirements) },
	}
}

// gsutilPath finds gsutil: the Google Cloud CLI's, or else the one that the step
// has installed. "" means that the step must run.
func (s *suite) gsutilPath() string {
	s.lookForGsutil.Do(func() { // its version command takes more than a second
		if path, err := exec.LookPath("gsutil"); err == nil && exec.Command(path, "version").Run() == nil {
			s.gsutilOnPath = path
		}
	})
	if s.gsutilOnPath != "" {
		return s.gsutilOnPath
	}
	if own := filepath.Join(s.dev(), "gsutil/bin/gsutil"); s.done(s.gsutil()) {
		return own
	}
	return ""
}

// gsutilEnv points gsutil at an emulator, and away from the user's own
// configuration and credentials.
func (s *suite) gsutilEnv(tls, dir string) ([]string, error) {
	host, port, err := net.SplitHostPort(tls)
	if err != nil {
		return nil, err
	}
	boto := filepath.Join(dir, "boto.cfg")
	text := fmt.Sprintf(`[Credentials]
gs_json_host = %s
gs_json_port = %s
[Boto]
https_validate_certificates = False
num_retries = 2
[GSUtil]
default_project_id = %s
prefer_api = json
check_hashes = always
software_update_check_period = 0
use_gcloud_storage = False
state_dir = %s
`, host, port, project, dir)
	if err := os.WriteFile(boto, []byte(text), 0o644); err != nil {
		return nil, err
	}
	return []string{"BOTO_CONFIG=" + boto, "CLOUDSDK_CONFIG=" + filepath.Join(dir, "gcloud"), "CLOUDSDK_CORE_PASS_CREDENTIALS_TO_GSUTIL=false"}, nil
}

// rsync returns gsutil's arguments for an upload. The header keeps browsers from
// putting gigabytes into their HTTP cache as well; -x leaves hidden files here.
func rsync(dir, bucket, id, rev string) []string {
	return []string{"-m", "-h", "Cache-Control:private, no-store, no-transform",
		"rsync", "-r", "-c", "-x", `(^|.*/)\..*`, dir, "gs://" + strings.TrimPrefix(bucket, "gs://") + "/models/" + id + "/" + rev}
}
