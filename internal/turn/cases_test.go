package turn_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/project"
	"dreambuild.dev/backend/internal/store/memstore"
	"dreambuild.dev/backend/internal/turn"
	"dreambuild.dev/backend/internal/worker"
	"dreambuild.dev/backend/internal/worker/workertest"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/tools/txtar"
)

// TestCases runs the golden turns of testdata/cases: whole turns of a runner over a
// store in memory and the pools of one scripted worker.
//
// The comment of a file says what it shows. Its sections:
//
//	project/PATH     the files of version 1; none: the turn begins a project
//	earlier prompt   a turn before, and its reply; there may be several, in their order
//	earlier reply
//	prompt           what is asked
//	errors           what the running app has thrown, as JSON; prompt may be absent then
//	target           the element of the running app that is meant, as JSON
//	checker          what is wrong with files, a line each, as "error syntax oops( | It
//	                 is never closed.": in every line of a file that holds the text before
//	                 the bar
//	repairs          0: no worker is asked to mend what does not work
//	reply, reply 2   what the worker answers to each call, without the last line break;
//	                 to any further call it answers nothing
//	wire             a kind of server: the replies are what it sends over HTTP, and the
//	                 real dialect reads them
//	finish           how each reply ends, a line each: stop, length, or "length thinking"
//	                 for one whose model thinks first; stop, where nothing is said
//	save             instead of prompt and reply: a reply that a client saves
//	save/PATH        likewise, the files that somebody has written by hand
//	want/PATH        all files of the current version afterwards
//	want             checks, a line each, see caseCheck
//
// A line "@repeat 900 TEXT" of a reply stands for the text 900 times, and
// "@lines 900 TEXT" for 900 such lines.
func TestCases(t *testing.T) {
	names, err := filepath.Glob("testdata/cases/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatalf("%d golden turns, %v", len(names), err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			c := readTurnCase(t, name)
			c.check(t, c.run(t))
		})
	}
}

// turnCase is a golden turn.
type turnCase struct {
	project []artifact.File
	earlier []earlierTurn
	prompt  string
	errors  []turn.AppError
	target  *turn.Target
	checker scriptedPages
	repairs int
	replies []string
	finish  []string
	wire    string
	save    turn.Submission
	files   []artifact.File // wanted; nil: only the checks count
	checks  []caseCheck
}

type earlierTurn struct{ prompt, reply string }

// caseCheck is a line of the section want. A value may name several that are allowed,
// as in "complete or failed".
//
//	state      of the turn
//	source     of the answer
//	verb       that the prompt is read as
//	error      the reason; "none"; "any" for none or any one
//	version    the number of the project's current version; 0: it has none
//	asked      how often the worker is called
//	charged    how many calls the turn's user is charged for
//	body       a text that the JSON of the last call on the wire holds
//	question   a text that the last message of the last call holds
//	unasked    a text that it does not hold
//	found      what is stored with turn and version as wrong, in the form "PATH:LINE
//	           KIND", with commas between; "none"
//	reads      how many bytes of the worker's text are taken at most
//	notice     a text that a notice holds
//	warning    a text that a warning holds, written as "PATH: TEXT"
//	told       a text that a notice, a warning or the error's message holds
//	keeps      PATH LINE: the file has this line; PATH alone: all its lines of version 1
//	has        PATH TEXT: the file holds the text
//	lacks      PATH TEXT: the file does not hold the text, if it is there
//	no file    PATH
//
// Without a check of the error, there is to be none.
type caseCheck struct{ what, value string }

// readTurnCase reads a golden file.
func readTurnCase(t *testing.T, name string) turnCase {
	t.Helper()
	a, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	c := turnCase{repairs: 1}
	for _, f := range a.Files {
		text := string(f.Data)
		folder, path, _ := strings.Cut(f.Name, "/")
		kind := strings.TrimRight(f.Name, " 0123456789")
		switch {
		case folder == "project":
			c.project = append(c.project, artifact.File{Path: path, Content: text})
		case folder == "want" && path != "":
			c.files = append(c.files, artifact.File{Path: path, Content: text})
		case f.Name == "want":
			for line := range strings.Lines(text) {
				what, value, ok := strings.Cut(strings.TrimSpace(line), ": ")
				if !ok {
					t.Fatalf("%s: the check %q is not a word, a colon and a value", name, line)
				}
				c.checks = append(c.checks, caseCheck{what, value})
			}
		case kind == "earlier prompt":
			c.earlier = append(c.earlier, earlierTurn{prompt: strings.TrimSpace(text)})
		case kind == "earlier reply" && len(c.earlier) > 0:
			c.earlier[len(c.earlier)-1].reply = written(t, text)
		case f.Name == "prompt":
			c.prompt = strings.TrimSpace(text)
		case f.Name == "errors":
			if err := json.Unmarshal(f.Data, &c.errors); err != nil {
				t.Fatal(err)
			}
		case f.Name == "target":
			if err := json.Unmarshal(f.Data, &c.target); err != nil {
				t.Fatal(err)
			}
		case f.Name == "checker":
			for line := range strings.Lines(text) {
				c.checker = append(c.checker, readRule(t, line))
			}
		case f.Name == "repairs":
			c.repairs, _ = strconv.Atoi(strings.TrimSpace(text))
		case kind == "reply":
			c.replies = append(c.replies, written(t, text))
		case f.Name == "wire":
			c.wire = strings.TrimSpace(text)
		case f.Name == "finish":
			c.finish = strings.Split(strings.TrimSpace(text), "\n")
		case f.Name == "save":
			c.save = turn.Submission{Reply: written(t, text), Source: project.Browser, GeneratedBy: "x"}
		case folder == "save":
			c.save.Files = append(c.save.Files, artifact.File{Path: path, Content: text})
			c.save.Source, c.save.GeneratedBy = project.Edit, "x"
		default:
			t.Fatalf("%s: unknown section %q", name, f.Name)
		}
	}
	if (c.prompt == "" && c.errors == nil) == (c.save.Source == "") || len(c.checks) == 0 {
		t.Fatalf("%s has %d checks, and needs either a prompt or a save", name, len(c.checks))
	}
	return c
}

