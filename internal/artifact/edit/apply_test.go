package edit_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/artifact/edit"
	"dreambuild.dev/backend/internal/artifact/reply"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestApply(t *testing.T) {
	const a, b = "a.js", "b.js"
	const doNotOccur = `the SEARCH lines do not occur in "a.js": copy them exactly as they stand in the file`
	file := func(path, content string) artifact.File { return artifact.File{Path: path, Content: content} }
	replace := func(path, search, replace string) artifact.Edit {
		return artifact.Edit{Path: path, Search: search, Replace: replace}
	}
	for _, tc := range []struct {
		name    string
		files   []artifact.File
		edits   []artifact.Edit
		changed []artifact.File
		refused []string
	}{
		{"lines that occur twice, near a line",
			[]artifact.File{file(a, "a {\n  x: 1;\n}\nb {\n  x: 1;\n}\n")}, []artifact.Edit{{Path: a, Search: "x: 1;\n", Replace: "x: 2;\n", Near: "b {"}},
			[]artifact.File{file(a, "a {\n  x: 1;\n}\nb {\n  x: 2;\n}\n")}, nil},
		{"lines that occur twice, near a line that does, too",
			[]artifact.File{file(a, "b {\n  x: 1;\n}\nb {\n  x: 1;\n}\n")}, []artifact.Edit{{Path: a, Search: "x: 1;\n", Replace: "x: 2;\n", Near: "b {"}},
			nil, []string{`the SEARCH lines occur 2 times in "a.js": add lines around them until they occur once`}},
		{"lines as they stand",
			[]artifact.File{file(a, "1\n2\n3\n")}, []artifact.Edit{replace(a, "2\n", "x\ny\n")},
			[]artifact.File{file(a, "1\nx\ny\n3\n")}, nil},
		{"lines that go",
			[]artifact.File{file(a, "1\n2\n3\n")}, []artifact.Edit{replace(a, "2\n3\n", "")},
			[]artifact.File{file(a, "1\n")}, nil},
		{"a line that others contain",
			[]artifact.File{file(a, "x = 1\nx = 10\n")}, []artifact.Edit{replace(a, "x = 1\n", "x = 2\n")},
			[]artifact.File{file(a, "x = 2\nx = 10\n")}, nil},
		{"a part of a line",
			[]artifact.File{file(a, "f(1, 2)\n")}, []artifact.Edit{replace(a, "1, 2\n", "3\n")},
			[]artifact.File{file(a, "f(3)\n")}, nil},
		{"the last line without an end",
			[]artifact.File{file(a, "1\n2")}, []artifact.Edit{replace(a, "2\n", "3\n")},
			[]artifact.File{file(a, "1\n3\n")}, nil},
		{"spaces are different",
			[]artifact.File{file(a, "f() {\n\tg( )  \n\th()\n}\n")}, []artifact.Edit{replace(a, "g( )\nh()\n", "g(1)\n\nif (x) {\n  h()\n}\n")},
			[]artifact.File{file(a, "f() {\n\tg(1)\n\n\tif (x) {\n\t  h()\n\t}\n}\n")}, nil},
		{"indented deeper than the file is",
			[]artifact.File{file(a, "  g()\n  h()\n")}, []artifact.Edit{replace(a, "      g()\n      h()\n", "      g()\n        i()\n    h()\n")},
			[]artifact.File{file(a, "  g()\n    i()\nh()\n")}, nil},
		{"blank lines around",
			[]artifact.File{file(a, "  g()\n")}, []artifact.Edit{replace(a, "\ng()\n\n", "\nh()\n\n")},
			[]artifact.File{file(a, "  h()\n")}, nil},
		{"blank lines around lines of several depths",
			[]artifact.File{file(a, "f()\n  g()\n")}, []artifact.Edit{replace(a, "\nf()\ng()\n\n", "h()\n")},
			[]artifact.File{file(a, "h()\n")}, nil},
		{"a file with CRLF",
			[]artifact.File{file(a, "1\r\n2\r\n")}, []artifact.Edit{replace(a, "2\n", "3\n")},
			[]artifact.File{file(a, "1\r\n3\r\n")}, nil},
		{"new lines in a file with CRLF",
			[]artifact.File{file(a, "1\r\n  2\r\n3")}, []artifact.Edit{replace(a, "2\n3\n", "x\ny\n")},
			[]artifact.File{file(a, "1\r\n  x\r\n  y\r\n")}, nil},
		{"a part of a line in a file with CRLF",
			[]artifact.File{file(a, "f(1)\r\n")}, []artifact.Edit{replace(a, "1\r\n", "2\n")},
			[]artifact.File{file(a, "f(2)\r\n")}, nil},
		{"a file with a line that ends in CRLF",
			[]artifact.File{file(a, "1\r\n2\n3\n4\n")}, []artifact.Edit{replace(a, "1\n2\n", "x\ny\n")},
			[]artifact.File{file(a, "x\ny\n3\n4\n")}, nil},
		{"a line before a part of one",
			[]artifact.File{file(a, "f() {\n    a()\n    b()\n")}, []artifact.Edit{replace(a, "a()\n", "a()\nc()\n")},
			[]artifact.File{file(a, "f() {\n    a()\n    c()\n    b()\n")}, nil},
		{"an indented line that goes",
			[]artifact.File{file(a, "  f()\ng()\n")}, []artifact.Edit{replace(a, "f()\n", "")},
			[]artifact.File{file(a, "g()\n")}, nil},
		{"tabs for spaces",
			[]artifact.File{file(a, "\tif (x) {\n\t\ty()\n\t}\n")}, []artifact.Edit{replace(a, "  if (x) {\n    y()\n  }\n", "  if (x) {\n    y()\n    z()\n  }\n")},
			[]artifact.File{file(a, "\tif (x) {\n\t\ty()\n\t\tz()\n\t}\n")}, nil},
		{"a part of a line that becomes several",
			[]artifact.File{file(a, "  if (x) f()\n")}, []artifact.Edit{replace(a, "f()\n", "{\n  f()\n}\n")},
			[]artifact.File{file(a, "  if (x) {\n    f()\n  }\n")}, nil},
		{"not in the middle of a word",
			[]artifact.File{file(a, "let max = 10\n")}, []artifact.Edit{replace(a, "x = 1\n", "x = 2\n"), replace(a, "x = 10\n", "x = 2\n"), replace(a, "max = 1\n", "max = 2\n")},
			nil, []string{doNotOccur, doNotOccur, doNotOccur}},
		{"not in the middle of a property",
			[]artifact.File{file(a, "p { background-color: red; margin: 1.5em }\n")}, []artifact.Edit{replace(a, "color: red;\n", "color: blue;\n"), replace(a, "margin: 1\n", "margin: 2\n"), replace(a, "5em\n", "6em\n")},
			nil, []string{doNotOccur, doNotOccur, doNotOccur}},
		{"a word beside one that contains it",
			[]artifact.File{file(a, "max = 10; x = 1;\n")}, []artifact.Edit{replace(a, "x = 1\n", "x = 2\n")},
			[]artifact.File{file(a, "max = 10; x = 2;\n")}, nil},
		{"as they stand before spaces are ignored",
			[]artifact.File{file(a, "  x\nx\n")}, []artifact.Edit{replace(a, "  x\n", "y\n")},
			[]artifact.File{file(a, "y\nx\n")}, nil},
		{"one edit after the other",
			[]artifact.File{file(a, "1\n")}, []artifact.Edit{replace(a, "1\n", "2\n"), replace(a, "2\n", "3\n")},
			[]artifact.File{file(a, "3\n")}, nil},
		{"nothing changes",
			[]artifact.File{file(a, "1\n")}, []artifact.Edit{replace(a, "1\n", "1\n")},
			nil, nil},
		{"a new file, and then an edit of it",
			nil, []artifact.Edit{replace(a, "", "1\n2\n"), replace(a, "2\n", "3\n")},
			[]artifact.File{file(a, "1\n3\n")}, nil},
		{"an empty file",
			[]artifact.File{file(a, "\n")}, []artifact.Edit{replace(a, "", "1\n")},
			[]artifact.File{file(a, "1\n")}, nil},
		{"in the order of the edits",
			[]artifact.File{file(a, "1\n"), file(b, "1\n")}, []artifact.Edit{replace(b, "1\n", "2\n"), replace(a, "1\n", "2\n")},
			[]artifact.File{file(b, "2\n"), file(a, "2\n")}, nil},
		{"all or nothing of a file",
			[]artifact.File{file(a, "1\n2\n"), file(b, "1\n")}, []artifact.Edit{replace(a, "1\n", "x\n"), replace(a, "3\n", "y\n"), replace(b, "1\n", "2\n"), replace(a, "2\n", "z\n")},
			[]artifact.File{file(b, "2\n")},
			[]string{doNotOccur}},
		{"twice",
			[]artifact.File{file(a, "x\ny\nx\n")}, []artifact.Edit{replace(a, "x\n", "z\n")},
			nil, []string{`the SEARCH lines occur 2 times in "a.js": add lines around them until they occur once`}},
		{"three times, with other spaces",
			[]artifact.File{file(a, " x y\n  x y\n\tx y\n")}, []artifact.Edit{replace(a, "x y \n", "z\n")},
			nil, []string{`the SEARCH lines occur 3 times in "a.js": add lines around them until they occur once`}},
		{"twice in one line",
			[]artifact.File{file(a, "x x\n")}, []artifact.Edit{replace(a, "x\n", "z\n")},
			nil, []string{`the SEARCH lines occur 2 times in "a.js": add lines around them until they occur once`}},
		{"overlapping itself",
			[]artifact.File{file(a, "x\nx\nx\n")}, []artifact.Edit{replace(a, "x\nx\n", "z\n")},
			nil, []string{`the SEARCH lines occur 2 times in "a.js": add lines around them until they occur once`}},
		{"no such file",
			[]artifact.File{file(a, "x\n")}, []artifact.Edit{replace(b, "x\n", "z\n")},
			nil, []string{`there is no file "b.js"`}},
		{"another case",
			[]artifact.File{file(a, "x\n")}, []artifact.Edit{replace("A.js", "x\n", "z\n"), replace("A.js", "", "z\n")},
			nil, []string{`there is no file "A.js", but "a.js"`, `there is no file "A.js", but "a.js"`}},
		{"two new files that differ by case",
			nil, []artifact.Edit{replace(a, "", "x\n"), replace("A.js", "", "z\n")},
			[]artifact.File{file(a, "x\n")}, []string{`there is no file "A.js", but "a.js"`}},
		{"nothing to search in a file that is there",
			[]artifact.File{file(a, "x\n")}, []artifact.Edit{replace(a, " \n", "z\n")},
			nil, []string{`the SEARCH part is empty, but "a.js" is there already: name the lines to replace`}},
		{"a new file with a bad name",
			nil, []artifact.Edit{replace("../a", "", "z\n"), replace("./a", "", "z\n")},
			nil, []string{`the path has a part that is empty, "." or ".."`, `the file must be called "a"`}},
		{"a folder that is a file",
			[]artifact.File{file("lib", "x\n")}, []artifact.Edit{replace("lib/a.js", "", "z\n"), replace("a/b", "", "z\n"), replace("A", "", "z\n")},
			[]artifact.File{file("a/b", "z\n")}, []string{`"lib/a.js" would be both a file and a folder`, `"A" would be both a file and a folder`}},
		{"too large",
			[]artifact.File{file(a, "x\n"+strings.Repeat("y", artifact.MaxFileBytes-10)+"\n")}, []artifact.Edit{replace(a, "x\n", "0123456789\n"), replace(b, "", strings.Repeat("y", artifact.MaxFileBytes+1))},
			nil, []string{`"a.js" would be larger than 512 KB`, `"b.js" would be larger than 512 KB`}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			changed, refused := edit.Apply(tc.files, tc.edits, nil)
			if diff := cmp.Diff(tc.changed, changed, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("changed (-want +got):\n%s", diff)
			}
			var whys []string
			for _, r := range refused {
				whys = append(whys, r.Why)
			}
			if diff := cmp.Diff(tc.refused, whys, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("refused (-want +got):\n%s", diff)
			}
		})
	}
}

