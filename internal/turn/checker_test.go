package turn_test

import (
	"context"
	"strings"
	"testing"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/artifact/page"
)

// rule is a fault that files may have: a text that a line holds.
type rule struct {
	artifact.Diagnostic
	marker string
}

// scriptedPages finds the faults of its rules, and no others.
type scriptedPages []rule

func (scriptedPages) Build(_ context.Context, files []artifact.File) page.Built {
	return page.Built{Code: page.Build(files).Code}
}

func (s scriptedPages) Check(_ context.Context, files []artifact.File) (found []artifact.Diagnostic) {
	for _, f := range files {
		for i, line := range strings.Split(f.Content, "\n") {
			for _, r := range s {
				if strings.Contains(line, r.marker) {
					d := r.Diagnostic
					d.Path, d.Line = f.Path, i+1
					found = append(found, d)
				}
			}
		}
	}
	return found
}

// readRule reads a line of the section checker.
func readRule(t *testing.T, line string) rule {
	t.Helper()
	first, text, ok := strings.Cut(strings.TrimSpace(line), " | ")
	words := strings.SplitN(first, " ", 3)
	if !ok || len(words) != 3 {
		t.Fatalf("%q is not a severity, a kind, a text of files, a bar and a sentence", line)
	}
	return rule{artifact.Diagnostic{Severity: artifact.Severity(words[0]), Kind: words[1], Text: text}, words[2]}
}
