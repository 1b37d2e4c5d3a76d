package releases_test

import (
	"encoding/json"
	"fmt"
	"sort"
	"strings"
	"testing"

	built "dreambuild.dev/backend/internal/artifact/page"
	"dreambuild.dev/backend/internal/e2e/e2etest"
)

// answer has the fields of all answers that both releases have.
type answer struct {
	Result struct {
		ProjectID, TurnID, State, Name, NextPageToken string
		Source, GeneratedBy, FinishReason             string
		Version, CurrentVersion                       int
		Code                                          string
		Plan                                          string
		Files                                         json.RawMessage
		Projects                                      json.RawMessage // of getUsage: how many there may be
		Versions                                      []struct {
			Version, Base       int
			Source, GeneratedBy string
		}
		Messages []struct {
			TurnID, Role, Text, State string
		}
		Models []struct {
			ModelID, Revision string
			Available         bool
		}
		Pools      []struct{ Plan string }
		DailyTurns struct{ Limit int }
	}
	Error *struct {
		Status, Message string
		Details         struct{ Reason string }
	}
}

// read calls every function that reads, of all that fill has made, and returns what is
// answered, but for times. early is whether it knows which turns were cancelled before
// they began.
func read(t *testing.T, d *deployment, early bool) string {
	t.Helper()
	s, ann, admin, bob := d.start(t, "TURN_LEASE=1s"), d.token(t, "ann", `{}`), d.token(t, "root", `{"admin":true}`), d.token(t, "bob", `{}`)
	defer stop(s)
	var said strings.Builder
	ask := func(token, function, data string) answer {
		t.Helper()
		text := call(t, s, token, function, data)
		var a answer
		if err := json.Unmarshal([]byte(text), &a); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		fmt.Fprintf(&said, "%s %s:", function, data)
		if e := a.Error; e != nil && token != bob {
			fmt.Fprintf(&said, " %s %s", e.Status, e.Details.Reason)
		}
		return a
	}
	line := func(format string, args ...any) { fmt.Fprintf(&said, format+"\n", args...) }

	ids := projects(t, d)
	a := ask(ann, "resumeTurn", fmt.Sprintf(`{"projectId":%q,"turnId":"running"}`, ids["running"])) // ends it: its lease is over
	line(" %s", a.Result.State)
	for _, turn := range turns {
		a := ask(ann, "resumeTurn", fmt.Sprintf(`{"projectId":%q,"turnId":%q}`, ids[turn[0]], turn[1]))
		r := a.Result
		line(" %s %s by %q, version %d, %s, files %s", r.State, r.Source, r.GeneratedBy, r.Version, r.FinishReason, contents(r.Files))
	}
	if early {
		a = ask(ann, "generateCode", `{"prompt":"too late","turnId":"early"}`)
		line(" %s", a.Result.State)
	}
	a = ask(ann, "listProjects", `{}`)
	var listed []struct {
		ProjectID, Name, Source, GeneratedBy string
		CurrentVersion                       int
	}
	if err := json.Unmarshal(a.Result.Projects, &listed); err != nil {
		t.Error(err)
	}
	sort.Slice(listed, func(i, j int) bool { return listed[i].Name < listed[j].Name })
	line(" %+v", listed)
	for _, name := range []string{"clock", "birds", "calculator", "running"} {
		in := fmt.Sprintf(`{"projectId":%q`, ids[name])
		a := ask(ann, "listVersions", in+`}`)
		versions := a.Result.Versions
		line(" %+v", versions)
		for _, v := range versions {
			a := ask(ann, "getProject", fmt.Sprintf(`%s,"version":%d}`, in, v.Version))
			line(" %s by %q, %s, code %q", a.Result.Source, a.Result.GeneratedBy, contents(a.Result.Files), short(built.Strip(a.Result.Code))) // that documents begin with a prelude is new
		}
		a = ask(ann, "listMessages", in+`}`)
		line("")
		for _, m := range a.Result.Messages {
			line("  %s of %s, %s: %q", m.Role, m.TurnID, m.State, m.Text[:min(len(m.Text), 40)])
		}
		a = ask(ann, "exportProject", in+`}`)
		line(" %t", a.Error == nil)
		a = ask(bob, "listVersions", in+`}`)
		line(" %t", a.Error == nil)
	}
	a = ask(ann, "getUsage", `{}`)
	line(" %s %+v", a.Result.Plan, a.Result.DailyTurns)
	a = ask(ann, "listModels", `{}`)
	line(" %+v", a.Result.Models)
	for _, revision := range []string{"", `,"revision":"v1"`} {
		a = ask(ann, "grantModel", `{"modelId":"web"`+revision+`}`)
		line(" %d files", strings.Count(string(a.Result.Files), `"url"`))
	}
	a = ask(admin, "publishModel", `{"modelId":"web","revision":"v2"}`) // compares it with the bucket
	line(" %s", a.Result.State)
	a = ask(admin, "workerHealth", `{}`)
	line(" %t", len(a.Result.Pools) > 0)
	return said.String()
}

