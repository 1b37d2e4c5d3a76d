package template_test

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"dreambuild.dev/backend/internal/intent"
	"dreambuild.dev/backend/internal/template"
)

// chain is a first prompt with its follow-ups, and what the recipe must be after the last
// one; "" is not checked.
type chain struct {
	Prompts  []string
	App      string
	Theme    intent.Theme
	Accent   string
	Name     string
	Language string
	On       []string // features that it must have, among others
}

// TestBlindPrompts: people are understood who do not know how prompts are read. Chains
// of one prompt and chains with follow-ups count apart.
func TestBlindPrompts(t *testing.T) {
	data, err := os.ReadFile("testdata/blind.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	var first, followed score
	for line := range strings.Lines(string(data)) {
		var c chain
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		for _, id := range c.On {
			if !slices.Contains(intent.Features(), id) {
				t.Fatalf("%q: no feature is called %q", c.Prompts, id)
			}
		}
		wrong := c.wrong()
		if wrong != "" {
			t.Logf("%q: %s", c.Prompts, wrong)
		}
		if len(c.Prompts) == 1 {
			first.add(wrong == "")
		} else {
			followed.add(wrong == "")
		}
	}
	t.Logf("first prompts: %d of %d right; with follow-ups: %d of %d right", first.right, first.all, followed.right, followed.all)
	const leastFirst, leastFollowed = 41. / 42, 0.9
	if first.share() < leastFirst {
		t.Errorf("first prompts: %.3f right, want at least %.3f", first.share(), leastFirst)
	}
	if followed.share() < leastFollowed {
		t.Errorf("with follow-ups: %.3f right, want at least %.3f", followed.share(), leastFollowed)
	}
}

// wrong says what differs between the chain's recipe and the wanted one; "" if nothing.
func (c chain) wrong() string {
	choice, fits := template.Choose(intent.Read(c.Prompts[0], false))
	r := choice.Recipe
	var wrong []string
	if !fits {
		wrong = append(wrong, "no app for the first prompt")
	}
	for _, prompt := range c.Prompts[1:] {
		next, ok := r.Change(intent.Read(prompt, true))
		if !ok {
			wrong = append(wrong, fmt.Sprintf("%q changes nothing", prompt))
			continue
		}
		r = next.Recipe
	}
	differ := func(what, got, want string) {
		if want != "" && got != want {
			wrong = append(wrong, fmt.Sprintf("%s %q, want %q", what, got, want))
		}
	}
	differ("app", r.App, c.App)
	differ("theme", string(r.Theme), string(c.Theme))
	differ("accent", r.Accent, c.Accent)
	differ("name", r.Name, c.Name)
	differ("language", r.Language, c.Language)
	for _, id := range c.On {
		if !r.Has(id) {
			wrong = append(wrong, "lacks "+id)
		}
	}
	return strings.Join(wrong, "; ")
}

// score counts what is right.
type score struct{ right, all int }

func (s *score) add(right bool) {
	s.all++
	if right {
		s.right++
	}
}

func (s score) share() float64 { return float64(s.right) / float64(max(s.all, 1)) }
