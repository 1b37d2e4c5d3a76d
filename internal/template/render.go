package template

import (
	"cmp"
	"encoding/json"
	"fmt"
	"html"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"text/template"
	"unicode"

	"dreambuild.dev/backend/internal/artifact"
)

// files is the parsed sources of an app, in the order in which they are shown.
type files []*template.Template

var fileNames = []string{"index.html", "style.css", "script.js"}

// parse reads an app's sources. Each can use what base/ defines in the file of the same
// name.
func (a *app) parse() (files, error) {
	var all files
	for _, name := range fileNames {
		t := template.New(name).Option("missingkey=error").Funcs(page{}.functions())
		for _, source := range []string{"base/" + name, "apps/" + a.ID + "/" + name} {
			text, err := fs.ReadFile(sources, source)
			if err == nil {
				_, err = t.Parse(ownLines.ReplaceAllString(string(text), "$1"))
			}
			if err != nil {
				return nil, fmt.Errorf("%s: %w", source, err)
			}
		}
		all = append(all, t)
	}
	return all, nil
}

// ownLines matches an action that decides or names something, and has a line of its own:
// the line is not part of the text.
var ownLines = regexp.MustCompile(`(?m)^[ \t]*(\{\{(?:if|else|end|range|with|define|block|template|/\*)[^{}]*\}\})[ \t]*\n`)

// render makes the files of a complete recipe. A source that cannot be rendered is a
// fault of this program, which the tests of its app find.
func (a *app) render(r Recipe) []artifact.File {
	all, err := a.sources()
	if err != nil {
		panic(err)
	}
	var made []artifact.File
	for _, t := range all {
		p := page{app: a, recipe: r, kind: path.Ext(t.Name())}
		clone := template.Must(t.Clone()).Funcs(p.functions())
		var b strings.Builder
		if err := clone.Execute(&b, nil); err != nil {
			panic(fmt.Errorf("template %s: %w", a.ID, err))
		}
		made = append(made, artifact.File{Path: t.Name(), Content: tidy(b.String())})
	}
	return made
}

// tidy makes a text look written by hand: no spaces at the ends of lines, and no more
// than one empty line.
func tidy(text string) string {
	var b strings.Builder
	empty := true // the line before, or the beginning
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, " \t\n")
		if line != "" || !empty {
			b.WriteString(line + "\n")
		}
		empty = line == ""
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

// page is one file of an app that is rendered: what its source can ask for.
type page struct {
	app    *app
	recipe Recipe
	kind   string // .html, .css or .js: how texts are written
}

// functions are the words of the sources: README.md tells what they do.
func (p page) functions() template.FuncMap {
	return template.FuncMap{
		"has": p.has, "text": p.text, "plural": p.plural, "name": func() string { return p.written(p.recipe.Name) }, "topic": func() string { return p.written(p.recipe.Topic) },
		"lang": func() string { return p.recipe.Language }, "theme": func() string { return string(p.recipe.Theme) }, "size": func() string { return cmp.Or(string(p.recipe.Size), "normal") },
		"accent": p.accent, "items": p.items, "named": p.named, "picked": p.picked, "says": p.says, "currency": p.currency, "number": p.number,
	}
}

// has reports whether one of some features is on. A feature that the app does not know
// is an error, but for those that all apps may have.
func (p page) has(features ...string) (bool, error) {
	for _, f := range features {
		if _, ok := p.app.Features[f]; !ok && !slices.Contains(inBase, f) {
			return false, fmt.Errorf("app.json has no feature %q", f)
		}
	}
	return slices.ContainsFunc(features, p.recipe.Has), nil
}

// inBase lists the features that base/ asks for.
var inBase = []string{"dark-toggle", "drag-and-drop", "export", "history", "import", "print", "search", "share", "shortcuts"}

// text writes one of the app's texts. values are the names of its gaps and what fills
// them: an expression in a script, a text elsewhere.
func (p page) text(key string, values ...string) (string, error) {
	text, err := p.app.text(key, p.recipe.Language)
	if err != nil {
		return "", err
	}
	return p.filled(text, values)
}

// plural writes one of two texts, which a "|" parts: for one, and for other numbers.
func (p page) plural(key, number string, values ...string) (string, error) {
	text, err := p.app.text(key, p.recipe.Language)
	if err != nil {
		return "", err
	}
	one, other, ok := strings.Cut(text, "|")
	if !ok || p.kind != ".js" {
		return "", fmt.Errorf("text %q: plural needs two forms, parted by |, and a script", key)
	}
	values = append(values, "n", number)
	first, err := p.filled(one, values)
	if err != nil {
		return "", err
	}
	second, err := p.filled(other, values)
	is := " === 1"
	if p.recipe.Language == "fr" || p.recipe.Language == "pt" {
		is = " < 2"
	}
	return number + is + " ? " + first + " : " + second, err
}

