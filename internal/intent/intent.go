// Package intent reads what a prompt asks for: a new app or a change, which kind of
// app, and which features. It works by rules and word lists, so the same prompt has
// the same answer every time. It guesses where people would, and says how sure it
// is.
package intent

import "encoding/json"

// Verb is what a prompt asks to have done.
type Verb string

const (
	Create  Verb = "create"  // a new app
	Edit    Verb = "edit"    // a change of the project
	Fix     Verb = "fix"     // a repair of the project
	Design  Verb = "design"  // a look, or a new look
	Explain Verb = "explain" // an answer in words; no change
	Undo    Verb = "undo"    // an earlier version again
	Remove  Verb = "remove"  // files or parts, by their names, taken out
)

// Verbs lists all verbs.
var Verbs = []Verb{Create, Edit, Fix, Design, Explain, Undo, Remove}

// Theme is how bright an app should look; "" if the prompt does not say, which is
// null in JSON.
type Theme string

const (
	Light  Theme = "light"
	Dark   Theme = "dark"
	System Theme = "system" // as on the device
)

// Themes lists all themes.
var Themes = []Theme{Light, Dark, System}

// Subject is the id of a kind of app, one of Subjects; "" if the prompt names no
// app, which is null in JSON.
type Subject string

// Other is the subject of an app whose kind has no id.
const Other Subject = "other"

// IsUsed reports whether an app of this kind is there to be used, so that one which does
// nothing is none. Other kinds may be pages that are only read.
func (s Subject) IsUsed() bool {
	switch s {
	case "", Other, "landing-page", "portfolio", "blog", "resume", "restaurant-menu", "shop", "pricing", "contact-form", "login-form", "dashboard", "faq", "recipes", "gallery", "weather", "chat", "calendar",
		"data-table", "rsvp", "trip-planner":
		return false
	}
	return true
}

// MarshalJSON writes null for "".
func (t Theme) MarshalJSON() ([]byte, error) { return orNull(string(t)) }

// MarshalJSON writes null for "".
func (s Subject) MarshalJSON() ([]byte, error) { return orNull(string(s)) }

func orNull(s string) ([]byte, error) {
	if s == "" {
		return []byte("null"), nil
	}
	return json.Marshal(s)
}

// Intent is what a prompt asks for.
type Intent struct {
	Verb     Verb     `json:"verb" firestore:"verb"`
	Subject  Subject  `json:"subject" firestore:"subject"`
	Features []string `json:"features" firestore:"features"` // ids, each one of Features; sorted
	Theme    Theme    `json:"theme" firestore:"theme"`
	Accent   string   `json:"accent" firestore:"accent"`     // a colour such as "teal" or "#0ea5e9"; "" for none
	Name     string   `json:"name" firestore:"name"`         // the name in the prompt, else the title of the subject, else ""
	Language string   `json:"language" firestore:"language"` // the language of the prompt, BCP 47: en, es, fr, de or pt

	// Confidence, from 0 to 1, says how sure the verb is. At 0.95 and more the words
	// name it and nothing speaks for another one. At about 0.8 it follows from the
	// kind of sentence. Below 0.6 it follows only from whether there is a project.
	Confidence float64 `json:"confidence" firestore:"confidence"`

	// Alternative is the other verb that the prompt may mean, where Confidence is below
	// 0.6 and there is a project: an app can offer it. Of two the one that changes less
	// is taken, as an edit before a new app.
	Alternative Verb `json:"alternative,omitempty" firestore:"alternative,omitempty"`
}

const maxBytes = 32 << 10

// Parse reads the first 32 KB of a prompt. hasProject says whether the prompt is
// sent to a project, which it may ask to change.
func Parse(prompt string, hasProject bool) Intent {
	readLexicons()
	p := read(prompt[:min(len(prompt), maxBytes)], hasProject)
	intent, _ := p.intent()
	return intent
}

// intent returns what the prompt asks for, and the mention of the app that it is about;
// nil if there is none.
func (p *prompt) intent() (Intent, *mention) {
	verb, confidence, alternative := p.verb()
	subject := p.subject(verb)
	features, theme := p.wishes(verb, subject)
	return Intent{
		Verb:        verb,
		Subject:     subject.id(),
		Features:    features,
		Theme:       theme,
		Accent:      p.accent(verb),
		Name:        p.title(subject.id()),
		Language:    languages[p.language],
		Confidence:  confidence,
		Alternative: alternative,
	}, subject
}