// stop ends a server.
func stop(s *e2etest.Backend) {
	_ = s.Process.Kill()
	_ = s.Wait()
}

// projects returns the ids of ann's projects, by what their turns are called.
func projects(t *testing.T, d *deployment) map[string]string {
	t.Helper()
	ids := map[string]string{}
	for _, doc := range d.documents(t) {
		parts := strings.Split(doc.Name, "/")
		if len(parts) < 5 || parts[1] != "projects" {
			continue
		}
		for _, turn := range turns {
			if parts[4] == turn[1] {
				ids[turn[0]] = parts[2]
			}
		}
	}
	return ids
}

// contents shows files by their paths and contents.
func contents(files json.RawMessage) string {
	var all []struct{ Path, Content string }
	if json.Unmarshal(files, &all) != nil {
		return string(files)
	}
	var list []string
	for _, f := range all {
		list = append(list, fmt.Sprintf("%s %q", f.Path, short(f.Content)))
	}
	return strings.Join(list, ", ")
}

// short is enough of a text to know it by.
func short(text string) string {
	if len(text) < 60 {
		return text
	}
	return fmt.Sprintf("%s… (%d)", text[:40], len(text))
}

// write calls every function that writes.
func write(t *testing.T, d *deployment) {
	t.Helper()
	s, ann, admin := d.start(t), d.token(t, "ann", `{}`), d.token(t, "root", `{"admin":true}`)
	defer stop(s)
	ids := projects(t, d)
	in := fmt.Sprintf(`"projectId":%q`, ids["clock"])
	asked := len(d.worker.Calls())
	if again := must(t, s, ann, "generateCode", `{"prompt":"a clock","turnId":"complete"}`); !strings.Contains(again, "clock") || len(d.worker.Calls()) != asked {
		t.Errorf("the same turn again: %s", again)
	}
	d.worker.Always(page("<h1>new clock</h1>"))
	for _, one := range []struct{ token, function, data string }{
		{ann, "generateCode", `{"prompt":"all new","turnId":"next",` + in + `}`},
		{ann, "generateCode", `{"prompt":"a new one"}`},
		{ann, "saveProject", `{"source":"edit","generatedBy":"ann","files":[{"path":"a","content":"x"}],` + in + `}`},
		{ann, "restoreVersion", `{"version":2,` + in + `}`},
		{ann, "renameProject", `{"name":"renamed",` + in + `}`},
		{ann, "cancelTurn", `{"turnId":"next",` + in + `}`},
		{ann, "grantModel", `{"modelId":"web","revision":"v2"}`},
		{ann, "openModelSession", `null`},
		{ann, "closeModelSession", `null`},
		{ann, "deleteProject", `{` + in + `}`},
		{admin, "quarantineModel", `{"modelId":"web","revision":"v2"}`},
	} {
		if got := call(t, s, one.token, one.function, one.data); !strings.HasPrefix(got, `{"result"`) {
			t.Errorf("%s %s: %s", one.function, one.data, got)
		}
	}
}
