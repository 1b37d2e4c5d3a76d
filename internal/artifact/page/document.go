package page

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"dreambuild.dev/backend/internal/artifact"
)

// An edit puts a text in the place of a part of the page.
type edit struct {
	start, end int // bytes
	text       string
}

// document makes the document of one page. Everything of the page that needs no
// other text stays as it is, byte for byte. A page that refers to no style sheet of
// the set, and has none within, gets all of them; scripts likewise.
func (b *build) document(name, page string) *document {
	d := &document{build: b, name: name, dir: path.Dir(name), page: page, used: map[string]bool{name: true}, taken: map[string]bool{}, within: map[string]module{}}
	d.survey()
	d.readImportMap()
	d.putModules()
	deferred := d.mustDefer()
	for _, e := range d.elements {
		switch {
		case e.tag.Data == "script":
			d.putScript(e, deferred)
		case e.tag.Data == "style":
			d.putStyle(e)
		case e.tag.Data == "link" && isStyleSheet(e.tag):
			d.putStyleSheet(e)
		default:
			d.putAssets(e)
		}
	}
	d.putUnlinked()
	d.putTailwind()
	d.putImportMap()
	d.text = d.splice()
	return d
}

func (d *document) replace(e element, text string) {
	d.edits = append(d.edits, edit{e.start, e.end, text})
}

func (d *document) insert(at int, text string) { d.edits = append(d.edits, edit{at, at, text}) }

// splice carries out the edits.
func (d *document) splice() string {
	d.insert(d.headAt, d.styles.String())
	d.insert(d.bodyAt, d.scripts.String())
	if len(d.edits) == 2 && d.styles.Len()+d.scripts.Len() == 0 {
		return d.page
	}
	slices.SortStableFunc(d.edits, func(a, b edit) int { return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.end, b.end)) })
	var out strings.Builder
	at := 0
	for _, e := range d.edits {
		out.WriteString(d.page[at:e.start])
		out.WriteString(e.text)
		at = e.end
	}
	out.WriteString(d.page[at:])
	return out.String()
}

// take returns the content of a file that stands in its place the first time, and
// "" after that, or if there is no room.
func (d *document) take(target string) string {
	d.used[target] = true
	content := d.set[target]
	if d.taken[target] {
		return ""
	}
	if !d.copied(len(content)) {
		d.tooLarge(target)
		return ""
	}
	d.taken[target] = true
	return content
}

// putStyleSheet puts a style sheet of the set in the place of its link.
func (d *document) putStyleSheet(e element) {
	target, there := d.target(e.tag, "href")
	if !there {
		d.loads(attribute(e.tag, "href"))
		return
	}
	again := d.taken[target]
	css := d.take(target)
	if !again {
		css = d.styleText(target, css)
	}
	d.replace(e, d.styleElement(attributes(e.tag, func(name string) bool { return name == "media" || name == "id" }), css))
}

// putStyle lets a style element of the page find the set's files.
func (d *document) putStyle(e element) {
	css := d.styleText(d.name, e.body)
	if css == e.body {
		return
	}
	d.replace(e, d.styleElement(attributes(e.tag, func(name string) bool { return true }), css))
}

// styleElement returns a style element for a browser, or for Tailwind if the style
// needs it.
func (d *document) styleElement(attributes, css string) string {
	if usesTailwind(css) {
		d.tailwind = true
		attributes += ` type="text/tailwindcss"`
		css = forTailwind(css)
	}
	return style(attributes, css)
}

// putScript puts a script of the set in its place. Modules are there already.
func (d *document) putScript(e element, deferred bool) {
	kind := scriptKind(e.tag)
	target, there := d.target(e.tag, "src")
	switch {
	case kind == moduleScript:
		if src := attribute(e.tag, "src"); src != "" && !there {
			d.loads(src)
		}
		return
	case kind == classicScript && !has(e.tag, "src"):
		d.calls(e.body)
		if js := d.classic(d.name, e.body); js != e.body {
			d.replace(e, script(attributes(e.tag, func(string) bool { return true }), js))
		}
		return
	case kind == otherScript && (!there || !compiledInBrowser(e.tag)):
		return
	case !there:
		d.loads(attribute(e.tag, "src"))
		return
	}
	js := d.classic(target, d.take(target))
	d.calls(js)
	attrs := attributes(e.tag, func(name string) bool {
		return name != "src" && name != "defer" && name != "async" && name != "integrity"
	})
	// Without src a script waits for nothing.
	switch waits := has(e.tag, "defer") || has(e.tag, "async"); {
	case !waits || kind == otherScript:
		d.replace(e, script(attrs, js))
	case deferred:
		d.later.WriteString(js)
		d.replace(e, deferredScript(attrs, target, js))
	default:
		d.replace(e, "")
		d.scripts.WriteString(script(attrs, js) + "\n")
	}
}

