package models_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"
	"time"

	"dreambuild.dev/backend/internal/e2e/e2etest"
	"dreambuild.dev/backend/internal/emulator"
)

// uploader is one of Google's two command lines, pointed at the emulator.
type uploader struct {
	name, program string
	env           []string
	upload        func(dir, to string) []string // the arguments that upload a folder
	sign          func(method, keyFile, object string) []string
}

const noStore = "private, no-store, no-transform"

func googleTools(t *testing.T) []uploader {
	t.Helper()
	dir := t.TempDir()
	host, port, err := net.SplitHostPort(emulator.Require(t, "BUCKET_EMULATOR_TLS"))
	if err != nil {
		t.Fatal(err)
	}
	boto := filepath.Join(dir, "boto.cfg")
	text := fmt.Sprintf("[Credentials]\ngs_json_host = %s\ngs_json_port = %s\n[Boto]\nhttps_validate_certificates = False\nnum_retries = 2\n"+
		"[GSUtil]\ndefault_project_id = %s\nprefer_api = json\ncheck_hashes = always\nsoftware_update_check_period = 0\nuse_gcloud_storage = False\nstate_dir = %s\n", host, port, e2etest.Project, dir)
	if err := os.WriteFile(boto, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	gcloud, err := exec.LookPath("gcloud")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("gcloud is not installed, and CI must run everything")
		}
		t.Log("NOT TESTED: gcloud storage, since gcloud is not installed")
	}
	all := []uploader{{
		name: "gsutil", program: emulator.Require(t, "GSUTIL"),
		env: []string{"BOTO_CONFIG=" + boto, "CLOUDSDK_CONFIG=" + filepath.Join(dir, "a"), "CLOUDSDK_CORE_PASS_CREDENTIALS_TO_GSUTIL=false"},
		upload: func(dir, to string) []string {
			return []string{"-m", "-h", "Cache-Control:" + noStore, "rsync", "-r", "-c", dir, to}
		},
		sign: func(method, keyFile, object string) []string {
			return []string{"signurl", "-r", "us-central1", "-m", method, "-d", "10m", keyFile, object}
		},
	}}
	if gcloud != "" {
		all = append(all, uploader{
			name: "gcloud", program: gcloud,
			env: []string{"CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE=" + emulator.Require(t, "BUCKET_EMULATOR") + "/", "CLOUDSDK_AUTH_DISABLE_CREDENTIALS=true",
				"CLOUDSDK_CORE_PROJECT=" + e2etest.Project, "CLOUDSDK_CORE_DISABLE_PROMPTS=1", "CLOUDSDK_CONFIG=" + filepath.Join(dir, "b")},
			upload: func(dir, to string) []string {
				return []string{"storage", "rsync", "--recursive", "--cache-control=" + noStore, dir, to}
			},
			sign: func(method, keyFile, object string) []string {
				return []string{"storage", "sign-url", "--private-key-file=" + keyFile, "--region=us-central1", "--http-verb=" + method, "--duration=10m", object}
			},
		})
	}
	return all
}

// run runs the tool to its end, or until its output matches until, unless that is
// nil. It returns the output.
func (c uploader) run(t *testing.T, until *regexp.Regexp, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	out := &outputWatcher{until: until, heard: cancel}
	var problems bytes.Buffer
	cmd := exec.CommandContext(ctx, c.program, args...)
	cmd.Env = append(os.Environ(), c.env...)
	cmd.WaitDelay = time.Second
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // both are scripts that start Python
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.Stdout, cmd.Stderr = out, &problems
	err := cmd.Run()
	if err != nil {
		err = fmt.Errorf("%w: %s", err, problems.String())
	}
	return out.text.String(), err
}

// outputWatcher keeps what is written, and calls heard when it matches until.
type outputWatcher struct {
	text  bytes.Buffer
	until *regexp.Regexp
	heard func()
}

func (l *outputWatcher) Write(p []byte) (int, error) {
	n, err := l.text.Write(p)
	if l.until != nil && l.until.Match(l.text.Bytes()) {
		l.heard()
	}
	return n, err
}
