package main

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"dreambuild.dev/backend/internal/emulator"
)

// emulators is a running Firebase emulator suite.
type emulators struct {
	*process
	ports map[string]int
	dir   string // the run's own folder: configuration, logs, temporary files
}

// config is firebase.json, of which a run changes paths and ports.
type config map[string]any

// readConfig reads firebase.json and makes its paths absolute, because
// firebase-tools runs in another folder. Its pages may reach the suite.
func (s *suite) readConfig() (config, error) {
	text, err := os.ReadFile(filepath.Join(s.root, "firebase.json"))
	if err != nil {
		return nil, err
	}
	var c config
	if err := json.Unmarshal(text, &c); err != nil {
		return nil, fmt.Errorf("firebase.json: %w", err)
	}
	for _, at := range [][2]string{{"firestore", "rules"}, {"firestore", "indexes"}, {"storage", "rules"}, {"hosting", "public"}} {
		part, ok := c[at[0]].(map[string]any)
		file, named := part[at[1]].(string)
		if !ok || !named {
			return nil, fmt.Errorf("firebase.json lacks %s.%s", at[0], at[1])
		}
		part[at[1]] = filepath.Join(s.root, file)
	}
	c.allowLocal()
	return c, nil
}

// ports returns the port of each emulator, by its name.
func (c config) ports() map[string]int {
	ports := map[string]int{}
	all, _ := c["emulators"].(map[string]any)
	for name, v := range all {
		part, _ := v.(map[string]any)
		for key, label := range map[string]string{"port": name, "websocketPort": name + " websocket"} {
			if port, ok := part[key].(float64); ok {
				ports[label] = int(port)
			}
		}
	}
	return ports
}

// moved gives each emulator a free port.
func (c config) moved() error {
	all, _ := c["emulators"].(map[string]any)
	for _, v := range all {
		part, ok := v.(map[string]any)
		if !ok {
			continue
		}
		for _, key := range []string{"port", "websocketPort"} {
			if _, ok := part[key]; !ok {
				continue
			}
			port, err := emulator.FreePort()
			if err != nil {
				return err
			}
			part[key] = float64(port)
		}
	}
	return nil
}

// startEmulators starts the named emulators as c says and waits until they are
// ready. They begin with the export in the folder data, if there is one.
func (s *suite) startEmulators(ctx context.Context, c config, only []string, data, runAPI string) (*emulators, error) {
	dir, err := os.MkdirTemp("", "dreambuild-")
	if err != nil {
		return nil, err
	}
	e := &emulators{ports: c.ports(), dir: dir}
	if err := s.launch(ctx, e, c, only, data, runAPI); err != nil {
		if e.process != nil {
			e.process.stop(syscall.SIGINT, 3*time.Second)
		}
		os.RemoveAll(dir)
		return nil, err
	}
	return e, nil
}

func (s *suite) launch(ctx context.Context, e *emulators, c config, only []string, data, runAPI string) error {
	// The Hosting emulator reads this path as one below its own folder.
	hosting := c["hosting"].(map[string]any)
	if err := os.Symlink(hosting["public"].(string), filepath.Join(e.dir, "public")); err != nil {
		return err
	}
	hosting["public"] = "public"
	text, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(e.dir, "firebase.json"), text, 0o644); err != nil {
		return err
	}
	env := []string{"TMPDIR=" + e.dir, "XDG_CONFIG_HOME=" + e.dir, "FIREBASE_CLI_DISABLE_UPDATE_CHECK=true", "CI=true", "CLOUD_RUN_API_URL=" + runAPI}
	jar, err := s.firestoreJar()
	if err != nil {
		return err
	}
	if jar != "" {
		env = append(env, "FIRESTORE_EMULATOR_BINARY_PATH="+jar)
	}
	args := []string{filepath.Join(s.root, "internal/node_modules/firebase-tools/lib/bin/firebase.js"),
		"emulators:start", "--project", project, "--only", strings.Join(only, ",")}
	if data != "" && isExport(data) {
		args = append(args, "--import", data)
	}
	cmd := exec.Command("node", args...)
	cmd.Dir = e.dir
	cmd.Env = append(os.Environ(), env...)
	if e.process, err = s.start("emulators", cmd); err != nil {
		return err
	}
	err = e.ready(ctx, 3*time.Minute, func() error {
		text, err := os.ReadFile(e.log)
		if err == nil && !bytes.Contains(text, []byte("All emulators ready")) {
			err = errors.New("the emulators are still starting")
		}
		return err
	})
	if err != nil && jar == "" {
		err = fmt.Errorf("%w\nfirebase-tools downloads its emulators from the internet. Without internet, install the Google Cloud CLI with its Firestore emulator: "+
			"gcloud components install cloud-firestore-emulator (Debian: apt install google-cloud-cli-firestore-emulator)", err)
	}
	if err == nil {
		e.family = descendants(e.cmd.Process.Pid) // Java programs in groups of their own
		for _, pid := range e.family {
			s.guarded("process", pid)
		}
	}
	return err
}

