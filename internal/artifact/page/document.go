// Package page makes one HTML document of a set of files, which a browser can
// show by itself.
package page

import (
	"bytes"
	"fmt"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"dreambuild.dev/backend/internal/artifact"
)

// Built is a set of files as one HTML document.
type Built struct {
	Code        string                // the document; empty only for an empty set
	Network     []string              // the origins that it loads from, sorted
	Diagnostics []artifact.Diagnostic // what of the set it cannot show
}

// Build makes one HTML document of a set of files.
func Build(files []artifact.File) Built {
	return Built{Code: Document(files)}
}

// Document makes one HTML document of a set of files, for an iframe's srcdoc: the
// page (index.html, else the first HTML file), with the style sheets and scripts
// of the set put where the page refers to them. Everything else of the page stays
// as it is, byte for byte. A page that refers to no style sheet of the set, and
// has none within, gets all of them; scripts likewise. The document is empty only
// for an empty set.
func Document(files []artifact.File) string {
	if len(files) == 0 {
		return ""
	}
	set := map[string]string{}
	page := -1
	for i, f := range files {
		set[f.Path] = f.Content
		if isPage(f) && (page < 0 || f.Path == "index.html") {
			page = i
		}
	}
	if page < 0 {
		return bareDocument(files)
	}
	d := document{set: set, dir: path.Dir(files[page].Path)}
	d.survey(files[page].Content)
	if d.css.wanting() {
		d.styles.WriteString(all(files, ".css", style))
	}
	if d.js.wanting() {
		d.scripts.WriteString(all(files, ".js", script))
	}
	d.write(files[page].Content)
	return d.out.String()
}

// References returns the paths of the style sheets and of the scripts that a page
// at the top of a set refers to: of each kind the first two.
func References(page string) (styles, scripts []string) {
	var d document
	d.survey(page)
	return d.css.targets, d.js.targets
}

func isPage(f artifact.File) bool {
	ext := strings.ToLower(path.Ext(f.Path))
	return (ext == ".html" || ext == ".htm") && strings.TrimSpace(f.Content) != ""
}

// bareDocument shows a set that has no page.
func bareDocument(files []artifact.File) string {
	styles, scripts := all(files, ".css", style), all(files, ".js", script)
	body := ""
	if styles == "" && scripts == "" {
		for _, f := range files {
			if len(body) > artifact.MaxFileBytes { // enough to look at
				break
			}
			body += fmt.Sprintf("<h2>%s</h2>\n<pre>%s</pre>\n", html.EscapeString(f.Path), html.EscapeString(f.Content))
		}
	}
	return "<!DOCTYPE html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n" + styles + "</head>\n<body>\n" + body + scripts + "</body>\n</html>\n"
}

// all returns the elements of all files with one extension.
func all(files []artifact.File, ext string, wrap func(attributes, content string) string) string {
	var b strings.Builder
	for _, f := range files {
		if strings.ToLower(path.Ext(f.Path)) == ext {
			b.WriteString(wrap("", f.Content) + "\n")
		}
	}
	return b.String()
}

// style returns a style element that its content cannot end early: in a string of
// CSS, <\/style means </style.
func style(attributes, css string) string {
	return "<style" + attributes + ">\n" + endStyle.ReplaceAllString(css, `<\/$1`) + "</style>"
}

// script returns a script element that its content can neither end early nor keep
// open: in strings, templates and regular expressions, \x3C means <. See
// https://html.spec.whatwg.org/multipage/scripting.html#restrictions-for-contents-of-script-elements
func script(attributes, js string) string {
	return "<script" + attributes + ">\n" + scriptEdge.ReplaceAllString(js, `\x3C$1`) + "</script>"
}

var (
	endStyle   = regexp.MustCompile(`(?i)</(style)`)
	scriptEdge = regexp.MustCompile(`(?i)<(/script|!--)`)
)

// document is a page that is being put together.
type document struct {
	set map[string]string
	dir string // the folder of the page

	css, js         parts
	endsHead        bool            // the page has the end tag of head
	styles, scripts strings.Builder // what goes to the end of head, and of body
	out             strings.Builder
}

// parts tells which style sheets, or which scripts, a page has.
type parts struct {
	within  bool     // the page has some in its text
	found   bool     // the page refers to a file of the set
	missing bool     // the page refers to a file that the set lacks
	targets []string // the first two paths that are referred to
}

func (p *parts) refer(target string, there bool) {
	p.found = p.found || there
	p.missing = p.missing || !there && target != ""
	if target != "" && len(p.targets) < 2 && !slices.Contains(p.targets, target) {
		p.targets = append(p.targets, target)
	}
}

// wanting reports whether the page gets the files that it does not refer to.
func (p *parts) wanting() bool { return !p.found && (p.missing || !p.within) }