// written is a reply as the worker writes it: without its last line break, and with
// what is repeated.
func written(t *testing.T, section string) string {
	t.Helper()
	var text strings.Builder
	for line := range strings.Lines(section) {
		how, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		if how != "@repeat" && how != "@lines" {
			text.WriteString(line)
			continue
		}
		count, what, _ := strings.Cut(rest, " ")
		n, err := strconv.Atoi(count)
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if how == "@lines" {
			what += "\n"
		}
		text.WriteString(strings.Repeat(what, n))
		if how == "@repeat" {
			text.WriteString("\n")
		}
	}
	return strings.TrimSuffix(text.String(), "\n")
}

// caseRun is what became of a golden turn.
type caseRun struct {
	turn    turn.Turn
	err     error
	version int
	found   []artifact.Diagnostic // of the version
	files   []artifact.File
	last    worker.Prompt
	asked   int
	said    int            // bytes
	body    map[string]any // of the last call on the wire
}

// run carries a golden turn out.
func (c turnCase) run(t *testing.T) caseRun {
	t.Helper()
	w := &caseWorker{}
	served, calls := worker.Worker(w), func() []workertest.Call { return nil }
	if c.wire != "" {
		served, calls = c.onWire(t)
	}
	pools := worker.NewPools([]worker.PoolConfig{{Plan: "free", Workers: []worker.Worker{served}}}, worker.Settings{RetryPause: time.Nanosecond})
	t.Cleanup(pools.Close)
	db := memstore.New()
	f := fixture{turn.NewRunner(db, pools, c.checker, turn.Settings{SystemPrompt: "Write small apps.", MaxTokens: 2000, Limit: time.Minute, Lease: 30 * time.Second, Idle: 2 * time.Minute, Repairs: c.repairs}, quietLog), db}
	t.Cleanup(func() { f.Drain(t.Context()) })
	fresh := true
	next := func(id string) turn.Request {
		r := request()
		r.TurnID, r.PayloadHash, r.NewProject, r.Engine = id, "v1:"+id, fresh, turn.WorkerEngine
		r.Limits.DailyTokens, r.Limits.DailyInputTokens = 1e9, 1e9
		fresh = false
		return r
	}
	if c.project != nil {
		if _, err := f.Save(t.Context(), next("first"), turn.Submission{Source: project.Edit, GeneratedBy: "x", Files: c.project}); err != nil {
			t.Fatal(err)
		}
	}
	for i, before := range c.earlier {
		*w = caseWorker{replies: []string{before.reply}}
		r := next(fmt.Sprint("earlier ", i))
		r.Prompt = before.prompt
		if _, _, err := f.stream(t, r); err != nil {
			t.Fatal(err)
		}
	}
	*w = caseWorker{replies: c.replies, finish: c.finish}
	var got caseRun
	r := next(key.TurnID)
	if c.save.Source != "" {
		_, got.err = f.Save(t.Context(), r, c.save)
		if got.err == nil {
			got.turn, _ = f.turn(t, key)
		}
	} else {
		r.Prompt, r.Errors, r.Target = c.prompt, c.errors, c.target
		_, _, got.err = f.stream(t, r)
		if begun, _ := db.Turn(t.Context(), key); begun != nil {
			got.turn, _ = f.turn(t, key)
		}
	}
	got.asked, got.said, got.last = w.asked+len(calls()), w.said, w.last
	if all := calls(); len(all) > 0 {
		got.body = all[len(all)-1].Body
	}
	got.version, got.files = f.current(t)
	if v, _ := db.Version(t.Context(), key.ProjectID, got.turn.Version); v != nil {
		got.found = v.Diagnostics
	}
	return got
}

