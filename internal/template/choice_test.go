package template_test

import (
	"testing"

	"dreambuild.dev/backend/internal/intent"
	"dreambuild.dev/backend/internal/template"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// calculator is what a prompt for one gives, if it says nothing else.
func calculator(change func(*template.Recipe)) template.Recipe {
	r := template.Recipe{App: "calculator", Name: "Calculator", Theme: intent.System, Language: "en", Features: []string{"history", "keyboard", "keyboard-shortcuts"}}
	if change != nil {
		change(&r)
	}
	return r
}

// TestChoose: which app a prompt gets, and how.
func TestChoose(t *testing.T) {
	type want struct {
		recipe template.Recipe
		lacks  []string
		whole  bool
	}
	for prompt, w := range map[string]want{
		"create calculator with dark mode":                      {calculator(func(r *template.Recipe) { r.Theme = intent.Dark }), nil, true},
		"a calculator called Abacus with a green accent":        {calculator(func(r *template.Recipe) { r.Name, r.Accent = "Abacus", "green" }), nil, true},
		"calculator without a history, no dark mode":            {calculator(func(r *template.Recipe) { r.Features, r.Theme = []string{"keyboard"}, intent.Light }), nil, true},
		"crea una calculadora con tema oscuro":                  {calculator(func(r *template.Recipe) { r.Name, r.Theme, r.Language = "Calculadora", intent.Dark, "es" }), nil, true},
		"a calculator in German":                                {calculator(func(r *template.Recipe) { r.Name, r.Language = "Taschenrechner", "de" }), nil, true},
		"a calculator with big buttons":                         {calculator(func(r *template.Recipe) { r.Size = intent.Large }), nil, true},
		"calculator that exports to csv":                        {calculator(nil), []string{"export"}, false},
		"calculator that also shows the phase of the moon":      {calculator(nil), nil, false},
		"a calculator in Japanese":                              {calculator(nil), nil, false},
		"a calculator and a stopwatch":                          {calculator(nil), []string{"timer"}, false},
		"Mach mir einen Taschenrechner mit blauer Akzentfarbe!": {calculator(func(r *template.Recipe) { r.Name, r.Accent, r.Language = "Taschenrechner", "blue", "de" }), nil, true},
	} {
		t.Run(prompt, func(t *testing.T) {
			c, ok := template.Choose(intent.Read(prompt, false))
			if !ok {
				t.Fatal("no app")
			}
			got := want{c.Recipe, c.Lacks, c.Whole}
			onlyTheseFeatures := cmpopts.IgnoreSliceElements(func(id string) bool { return id != "history" && id != "keyboard" && id != "export" && id != "timer" })
			if diff := cmp.Diff(w, got, cmp.AllowUnexported(want{}), onlyTheseFeatures, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("choice (-want +got):\n%s", diff)
			}
		})
	}
	if c, fits := template.Choose(intent.Read("create a flight simulator", false)); fits || c.Whole || c.Recipe.App != "other" || c.Recipe.Name != "Flight simulator" {
		t.Errorf("a flight simulator is %+v", c)
	}
}

// TestTopicsWithoutAnIntroduction: a topic that an app has content about is found wherever it
// stands, unless the word may be about any app.
func TestTopicsWithoutAnIntroduction(t *testing.T) {
	for prompt, want := range map[string]string{
		"un blog de viajes":               "viajes",
		"travel blog":                     "travel",
		"menu for my pizza place Da Gino": "pizza",
		"a resume, and make it dark":      "",
		"a faq app":                       "",
	} {
		if c, _ := template.Choose(intent.Read(prompt, false)); c.Recipe.Topic != want || !c.Whole {
			t.Errorf("%s is about %q, want %q; all of it is read: %v", prompt, c.Recipe.Topic, want, c.Whole)
		}
	}
}

// TestChange: what follow-ups make of a recipe.
func TestChange(t *testing.T) {
	for prompt, want := range map[string]*template.Recipe{
		"make it dark":                          new(calculator(func(r *template.Recipe) { r.Theme = intent.Dark })),
		"make it light with a green accent":     new(calculator(func(r *template.Recipe) { r.Theme, r.Accent = intent.Light, "green" })),
		"rename it to Abacus":                   new(calculator(func(r *template.Recipe) { r.Name = "Abacus" })),
		"remove the history":                    new(calculator(func(r *template.Recipe) { r.Features = []string{"keyboard"} })),
		"bigger buttons":                        new(calculator(func(r *template.Recipe) { r.Size = intent.Large })),
		"in Spanish please":                     new(calculator(func(r *template.Recipe) { r.Name, r.Language = "Calculadora", "es" })),
		"hazlo oscuro":                          new(calculator(func(r *template.Recipe) { r.Theme = intent.Dark })),
		"mach den Verlauf weg":                  new(calculator(func(r *template.Recipe) { r.Features = []string{"keyboard"} })),
		"add a tip field":                       nil,
		"why is there a history?":               nil,
		"let a robot dance in the upper corner": nil,
	} {
		t.Run(prompt, func(t *testing.T) {
			c, ok := calculator(nil).Change(intent.Read(prompt, true))
			if want == nil {
				if ok && c.Whole {
					t.Errorf("it makes %+v", c)
				}
				return
			}
			if diff := cmp.Diff(*want, c.Recipe, cmpopts.IgnoreSliceElements(func(id string) bool { return id != "history" && id != "keyboard" })); diff != "" || !ok || !c.Whole {
				t.Errorf("ok %v, whole %v, recipe (-want +got):\n%s", ok, c.Whole, diff)
			}
		})
	}
}
