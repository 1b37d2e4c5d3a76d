package template

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/artifact/check"
	"dreambuild.dev/backend/internal/intent"
)

// TestLibrary looks at what each app says of itself.
func TestLibrary(t *testing.T) {
	for id, a := range library() {
		if !slices.Contains(intent.Subjects(), intent.Subject(id)) {
			t.Errorf("%s: package intent knows no such subject", id)
		}
		if _, ok := colour(a.Accent); !ok {
			t.Errorf("%s: app.json has no accent such as blue or #2563eb", id)
		}
		for f, c := range a.Features {
			if !slices.Contains(intent.Features(), f) {
				t.Errorf("%s: package intent knows no feature %q", id, f)
			}
			if !slices.Contains([]choice{on, off, always}, c) {
				t.Errorf("%s: feature %q is %q; on, off or always", id, f, c)
			}
		}
		for _, language := range Languages {
			if a.Title[language] == "" || len(a.Words[language]) == 0 {
				t.Errorf("%s: app.json has no title or no words in %s", id, language)
			}
			for i, b := range a.Banks {
				var items []json.RawMessage
				if err := json.Unmarshal(b.Items[language], &items); err != nil || len(items) == 0 || len(b.Topic[language]) == 0 {
					t.Errorf("%s: bank %d has no topic or no items in %s", id, i, language)
				}
			}
		}
		testTexts(t, id, a.Texts)
		testAsked(t, a)
		written := source(t, id, "index.html") + source(t, id, "style.css") + source(t, id, "script.js")
		for key := range a.Texts {
			if !regexp.MustCompile(`\b(text|plural) "` + regexp.QuoteMeta(key) + `"`).MatchString(written) {
				t.Errorf("%s: no source uses the text %q", id, key)
			}
			if _, ok := shared()[key]; ok {
				t.Errorf("%s: base/texts.json has %q already", id, key)
			}
		}
	}
	testTexts(t, "base", shared())
}

// testAsked: what prompts name and count is used by a source, can be found, and has words
// in each language.
func testAsked(t *testing.T, a *app) {
	t.Helper()
	written := source(t, a.ID, "index.html") + source(t, a.ID, "style.css") + source(t, a.ID, "script.js")
	inBanks := map[string]bool{}
	for i, b := range a.Banks {
		for _, language := range Languages {
			for _, item := range entries(b.Items[language]) {
				if b.Naming != nil {
					inBanks[field(item, b.Naming.Key)] = true
				}
				if n := b.Naming; n != nil && (field(item, n.Key) == "" || field(item, n.By) == "") {
					t.Errorf("%s: an item of bank %d has no %q or no %q in %s: %s", a.ID, i, n.Key, n.By, language, item)
				}
			}
		}
	}
	for id, n := range a.Numbers {
		if !strings.Contains(written, `number "`+id+`"`) || n.Least >= n.Most || len(n.Units) == 0 {
			t.Errorf("%s: no source uses the number %q, or it has no units or bounds: %+v", a.ID, id, n)
		}
		for _, u := range n.Units {
			for _, language := range Languages {
				if u.Is < 1 || len(u.Words[language]) == 0 {
					t.Errorf("%s: a unit of %q is %d, and has no words in %s", a.ID, id, u.Is, language)
				}
			}
		}
	}
	groups := map[string]bool{}
	for key := range a.Names {
		group, _, _ := strings.Cut(key, "=")
		groups[group] = groups[group] || inBanks[key] || strings.Contains(written, `says "`+key+`"`) || strings.Contains(written, "picked ")
	}
	for group, used := range groups {
		if !used {
			t.Errorf("%s: no source asks whether a prompt says %q", a.ID, group)
		}
	}
	if a.Currency != strings.Contains(written, "{{currency}}") {
		t.Errorf("%s: a prompt may name a currency: %v; the sources do not agree", a.ID, a.Currency)
	}
}