// survey finds out what a page has.
func (d *document) survey(page string) {
	z := html.NewTokenizer(strings.NewReader(page))
	for z.Next() != html.ErrorToken {
		if !tells(z.Raw()) {
			continue
		}
		switch t := z.Token(); {
		case t.Type == html.EndTagToken && t.Data == "head":
			d.endsHead = true
		case !starts(t):
		case t.Data == "style":
			d.css.within = true
		case t.Data == "link" && isStyleSheet(t):
			d.css.refer(d.target(t, "href"))
		case t.Data == "script":
			d.js.within = d.js.within || !has(t, "src")
			d.js.refer(d.target(t, "src"))
		}
	}
}

// tells reports whether a tag may matter to survey. Most tags do not, and reading
// their attributes would take most of the time.
func tells(tag []byte) bool {
	for _, name := range []string{"<link", "<script", "<style", "</head"} {
		if len(tag) >= len(name) && bytes.EqualFold(tag[:len(name)], []byte(name)) {
			return true
		}
	}
	return false
}

// write writes a page to out, with the files that it refers to in their places.
func (d *document) write(page string) {
	read := 0 // bytes
	z := html.NewTokenizer(strings.NewReader(page))
	for z.Next() != html.ErrorToken {
		raw := string(z.Raw()) // reading the token may change what Raw returns
		read += len(raw)
		t := z.Token()
		switch {
		case t.Type == html.EndTagToken && t.Data == "head", !d.endsHead && isContent(t):
			d.flush(&d.styles)
		case t.Type == html.EndTagToken && t.Data == "body":
			d.flush(&d.scripts)
		}
		switch {
		case !starts(t):
		case t.Data == "link" && isStyleSheet(t):
			if css, ok := d.take(d.target(t, "href")); ok {
				raw = style(attributes(t, func(name string) bool { return name == "media" || name == "id" }), css)
			}
		case t.Data == "script":
			js, ok := d.take(d.target(t, "src"))
			if !ok {
				break
			}
			read += skipScript(z)
			raw = script(attributes(t, func(name string) bool { return name != "src" && name != "defer" && name != "async" }), js)
			// Without src a script waits for nothing, unless it is a module.
			if (has(t, "defer") || has(t, "async")) && attribute(t, "type") != "module" {
				d.scripts.WriteString(raw + "\n")
				raw = ""
			}
		}
		d.out.WriteString(raw)
	}
	d.flush(&d.styles)
	d.flush(&d.scripts)
	d.out.WriteString(page[read:]) // a tag that never ends
}

func (d *document) flush(part *strings.Builder) {
	d.out.WriteString(part.String())
	part.Reset()
}

func starts(t html.Token) bool {
	return t.Type == html.StartTagToken || t.Type == html.SelfClosingTagToken
}

// isContent reports whether a token ends the prologue of a page. Styles go after
// the prologue: a browser ignores a doctype that does not come first.
func isContent(t html.Token) bool {
	switch {
	case t.Type == html.TextToken:
		return strings.TrimSpace(t.Data) != ""
	case starts(t):
		return t.Data != "html" && t.Data != "head"
	}
	return false
}

// skipScript skips the content and the end tag of a script: n bytes.
func skipScript(z *html.Tokenizer) (n int) {
	for {
		token := z.Next()
		n += len(z.Raw())
		if token == html.ErrorToken || token == html.EndTagToken {
			return n
		}
	}
}

// target returns the path that an attribute refers to, and whether the set has it;
// "" if the attribute refers to something outside the set.
func (d *document) target(t html.Token, name string) (target string, there bool) {
	ref, err := url.Parse(strings.TrimSpace(attribute(t, name)))
	if err != nil || ref.Scheme != "" || ref.Host != "" || ref.Path == "" {
		return "", false
	}
	target = path.Join(d.dir, ref.Path)
	if path.IsAbs(ref.Path) {
		target = path.Clean(ref.Path)[1:]
	}
	_, there = d.set[target]
	return target, there
}

// take returns the content of a file of the set the first time, and "" after that:
// a page of references to one large file must not become a thousand times as
// large.
func (d *document) take(target string, there bool) (content string, ok bool) {
	if there {
		content, d.set[target] = d.set[target], ""
	}
	return content, there
}

func isStyleSheet(t html.Token) bool {
	rel := strings.Fields(strings.ToLower(attribute(t, "rel")))
	return slices.Contains(rel, "stylesheet") && !slices.Contains(rel, "alternate")
}

func attribute(t html.Token, name string) string {
	for _, a := range t.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(t html.Token, name string) bool {
	return slices.ContainsFunc(t.Attr, func(a html.Attribute) bool { return a.Key == name })
}

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
