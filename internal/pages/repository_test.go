package pages

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

const root = "../.."

// TestReadme: the first page stays short, and its examples run.
func TestReadme(t *testing.T) {
	const most = 150
	text, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	if lines := bytes.Count(text, []byte("\n")); lines > most {
		t.Errorf("README.md has %d lines, and at most %d: move what has one reader to that reader's page", lines, most)
	}
	Check(t, filepath.Join(root, "README.md"))
}

// TestMap: README.md's map of the tree has every folder below internal/, and no
// other.
func TestMap(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "\ninternal/\n")
	tree, _, _ := strings.Cut(rest, "\n```")
	var drawn []string
	for line := range strings.Lines(tree) {
		// A column begins with one folder or several; those below them follow words.
		for _, m := range regexp.MustCompile(`(?:^  |   )((?:[a-z0-9]+/ ?)+)`).FindAllStringSubmatch(line, -1) {
			drawn = append(drawn, strings.Fields(strings.ReplaceAll(m[1], "/", " "))...)
		}
	}
	entries, err := os.ReadDir(filepath.Join(root, "internal"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() && e.Name() != "node_modules" && !slices.Contains(drawn, e.Name()) {
			t.Errorf("README.md's map lacks internal/%s", e.Name())
		}
	}
	for _, name := range drawn {
		if _, err := os.Stat(filepath.Join(root, "internal", name)); err != nil {
			t.Errorf("README.md's map has internal/%s, which is not there", name)
		}
	}
}

var link = regexp.MustCompile(`\]\(([^)\s]+)\)`)

// TestLinks: what the pages link to within the repository is there, headings
// included.
func TestLinks(t *testing.T) {
	for _, page := range all(t) {
		for _, m := range link.FindAllStringSubmatch(prose(t, page), -1) {
			target, heading, _ := strings.Cut(m[1], "#")
			if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			file := page
			if target != "" {
				file = filepath.Join(filepath.Dir(page), filepath.FromSlash(target))
			}
			name, err := filepath.Rel(root, file)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := os.Stat(file); err != nil {
				t.Errorf("%s links to %s, which is not there", page, m[1])
				continue
			}
			if heading != "" && !slices.Contains(headings(t, file), heading) {
				t.Errorf("%s links to %s, but %s has no such heading", page, m[1], name)
			}
		}
	}
}

// all returns the pages of the repository.
func all(t *testing.T) []string {
	t.Helper()
	var pages []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && slices.Contains([]string{".git", ".dev", "node_modules", "dist", "testdata"}, d.Name()):
			return filepath.SkipDir
		case filepath.Ext(path) == ".md":
			pages = append(pages, path)
		}
		return nil
	})
	if err != nil || len(pages) == 0 {
		t.Fatalf("%d pages, %v", len(pages), err)
	}
	return pages
}

// prose returns a page without its fenced blocks.
func prose(t *testing.T, page string) string {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	open := ""
	for line := range strings.Lines(string(text)) {
		switch m := fence.FindStringSubmatch(line); {
		case open == "" && m != nil:
			open = m[1]
		case open != "" && closes(line, open):
			open = ""
		case open == "":
			out.WriteString(line)
		}
	}
	return out.String()
}

// headings returns the names by which a page's headings are linked to.
func headings(t *testing.T, page string) []string {
	t.Helper()
	var names []string
	for _, m := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(prose(t, page), -1) {
		names = append(names, strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
				return unicode.ToLower(r)
			}
			return -1
		}, m[1]))
	}
	return names
}
