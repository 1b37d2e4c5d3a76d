package template

import (
	"cmp"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"
	"unicode"

	"dreambuild.dev/backend/internal/intent"
)

// sources is the library as it is written. Files that tests alone need stay out.
//
//go:embed base apps/*/app.json apps/*/index.html apps/*/style.css apps/*/script.js
var sources embed.FS

// app is one app of the library.
type app struct {
	ID       string              `json:"-"`
	Title    words               `json:"title"`
	Words    map[string][]string `json:"words"` // by language
	Accent   string              `json:"accent"`
	Features map[string]choice   `json:"features"`
	Texts    map[string]words    `json:"texts"`
	Banks    []bank              `json:"banks"`
	Numbers  map[string]number   `json:"numbers"`  // that a prompt may give
	Names    map[string][]string `json:"names"`    // how prompts name what the app knows, beside items of banks, in any language
	Currency bool                `json:"currency"` // prompts name one of the currencies that all apps know

	sources func() (files, error)        // parsed once it is rendered
	names   func() map[string][][]string // of items, read once a prompt is
}

// words is a text by language.
type words map[string]string

func (w words) in(language string) string { return w[known(language)] }

// choice says whether an app has a feature if nobody says so.
type choice string

const (
	on     choice = "on"
	off    choice = "off"
	always choice = "always" // the app is not without it
)

// bank is content for a topic.
type bank struct {
	Topic map[string][]string        `json:"topic"` // how a prompt names it, by language
	Items map[string]json.RawMessage `json:"items"` // by language

	Naming *naming `json:"naming"` // nil if prompts name none of them
}

// covers reports whether the bank is about a topic: one of its names stands in it.
func (b bank) covers(topic string) bool {
	topic = " " + strings.Join(strings.FieldsFunc(strings.ToLower(topic), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }), " ") + " "
	for _, names := range b.Topic {
		if slices.ContainsFunc(names, func(name string) bool { return strings.Contains(topic, " "+strings.ToLower(name)+" ") }) {
			return true
		}
	}
	return false
}

// covers reports whether the app has content of its own about a topic.
func (a *app) covers(topic string) bool {
	return slices.ContainsFunc(a.Banks, func(b bank) bool { return b.covers(topic) })
}

// library reads all apps, once: a server that is never asked for one starts without
// them. A source that cannot be read is a fault of this program, which any test finds.
var library = sync.OnceValue(func() map[string]*app {
	folders, err := fs.ReadDir(sources, "apps")
	if err != nil {
		panic(err)
	}
	all := map[string]*app{}
	for _, f := range folders {
		a := &app{ID: f.Name()}
		text, err := sources.ReadFile("apps/" + a.ID + "/app.json")
		if err == nil {
			err = json.Unmarshal(text, a)
		}
		if err != nil {
			panic(fmt.Errorf("template %s: %w", a.ID, err))
		}
		a.sources = sync.OnceValues(a.parse)
		a.names = sync.OnceValue(a.readNames)
		all[a.ID] = a
	}
	return all
})

// shared is the texts that all apps may use, and names what people call features, themes
// and sizes.
var shared, names = sync.OnceValue(func() map[string]words { return texts("base/texts.json") }), sync.OnceValue(func() map[string]words { return texts("base/names.json") })

// currencies is how prompts name the currencies that apps offer, in any language.
var currencies = sync.OnceValue(func() (all map[string][]string) {
	text, err := sources.ReadFile("base/currencies.json")
	if err == nil {
		err = json.Unmarshal(text, &all)
	}
	if err != nil {
		panic(fmt.Errorf("template base/currencies.json: %w", err))
	}
	return all
})

func texts(file string) (all map[string]words) {
	text, err := sources.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(text, &all)
	}
	if err != nil {
		panic(fmt.Errorf("template %s: %w", file, err))
	}
	return all
}

// called returns what people call a feature, a theme or a size.
func called(id, language string) string { return cmp.Or(names()[id].in(language), id) }

// longestName bounds a name, in characters, as it does a project's.
const longestName = 60

// complete returns a recipe that the app can render.
func (a *app) complete(r Recipe) Recipe {
	r.App, r.Language = a.ID, known(r.Language)
	if name := []rune(r.Name); len(name) > longestName {
		r.Name = strings.TrimSpace(string(name[:longestName]))
	}
	if r.Name == "" {
		r.Name = a.Title.in(r.Language)
	}
	if !slices.Contains(intent.Themes, r.Theme) {
		r.Theme = intent.System
	}
	if _, ok := colour(r.Accent); !ok {
		r.Accent = ""
	}
	r.Features = slices.DeleteFunc(slices.Clone(r.Features), func(id string) bool { return a.Features[id] == "" })
	for id, c := range a.Features {
		if c == always {
			r.Features = append(r.Features, id)
		}
	}
	slices.Sort(r.Features)
	r.Features = slices.Compact(r.Features)
	r.Named = slices.DeleteFunc(slices.Clone(r.Named), func(key string) bool { return a.names()[key] == nil })
	r.Numbers = maps.Clone(r.Numbers)
	maps.DeleteFunc(r.Numbers, func(id string, value int) bool {
		n, ok := a.Numbers[id]
		return !ok || value < n.Least || value > n.Most
	})
	return r
}

// features returns the app's features; none of an app that is not there.
func (a *app) features() map[string]choice {
	if a == nil {
		return nil
	}
	return a.Features
}

// usual returns the features that the app has if nobody says which.
func (a *app) usual() []string {
	var ids []string
	for _, id := range slices.Sorted(maps.Keys(a.Features)) {
		if a.Features[id] != off {
			ids = append(ids, id)
		}
	}
	return ids
}

// text returns one of the app's texts, or of those that all apps share.
func (a *app) text(key, language string) (string, error) {
	w, ok := a.Texts[key]
	if !ok {
		w, ok = shared()[key]
	}
	text := w.in(language)
	if !ok || text == "" {
		return "", fmt.Errorf("template %s: no text %q in %s", a.ID, key, language)
	}
	return text, nil
}
