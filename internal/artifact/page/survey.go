package page

import (
	"net/url"
	"path"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// A document is one page that is being put together.
type document struct {
	*build
	name, dir string // the page's path, and the folder that its references start from
	page      string // its text, as the set has it

	elements       []element
	css, js        parts
	headAt, bodyAt int             // where what belongs to the end of head, and of body, goes: bytes
	used           map[string]bool // the files of the set that it holds
	taken          map[string]bool // those that stand in their place, as classic scripts and styles do

	edits           []edit
	styles, scripts strings.Builder // what goes to headAt and bodyAt
	later           strings.Builder // scripts whose text is encoded
	within          map[string]module
	tailwind        bool // it needs Tailwind's script …
	tailwindCSS     bool // … for a style sheet that modules import
	imports         importMap
	text            string // the whole document, when it is done
}

// An element of a page that may matter to its document.
type element struct {
	tag        html.Token
	start, end int    // of its start tag; of script and style: of all of it. Bytes of the page
	body       string // what stands within a script or style
	line       int    // of the page, on which the body begins; of others, the tag
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

// References returns the paths of the style sheets and of the scripts that a page
// at the top of a set refers to: of each kind the first two.
func References(page string) (styles, scripts []string) {
	d := document{build: &build{}, page: page}
	d.survey()
	return d.css.targets, d.js.targets
}

// survey finds out what a page has.
func (d *document) survey() {
	d.headAt, d.bodyAt = -1, -1
	content, templates := -1, 0 // where the prologue ends; open templates, whose content does not run
	lines := lineCounter{text: d.page}
	r := newTagReader(d.page)
	for r.next(content >= 0) {
		if content >= 0 && !tells(r.text(), tagName(r.text())) {
			continue
		}
		t := r.tokens.Token()
		switch {
		case t.Type == html.EndTagToken && t.Data == "head" && d.headAt < 0:
			d.headAt = r.start
		case t.Type == html.EndTagToken && t.Data == "body" && d.bodyAt < 0:
			d.bodyAt = r.start
		}
		if content < 0 && isContent(t) {
			content = r.start
		}
		if t.Data == "template" {
			templates += map[html.TokenType]int{html.StartTagToken: 1, html.EndTagToken: -1}[t.Type]
		}
		if t.Type != html.StartTagToken && t.Type != html.SelfClosingTagToken || templates > 0 {
			continue
		}
		e := element{tag: t, start: r.start, end: r.end}
		if t.Data == "script" || t.Data == "style" {
			e.line = lines.at(r.end)
			e.body = r.rest()
			e.end = r.end
		} else {
			e.line = lines.at(r.start)
		}
		d.note(e)
	}
	if d.headAt < 0 {
		d.headAt = content // not before the prologue: a browser ignores a doctype that does not come first
	}
	if d.headAt < 0 {
		d.headAt = r.end
	}
	if d.bodyAt < 0 {
		d.bodyAt = r.end // before a tag that never ends
	}
}

// note keeps an element that may matter.
func (d *document) note(e element) {
	switch t := e.tag; t.Data {
	case "base":
		if ref, err := url.Parse(attribute(t, "href")); err == nil && ref.Host == "" && ref.Scheme == "" && ref.Path != "" {
			d.dir = path.Dir(path.Join("/", d.dir, ref.Path) + strings.Repeat("/", len(ref.Path)-len(strings.TrimRight(ref.Path, "/"))))[1:]
		}
	case "style":
		d.css.within = true
	case "link":
		if isStyleSheet(t) {
			d.css.refer(d.target(t, "href"))
		}
	case "script":
		d.js.within = d.js.within || isOwnCode(e)
		d.js.refer(d.target(t, "src"))
	}
	d.elements = append(d.elements, e)
}

// tells reports whether a tag may matter to survey. Most tags do not, and reading
// their attributes would take most of the time.
func tells(tag, name string) bool {
	switch name {
	case "link", "script", "style", "/head", "/body", "base", "template", "/template", "img", "source", "video", "audio", "track", "iframe", "embed", "object", "image", "input":
		return true
	}
	return name != "" && strings.Contains(tag, "url(") // in a style
}

// isContent reports whether a token ends the prologue of a page.
func isContent(t html.Token) bool {
	switch t.Type {
	case html.TextToken:
		return strings.TrimSpace(t.Data) != ""
	case html.StartTagToken, html.SelfClosingTagToken:
		return t.Data != "html" && t.Data != "head"
	}
	return false
}

// A lineCounter counts lines to positions that only grow.
type lineCounter struct {
	text      string
	pos, line int
}

func (l *lineCounter) at(pos int) int {
	l.line += strings.Count(l.text[l.pos:pos], "\n")
	l.pos = pos
	return l.line + 1
}

// target returns the path that an attribute refers to, and whether the set has it;
// "" if the attribute refers to something outside the set.
func (d *document) target(t html.Token, name string) (target string, there bool) {
	return d.find(d.dir, attribute(t, name))
}

// find returns the path that a reference from a folder leads to, as a browser reads
// it, and whether the set has it; "" for what lies outside the set.
func (b *build) find(dir, reference string) (target string, there bool) {
	ref, err := url.Parse(strings.TrimSpace(reference))
	if err != nil || ref.Scheme != "" || ref.Host != "" || ref.Path == "" {
		return "", false
	}
	target = path.Join(dir, ref.Path)
	if path.IsAbs(ref.Path) {
		target = path.Clean(ref.Path)[1:]
	}
	if _, there = b.set[target]; !there && path.IsAbs(ref.Path) {
		// Vite serves the files of public/ at the top.
		if _, public := b.set["public/"+target]; public {
			return "public/" + target, true
		}
	}
	return target, there
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
