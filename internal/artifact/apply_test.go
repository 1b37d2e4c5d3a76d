package artifact_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"dreambuild.dev/backend/internal/artifact"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestApply(t *testing.T) {
	const a, b = "a.js", "b.js"
	file := func(path, content string) artifact.File { return artifact.File{Path: path, Content: content} }
	edit := func(path, search, replace string) artifact.Edit {
		return artifact.Edit{Path: path, Search: search, Replace: replace}
	}
	for _, tc := range []struct {
		name    string
		files   []artifact.File
		edits   []artifact.Edit
		changed []artifact.File
		refused []string
	}{
		{"lines as they stand",
			[]artifact.File{file(a, "1\n2\n3\n")}, []artifact.Edit{edit(a, "2\n", "x\ny\n")},
			[]artifact.File{file(a, "1\nx\ny\n3\n")}, nil},
		{"lines that go",
			[]artifact.File{file(a, "1\n2\n3\n")}, []artifact.Edit{edit(a, "2\n3\n", "")},
			[]artifact.File{file(a, "1\n")}, nil},
		{"a line that others contain",
			[]artifact.File{file(a, "x = 1\nx = 10\n")}, []artifact.Edit{edit(a, "x = 1\n", "x = 2\n")},
			[]artifact.File{file(a, "x = 2\nx = 10\n")}, nil},
		{"a part of a line",
			[]artifact.File{file(a, "f(1, 2)\n")}, []artifact.Edit{edit(a, "1, 2\n", "3\n")},
			[]artifact.File{file(a, "f(3)\n")}, nil},
		{"the last line without an end",
			[]artifact.File{file(a, "1\n2")}, []artifact.Edit{edit(a, "2\n", "3\n")},
			[]artifact.File{file(a, "1\n3\n")}, nil},
		{"spaces are different",
			[]artifact.File{file(a, "f() {\n\tg( )  \n\th()\n}\n")}, []artifact.Edit{edit(a, "g( )\nh()\n", "g(1)\n\nif (x) {\n  h()\n}\n")},
			[]artifact.File{file(a, "f() {\n\tg(1)\n\n\tif (x) {\n\t  h()\n\t}\n}\n")}, nil},
		{"indented deeper than the file is",
			[]artifact.File{file(a, "  g()\n  h()\n")}, []artifact.Edit{edit(a, "      g()\n      h()\n", "      g()\n        i()\n    h()\n")},
			[]artifact.File{file(a, "  g()\n    i()\nh()\n")}, nil},
		{"blank lines around",
			[]artifact.File{file(a, "  g()\n")}, []artifact.Edit{edit(a, "\ng()\n\n", "\nh()\n\n")},
			[]artifact.File{file(a, "  h()\n")}, nil},
		{"a file with CRLF",
			[]artifact.File{file(a, "1\r\n2\r\n")}, []artifact.Edit{edit(a, "2\n", "3\n")},
			[]artifact.File{file(a, "1\r\n3\n")}, nil},
		{"as they stand before spaces are ignored",
			[]artifact.File{file(a, "  x\nx\n")}, []artifact.Edit{edit(a, "  x\n", "y\n")},
			[]artifact.File{file(a, "y\nx\n")}, nil},
		{"one edit after the other",
			[]artifact.File{file(a, "1\n")}, []artifact.Edit{edit(a, "1\n", "2\n"), edit(a, "2\n", "3\n")},
			[]artifact.File{file(a, "3\n")}, nil},
		{"nothing changes",
			[]artifact.File{file(a, "1\n")}, []artifact.Edit{edit(a, "1\n", "1\n")},
			nil, nil},
		{"a new file, and then an edit of it",
			nil, []artifact.Edit{edit(a, "", "1\n2\n"), edit(a, "2\n", "3\n")},
			[]artifact.File{file(a, "1\n3\n")}, nil},
		{"an empty file",
			[]artifact.File{file(a, "\n")}, []artifact.Edit{edit(a, "", "1\n")},
			[]artifact.File{file(a, "1\n")}, nil},
		{"in the order of the edits",
			[]artifact.File{file(a, "1\n"), file(b, "1\n")}, []artifact.Edit{edit(b, "1\n", "2\n"), edit(a, "1\n", "2\n")},
			[]artifact.File{file(b, "2\n"), file(a, "2\n")}, nil},
		{"all or nothing of a file",
			[]artifact.File{file(a, "1\n2\n"), file(b, "1\n")}, []artifact.Edit{edit(a, "1\n", "x\n"), edit(a, "3\n", "y\n"), edit(b, "1\n", "2\n"), edit(a, "2\n", "z\n")},
			[]artifact.File{file(b, "2\n")},
			[]string{`the SEARCH lines do not occur in "a.js": copy them exactly as they stand in the file`}},
		{"twice",
			[]artifact.File{file(a, "x\ny\nx\n")}, []artifact.Edit{edit(a, "x\n", "z\n")},
			nil, []string{`the SEARCH lines occur 2 times in "a.js": add lines around them until they occur once`}},
		{"thrice but for spaces",
			[]artifact.File{file(a, " x y\n  x y\n\tx y\n")}, []artifact.Edit{edit(a, "x y \n", "z\n")},
			nil, []string{`the SEARCH lines occur 3 times in "a.js": add lines around them until they occur once`}},
		{"twice in one line",
			[]artifact.File{file(a, "x x\n")}, []artifact.Edit{edit(a, "x\n", "z\n")},
			nil, []string{`the SEARCH lines do not occur in "a.js": copy them exactly as they stand in the file`}},
		{"overlapping itself",
			[]artifact.File{file(a, "x\nx\nx\n")}, []artifact.Edit{edit(a, "x\nx\n", "z\n")},
			nil, []string{`the SEARCH lines occur 2 times in "a.js": add lines around them until they occur once`}},
		{"no such file",
			[]artifact.File{file(a, "x\n")}, []artifact.Edit{edit(b, "x\n", "z\n")},
			nil, []string{`there is no file "b.js"`}},
		{"another case",
			[]artifact.File{file(a, "x\n")}, []artifact.Edit{edit("A.js", "x\n", "z\n"), edit("A.js", "", "z\n")},
			nil, []string{`there is no file "A.js", but "a.js"`, `there is no file "A.js", but "a.js"`}},
		{"two new files that differ by case",
			nil, []artifact.Edit{edit(a, "", "x\n"), edit("A.js", "", "z\n")},
			[]artifact.File{file(a, "x\n")}, []string{`there is no file "A.js", but "a.js"`}},
		{"nothing to search in a file that is there",
			[]artifact.File{file(a, "x\n")}, []artifact.Edit{edit(a, " \n", "z\n")},
			nil, []string{`the SEARCH part is empty, but "a.js" is there already: name the lines to replace`}},
		{"a new file with a bad name",
			nil, []artifact.Edit{edit("../a", "", "z\n"), edit("./a", "", "z\n")},
			nil, []string{`the path has a part that is empty, "." or ".."`, `the file must be called "a"`}},
		{"too large",
			[]artifact.File{file(a, "x\n"+strings.Repeat("y", artifact.MaxFileBytes-10)+"\n")}, []artifact.Edit{edit(a, "x\n", "0123456789\n"), edit(b, "", strings.Repeat("y", artifact.MaxFileBytes+1))},
			nil, []string{`"a.js" would be larger than 512 KB`, `"b.js" would be larger than 512 KB`}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			changed, refused := artifact.Apply(tc.files, tc.edits)
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

func FuzzApply(f *testing.F) {
	f.Add("1\n2\n3\n", "2\n", "x\n", "x\n", "")
	f.Add("  a {\n    b\n  }\n", "a {\nb\n", "a {\n  c\n", "}\n", "};\n")
	f.Add("x\nx\n", "x\n", "y\n", "", "z")
	f.Add("", "", "a\n", "a", "\r\n")
	f.Fuzz(func(t *testing.T, content, search, replace, search2, replace2 string) {
		files := []artifact.File{{Path: "a", Content: content}, {Path: "b", Content: content}}
		for _, text := range []string{content, search, replace, search2, replace2} {
			if !utf8.ValidString(text) {
				t.Skip("no text")
			}
		}
		edits := []artifact.Edit{{Path: "a", Search: search, Replace: replace}, {Path: "b", Search: search, Replace: replace}, {Path: "a", Search: search2, Replace: replace2}, {Path: "c", Search: search2, Replace: replace2}}
		changed, refused := artifact.Apply(files, edits)
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
		// Where a text occurs once, it is replaced as strings.Replace would.
		if whole := strings.TrimSuffix(search, "\n"); strings.TrimSpace(search) != "" && strings.Count(content, whole) == 1 && !strings.Contains(content[strings.Index(content, whole)+1:], whole) && len(content)+len(replace) < artifact.MaxFileBytes {
			if bad["b"] {
				t.Fatalf("%q occurs once in %q, but is refused", search, content)
			}
			first, rest, _ := strings.Cut(content, whole)
			if got := after["b"]; !strings.HasPrefix(got, first) || !strings.HasSuffix(got, strings.TrimPrefix(rest, "\n")) {
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