// mustDefer reports whether a deferred script of the set may have to wait for another
// one: a browser runs deferred scripts and modules in the order of the page. Where all
// deferred scripts are the set's, the end of the page is late enough.
func (d *document) mustDefer() bool {
	return slices.ContainsFunc(d.elements, func(e element) bool {
		if e.tag.Data != "script" {
			return false
		}
		_, there := d.target(e.tag, "src")
		kind := scriptKind(e.tag)
		return kind == moduleScript || kind == classicScript && !there && has(e.tag, "defer") && has(e.tag, "src")
	})
}

// deferredScript returns a script that runs when the page is read, in the order of
// all deferred scripts: only a script with a src is deferred.
func deferredScript(attributes, name, js string) string {
	return "<script" + attributes + ` defer src="data:text/javascript;charset=utf-8,` + inURL.Replace(js) + inURL.Replace("\n//# sourceURL="+name) + `"></script>`
}

// inURL escapes what a data: URL in an attribute cannot hold. Browsers take care of
// the rest.
var inURL = strings.NewReplacer("%", "%25", "#", "%23", `"`, "%22", "&", "%26", "<", "%3C", ">", "%3E", "\n", "%0A", "\r", "%0D", "\t", "%09", "\x00", "%00")

// putUnlinked puts in the style sheets that nothing refers to, if the page wants
// some. putModules does so for scripts, since a module of the set may be among them.
func (d *document) putUnlinked() {
	if !d.css.wanting() {
		return
	}
	for _, f := range d.files {
		if extension(f.Path) == ".css" && !d.used[f.Path] {
			d.styles.WriteString(d.styleElement("", d.styleText(f.Path, d.take(f.Path))) + "\n")
		}
	}
}

// style returns a style element that its content cannot end early: in a string of
// CSS, <\/style means </style.
func style(attributes, css string) string {
	return "<style" + attributes + ">\n" + endStyle().ReplaceAllString(css, `<\/$1`) + "</style>"
}

// script returns a script element that its content can neither end early nor keep
// open: in strings, templates and regular expressions, \x3C means <. See
// https://html.spec.whatwg.org/multipage/scripting.html#restrictions-for-contents-of-script-elements
func script(attributes, js string) string {
	return "<script" + attributes + ">\n" + scriptEdge().ReplaceAllString(js, `\x3C$1`) + "</script>"
}

var (
	endStyle   = compiled(`(?i)</(style)`)
	scriptEdge = compiled(`(?i)<(/script|!--)`)
)

// attributes writes the attributes of t that keep accepts.
func attributes(t html.Token, keep func(name string) bool) string {
	var b strings.Builder
	for _, a := range t.Attr {
		if keep(a.Key) {
			fmt.Fprintf(&b, ` %s="%s"`, a.Key, html.EscapeString(a.Val))
		}
	}
	return b.String()
}

// barePage returns a page for a set that has none: it shows what can be run, else the
// texts.
func (b *build) barePage() string {
	if entry, id := b.entryOfSet(); entry != "" {
		return bareHead + `<meta name="viewport" content="width=device-width, initial-scale=1">` + "\n</head>\n<body>\n<div id=\"" + html.EscapeString(id) + "\"></div>\n</body>\n</html>\n"
	}
	if slices.ContainsFunc(b.files, func(f artifact.File) bool { return extension(f.Path) == ".css" || extension(f.Path) == ".js" }) {
		return bareHead + "</head>\n<body>\n</body>\n</html>\n"
	}
	return Texts(b.files)
}

const bareHead = "<!DOCTYPE html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n"

// Texts returns a page that shows the files of a set as texts: about as much of them as
// one file may hold.
func Texts(files []artifact.File) string {
	var body strings.Builder
	for _, f := range files {
		if body.Len() > artifact.MaxFileBytes { // enough to look at
			break
		}
		fmt.Fprintf(&body, "<h2>%s</h2>\n<pre>%s</pre>\n", html.EscapeString(f.Path), html.EscapeString(f.Content))
	}
	return bareHead + "</head>\n<body>\n" + body.String() + "</body>\n</html>\n"
}
