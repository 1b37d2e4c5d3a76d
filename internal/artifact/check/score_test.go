package check_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/artifact/check"
	"dreambuild.dev/backend/internal/artifact/page"
	"dreambuild.dev/backend/internal/artifact/reply"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

// labelled are the replies that the parser is measured with.
const labelled = "../reply/testdata/replies"

// sets reads the replies of a folder: of *.txtar the part reply, of *.jsonl the answer of
// each line. It returns the files of those that have some, by name.
func sets(t testing.TB, dir string) map[string][]artifact.File {
	t.Helper()
	all := map[string][]artifact.File{}
	keep := func(name, text string) {
		if files := reply.Parse(text).Files; len(files) > 0 {
			all[name] = files
		}
	}
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		title := strings.TrimSuffix(filepath.Base(name), filepath.Ext(name))
		switch filepath.Ext(name) {
		case ".txtar":
			a, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range a.Files {
				if f.Name == "reply" {
					keep(title, string(f.Data))
				}
			}
		case ".jsonl":
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for line := range bytes.Lines(text) {
				var r struct{ ID, Answer string }
				if err := json.Unmarshal(line, &r); err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				keep(title+"/"+r.ID, r.Answer)
			}
		}
	}
	if len(all) == 0 {
		t.Fatalf("no replies with files in %s", dir)
	}
	return all
}

// TestReplies: what is found in the labelled replies is what testdata/replies.txt has.
// No set of which it has an error runs in Chromium without one, see TestScore. Some replies
// are parts of a project that is not with them.
func TestReplies(t *testing.T) {
	var b strings.Builder
	all := sets(t, labelled)
	for _, name := range slices.Sorted(keys(all)) {
		for line := range strings.Lines(written(check.Files(all[name]))) {
			b.WriteString(name + " " + line)
		}
	}
	const golden = "testdata/replies.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func keys[V any](m map[string]V) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for key := range m {
			if !yield(key) {
				return
			}
		}
	}
}

// The table of TestScore has how many diagnostics of a kind were found, with how many of
// them Chromium agrees, how many are behind another error of the same set, and how many
// are errors (false alarms) and warnings of a set that runs.

// verdict is what Chromium says of a set, see testdata/judge.mjs.
type verdict struct {
	Name                  string
	Blank                 bool
	Errors, Missing, Lost []string
}

// agrees reports whether Chromium says what a diagnostic says.
func (v verdict) agrees(d artifact.Diagnostic) bool {
	name := ""
	if found := named.FindStringSubmatch(d.Text); found != nil {
		name = found[1]
	}
	said := func(part string) bool {
		return slices.ContainsFunc(v.Errors, func(e string) bool { return strings.Contains(e, part) })
	}
	switch d.Kind {
	case check.MissingFile:
		return len(v.Missing) > 0
	case check.MissingID:
		return said(" null ") || said(name+" is not defined")
	case check.MissingFunction, check.MissingName, check.UndefinedLibrary:
		return said(name+" is not defined") || said(name+" is not a constructor")
	case check.EarlyName:
		return said("Cannot access '" + name + "' before initialization")
	case check.Constant:
		return said("Assignment to constant variable")
	case check.Syntax, check.Cut, check.ModuleInClassic, check.Elision:
		return said("SyntaxError")
	}
	return len(v.Errors) > 0 || v.Blank
}

// named finds the name that a diagnostic is about.
var named = regexp.MustCompile(`(?:calls |uses "|uses THREE)([\w$.]+)`)

var verdicts = flag.String("verdicts", "", "a `file` that keeps what Chromium says of ANSWERS")

// TestScore compares the diagnostics of the replies of a folder with what Chromium says of
// them: make score ANSWERS=DIR [LIBRARIES=DIR] LIBRARIES has npm packages
// as NAME@VERSION; replies that load others are left out.
func TestScore(t *testing.T) {
	dir := os.Getenv("ANSWERS")
	if dir == "" {
		t.Skip("ANSWERS names no folder of replies")
	}
	all := sets(t, dir)
	said := judged(t, all)
	type row struct{ found, agreed, hidden, alarms, warnings int }
	table := map[string]*row{}
	for _, kind := range check.Kinds() {
		table[kind] = &row{}
	}
	fine, broken, missed, left := 0, 0, 0, 0
	for _, name := range slices.Sorted(keys(all)) {
		v := said[name]
		if len(v.Lost) > 0 {
			left++
			continue
		}
		found := check.Files(all[name])
		isBroken := len(v.Errors) > 0 || v.Blank
		errors := 0
		for _, d := range found {
			r := table[d.Kind]
			r.found++
			switch {
			case v.agrees(d):
				r.agreed++
			case isBroken: // by something before it
				r.hidden++
				t.Logf("HIDDEN %s %q %s", name, v.Errors, strings.TrimSpace(written([]artifact.Diagnostic{d})))
			case d.Severity == artifact.SeverityError:
				r.alarms++
				t.Logf("ALARM %s %s", name, strings.TrimSpace(written([]artifact.Diagnostic{d})))
			default:
				r.warnings++
				t.Logf("WARNING %s %s", name, strings.TrimSpace(written([]artifact.Diagnostic{d})))
			}
			if d.Severity == artifact.SeverityError {
				errors++
			}
		}
		switch {
		case !isBroken:
			fine++
		case errors == 0:
			broken++
			missed++
			t.Logf("MISSED %s %q %s", name, v.Errors, strings.TrimSpace(written(found)))
		default:
			broken++
			t.Logf("FOUND %s %q\n%s", name, v.Errors, written(found))
		}
	}
	t.Logf("%d sets run, %d break (%d of them without a diagnostic), %d are left out", fine, broken, missed, left)
	t.Logf("%-18s %6s %6s %6s %12s %8s", "kind", "found", "agreed", "hidden", "false alarms", "warnings")
	for _, kind := range check.Kinds() {
		r := table[kind]
		t.Logf("%-18s %6d %6d %6d %12d %8d", kind, r.found, r.agreed, r.hidden, r.alarms, r.warnings)
	}
}

// judged asks Chromium, for what the file of verdicts lacks.
func judged(t *testing.T, all map[string][]artifact.File) map[string]verdict {
	t.Helper()
	said := map[string]verdict{}
	if old, err := os.ReadFile(*verdicts); err == nil {
		keep(t, said, bytes.NewReader(old))
	}
	var in bytes.Buffer
	for _, name := range slices.Sorted(keys(all)) {
		if _, known := said[name]; known {
			continue
		}
		files := map[string]string{}
		for _, f := range all[name] {
			files[f.Path] = f.Content
		}
		line, err := json.Marshal(map[string]any{"name": name, "code": page.Build(all[name]).Code, "files": files})
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&in, "%s\n", line)
	}
	if in.Len() == 0 {
		return said
	}
	cmd := exec.CommandContext(t.Context(), "node", "testdata/judge.mjs")
	cmd.Stdin, cmd.Stderr = &in, os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var lines io.Reader = out
	if *verdicts != "" {
		file, err := os.OpenFile(*verdicts, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		lines = io.TeeReader(out, file)
	}
	keep(t, said, lines)
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	return said
}

// keep reads verdicts, a line each.
func keep(t *testing.T, said map[string]verdict, from io.Reader) {
	t.Helper()
	lines := bufio.NewScanner(from)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var v verdict
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		said[v.Name] = v
	}
}
