package check

import (
	"bytes"
	"slices"
	"strings"

	"dreambuild.dev/backend/internal/artifact"
	"golang.org/x/net/html"
)

// page is a page as a browser reads it.
type page struct {
	path, text string
	ids        map[string]int  // where an element with this id, or name, begins
	inert      map[string]bool // ids within <template> and the like: scripts may put them in
	scripts    []*loaded       // in their order
	handlers   []handler
	styles     []style
	refs       []reference
	based      bool // it says what its references are relative to
	forms      bool // it has some, whose properties handlers see
	acts       bool // something in it reacts to people without a script
}

// loaded is a script of a page.
type loaded struct {
	*script       // nil for one that is not in the set
	src           string
	module, babel bool
	late          bool // it runs when the page has been read
	imported      bool // another script of the page imports it
	at, line      int
}

// handler is the code of an attribute such as onclick.
type handler struct {
	code    string
	element string // its tag
	line    int
}

// style is a style sheet within a page.
type style struct {
	text string
	line int
}

// reference is what an attribute, or an import, refers to.
type reference struct {
	kind   refKind
	target string
	line   int
}

type refKind int

const (
	refScript refKind = iota
	refStyle
	refPage
	refMedia
	refImport
	refData
	refWorker
	refNamed // a script that runs elsewhere, such as a service worker
)

// readPage reads a page. Inline scripts are not read yet.
func readPage(f artifact.File) *page {
	p := &page{path: f.Path, text: f.Content, ids: map[string]int{}, inert: map[string]bool{}}
	r := pageReader{page: p, lines: lineStarts(f.Content)}
	r.read()
	return p
}

// pageReader reads a page.
type pageReader struct {
	*page
	lines     []int
	tag       string // the one that is being read
	templates int    // how many <template> are open
}

func (r *pageReader) read() {
	z := html.NewTokenizer(strings.NewReader(r.text))
	at := 0
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			return
		}
		begin, raw := at, z.Raw()
		at += len(raw)
		switch kind {
		case html.EndTagToken:
			if name, _ := z.TagName(); string(name) == "template" {
				r.templates = max(0, r.templates-1)
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			if bytes.IndexByte(raw, '=') < 0 && !isRawTag(raw) {
				name, _ := z.TagName()
				r.plain(string(name))
				continue
			}
			r.tag = r.text[begin:at]
			t := z.Token()
			r.element(t, begin)
			if kind == html.SelfClosingTagToken {
				continue
			}
			switch t.Data {
			case "script":
				inner, all := content(z)
				if all > inner { // a browser does not run one without an end
					r.script(t, begin, at, r.text[at:at+inner])
				}
				at += all
			case "style":
				inner, all := content(z)
				r.page.styles = append(r.page.styles, style{text: r.text[at : at+inner], line: r.lineAt(at)})
				at += all
			}
		}
	}
}

// isRawTag reports whether a tag begins a script or a style sheet.
func isRawTag(raw []byte) bool {
	return len(raw) > 6 && (bytes.EqualFold(raw[1:6], []byte("scrip")) || bytes.EqualFold(raw[1:6], []byte("style")))
}

// content skips an element that holds no markup, behind its start tag: inner bytes, and
// all with its end tag.
func content(z *html.Tokenizer) (inner, all int) {
	for {
		kind := z.Next()
		inner, all = all, all+len(z.Raw())
		if kind == html.EndTagToken || kind == html.ErrorToken {
			return inner, all
		}
	}
}

// plain reads a start tag without attributes that have a value.
func (r *pageReader) plain(name string) {
	switch name {
	case "template":
		r.templates++
	case "form":
		r.forms = true
	case "details", "dialog", "summary":
		r.acts = true
	}
}

// element reads a start tag.
func (r *pageReader) element(t html.Token, at int) {
	r.plain(t.Data)
	for _, a := range t.Attr {
		switch value := strings.TrimSpace(a.Val); {
		case a.Key == "id", a.Key == "name" && named(t.Data):
			r.id(a.Val, at)
		case value == "":
		case isEvent(a.Key):
			r.acts = true
			if !filled().MatchString(value) {
				r.handlers = append(r.handlers, handler{code: a.Val, element: t.Data, line: r.lineAt(at + indexAttribute(r.tag, a.Key))})
			}
		case a.Key == "action" || a.Key == "formaction", a.Key == "popovertarget" || a.Key == "commandfor",
			a.Key == "type" && t.Data == "input" && (value == "checkbox" || value == "radio"), // a style sheet may react
			strings.HasPrefix(a.Key, "@") || strings.HasPrefix(a.Key, "x-") || strings.HasPrefix(a.Key, "v-") || strings.HasPrefix(a.Key, "hx-") || strings.HasPrefix(a.Key, "ng-"):
			r.acts = true
		}
	}
	r.reference(t, at)
}

