package releases_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"dreambuild.dev/backend/internal/catalogue"
	"dreambuild.dev/backend/internal/e2e/e2etest"
	"dreambuild.dev/backend/internal/emulator"
	"dreambuild.dev/backend/internal/quota"
	"dreambuild.dev/backend/internal/worker/workertest"
)

// turns are the turns of ann that fill makes, with the names of their projects.
var turns = [][2]string{
	{"clock", "complete"}, {"clock", "change"}, {"clock", "lost"}, {"clock", "saved"}, {"clock", "restored"}, {"clock", "misfit"},
	{"birds", "partial"}, {"birds", "continued"}, {"birds", "cancelled"}, {"birds", "browser"},
	{"calculator", "template"}, {"running", "running"},
}

// fill makes, with a server, all that a database may hold. The server is killed in the
// end, while a turn runs.
func fill(t *testing.T, d *deployment) {
	s, ann, admin := d.start(t), d.token(t, "ann", `{}`), d.token(t, "root", `{"admin":true}`)
	ask := func(function, data string) string {
		t.Helper()
		return projectOf(t, must(t, s, ann, function, data))
	}
	d.worker.Always(page("<h1>clock</h1>"))
	clock := ask("generateCode", `{"prompt":"a clock","turnId":"complete"}`)
	in := fmt.Sprintf(`"projectId":%q`, clock)
	d.worker.Always(page("<h1>blue clock</h1>"))
	ask("generateCode", `{"prompt":"all new, in blue","turnId":"change",`+in+`}`)
	d.worker.Always(workertest.Reply{Text: []string{"```html\n<h1>"}, Cut: true})
	call(t, s, ann, "generateCode", `{"prompt":"all new, in red","turnId":"lost",`+in+`}`)
	ask("saveProject", `{"source":"edit","generatedBy":"ann","files":[{"path":"index.html","content":"<p>by hand</p>"},{"path":"css/style.css","content":"p { color: red }"}],"turnId":"saved",`+in+`}`)
	ask("restoreVersion", `{"version":1,"turnId":"restored",`+in+`}`)
	misfit := workertest.Reply{Text: []string{"```html index.html\n<<<<<<< SEARCH\nnothing like this\n=======\nx\n>>>>>>> REPLACE\n```\n"}}
	d.worker.Always(misfit)
	call(t, s, ann, "generateCode", `{"prompt":"make the title bigger","turnId":"misfit",`+in+`}`)

	cut := workertest.Reply{Text: []string{"```html\n<ul>\n", "<li>a bird</li>\n"}, Finish: "length"}
	d.worker.Always(cut)
	birds := ask("generateCode", `{"prompt":"a list of birds","turnId":"partial"}`)
	in = fmt.Sprintf(`"projectId":%q`, birds)
	d.worker.Always(workertest.Reply{Text: []string{"</ul>\n```\n"}})
	ask("generateCode", `{"prompt":"go on","continues":"partial","turnId":"continued",`+in+`}`)
	ask("saveProject", `{"source":"browser","generatedBy":"WebLLM","prompt":"a bird","reply":"`+"```html\\n<p>bird</p>\\n```"+`","turnId":"browser",`+in+`}`)
	never := make(chan struct{})
	d.worker.Always(workertest.Reply{Text: []string{"```html\n<p>half\n"}, Hold: never})
	hang(t, s, ann, `{"prompt":"more birds","turnId":"cancelled",`+in+`}`)
	must(t, s, ann, "cancelTurn", `{"turnId":"cancelled",`+in+`}`)
	must(t, s, ann, "cancelTurn", `{"turnId":"early"}`)
	gone := ask("saveProject", `{"source":"edit","generatedBy":"ann","files":[{"path":"a","content":"x"}],"turnId":"gone"}`)
	must(t, s, ann, "deleteProject", fmt.Sprintf(`{"projectId":%q}`, gone))

	for _, revision := range []string{"v1", "v2"} {
		d.putModel(t, revision)
		must(t, s, admin, "publishModel", fmt.Sprintf(`{"modelId":"web","revision":%q}`, revision))
		if revision == "v1" {
			must(t, s, ann, "grantModel", `{"modelId":"web"}`)
		}
	}
	must(t, s, admin, "quarantineModel", `{"modelId":"web","revision":"v1"}`)

	d.worker.Always(workertest.Reply{Text: []string{"```html\n<p>half\n"}, Hold: never})
	hang(t, s, ann, `{"prompt":"it runs","turnId":"running"}`)
	d.worker.Always(workertest.Reply{Status: http.StatusInternalServerError})
	ask("generateCode", `{"prompt":"create calculator with dark mode","turnId":"template"}`)
	for deadline := time.Now().Add(30 * time.Second); !strings.Contains(fmt.Sprint(d.documents(t)), "/turns/running/segments/"); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the running turn stores no text")
		}
	}
	if err := s.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = s.Wait()
}

