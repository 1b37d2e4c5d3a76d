// Package pages holds the examples of Markdown pages to code that tests run.
//
// An example is a region of a source file, between two comments:
//
//	// #region first-call
//	const result = await generateCode({ prompt });
//	// #endregion
//
// A page shows it in a fenced block, below a comment that names the file,
// relative to the page, and the region:
//
//	<!-- region: example.test.mjs#first-call -->
//	```js
//	const result = await generateCode({ prompt });
//	```
//
// It is for tests alone.
package pages

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Check fails the test for each fenced block of a page that differs from its
// region, and for each block in JavaScript or TypeScript that names none. page is
// a path relative to the test's folder.
func Check(t *testing.T, page string) {
	t.Helper()
	problems, err := check(page)
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range problems {
		t.Error(problem)
	}
}

// mustHaveRegion are the languages whose blocks are always regions.
var mustHaveRegion = []string{"js", "javascript", "mjs", "jsx", "ts", "typescript", "tsx"}

func check(page string) (problems []string, err error) {
	text, err := os.ReadFile(page)
	if err != nil {
		return nil, err
	}
	blocks, err := blocksOf(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", page, err)
	}
	for _, b := range blocks {
		at := fmt.Sprintf("%s:%d", page, b.line)
		if b.file == "" {
			if slices.Contains(mustHaveRegion, b.language) {
				problems = append(problems, at+": this example is no region of a file that tests run; name one above it: <!-- region: file#name -->")
			}
			continue
		}
		want, err := region(filepath.Join(filepath.Dir(page), b.file), b.region)
		if err != nil {
			problems = append(problems, fmt.Sprintf("%s: %v", at, err))
		} else if diff := cmp.Diff(want, b.text); diff != "" {
			problems = append(problems, fmt.Sprintf("%s: the example differs from region %s of %s (-file +page):\n%s", at, b.region, b.file, diff))
		}
	}
	return problems, nil
}

// block is a fenced block of a page.
type block struct {
	line         int // of its fence, from 1
	language     string
	file, region string // "": the page names no region
	text         string
}

var (
	fence = regexp.MustCompile("^ *(`{3,}|~{3,}) *([^ `]*)")
	named = regexp.MustCompile(`^ *<!-- region: (\S+)#(\S+) -->$`)
)

func blocksOf(page string) ([]block, error) {
	var blocks []block
	lines := strings.Split(page, "\n")
	var above string // the last line that is not blank
	for i := 0; i < len(lines); i++ {
		open := fence.FindStringSubmatch(lines[i])
		if open == nil {
			if strings.TrimSpace(lines[i]) != "" {
				above = lines[i]
			}
			continue
		}
		b := block{line: i + 1, language: open[2]}
		if m := named.FindStringSubmatch(above); m != nil {
			b.file, b.region = m[1], m[2]
		}
		var body []string
		for i++; i < len(lines) && !closes(lines[i], open[1]); i++ {
			body = append(body, lines[i])
		}
		if i == len(lines) {
			return nil, fmt.Errorf("the block of line %d has no end", b.line)
		}
		b.text = dedent(body)
		blocks = append(blocks, b)
		above = ""
	}
	return blocks, nil
}

// closes reports whether a line ends a block that the fence open began.
func closes(line, open string) bool {
	line = strings.TrimSpace(line)
	return len(line) >= len(open) && strings.Trim(line, open[:1]) == ""
}

var (
	begins = regexp.MustCompile(`^\s*// #region (\S+)$`)
	ends   = regexp.MustCompile(`^\s*// #endregion\b`)
)

// region reads one region of a file, without its indentation. Regions are not
// nested.
func region(file, name string) (string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	var found []string
	for current, rest := "", string(text); rest != ""; {
		var line string
		line, rest, _ = strings.Cut(rest, "\n")
		switch m := begins.FindStringSubmatch(line); {
		case m != nil && current != "":
			return "", fmt.Errorf("%s: region %s begins inside of region %s", file, m[1], current)
		case m != nil && m[1] == name && found != nil:
			return "", fmt.Errorf("%s has two regions %s", file, name)
		case m != nil:
			current = m[1]
			if current == name {
				found = []string{}
			}
		case ends.MatchString(line):
			current = ""
		case current == name:
			found = append(found, line)
		}
		if rest == "" && current != "" {
			return "", fmt.Errorf("%s: region %s has no end", file, current)
		}
	}
	if found == nil {
		return "", fmt.Errorf("%s has no region %s", file, name)
	}
	return dedent(found), nil
}

// dedent joins lines without the indentation that they share.
func dedent(lines []string) string {
	shared := -1
	for _, line := range lines {
		if text := strings.TrimLeft(line, " \t"); text != "" && (shared < 0 || len(line)-len(text) < shared) {
			shared = len(line) - len(text)
		}
	}
	var b strings.Builder
	for _, line := range lines {
		b.WriteString(line[min(max(shared, 0), len(line)):] + "\n")
	}
	return b.String()
}
