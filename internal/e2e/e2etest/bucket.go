package e2etest

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"dreambuild.dev/backend/internal/blob"
	"dreambuild.dev/backend/internal/blob/blobtest"
	"dreambuild.dev/backend/internal/catalogue"
	"dreambuild.dev/backend/internal/emulator"
	"dreambuild.dev/backend/internal/quota"
)

// Origin is the web app's origin, which the gate lets in.
const Origin = "https://app.example"

const signer = "models@demo-dreambuild.iam.gserviceaccount.com"

// ModelBucket is a bucket behind a gate, which checks signatures and origins, and a
// key that signs for it.
type ModelBucket struct {
	Name    string
	Gate    *blobtest.Gate
	URL     string // of the gate
	key     *rsa.PrivateKey
	KeyFile string
}

// OpenModelBucket makes an empty bucket on the emulator. If behind is not nil, the
// gate serves that instead.
func OpenModelBucket(t testing.TB, behind http.Handler) *ModelBucket {
	t.Helper()
	s := &ModelBucket{Name: "models-" + strings.ToLower(rand.Text())}
	var err error
	if behind == nil {
		to := emulator.Require(t, "BUCKET_EMULATOR")
		if behind, err = blobtest.Proxy(to); err != nil {
			t.Fatal(err)
		}
		res, err := http.Post(to+"/storage/v1/b?project="+Project, "application/json", strings.NewReader(fmt.Sprintf(`{"name":%q}`, s.Name)))
		if err != nil || res.StatusCode != http.StatusOK {
			t.Fatalf("make a bucket: %v, %v", res, err)
		}
		res.Body.Close()
	}
	if s.key, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(s.key)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(map[string]string{
		"type": "service_account", "project_id": Project, "client_email": signer, "private_key_id": "k", "client_id": "1",
		"private_key": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), "token_uri": "https://oauth2.googleapis.com/token",
	})
	if err != nil {
		t.Fatal(err)
	}
	s.KeyFile = filepath.Join(t.TempDir(), "key.json")
	if err := os.WriteFile(s.KeyFile, text, 0o600); err != nil {
		t.Fatal(err)
	}
	s.Gate = blobtest.NewGate(behind, signer, &s.key.PublicKey, Origin)
	server := httptest.NewServer(s.Gate)
	t.Cleanup(server.Close)
	s.URL = server.URL
	return s
}

// Env returns the variables by which a server uses the bucket, and more.
func (s *ModelBucket) Env(more ...string) []string {
	return append([]string{"STORAGE_EMULATOR_HOST=" + s.URL, "MODELS_BUCKET=" + s.Name, "SIGNING_KEY_FILE=" + s.KeyFile}, more...)
}

// NewModelID returns an id that begins with name and that no other model has.
func NewModelID(name string) string { return name + "-" + strings.ToLower(rand.Text()[:8]) }

// Revision is the request of the functions about one revision of a model.
type Revision struct {
	ModelID  string   `json:"modelId"`
	Revision string   `json:"revision,omitempty"`
	Paths    []string `json:"paths,omitempty"`
}

// WriteRevision writes a WebLLM revision of n shards, of size bytes and a few more,
// into a folder. It returns the folder and the contents of the files by path.
func WriteRevision(t testing.TB, id string, n, size int, plans ...quota.Plan) (dir string, files map[string][]byte) {
	t.Helper()
	files = map[string][]byte{
		"lib/v0_2_86/base.wasm": []byte("\x00asm\x01\x00\x00\x00"), "mlc-chat-config.json": []byte(`{"tokenizer_files":["tokenizer.json"]}`), "tokenizer.json": []byte(`{}`),
	}
	var records []string
	for i := range n {
		content := make([]byte, size+i)
		rand.Read(content)
		path := fmt.Sprintf("params_shard_%d.bin", i)
		files[path] = content
		records = append(records, fmt.Sprintf(`{"dataPath":%q,"nbytes":%d,"records":[]}`, path, len(content)))
	}
	files["tensor-cache.json"] = []byte(`{"records":[` + strings.Join(records, ",") + `]}`)
	c := catalogue.Config{
		ModelID: id, Name: "A test", Engine: catalogue.WebLLM, Plans: plans, Licence: "MIT", SourceURL: "https://example.com/x",
		WebLLM: &catalogue.WebLLMConfig{ModelLib: "lib/v0_2_86/base.wasm", ModelLibVersion: "v0_2_86/base"},
	}
	for path, content := range files {
		c.Files = append(c.Files, catalogue.ConfigFile{Path: path, Size: int64(len(content))})
	}
	dir = t.TempDir()
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	write := func(path string, content []byte) {
		full := filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for path, content := range files {
		write(path, content)
	}
	write(catalogue.ConfigName, text)
	return dir, files
}

// Upload writes the files of a folder to the bucket, or only some of them; the names
// of the objects begin with prefix.
func (s *ModelBucket) Upload(t testing.TB, dir, prefix string, only ...string) {
	t.Helper()
	b, err := blob.Open(t.Context(), s.Name, emulator.Require(t, "BUCKET_EMULATOR"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = b.Close() }()
	err = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		name, _ := filepath.Rel(dir, path)
		if err != nil || d.IsDir() || len(only) > 0 && !slices.Contains(only, name) {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		list, err := b.List(t.Context(), prefix+name)
		if err != nil {
			return err
		}
		generation := int64(0)
		for _, o := range list {
			if o.Name == prefix+name {
				generation = o.Generation
			}
		}
		_, err = b.Write(t.Context(), prefix+name, content, generation)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// UploadAndPublish uploads a folder's files as revision v1 of a model and publishes
// it as admin. It returns the model's id.
func (s *ModelBucket) UploadAndPublish(t *testing.T, to *Backend, admin, dir string, c catalogue.Config) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		info, err := os.Stat(filepath.Join(dir, e.Name())) // of what a link points to
		if err != nil {
			t.Fatal(err)
		}
		c.Files = append(c.Files, catalogue.ConfigFile{Path: e.Name(), Size: info.Size()})
	}
	c.Plans = []quota.Plan{quota.Free}
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, catalogue.ConfigName), text, 0o644); err != nil {
		t.Fatal(err)
	}
	s.Upload(t, dir, "models/"+c.ModelID+"/v1/")
	MustAsk(t, to, admin, "publishModel", Revision{ModelID: c.ModelID, Revision: "v1"})
	return c.ModelID
}