// named reports whether the name of an element makes it a property of the window or the
// document: https://html.spec.whatwg.org/multipage/nav-history-apis.html#named-access-on-the-window-object
func named(element string) bool {
	switch element {
	case "embed", "form", "img", "object", "iframe", "frame", "frameset":
		return true
	}
	return false
}

func (r *pageReader) id(id string, at int) {
	if r.templates > 0 {
		r.inert[id] = true
	}
	if _, ok := r.ids[id]; !ok {
		r.ids[id] = at
	}
}

// filled matches what a template engine fills in.
var filled = compiled(`\{\{|\$\{|<%|\{%`)

// reference reads what a start tag refers to.
func (r *pageReader) reference(t html.Token, at int) {
	add := func(kind refKind, key string) {
		if value := strings.TrimSpace(attribute(t, key)); value != "" {
			r.refs = append(r.refs, reference{kind: kind, target: value, line: r.lineAt(at + indexAttribute(r.tag, key))})
		}
	}
	switch t.Data {
	case "base":
		r.based = r.based || attribute(t, "href") != ""
	case "link":
		rel := strings.Fields(strings.ToLower(attribute(t, "rel")))
		if slices.Contains(rel, "stylesheet") && !slices.Contains(rel, "alternate") {
			add(refStyle, "href")
		}
	case "a", "area":
		add(refPage, "href")
	case "iframe":
		add(refPage, "src")
	case "img", "source", "video", "audio", "track", "embed":
		add(refMedia, "src")
	}
}

// script reads a script. at is where its content begins.
func (r *pageReader) script(t html.Token, begin, at int, content string) {
	l := &loaded{src: strings.TrimSpace(attribute(t, "src")), at: begin, line: r.lineAt(begin)}
	kind := strings.ToLower(strings.TrimSpace(attribute(t, "type")))
	switch kind, _, _ = strings.Cut(kind, ";"); kind {
	case "", "text/javascript", "application/javascript", "text/ecmascript", "application/ecmascript", "application/x-javascript", "text/x-javascript", "text/jscript", "text/livescript":
	case "module":
		l.module = true
	case "text/babel", "text/jsx", "text/typescript", "text/tsx":
		l.babel = true
	default: // data, or a template
		r.data(content)
		return
	}
	if has(t, "nomodule") || r.templates > 0 {
		return
	}
	l.late = l.module || l.babel || has(t, "defer") && l.src != "" || has(t, "async") && l.src != ""
	if has(t, "src") {
		r.refs = append(r.refs, reference{kind: refScript, target: l.src, line: r.lineAt(begin + indexAttribute(r.tag, "src"))})
	} else {
		l.script = &script{path: r.path, text: content, line: r.lineAt(at), module: l.module, classic: !l.module && !l.babel, babel: l.babel, inline: true}
	}
	r.scripts = append(r.scripts, l)
}

// data reads a script element that holds no script, but perhaps markup.
func (r *pageReader) data(content string) {
	for _, m := range idInText().FindAllStringSubmatch(content, -1) {
		r.ids[m[1]], r.inert[m[1]] = 0, true
	}
}

var (
	idInText = compiled(`\bid\s*=\s*\\?["']?([\w-]+)`)
	words    = compiled(`[\w-]+`)
)

func (r *pageReader) lineAt(at int) int { return lineAt(r.lines, at) }

// lineStarts returns where the lines of a text begin.
func lineStarts(text string) []int {
	starts := make([]int, 1, 1+strings.Count(text, "\n"))
	for i := range len(text) {
		if text[i] == '\n' {
			starts = append(starts, i+1)
		}
	}
	return starts
}

// lineAt returns the line of a place, from 1.
func lineAt(starts []int, at int) int {
	i, found := slices.BinarySearch(starts, at)
	if found {
		return i + 1
	}
	return i
}

// indexAttribute returns about where a tag has an attribute.
func indexAttribute(tag, key string) int { return max(0, strings.Index(strings.ToLower(tag), key)) }

func attribute(t html.Token, key string) string {
	for _, a := range t.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func has(t html.Token, key string) bool {
	return slices.ContainsFunc(t.Attr, func(a html.Attribute) bool { return a.Key == key })
}