// The good edits of a file do not change it if another one is bad, whatever is wrong
// with that one.
func TestApplyReply(t *testing.T) {
	r := reply.Parse("a.js\n<<<<<<< SEARCH\n1\n=======\n2\n>>>>>>> REPLACE\n<<<<<<< SEARCH\n3\n>>>>>>> REPLACE\n" +
		"b.js\n<<<<<<< SEARCH\n1\n=======\n2\n>>>>>>> REPLACE\nc.js\n<<<<<<< SEARCH\n1\n=======\n2\n>>>>>>> REPLACE\n")
	changed, refused := edit.Apply([]artifact.File{{Path: "a.js", Content: "1\n3\n"}, {Path: "b.js", Content: "1\n"}}, r.Edits, r.Refused)
	if diff := cmp.Diff([]artifact.File{{Path: "b.js", Content: "2\n"}}, changed); diff != "" {
		t.Errorf("changed (-want +got):\n%s", diff)
	}
	var paths []string
	for _, r := range refused {
		paths = append(paths, r.Edit.Path)
	}
	if diff := cmp.Diff([]string{"a.js", "c.js"}, paths); diff != "" {
		t.Errorf("refused (-want +got):\n%s", diff)
	}
}

// TestTimeOfApply carries out edits that are made to take long.
func TestTimeOfApply(t *testing.T) {
	for _, tc := range []struct {
		name, content string
		edit          func(i int) artifact.Edit
	}{
		{"refused in blank lines", strings.Repeat("\n", artifact.MaxFileBytes), func(i int) artifact.Edit {
			return artifact.Edit{Search: fmt.Sprint("x", i, "\n"), Replace: "y\n"}
		}},
		{"many in blank lines", "0\n" + strings.Repeat("\n", artifact.MaxFileBytes-20), func(i int) artifact.Edit {
			return artifact.Edit{Search: fmt.Sprint(i, "\n"), Replace: fmt.Sprint(i+1, "\n")}
		}},
		{"many that ignore spaces", strings.Repeat("\n", artifact.MaxFileBytes-20) + " 0\n", func(i int) artifact.Edit {
			return artifact.Edit{Search: fmt.Sprint(i, "\n"), Replace: fmt.Sprint(i+1, "\n")}
		}},
		{"in the middle of a word", strings.Repeat("a", artifact.MaxFileBytes), func(i int) artifact.Edit {
			return artifact.Edit{Search: "aa\n", Replace: "y\n"}
		}},
		{"nearly so", strings.Repeat("ab", artifact.MaxFileBytes/2), func(i int) artifact.Edit {
			return artifact.Edit{Search: strings.Repeat("ab", 200) + "b\n", Replace: "y\n"}
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			edits := make([]artifact.Edit, 200)
			for i := range edits {
				edits[i] = tc.edit(i)
				edits[i].Path = "a.js"
			}
			start := time.Now()
			edit.Apply([]artifact.File{{Path: "a.js", Content: tc.content}}, edits, nil)
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("%v for %d edits", took, len(edits))
			}
		})
	}
}

