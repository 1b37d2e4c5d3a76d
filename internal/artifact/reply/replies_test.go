package reply_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/artifact/reply"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/tools/txtar"
)

// corpus reads replies of this form: a free comment, `-- reply --` with the raw
// text, and `-- want/PATH --` for each file.
func corpus(t testing.TB, dir string) map[string]labelled {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	replies := map[string]labelled{}
	for _, name := range names {
		a, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var r labelled
		for _, f := range a.Files {
			if path, ok := strings.CutPrefix(f.Name, "want/"); ok {
				r.want = append(r.want, artifact.File{Path: path, Content: string(f.Data)})
			} else if f.Name == "reply" {
				r.text = string(f.Data)
			} else {
				t.Fatalf("%s: unknown part %q", name, f.Name)
			}
		}
		replies[strings.TrimSuffix(filepath.Base(name), ".txtar")] = r
	}
	return replies
}

type labelled struct {
	text string
	want []artifact.File
}

// score returns the names of the replies whose file sets are wrong, and the paths
// that should not be there.
func score(t *testing.T, replies map[string]labelled) (missed, wrong []string) {
	byPath := cmpopts.SortSlices(func(a, b artifact.File) bool { return a.Path < b.Path })
	for name, r := range replies {
		got := reply.Parse(r.text)
		if diff := cmp.Diff(r.want, got.Files, byPath, cmpopts.EquateEmpty()); diff != "" {
			t.Logf("%s (-want +got):\n%s%+v", name, diff, got.Warnings)
			missed = append(missed, name)
		}
		wanted := map[string]bool{}
		for _, f := range r.want {
			wanted[f.Path] = true
		}
		for _, f := range got.Files {
			if !wanted[f.Path] {
				wrong = append(wrong, name+": "+f.Path)
			}
		}
	}
	return missed, wrong
}

// knownMisses are the replies of the corpus that are not read as they are labelled.
// Any other one is a step back.
var knownMisses = []string{
	"recorded-llamacpp-calc-two-js-fences", // an example of use after a script: the parser keeps the script, the label has the example
}

// TestScore scores the corpus, and the folder that REPLIES names.
func TestScore(t *testing.T) {
	missed, wrong := scoreDir(t, "testdata/replies")
	for _, name := range missed {
		if !slices.Contains(knownMisses, name) {
			t.Errorf("%s is not right", name)
		}
	}
	for _, w := range wrong {
		t.Errorf("wrong path %s", w)
	}
	if dir := os.Getenv("REPLIES"); dir != "" {
		_, wrong := scoreDir(t, dir)
		for _, w := range wrong {
			t.Logf("wrong path %s", w)
		}
	}
}

func scoreDir(t *testing.T, dir string) (missed, wrong []string) {
	t.Helper()
	replies := corpus(t, dir)
	if len(replies) == 0 {
		t.Fatalf("no replies in %s", dir)
	}
	missed, wrong = score(t, replies)
	all := len(replies)
	t.Logf("%s: %d of %d file sets right (%.1f %%), %d wrong paths", dir, all-len(missed), all, 100*float64(all-len(missed))/float64(all), len(wrong))
	return missed, wrong
}