// page is a reply of one page.
func page(html string) workertest.Reply {
	return workertest.Reply{Text: []string{"```html\n", html, "\n```\n"}}
}

// call returns the answer to a call, JSON.
func call(t *testing.T, s *e2etest.Backend, token, function, data string) string {
	t.Helper()
	res := e2etest.Call(t, s, token, function, `{"data":`+data+`}`, "")
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func must(t *testing.T, s *e2etest.Backend, token, function, data string) string {
	t.Helper()
	text := call(t, s, token, function, data)
	if !strings.HasPrefix(text, `{"result"`) {
		t.Fatalf("%s %s: %s", function, data, text)
	}
	return text
}

func projectOf(t *testing.T, answer string) string {
	t.Helper()
	var a struct{ Result struct{ ProjectID string } }
	if err := json.Unmarshal([]byte(answer), &a); err != nil {
		t.Fatal(err)
	}
	return a.Result.ProjectID
}

// hang asks for a turn, and leaves when its first text is there.
func hang(t *testing.T, s *e2etest.Backend, token, data string) {
	t.Helper()
	res := e2etest.Call(t, s, token, "generateCode", `{"data":`+data+`}`, "text/event-stream")
	defer res.Body.Close()
	for lines := bufio.NewScanner(res.Body); lines.Scan(); {
		if strings.Contains(lines.Text(), "half") {
			return
		}
	}
	t.Fatal("the stream has ended")
}

// putModel uploads a revision of a small model. The same uploads in the same order have
// the same generations.
func (d *deployment) putModel(t *testing.T, revision string) {
	t.Helper()
	c := catalogue.Config{
		ModelID: "web", Name: "Web", Engine: catalogue.WebLLM, Plans: []quota.Plan{quota.Free}, Licence: "MIT", SourceURL: "https://example.com/web",
		WebLLM: &catalogue.WebLLMConfig{ModelLib: "a.wasm", ModelLibVersion: "v0_2_86/base"},
	}
	put := func(path, content string) {
		d.objects.PutBytes("models/web/"+revision+"/"+path, []byte(content))
	}
	for _, f := range [][2]string{
		{"a.wasm", "\x00asm"}, {"mlc-chat-config.json", `{"tokenizer_files":["tokenizer.json"]}`}, {"tokenizer.json", "{}"},
		{"params_shard_0.bin", "shard 0"}, {"tensor-cache.json", `{"records":[{"dataPath":"params_shard_0.bin","nbytes":7}]}`},
	} {
		put(f[0], f[1])
		c.Files = append(c.Files, catalogue.ConfigFile{Path: f[0], Size: int64(len(f[1]))})
	}
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	put(catalogue.ConfigName, string(text))
}

// emulatorURL is the REST API of the Firestore emulator.
func emulatorURL(t *testing.T) string {
	return "http://" + emulator.Require(t, "FIRESTORE_EMULATOR_HOST") + "/v1/"
}
