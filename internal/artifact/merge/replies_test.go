package merge_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/artifact/merge"
	"dreambuild.dev/backend/internal/artifact/reply"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

// labelled reads the replies whose files are known.
func labelled(t testing.TB) map[string]reply.Reply {
	t.Helper()
	names, err := filepath.Glob("../reply/testdata/replies/*.txtar")
	if err != nil || len(names) < 200 {
		t.Fatalf("%d replies, %v", len(names), err)
	}
	all := map[string]reply.Reply{}
	for _, name := range names {
		a, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range a.Files {
			if f.Name == "reply" {
				all[strings.TrimSuffix(filepath.Base(name), ".txtar")] = reply.Parse(string(f.Data))
			}
		}
	}
	return all
}

func blocks(r reply.Reply) (all []merge.Block) {
	for _, b := range r.Blocks {
		if b.Aside == "" {
			all = append(all, merge.Block{File: b.File, Unnamed: b.Unnamed})
		}
	}
	return all
}

// TestFalseAlarms: of the labelled replies hardly one is asked for again, neither as
// the first answer of a project nor as a change of the files that it has made.
func TestFalseAlarms(t *testing.T) {
	replies := labelled(t)
	asked := 0
	for name, r := range replies {
		first := merge.Blocks(nil, blocks(r), merge.Wish{})
		if diff := cmp.Diff(r.Files, first.Files, cmp.Comparer(func(a, b artifact.File) bool { return a == b })); diff != "" && len(first.Warnings) == 0 {
			t.Errorf("%s becomes other files (-want +got):\n%s", name, diff)
		}
		again := merge.Blocks(r.Files, blocks(r), merge.Wish{})
		if len(first.Elisions)+len(first.Refused)+len(again.Refused) > 0 {
			t.Logf("%s: elisions %q, refused %v, %v", name, first.Elisions, first.Refused, again.Refused)
			asked++
		}
		for _, w := range append(first.Warnings, again.Warnings...) {
			t.Logf("%s: %v", name, w)
		}
	}
	t.Logf("%d of %d replies are asked for again", asked, len(replies))
	if 100*asked > len(replies) {
		t.Errorf("%d of %d replies are asked for again", asked, len(replies))
	}
}

// BenchmarkBlocks matches an answer with a project of 200 files.
func BenchmarkBlocks(b *testing.B) {
	script := "const n = 1;\n" + strings.Repeat("\nfunction f() {\n  return g(1, 'x');\n}\n", 50)
	var base []artifact.File
	for i := range 200 {
		base = append(base, artifact.File{Path: "src/" + strings.Repeat("a", i%7+1) + string(rune('a'+i%26)) + strings.Repeat("b", i/26) + ".js", Content: script})
	}
	base[7].Path = "script.js"
	base[7].Content = "function once() {\n  return 1;\n}\n" + script
	page, _ := os.ReadFile("testdata/html.txtar")
	base[8] = artifact.File{Path: "index.html", Content: "<!DOCTYPE html>\n" + string(page)}
	for _, bc := range []struct {
		name  string
		block merge.Block
	}{
		{"a whole file", merge.Block{File: artifact.File{Path: "script.js", Content: strings.Replace(base[7].Content, "1", "2", 1)}}},
		{"a part", merge.Block{File: artifact.File{Path: "script.js", Content: "function once() {\n  return 2;\n}\n"}}},
		{"a part without a name", merge.Block{File: artifact.File{Path: "script.js", Content: "function once() {\n  return 2;\n}\n"}, Unnamed: true}},
		{"a part of another file", merge.Block{File: artifact.File{Path: "main.js", Content: "function once() {\n  return 2;\n}\n"}, Unnamed: true}},
	} {
		b.Run(bc.name, func(b *testing.B) {
			for b.Loop() {
				if m := merge.Blocks(base, []merge.Block{bc.block}, merge.Wish{}); len(m.Files) != 1 {
					b.Fatalf("%+v", m.Refused)
				}
			}
		})
	}
}
