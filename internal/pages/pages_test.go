package pages

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const source = `test("one", async () => {
  // #region one
  const a = 1;

  if (a) {
    use(a);
  }
  // #endregion
});
// #region two
two();
// #endregion two
`

const shown = "const a = 1;\n\nif (a) {\n  use(a);\n}\n"

func TestCheck(t *testing.T) {
	for _, tc := range []struct {
		name, source, page string
		want               string // in the only problem; "": there is none
	}{
		{"the page shows the region", source, "Text.\n\n<!-- region: a.mjs#one -->\n```js\n" + shown + "```\n", ""},
		{"in a list", source, "1. Text.\n   <!-- region: a.mjs#two -->\n   ```js\n   two();\n   ```\n", ""},
		{"a blank line after the comment", source, "<!-- region: a.mjs#two -->\n\n```ts\ntwo();\n```\n", ""},
		{"another language needs no region", source, "```sh\nmake\n```\n", ""},
		{"a block inside of a longer fence is text", source, "````md\n```js\ntwo();\n```\n````\n", ""},
		{"the page shows something else", source, "<!-- region: a.mjs#two -->\n```js\ntwo(2);\n```\n", "page.md:2: the example differs from region two of a.mjs"},
		{"another language with a region differs", source, "<!-- region: a.mjs#two -->\n```html\ntwo(2);\n```\n", "differs"},
		{"no region is named", source, "Text.\n```js\ntwo();\n```\n", "page.md:2: this example is no region"},
		{"the comment belongs to an earlier block", source, "<!-- region: a.mjs#two -->\n```js\ntwo();\n```\n```js\ntwo();\n```\n", "page.md:5: this example is no region"},
		{"the file lacks the region", source, "<!-- region: a.mjs#three -->\n```js\ntwo();\n```\n", "a.mjs has no region three"},
		{"there is no such file", source, "<!-- region: b.mjs#two -->\n```js\ntwo();\n```\n", "b.mjs"},
		{"the file has the region twice", source + source, "<!-- region: a.mjs#two -->\n```js\ntwo();\n```\n", "two regions two"},
		{"the region has no end", "// #region two\ntwo();\n", "<!-- region: a.mjs#two -->\n```js\ntwo();\n```\n", "region two has no end"},
		{"a region in a region", "// #region one\n" + source, "<!-- region: a.mjs#two -->\n```js\ntwo();\n```\n", "inside of region one"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := t.TempDir()
			page := filepath.Join(dir, "page.md")
			for name, text := range map[string]string{"page.md": tc.page, "a.mjs": tc.source} {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			problems, err := check(page)
			if err != nil {
				t.Fatal(err)
			}
			got := strings.Join(problems, "\n")
			if len(problems) > 1 || (got == "") != (tc.want == "") || !strings.Contains(got, tc.want) {
				t.Errorf("check found %q, want %q", problems, tc.want)
			}
		})
	}
}

func TestCheckNeedsTheEndOfABlock(t *testing.T) {
	page := filepath.Join(t.TempDir(), "page.md")
	if err := os.WriteFile(page, []byte("```js\ntwo();\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := check(page); err == nil || !strings.Contains(err.Error(), "line 1 has no end") {
		t.Errorf("check answers %v, want that the block has no end", err)
	}
}