// current returns the number and the files of the project's current version; 0 and
// none if it has no version.
func (f fixture) current(t *testing.T) (version int, files []artifact.File) {
	t.Helper()
	p, err := f.store.Project(t.Context(), key.ProjectID)
	if err != nil {
		t.Fatal(err)
	}
	if p == nil || p.CurrentVersion == 0 {
		return 0, nil
	}
	v, err := f.store.Version(t.Context(), key.ProjectID, p.CurrentVersion)
	if err != nil {
		t.Fatal(err)
	}
	if files, err = f.store.Files(t.Context(), key.ProjectID, v.Files); err != nil {
		t.Fatal(err)
	}
	return p.CurrentVersion, files
}

// check compares what became of a golden turn with what is wanted.
func (c turnCase) check(t *testing.T, got caseRun) {
	t.Helper()
	checks := c.checks
	if !slices.ContainsFunc(checks, func(k caseCheck) bool { return k.what == "error" }) {
		checks = append(checks, caseCheck{"error", "none"})
	}
	for _, k := range checks {
		if wrong := k.wrong(c, got); wrong != "" {
			t.Errorf("%s: %s; want %s", k.what, wrong, k.value)
		}
	}
	byPath := cmpopts.SortSlices(func(a, b artifact.File) bool { return a.Path < b.Path })
	if diff := cmp.Diff(c.files, got.files, byPath); diff != "" && c.files != nil {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if t.Failed() {
		t.Logf("%s, asked %d times; notices %q, warnings %+v, error %v", got.turn.State, got.asked, got.turn.Notices, got.turn.Warnings, got.err)
	}
}

// wrong says what is there instead of what the check wants; "" if that is there.
func (k caseCheck) wrong(c turnCase, got caseRun) string {
	var warnings []string
	for _, w := range got.turn.Warnings {
		warnings = append(warnings, w.Path+": "+w.Text)
	}
	reason, message := "none", []string(nil)
	if e := errs.Of(got.err); e != nil {
		reason, message = string(e.Reason), []string{e.Message}
	}
	one := func(value any) string {
		if slices.Contains(strings.Split(k.value, " or "), fmt.Sprint(value)) {
			return ""
		}
		return fmt.Sprint(value)
	}
	among := func(texts []string) string {
		if slices.ContainsFunc(texts, func(s string) bool { return strings.Contains(s, k.value) }) {
			return ""
		}
		return fmt.Sprintf("%q", texts)
	}
	path, rest, _ := strings.Cut(k.value, " ")
	file, there := contentOf(got.files, path)
	switch k.what {
	case "state":
		return one(got.turn.State)
	case "source":
		return one(got.turn.Source)
	case "error":
		if k.value == "any" {
			return ""
		}
		return one(reason)
	case "version":
		return one(got.version)
	case "asked":
		return one(got.asked)
	case "charged":
		return one(got.turn.Meter.Calls)
	case "question", "unasked":
		last := ""
		if n := len(got.last.Messages); n > 0 {
			last = got.last.Messages[n-1].Text
		}
		if strings.Contains(last, k.value) == (k.what == "question") {
			return ""
		}
		return "the question is\n" + last
	case "found":
		if diff := cmp.Diff(got.found, got.turn.Diagnostics); diff != "" {
			return "the version and the turn have others (-version +turn):\n" + diff
		}
		var all []string
		for _, d := range got.found {
			all = append(all, fmt.Sprintf("%s:%d %s", d.Path, d.Line, d.Kind))
		}
		if all == nil {
			all = []string{"none"}
		}
		return one(strings.Join(all, ", "))
	case "body":
		body, err := json.Marshal(got.body)
		if err != nil {
			return err.Error()
		}
		return among([]string{string(body)})
	case "verb":
		if got.turn.Intent == nil {
			return "no intent"
		}
		return one(got.turn.Intent.Verb)
	case "reads":
		if most, err := strconv.Atoi(k.value); err == nil && got.said <= most {
			return ""
		}
		return fmt.Sprint(got.said, " bytes")
	case "notice":
		return among(got.turn.Notices)
	case "warning":
		return among(warnings)
	case "told":
		return among(slices.Concat(got.turn.Notices, warnings, message))
	case "keeps":
		lines := []string{rest}
		if rest == "" {
			before, _ := contentOf(c.project, path)
			lines = strings.Split(before, "\n")
		}
		for _, line := range lines {
			if !slices.ContainsFunc(strings.Split(file, "\n"), func(l string) bool { return strings.TrimSpace(l) == strings.TrimSpace(line) }) {
				return fmt.Sprintf("no line %q in\n%s", line, file)
			}
		}
		return ""
	case "has", "lacks":
		if strings.Contains(file, rest) == (k.what == "has") {
			return ""
		}
		return "the file is\n" + file
	case "no file":
		if !there {
			return ""
		}
		return "the file is there"
	}
	return "no such check"
}

func contentOf(files []artifact.File, path string) (content string, there bool) {
	for _, f := range files {
		if f.Path == path {
			return f.Content, true
		}
	}
	return "", false
}