func (e *emulators) host(name string) string { return fmt.Sprintf("127.0.0.1:%d", e.ports[name]) }

// export writes all data to a folder. The folder keeps its old content until the
// new export is whole.
func (e *emulators) export(ctx context.Context, data string) error {
	fresh, old := data+".new", data+".old"
	if err := os.RemoveAll(fresh); err != nil {
		return err
	}
	body, err := json.Marshal(map[string]string{"path": fresh, "initiatedBy": "dreambuild"})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+e.host("hub")+"/_admin/export", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("export the data: %w", err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusOK || !isExport(fresh) {
		return fmt.Errorf("export the data: the emulator hub answered %s", res.Status)
	}
	if err := os.RemoveAll(old); err != nil {
		return err
	}
	if err := os.Rename(data, old); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := os.Rename(fresh, data); err != nil {
		return err
	}
	return os.RemoveAll(old)
}

// isExport says whether a folder holds a whole export: its metadata is written
// last.
func isExport(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "firebase-export-metadata.json"))
	return err == nil
}

// recoverData puts the data back if an export was killed between its two renames.
func recoverData(data string) error {
	if _, err := os.Stat(data); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	for _, left := range []string{data + ".new", data + ".old"} {
		if isExport(left) {
			return os.Rename(left, data)
		}
	}
	return nil
}

func (e *emulators) stop() {
	e.process.stop(syscall.SIGINT, 5*time.Second)
	os.RemoveAll(e.dir)
}

// sdkJar finds the Firestore emulator of an installed Google Cloud CLI. It returns
// "" if there is none.
func sdkJar() string {
	var roots []string
	if path, err := exec.LookPath("gcloud"); err == nil {
		if real, err := filepath.EvalSymlinks(path); err == nil {
			roots = append(roots, filepath.Dir(filepath.Dir(real)))
		}
	}
	roots = append(roots, os.Getenv("CLOUDSDK_ROOT_DIR"), "/usr/lib/google-cloud-sdk", "/usr/share/google-cloud-sdk", filepath.Join(os.Getenv("HOME"), "google-cloud-sdk"))
	for _, root := range roots {
		jar := filepath.Join(root, "platform/cloud-firestore-emulator/cloud-firestore-emulator.jar")
		if _, err := os.Stat(jar); root != "" && err == nil {
			return jar
		}
	}
	return ""
}

// firestoreJar makes a jar that starts the Google Cloud CLI's Firestore
// emulator. The CLI's own jar has no main class, and firebase-tools changes the
// mode of the jar that it is given. It returns "" if there is no CLI: then
// firebase-tools downloads an emulator.
func (s *suite) firestoreJar() (string, error) {
	sdk := sdkJar()
	if sdk == "" {
		return "", nil
	}
	jar := filepath.Join(s.dev(), "firestore.jar")
	return jar, writeJar(jar, "com.google.cloud.datastore.emulator.firestore.CloudFirestore", sdk)
}

// writeJar writes a jar that holds nothing but a main class's name and the path
// of the jar that has this class.
func writeJar(name, main, needs string) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	manifest, err := z.Create("META-INF/MANIFEST.MF")
	if err != nil {
		return err
	}
	fmt.Fprintf(manifest, "Manifest-Version: 1.0\r\n%s%s\r\n", manifestLine("Main-Class: "+main), manifestLine("Class-Path: file:"+needs))
	if err := z.Close(); err != nil {
		return err
	}
	fresh := fmt.Sprintf("%s.%d", name, os.Getpid()) // another run may be reading it
	if err := os.WriteFile(fresh, buf.Bytes(), 0o755); err != nil {
		return err
	}
	return os.Rename(fresh, name)
}

// manifestLine folds a line after 72 bytes, as the format of manifests requires.
func manifestLine(line string) string {
	folded := ""
	for len(line) > 70 {
		folded += line[:70] + "\r\n "
		line = line[70:]
	}
	return folded + line + "\r\n"
}
