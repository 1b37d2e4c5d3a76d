package intent

import (
	"bufio"
	"os"
	"strings"
	"testing"
)

// asked is a prompt of testdata/verbs.txt, and the verb that it asks for.
type asked struct {
	prompt     string
	hasProject bool
	verb       Verb
}

// readVerbs reads a file of prompts below lines such as "project edit", which is for
// prompts that are sent to a project, and "new create", for those that begin one.
func readVerbs(t *testing.T, file string) []asked {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []asked
	var head asked
	for s := bufio.NewScanner(f); s.Scan(); {
		line := s.Text()
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '\t':
			head.prompt = line[1:]
			all = append(all, head)
		default:
			where, verb, _ := strings.Cut(line, " ")
			head = asked{hasProject: where == "project", verb: Verb(verb)}
		}
	}
	return all
}

// TestVerbs reads the prompts of testdata/verbs.txt, or of the file that VERBS names.
// With -v it lists the wrong ones.
func TestVerbs(t *testing.T) {
	file := os.Getenv("VERBS")
	if file == "" {
		file = "testdata/verbs.txt"
	}
	all := readVerbs(t, file)
	right := 0
	for _, a := range all {
		got := Parse(a.prompt, a.hasProject)
		if got.Verb == a.verb {
			right++
			continue
		}
		t.Logf("%q, project: %v: %s (%v), want %s", a.prompt, a.hasProject, got.Verb, got.Confidence, a.verb)
	}
	if got := percent(right, len(all)); len(all) == 0 || got < 99 {
		t.Errorf("%.1f %% of %d verbs are right, want 99 %%", got, len(all))
	}
}