// filled writes a text whose gaps, such as {n}, are filled.
func (p page) filled(text string, values []string) (string, error) {
	if len(values)%2 != 0 {
		return "", fmt.Errorf("text: a gap has no value")
	}
	if len(values) == 0 || !strings.Contains(text, "{") {
		return p.written(text), nil
	}
	if p.kind != ".js" {
		for i := 0; i < len(values); i += 2 {
			text = strings.ReplaceAll(text, "{"+values[i]+"}", values[i+1])
		}
		return p.written(text), nil
	}
	text = strings.NewReplacer("\\", "\\\\", "`", "\\`", "${", "\\${").Replace(text)
	for i := 0; i < len(values); i += 2 {
		text = strings.ReplaceAll(text, "{"+values[i]+"}", "${"+values[i+1]+"}")
	}
	return "`" + text + "`", nil
}

// written writes a text as the file's language has it: in a page escaped, elsewhere as a
// string in quotes.
func (p page) written(text string) string {
	switch p.kind {
	case ".html":
		return html.EscapeString(text)
	case ".css":
		return `"` + strings.Map(func(r rune) rune {
			if r == '"' || r == '\\' || unicode.IsControl(r) {
				return -1
			}
			return r
		}, text) + `"`
	}
	return quoted(text)
}

// quoted writes a text as a string of JavaScript.
func quoted(text string) string {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(text); err != nil {
		panic(err) // no text is refused
	}
	return strings.NewReplacer("</", `<\/`, "<!--", `<\!--`).Replace(strings.TrimSuffix(b.String(), "\n"))
}

// items writes the content of the bank for the recipe's topic, else of the first one.
// What the recipe names comes first.
func (p page) items() (string, error) {
	if len(p.app.Banks) == 0 || p.kind != ".js" {
		return "", fmt.Errorf("app.json has no banks, or this is no script")
	}
	items, _ := p.bank().ordered(entries(p.bank().Items[p.recipe.Language]), p.recipe.Named)
	return asWritten(items), nil
}

// named returns how many things the recipe names: of the items, where it is those.
func (p page) named() int {
	if len(p.app.Banks) == 0 {
		return len(p.recipe.Named)
	}
	_, n := p.bank().ordered(entries(p.bank().Items[p.recipe.Language]), p.recipe.Named)
	return n
}

// picked writes the key of one of the things that the recipe names, counted from 0.
func (p page) picked(i int) (string, error) {
	if i >= len(p.recipe.Named) {
		return "", fmt.Errorf("picked %d: the recipe names %d", i, len(p.recipe.Named))
	}
	return p.written(p.recipe.Named[i]), nil
}

// says reports whether the recipe names a thing.
func (p page) says(key string) (bool, error) {
	if p.app.names()[key] == nil {
		return false, fmt.Errorf("app.json names no %q", key)
	}
	return slices.Contains(p.recipe.Named, key), nil
}

// currency writes the currency that the recipe names, or else the usual one.
func (p page) currency() (string, error) {
	for _, key := range p.recipe.Named { // what came last stands first
		if _, ok := currencies()[key]; ok {
			return p.written(key), nil
		}
	}
	return p.text("usualCurrency")
}

// bank returns the content for the recipe's topic.
func (p page) bank() bank {
	for _, b := range slices.Backward(p.app.Banks) {
		if b.covers(p.recipe.Topic) {
			return b
		}
	}
	return p.app.Banks[0]
}

// number returns a number that the recipe gives, or else another one.
func (p page) number(id string, otherwise int) (int, error) {
	if _, ok := p.app.Numbers[id]; !ok {
		return 0, fmt.Errorf("app.json has no number %q", id)
	}
	if n, ok := p.recipe.Numbers[id]; ok {
		return n, nil
	}
	return otherwise, nil
}

// asWritten writes items as a person would write them in a script: one a line.
func asWritten(items []json.RawMessage) string {
	var b strings.Builder
	b.WriteString("[\n")
	for _, item := range items {
		b.WriteString("  " + bareKeys.ReplaceAllString(strings.ReplaceAll(string(item), "</", `<\/`), "$1$2: ") + ",\n")
	}
	return b.String() + "]"
}

// bareKeys matches the keys of one-line objects of a bank.
var bareKeys = regexp.MustCompile(`([{,] ?)"([a-z]\w*)": ?`)
