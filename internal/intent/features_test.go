package intent

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// TestFeatureWords expects features to be found by what people call them in five
// languages.
func TestFeatureWords(t *testing.T) {
	const want = 98 // in 100
	text, err := os.ReadFile("testdata/features.txt")
	if err != nil {
		t.Fatal(err)
	}
	feature := ""
	prompts, found := 0, 0
	for line := range strings.Lines(string(text)) {
		line = strings.TrimRight(line, "\n")
		prompt, isPrompt := strings.CutPrefix(line, "\t")
		switch {
		case line == "" || line[0] == '#':
		case !isPrompt:
			feature = line
			if !slices.Contains(Features(), feature) {
				t.Errorf("%s is no feature", feature)
			}
		case slices.Contains(Parse(prompt, false).Features, feature):
			prompts++
			found++
		default:
			prompts++
			t.Logf("%q does not ask for %s", prompt, feature)
		}
	}
	if got := percent(found, prompts); prompts == 0 || got < want {
		t.Errorf("in %.1f %% of %d prompts the feature is found, want %d %%", got, prompts, want)
	}
}

// TestNoFeatureWords: words that look like those of a feature ask for none.
func TestNoFeatureWords(t *testing.T) {
	for prompt, feature := range map[string]string{
		"factura con importe total y fecha":              "import",
		"quiz sobre las fases de la luna":                "levels",
		"calculadora de préstamos con pago mensual":      "checkout",
		"mortgage calculator with the monthly payment":   "checkout",
		"visualiser for bubble sort and merge sort":      "sort",
		"Reiseplan, Tag für Tag":                         "categories",
		"calculator, I have no clue about maths":         "hints",
		"générateur de mots de passe au hasard":          "shuffle",
		"carte de restaurant avec un mélange de saveurs": "shuffle",
	} {
		if got := Parse(prompt, false).Features; slices.Contains(got, feature) {
			t.Errorf("%q asks for %v", prompt, got)
		}
	}
}
