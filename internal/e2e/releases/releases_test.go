// Package releases_test lets two releases of the backend use one database: that of the
// release before must be read by this one, and the other way round while a deployment
// goes on, and after a rollback.
package releases_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"dreambuild.dev/backend/internal/blob/blobtest"
	"dreambuild.dev/backend/internal/e2e/e2etest"
	"dreambuild.dev/backend/internal/emulator"
	"dreambuild.dev/backend/internal/worker/workertest"
	"github.com/google/go-cmp/cmp"
)

// The release before is commit 50b10fb. To make its files anew, and to let it read
// what this release writes:
//
//	git worktree add ../before 50b10fb && (cd ../before && go build -o /tmp/before ./functions/server)
//	go run ./internal/dev exec --with auth,firestore -- go test -tags rollback -v ./internal/e2e/releases -before /tmp/before [-update]
var (
	before = flag.String("before", "", "the server of the release before")
	update = flag.Bool("update", false, "have it write testdata")
)

func TestMain(m *testing.M) {
	flag.Parse()
	e2etest.Main(m)
}

const (
	database = "testdata/50b10fb.json" // what the release before has stored
	answers  = "testdata/50b10fb.txt"  // what it answers of that
)

// saved is a database and the bucket beside it.
type saved struct {
	Documents []document
	Objects   []object
}

// document is a document as Firestore's REST API shows it; the name is its path.
type document struct {
	Name   string          `json:"name"`
	Fields json.RawMessage `json:"fields"`
}

// object is an object of the bucket; their order is that of their generations.
type object struct{ Name, Content string }

// TestReleaseBefore: what the release before has stored is answered as it answers that
// itself, and can be written on.
func TestReleaseBefore(t *testing.T) {
	if *update {
		d := open(t, *before)
		fill(t, d)
		d.save(t, database)
		if err := os.WriteFile(answers, []byte(read(t, d, true)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(answers)
	if err != nil {
		t.Fatal(err)
	}
	d := open(t, e2etest.Binary())
	d.load(t, database)
	if diff := cmp.Diff(string(want), read(t, d, true)); diff != "" {
		t.Errorf("(-the release before +this one):\n%s", diff)
	}
	write(t, d)
}

// deployment is a database, a bucket and a worker for the servers of one release.
type deployment struct {
	binary, project string
	worker          *workertest.Server
	objects         *blobtest.Objects
	env             []string
	tokens          map[string]string // by uid
}

func open(t *testing.T, binary string) *deployment {
	t.Helper()
	d := &deployment{binary: binary, project: emulator.Project(t), worker: workertest.Start("llamacpp"), objects: new(blobtest.Objects), tokens: map[string]string{}}
	t.Cleanup(d.worker.Close)
	b := e2etest.OpenModelBucket(t, d.objects)
	d.env = b.Env("GOOGLE_CLOUD_PROJECT="+d.project, "MODELS_BUCKET=weights")
	return d
}

func (d *deployment) start(t *testing.T, env ...string) *e2etest.Backend {
	t.Helper()
	return e2etest.StartBinary(t, d.binary, d.worker.URL, append(slices.Clone(d.env), env...)...)
}

func (d *deployment) token(t *testing.T, uid, claims string) string {
	t.Helper()
	if d.tokens[uid] == "" {
		d.tokens[uid] = e2etest.SignUpAs(t, d.project, uid, claims)
	}
	return d.tokens[uid]
}

// rest calls the REST API of the Firestore emulator.
func (d *deployment) rest(t *testing.T, method, path, body string, answer any) {
	t.Helper()
	req, err := http.NewRequest(method, emulatorURL(t)+"projects/"+d.project+"/databases/(default)/documents"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer owner")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %s, %v", method, path, text, err)
	}
	if err := json.Unmarshal(text, answer); err != nil {
		t.Fatal(err)
	}
}

// documents reads the whole database, in the order of the paths.
func (d *deployment) documents(t *testing.T) (all []document) {
	t.Helper()
	root := "projects/" + d.project + "/databases/(default)/documents"
	var below func(path string)
	below = func(path string) {
		var ids struct{ CollectionIDs []string }
		d.rest(t, "POST", path+":listCollectionIds", `{}`, &ids)
		for _, id := range ids.CollectionIDs {
			for page := ""; ; {
				var list struct {
					Documents     []document
					NextPageToken string
				}
				d.rest(t, "GET", path+"/"+id+"?pageSize=300&showMissing=true&pageToken="+page, "", &list)
				for _, doc := range list.Documents {
					doc.Name = strings.TrimPrefix(doc.Name, root)
					if doc.Fields != nil { // else only something below it exists
						all = append(all, doc)
					}
					below(doc.Name)
				}
				if page = list.NextPageToken; page == "" {
					break
				}
			}
		}
	}
	below("")
	slices.SortFunc(all, func(a, b document) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// save writes the database and the bucket to a file.
func (d *deployment) save(t *testing.T, path string) {
	t.Helper()
	all := saved{Documents: d.documents(t)}
	var list struct {
		Items []struct{ Name, Generation string }
	}
	get := func(path string) []byte {
		w := httptest.NewRecorder()
		d.objects.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		return w.Body.Bytes()
	}
	if err := json.Unmarshal(get("/storage/v1/b/weights/o?prefix="), &list); err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(list.Items, func(a, b struct{ Name, Generation string }) int {
		return strings.Compare(fmt.Sprintf("%9s", a.Generation), fmt.Sprintf("%9s", b.Generation))
	})
	for i, o := range list.Items {
		if o.Generation != fmt.Sprint(i+1) {
			t.Fatalf("%s has the generation %s: it cannot be given again", o.Name, o.Generation)
		}
		all.Objects = append(all.Objects, object{o.Name, string(get("/weights/" + o.Name))})
	}
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(all); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// load makes what save has written the database and the bucket.
func (d *deployment) load(t *testing.T, path string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var all saved
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	for _, o := range all.Objects {
		d.objects.PutBytes(o.Name, []byte(o.Content))
	}
	var writes []map[string]any
	for _, doc := range all.Documents {
		doc.Name = "projects/" + d.project + "/databases/(default)/documents" + doc.Name
		writes = append(writes, map[string]any{"update": doc})
	}
	body, err := json.Marshal(map[string]any{"writes": writes})
	if err != nil {
		t.Fatal(err)
	}
	var done struct{}
	d.rest(t, "POST", ":commit", string(body), &done)
}
