package template

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"dreambuild.dev/backend/internal/intent"
)

// TestAccentsCanBeRead: whatever colour a prompt asks for, texts in it and on it have the
// contrast that texts need, in both themes.
func TestAccentsCanBeRead(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	var all []string
	for name := range hues {
		all = append(all, name)
	}
	for range 2000 {
		all = append(all, fmt.Sprintf("#%06x", random.IntN(1<<24)))
	}
	for _, accent := range all {
		c, ok := colour(accent)
		if !ok {
			t.Fatalf("%s is no colour", accent)
		}
		for _, theme := range []struct{ surface, towards rgb }{{onLight, black}, {onDark, white}} {
			inked, fill := c.against(theme.surface, theme.towards, leastOfText), c.against(theme.surface, theme.towards, leastOfFill)
			if got := contrast(inked, theme.surface); got < leastOfText {
				t.Errorf("%s: a text has the contrast %.2f", accent, got)
			}
			if got := contrast(fill.text(), fill); got < leastOfText {
				t.Errorf("%s: a text on it has the contrast %.2f", accent, got)
			}
		}
	}
	for _, accent := range []string{"", "mauve-ish", "#12", "#12345", "red;}"} {
		if _, ok := colour(accent); ok {
			t.Errorf("%q is a colour", accent)
		}
	}
}

// TestNames: all that a prompt can ask for has a name in every language.
func TestNames(t *testing.T) {
	ids := append(intent.Features(), "light", "dark", "system", "small", "large", "language")
	for _, id := range ids {
		for _, language := range Languages {
			if names()[id][language] == "" {
				t.Errorf("base/names.json has no %s in %s", id, language)
			}
		}
	}
	if len(names()) != len(ids) {
		t.Errorf("it has %d names, for %d", len(names()), len(ids))
	}
}
