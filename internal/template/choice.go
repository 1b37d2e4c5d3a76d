package template

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"unicode"

	"dreambuild.dev/backend/internal/intent"
)

// Choice is what the library has for a prompt.
type Choice struct {
	Recipe Recipe
	Lacks  []string // features that the prompt asks for, and that the app cannot have
	Whole  bool     // nothing else is asked for, as far as the prompt's words are known
}

// Choose returns the app for a prompt that asks for a new one. fits is false if the
// library has none of its kind: then it is one to start from, a collection of whatever
// the prompt is about.
func Choose(r intent.Reading) (c Choice, fits bool) {
	a, fits := library()[string(r.Subject)]
	if !fits || a.ID == string(intent.Other) {
		a, fits = library()[string(intent.Other)], false
	}
	recipe := Recipe{App: a.ID, Theme: themed(r, ""), Accent: r.Accent, Topic: r.Topic, Size: r.Size, Language: spoken(r, r.Language), Features: a.usual()}
	if recipe.Topic == "" && fits {
		recipe.Topic = a.topicIn(r.Words)
		accounted := intent.Words(recipe.Topic)
		r.Rest = slices.DeleteFunc(slices.Clone(r.Rest), func(word string) bool { return slices.Contains(accounted, word) })
	}
	switch {
	case r.Named:
		recipe.Name = r.Name
	case !fits:
		recipe.Name = title(r.Rest)
	}
	c = a.chosen(recipe, r)
	c.Whole = c.Whole && fits
	return c, fits
}

// topicIn returns a topic that the app has content about, and that stands in the words of a
// prompt which does not say that it is one: "un blog de viajes". The first bank is what
// comes anyway.
func (a *app) topicIn(words []string) string {
	for i, b := range a.Banks {
		if i == 0 || b.Naming != nil {
			continue
		}
		for _, language := range Languages {
			for _, name := range b.Topic[language] {
				if n := intent.Words(name); len(n) > 0 && find(words, n) && !ofAnyApp[name] {
					return name
				}
			}
		}
	}
	return ""
}

// ofAnyApp lists names of topics that prompts have for whatever they ask for.
var ofAnyApp = map[string]bool{
	"app": true, "tool": true, "website": true, "web": true, "platform": true, "code": true, "work": true, "date": true,
	"home": true, "trip": true, "general": true, "it": true, "number": true, "numbers": true, "letter": true, "letters": true,
	"care": true, "past": true, "words": true, "language": true, "languages": true, "world": true, "product": true, "products": true,
	"items": true, "orders": true, "stock": true, "sales": true, "customer": true, "customers": true, "service": true, "company": true,
	"team": true, "project": true, "event": true, "events": true, "photo": true, "photos": true, "drink": true, "drinks": true,
	"faces": true, "job": true, "tech": true, "class": true, "search": true,
}

// find reports whether words stand one after the other in a text.
func find(text, words []string) bool {
	for i := range len(text) - len(words) + 1 {
		if slices.Equal(text[i:i+len(words)], words) {
			return true
		}
	}
	return false
}

// title makes a name of a prompt's own words; "" of none, or of too many.
func title(words []string) string {
	const most = 4
	if len(words) == 0 || len(words) > most {
		return ""
	}
	name := []rune(strings.Join(words, " "))
	return string(unicode.ToUpper(name[0])) + string(name[1:])
}

// Change returns what a follow-up makes of the recipe of an app. ok is false if it asks
// for nothing that a recipe tells: another theme, accent, name, language or size,
// features that come or go, another app instead.
func (r Recipe) Change(w intent.Reading) (c Choice, ok bool) {
	a, ok := library()[r.App]
	if !ok {
		return Choice{}, false
	}
	switch w.Verb {
	case intent.Create, intent.Edit, intent.Design, intent.Fix, intent.Remove:
	default:
		return Choice{}, false
	}
	next := r
	switch other := library()[string(w.Subject)]; {
	case w.Subject == intent.Subject(r.App):
	case w.Subject == "" && w.Verb != intent.Create:
	case w.Verb != intent.Create && !w.Instead, other == nil, other.ID == string(intent.Other):
		return Choice{}, false // another app, or a part that is one, which the library has not
	default:
		next = Recipe{App: other.ID, Theme: r.Theme, Accent: r.Accent, Topic: w.Topic, Size: r.Size, Language: r.Language, Features: other.usual()}
		if slices.Contains(r.Features, "dark-toggle") && other.Features["dark-toggle"] != "" {
			next.Features = append(next.Features, "dark-toggle")
		}
		a = other
	}
	if w.Topic != "" && a.covers(w.Topic) {
		next.Topic = w.Topic
	}
	next.Theme = themed(w, next.Theme)
	next.Accent = cmp.Or(w.Accent, next.Accent)
	next.Language = spoken(w, next.Language)
	next.Size = cmp.Or(w.Size, next.Size)
	switch {
	case w.Named:
		next.Name = w.Name
	case next.Name == library()[r.App].Title.in(r.Language): // it speaks another language now
		next.Name = ""
	}
	c = a.chosen(next, w)
	c.Whole = c.Whole && (w.Topic == "" || w.Topic == next.Topic)
	return c, !c.Recipe.same(a.complete(r))
}

// chosen completes a recipe by the features that a prompt asks for, or does not want, and
// by what it names and counts.
func (a *app) chosen(r Recipe, w intent.Reading) (c Choice) {
	asked := a.asks(w.Words)
	r.Named = a.oneOfEach(append(asked.named, r.Named...))
	if len(asked.numbers) > 0 {
		r.Numbers = maps.Clone(r.Numbers)
		if r.Numbers == nil {
			r.Numbers = map[string]int{}
		}
		maps.Copy(r.Numbers, asked.numbers)
	}
	rest := slices.DeleteFunc(slices.Clone(w.Rest), asked.accountsFor)
	for _, id := range w.Features {
		if id == "translation" && w.Speak != "" {
			continue // the app speaks it
		}
		if a.Features[id] == "" {
			c.Lacks = append(c.Lacks, id)
			continue
		}
		r.Features = append(slices.Clone(r.Features), id)
	}
	r.Features = slices.DeleteFunc(slices.Clone(r.Features), func(id string) bool { return slices.Contains(w.Without, id) })
	for _, id := range w.Without {
		if a.Features[id] == always {
			c.Lacks = append(c.Lacks, id)
		}
	}
	c.Recipe = a.complete(r)
	c.Whole = len(c.Lacks)+len(rest)+len(w.Others) == 0 && w.Speak != "other"
	return c
}

// themed returns the theme that a prompt asks for: the other one than it wants to be rid
// of, or else what there is.
func themed(r intent.Reading, otherwise intent.Theme) intent.Theme {
	switch {
	case r.Theme != "":
		return r.Theme
	case r.Unthemed == intent.Dark:
		return intent.Light
	case r.Unthemed == intent.Light:
		return intent.Dark
	}
	return otherwise
}

// spoken returns the language that an app is to speak: the one that the prompt names, or
// else another one.
func spoken(r intent.Reading, otherwise string) string {
	if slices.Contains(Languages, r.Speak) {
		return r.Speak
	}
	return known(otherwise)
}

// same reports whether two complete recipes make the same files.
func (r Recipe) same(other Recipe) bool {
	return r.App == other.App && r.Name == other.Name && r.Theme == other.Theme && r.Accent == other.Accent && slices.Equal(r.Features, other.Features) &&
		r.Language == other.Language && r.Topic == other.Topic && r.Size == other.Size && slices.Equal(r.Named, other.Named) && maps.Equal(r.Numbers, other.Numbers)
}