// TestLikeStraightforward compares with the same by simpler means, for files and edits
// of few words, where much is found twice, nearly, or with other spaces.
func TestLikeStraightforward(t *testing.T) {
	seed := time.Now().UnixNano()
	r := rand.New(rand.NewPCG(uint64(seed), 0))
	texts := func(most int) string {
		words := []string{"a", "b", "a b", "x.1", "é", "-", " ", "\t", "  ", "\n", "\n", "\n", "\r\n", "\r"}
		var b strings.Builder
		for range r.IntN(most) {
			b.WriteString(words[r.IntN(len(words))])
		}
		return b.String()
	}
	outcomes := map[string]int{}
	for n := range 30_000 {
		files := []artifact.File{{Path: "a", Content: texts(60)}, {Path: "b", Content: texts(3)}}
		var edits []artifact.Edit
		for range 1 + r.IntN(4) {
			e := artifact.Edit{Path: "a", Search: texts(6), Replace: texts(6)}
			if r.IntN(3) > 0 { // a part of the file, which often occurs once
				from := r.IntN(len(files[0].Content) + 1)
				to := from + r.IntN(len(files[0].Content)-from+1)
				e.Search = files[0].Content[from:to]
			}
			if r.IntN(8) == 0 {
				e.Path = []string{"b", "c"}[r.IntN(2)]
			}
			edits = append(edits, e)
		}
		outcomes[compare(t, files, edits)]++
		if t.Failed() {
			t.Fatalf("seed %d, case %d", seed, n)
		}
	}
	t.Logf("seed %d: %v", seed, outcomes)
	for _, want := range []string{"changed", "refused"} {
		if outcomes[want] < 1000 {
			t.Errorf("%d cases were %s, too few to show much", outcomes[want], want)
		}
	}
}

