// Package intent reads what a prompt asks for: a new app or a change, of what
// kind, and with what. It is rules and word lists, the same answer every time;
// it guesses where people do, and says how sure it is.
package intent

import "encoding/json"

// Verb is what shall be done.
type Verb string

const (
	Create  Verb = "create"  // a new app
	Edit    Verb = "edit"    // a change of the project in hand
	Fix     Verb = "fix"     // a repair of it
	Design  Verb = "design"  // a look, or a new look
	Explain Verb = "explain" // an answer in words; no change
)

// Verbs lists them all.
var Verbs = []Verb{Create, Edit, Fix, Design, Explain}

// Theme is how bright an app shall look; "" where nothing is said, null in JSON.
type Theme string

const (
	Light  Theme = "light"
	Dark   Theme = "dark"
	System Theme = "system" // as the device is set
)

// Themes lists them all.
var Themes = []Theme{Light, Dark, System}

// Subject is the id of a kind of app, as Subjects lists them; "" where no app
// is named, null in JSON.
type Subject string

// Other is an app of no kind that has an id.
const Other Subject = "other"

// MarshalJSON writes null for no theme.
func (t Theme) MarshalJSON() ([]byte, error) { return orNull(string(t)) }

// MarshalJSON writes null for no subject.
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
	Features []string `json:"features" firestore:"features"` // ids, sorted; as Features lists them
	Theme    Theme    `json:"theme" firestore:"theme"`
	Accent   string   `json:"accent" firestore:"accent"`     // a colour such as "teal" or "#0ea5e9"; "" for none
	Name     string   `json:"name" firestore:"name"`         // the one that the prompt gives, else the subject's, else ""
	Language string   `json:"language" firestore:"language"` // of the prompt, BCP 47: en, es, fr, de or pt

	// Confidence says what the verb rests on: 0.95 and more, the words name it
	// and nothing speaks for another; about 0.8, it follows from the kind of
	// sentence; 0.5 or less, there is nothing to go by but whether there is a
	// project.
	Confidence float64 `json:"confidence" firestore:"confidence"`
}

const maxBytes = 32 << 10

// Parse reads a prompt, its first 32 KB. hasProject says that there is a project
// in hand, which a change may be meant for.
func Parse(prompt string, hasProject bool) Intent {
	readLexicons()
	prompt = prompt[:min(len(prompt), maxBytes)]
	p := read(prompt, hasProject)
	verb, confidence := p.verb()
	subject := p.subject(verb)
	features, theme := p.wishes(verb, subject)
	return Intent{
		Verb:       verb,
		Subject:    subject.id(),
		Features:   features,
		Theme:      theme,
		Accent:     p.accent(),
		Name:       p.title(subject.id()),
		Language:   languages[p.language],
		Confidence: confidence,
	}
}
