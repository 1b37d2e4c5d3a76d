package artifact_test

import (
	"strings"
	"testing"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/errs"
)

func TestCleanPath(t *testing.T) {
	for _, tc := range []struct{ name, path, want string }{
		{"plain", "index.html", "index.html"},
		{"below the current folder", "./a/b.js", "a/b.js"},
		{"below it twice", "././x", "x"},
		{"spaces within", "a b/c d.txt", "a b/c d.txt"},
		{"composed", "cafe\u0301/\u212bb.js", "caf\u00e9/\u00c5b.js"},
		{"beyond ASCII", "ünï/世界.html", "ünï/世界.html"},
		{"hidden file", ".env", ".env"},
		{"begins like a device", "console.js", "console.js"},
		{"dots within", "a..b.js", "a..b.js"},
		{"as long as may be", strings.Repeat("a", 200), strings.Repeat("a", 200)},
		{"too long", strings.Repeat("a", 201), ""},
		{"empty", "", ""},
		{"the current folder", "./", ""},
		{"absolute", "/a", ""},
		{"absolute after a dot", ".//a", ""},
		{"parent", "..", ""},
		{"parent within", "a/../b", ""},
		{"dot within", "a/./b", ""},
		{"empty part", "a//b", ""},
		{"a folder", "a/", ""},
		{"backslash", `a\b`, ""},
		{"drive", "c:x", ""},
		{"NUL byte", "a\x00b", ""},
		{"line break", "a\nb", ""},
		{"text direction", "a\u202eb", ""},
		{"zero width", "a\u200bb", ""},
		{"not UTF-8", "a\xffb", ""},
		{"wildcard", "a?b", ""},
		{"backtick", "a`b", ""},
		{"ends in a dot", "a.", ""},
		{"ends in a space", "a. /b", ""},
		{"begins with a space", " a", ""},
		{"device", "NUL", ""},
		{"device with an extension", "com1.txt", ""},
		{"device as a folder", "a/Aux/b", ""},
		{"device with two extensions", "a/Lpt9.tar.gz", ""},
		{"device with a space", "con .txt", ""},
		{"device of a console", "CONIN$", ""},
		{"byte order mark", "\ufeffa", ""},
		{"tag characters", "a\U000e0041", ""},
		{"device with a small digit", "COM².txt", ""},
		{"filler of Hangul", "a\u3164.js", ""},
		{"filler of a first consonant", "\u115f.js", ""},
		{"filler of a vowel", "\u1160.js", ""},
		{"empty Braille", "a\u2800.js", ""},
		{"joiner", "a\u034f.js", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := artifact.CleanPath(tc.path)
			if got != tc.want || (err == nil) != (tc.want != "") {
				t.Errorf("CleanPath(%q) = %q, %v; want %q", tc.path, got, err, tc.want)
			}
		})
	}
}

func TestCheck(t *testing.T) {
	file := func(path, content string) artifact.File { return artifact.File{Path: path, Content: content} }
	for _, tc := range []struct {
		name   string
		files  []artifact.File
		reason errs.Reason
	}{
		{"good", []artifact.File{file("a.html", ""), file("b/c.css", "x")}, ""},
		{"a path that leads out", []artifact.File{file("../a", "")}, errs.BadRequest},
		{"a path that is not clean", []artifact.File{file("./a", "")}, errs.BadRequest},
		{"twice", []artifact.File{file("a", ""), file("a", "")}, errs.BadRequest},
		{"twice, in two cases", []artifact.File{file("A", ""), file("a", "")}, errs.BadRequest},
		{"a file that is a folder", []artifact.File{file("lib/a", ""), file("Lib", "")}, errs.BadRequest},
		{"a folder that is a file", []artifact.File{file("lib", ""), file("lib/a", "")}, errs.BadRequest},
		{"names that begin alike", []artifact.File{file("lib", ""), file("lib.js", ""), file("libs/a", "")}, ""},
		{"no text", []artifact.File{file("a", "\xff")}, errs.BadRequest},
		{"a large file", []artifact.File{file("a", strings.Repeat("x", artifact.MaxFileBytes+1))}, errs.TooLarge},
		{"a large set", []artifact.File{file("a", strings.Repeat("x", 500<<10)), file("b", strings.Repeat("x", 500<<10)), file("c", strings.Repeat("x", 500<<10)), file("d", strings.Repeat("x", 500<<10)), file("e", strings.Repeat("x", 500<<10))}, errs.TooLarge},
		{"many files", make([]artifact.File, artifact.MaxFiles+1), errs.TooLarge},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := artifact.Check(tc.files)
			var got errs.Reason
			if e := errs.Of(err); e != nil {
				got = e.Reason
			}
			if got != tc.reason {
				t.Errorf("Check = %v, want %q", err, tc.reason)
			}
		})
	}
}