// compare compares edit.Apply with straightforward, and tells what became of the edits.
func compare(t *testing.T, files []artifact.File, edits []artifact.Edit) (outcome string) {
	t.Helper()
	changed, refused := edit.Apply(files, edits, nil)
	wantChanged, wantRefused := edit.Straightforward(files, edits, nil)
	if diff := cmp.Diff(wantChanged, changed, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%q by %q changed (-straightforward +got):\n%s", files, edits, diff)
	}
	if diff := cmp.Diff(wantRefused, refused, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%q by %q refused (-straightforward +got):\n%s", files, edits, diff)
	}
	switch {
	case len(refused) > 0:
		return "refused"
	case len(changed) > 0:
		return "changed"
	}
	return "the same"
}

// TestCost: what edits cost grows with the size of the file and of the edits, and not
// with their product.
func TestCost(t *testing.T) {
	const size, edits = artifact.MaxFileBytes - 12<<10, 999
	number := func(i int) string { return fmt.Sprintf("  const value%05d = %05d;\n", i, i) }
	var lines strings.Builder
	for i := 0; lines.Len() < size; i++ {
		lines.WriteString(number(i))
	}
	for _, tc := range []struct {
		name    string
		content string
		edit    func(i int) artifact.Edit
		fit     int // of the edits, at least
	}{
		{"lines as they stand", lines.String(), func(i int) artifact.Edit {
			return artifact.Edit{Search: number(17 * i), Replace: "  changed();\n"}
		}, edits},
		{"other spaces", lines.String(), func(i int) artifact.Edit {
			return artifact.Edit{Search: strings.TrimSpace(number(17*i)) + "\n", Replace: "changed();\n"}
		}, edits},
		{"the same line again and again", strings.Repeat("\n", size) + "0\n", func(i int) artifact.Edit {
			return artifact.Edit{Search: fmt.Sprint(i, "\n"), Replace: fmt.Sprint(i+1, "\n")}
		}, edits},
		{"what occurs too often", strings.Repeat("x\n", size/2), func(i int) artifact.Edit {
			return artifact.Edit{Search: "x\n", Replace: "y\n"}
		}, 0},
		{"parts of lines", lines.String(), func(i int) artifact.Edit {
			return artifact.Edit{Search: strings.TrimSuffix(strings.TrimSpace(number(17*i)), ";") + "\n", Replace: "changed()\n"}
		}, 30},
		{"parts of one long line", strings.ReplaceAll(lines.String(), "\n", " "), func(i int) artifact.Edit {
			return artifact.Edit{Search: strings.TrimSpace(number(17*i)) + "\n", Replace: "changed();\n"}
		}, 30},
		{"what nearly occurs everywhere", strings.Repeat("a\nb\n", size/4), func(i int) artifact.Edit {
			return artifact.Edit{Search: strings.Repeat("a\nb\n", 60) + "a\na\n", Replace: "y\n"}
		}, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			all := make([]artifact.Edit, edits)
			for i := range all {
				all[i] = tc.edit(i)
				all[i].Path = "a.js"
			}
			files := []artifact.File{{Path: "a.js", Content: tc.content}}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := processorTime(t)
			_, refused := edit.Apply(files, all, nil)
			took := processorTime(t) - start
			runtime.ReadMemStats(&after)
			allocated := after.TotalAlloc - before.TotalAlloc
			t.Logf("%d edits: %v, %d KB allocated, %d refused", edits, took, allocated>>10, len(refused))
			if fit := edits - len(refused); fit < tc.fit {
				t.Errorf("%d edits fit, at least %d should", fit, tc.fit)
			}
			if most := uint64(100 << 20); allocated > most {
				t.Errorf("%d MB were allocated, at most %d", allocated>>20, most>>20)
			}
		})
	}
}