// testTexts: every text is there in each language, with the same gaps and forms.
func testTexts(t *testing.T, where string, texts map[string]words) {
	t.Helper()
	for key, text := range texts {
		english := gaps(text["en"])
		for _, language := range Languages {
			if text[language] == "" {
				t.Errorf("%s: the text %q is not there in %s", where, key, language)
				continue
			}
			if got := gaps(text[language]); !slices.Equal(got, english) {
				t.Errorf("%s: the text %q has the gaps %v in %s, and %v in English", where, key, got, language, english)
			}
			if strings.Count(text[language], "|") != strings.Count(text["en"], "|") {
				t.Errorf("%s: the text %q has other forms in %s than in English", where, key, language)
			}
		}
	}
}

// gaps returns the names of a text's gaps, sorted, each once.
func gaps(text string) []string {
	return slices.Compact(slices.Sorted(slices.Values(regexp.MustCompile(`\{\w+\}`).FindAllString(text, -1))))
}

func source(t *testing.T, id, name string) string {
	t.Helper()
	text, err := sources.ReadFile("apps/" + id + "/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestEachRecipe renders every app in each language, with each feature on and off, and
// looks for what is wrong with the files.
func TestEachRecipe(t *testing.T) {
	const most = 200_000 // bytes of a set
	for id, a := range library() {
		every := slices.Sorted(maps.Keys(a.Features))
		sets := [][]string{nil, every, a.usual()}
		for _, f := range every {
			if a.Features[f] == always {
				continue
			}
			sets = append(sets, []string{f}, slices.DeleteFunc(slices.Clone(every), func(other string) bool { return other == f }))
		}
		for _, language := range Languages {
			for _, features := range sets {
				files, ok := Render(Recipe{App: id, Language: language, Features: features, Name: `<"A" & 'B'> </script>`, Topic: `\ ${x}`})
				if !ok {
					t.Fatalf("%s is not rendered", id)
				}
				size := 0
				for _, f := range files {
					size += len(f.Content)
					if left := leftovers.FindString(f.Content); left != "" {
						t.Errorf("%s in %s with %v: %s has %q", id, language, features, f.Path, left)
					}
				}
				if size > most {
					t.Errorf("%s in %s with %v has %d bytes, more than %d", id, language, features, size, most)
				}
				if err := artifact.Check(files); err != nil {
					t.Errorf("%s in %s with %v: %v", id, language, features, err)
				}
				if language != "en" && len(features) != len(every) {
					continue // it differs from the English one by texts alone
				}
				for _, d := range check.Files(files) {
					t.Errorf("%s in %s with %v: %s:%d %s", id, language, features, d.Path, d.Line, d.Text)
				}
			}
		}
	}
}

// leftovers matches what no rendered file has: actions, and what Go writes for nothing.
var leftovers = regexp.MustCompile(`\{\{|\}\}[^\s;,)}\]]|<no value>|%!\w?\(`)

// TestOwnScripts: an app is not another one under a new name. What base/ writes is not
// compared, nor are lines that are only brackets.
func TestOwnScripts(t *testing.T) {
	lines := map[string]map[string]bool{}
	for id := range library() {
		lines[id] = map[string]bool{}
		for line := range strings.Lines(source(t, id, "script.js")) {
			if line = strings.TrimSpace(line); len(line) > 3 && !strings.HasPrefix(line, "{{") {
				lines[id][line] = true
			}
		}
	}
	for one, own := range lines {
		for other, others := range lines {
			same := 0
			for line := range own {
				if others[line] {
					same++
				}
			}
			if one != other && same*10 > len(own)*6 {
				t.Errorf("%d of %d lines of %s are also in %s", same, len(own), one, other)
			}
		}
	}
}

func BenchmarkRender(b *testing.B) {
	for id, a := range library() {
		b.Run(id, func(b *testing.B) {
			for b.Loop() {
				Render(Recipe{App: id, Features: a.usual()})
			}
		})
	}
}
