// Package template holds the library of apps: finished ones, which answer where no
// model does, and which a prompt can change.
//
// An app is a folder of apps/: what it is called and can have (app.json), the sources
// of its three files, and check.mjs, which uses it in a browser. A Recipe says which
// app is wanted, and how; Render makes its files of the sources and of what all apps
// share (base/). README.md tells how to write one.
package template

import (
	"maps"
	"slices"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/intent"
)

// Label is the generatedBy of an answer from a template.
const Label = "Templates"

// Recipe is what a set of files was made of. It is kept with the version that it made,
// where its owner reads it: fields are added, not changed.
type Recipe struct {
	App      string       `json:"app" firestore:"app"`
	Name     string       `json:"name" firestore:"name"`         // that the app shows
	Theme    intent.Theme `json:"theme" firestore:"theme"`       // never ""
	Accent   string       `json:"accent" firestore:"accent"`     // as people say it, or #rrggbb; "": the app's own
	Features []string     `json:"features" firestore:"features"` // ids, sorted: those that are on
	Language string       `json:"language" firestore:"language"` // one of Languages
	Topic    string       `json:"topic,omitempty" firestore:"topic,omitempty"`
	Size     intent.Size  `json:"size,omitempty" firestore:"size,omitempty"` // of texts and controls; "": as usual

	Named   []string       `json:"named,omitempty" firestore:"named,omitempty"`     // what comes first of the app's content: cities, currencies
	Numbers map[string]int `json:"numbers,omitempty" firestore:"numbers,omitempty"` // that a prompt gave, by id: the seconds of a timer
}

// Languages lists the languages in which apps speak: those of prompts.
var Languages = []string{"en", "es", "fr", "de", "pt"}

// Has reports whether a feature is on.
func (r Recipe) Has(feature string) bool { return slices.Contains(r.Features, feature) }

// Render makes the files of a recipe: index.html, style.css and script.js. ok is false
// if the library has no such app (any more). What the app does not know of the recipe is
// left out.
func Render(r Recipe) (files []artifact.File, ok bool) {
	a, ok := library()[r.App]
	if !ok {
		return nil, false
	}
	return a.render(a.complete(r)), true
}

// App is what a gallery shows of an app, in one language.
type App struct {
	ID       string   `json:"id"`
	Title    string   `json:"title"`
	Words    []string `json:"words"`    // by which people look for it
	Features []string `json:"features"` // that a prompt can ask for, or leave out
}

// List returns the apps of the library in the order of their ids. A language that is
// not one of Languages is read as English.
func List(language string) []App {
	var all []App
	for _, id := range slices.Sorted(maps.Keys(library())) {
		a := library()[id]
		all = append(all, App{ID: id, Title: a.Title.in(language), Words: a.Words[known(language)], Features: slices.Sorted(maps.Keys(a.Features))})
	}
	return all
}

func known(language string) string {
	if slices.Contains(Languages, language) {
		return language
	}
	return "en"
}