// processorTime is what the process has had so far.
func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		t.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

func FuzzApply(f *testing.F) {
	f.Add("1\n2\n3\n", "2\n", "x\n", "x\n", "")
	f.Add("  a {\n    b\n  }\n", "a {\nb\n", "a {\n  c\n", "}\n", "};\n")
	f.Add("x\nx\n", "x\n", "y\n", "", "z")
	f.Add("", "", "a\n", "a", "\r\n")
	f.Fuzz(func(t *testing.T, content, search, replace, search2, replace2 string) {
		for _, text := range []*string{&content, &search, &replace, &search2, &replace2} {
			*text = strings.ToValidUTF8(*text, "?") // as the parser leaves it
		}
		files := []artifact.File{{Path: "a", Content: content}, {Path: "b", Content: content}}
		edits := []artifact.Edit{{Path: "a", Search: search, Replace: replace}, {Path: "b", Search: search, Replace: replace}, {Path: "a", Search: search2, Replace: replace2}, {Path: "c", Search: search2, Replace: replace2}}
		compare(t, files, edits)
		changed, refused := edit.Apply(files, edits, nil)
		bad := map[string]bool{}
		for _, r := range refused {
			bad[r.Edit.Path] = true
			if r.Why == "" {
				t.Errorf("%+v is refused without a reason", r.Edit)
			}
		}
		after := map[string]string{"a": content, "b": content}
		for _, c := range changed {
			if bad[c.Path] {
				t.Errorf("%q changed, but an edit of it was refused", c.Path)
			}
			if err := artifact.Check([]artifact.File{c}); err != nil {
				t.Errorf("%q is no file to keep: %v", c.Path, err)
			}
			after[c.Path] = c.Content
		}
		// Lines that occur once are replaced as strings.Replace would.
		lines := "\n" + strings.TrimSuffix(search, "\n") + "\n"
		text := "\n" + strings.TrimSuffix(content, "\n") + "\n"
		if strings.TrimSpace(search) != "" && !strings.Contains(content+search, "\r") && strings.Count(text, lines) == 1 && !strings.Contains(text[strings.Index(text, lines)+1:], lines) && len(content)+len(replace) < artifact.MaxFileBytes {
			if bad["b"] {
				t.Fatalf("%q occurs once in %q, but is refused", search, content)
			}
			first, rest, _ := strings.Cut(text, lines)
			if got := "\n" + after["b"]; !strings.HasPrefix(got, first+"\n") || !strings.HasSuffix(strings.TrimSuffix(got, "\n"), strings.TrimSuffix(rest, "\n")) {
				t.Errorf("%q became %q: more than %q changed", content, got, search)
			}
		}
		changes := artifact.Changes(files, changed)
		for _, c := range changes {
			if c.Added < 0 || c.Removed < 0 {
				t.Errorf("%+v", c)
			}
		}
	})
}
