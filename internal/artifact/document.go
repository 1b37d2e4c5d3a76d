package artifact

import (
	"fmt"
	"html"
	"path"
	"regexp"
	"strings"

	xhtml "golang.org/x/net/html"
)

// Document makes one HTML document of a set of files, for an iframe's srcdoc:
// the page (index.html, else the first HTML file) with the style sheets and
// scripts that it refers to put in their places. Everything else of the page
// stays as it is, byte for byte. A page that refers to none, and has none of
// its own, gets those of the set. It is empty only for an empty set.
func Document(files []File) string {
	if len(files) == 0 {
		return ""
	}
	set := map[string]string{}
	page := -1
	for i, f := range files {
		set[f.Path] = f.Content
		if isPage(f.Path) && (page < 0 || f.Path == "index.html") {
			page = i
		}
	}
	if page < 0 {
		return bareDocument(files)
	}
	d := document{set: set, dir: path.Dir(files[page].Path)}
	d.survey(files[page].Content)
	if !d.styled {
		d.styles = all(files, ".css", style)
	}
	if !d.scripted {
		d.scripts = all(files, ".js", script)
	}
	d.write(files[page].Content)
	return d.out.String()
}

func isPage(p string) bool {
	ext := strings.ToLower(path.Ext(p))
	return ext == ".html" || ext == ".htm"
}

// bareDocument shows a set that has no page.
func bareDocument(files []File) string {
	styles, scripts := all(files, ".css", style), all(files, ".js", script)
	body := ""
	if styles == "" && scripts == "" {
		for _, f := range files {
			body += fmt.Sprintf("<h2>%s</h2>\n<pre>%s</pre>\n", html.EscapeString(f.Path), html.EscapeString(f.Content))
		}
	}
	return "<!DOCTYPE html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n" + styles + "</head>\n<body>\n" + body + scripts + "</body>\n</html>\n"
}

// all puts the files of one extension together.
func all(files []File, ext string, wrap func(attributes, content string) string) string {
	var b strings.Builder
	for _, f := range files {
		if strings.ToLower(path.Ext(f.Path)) == ext {
			b.WriteString(wrap("", f.Content) + "\n")
		}
	}
	return b.String()
}

// style and script make elements whose content cannot end them early. In
// JavaScript <\/script and <\!-- mean what they meant in strings, templates and
// regular expressions; in CSS the same holds for strings.
func style(attributes, css string) string {
	return "<style" + attributes + ">\n" + harmless(css) + "</style>"
}

func script(attributes, js string) string {
	return "<script" + attributes + ">\n" + harmless(js) + "</script>"
}

func harmless(content string) string {
	return strings.ReplaceAll(endTag.ReplaceAllString(content, `<\/$1`), "<!--", `<\!--`)
}

var endTag = regexp.MustCompile(`(?i)</(script|style)`)

// document is a page while it is put together.
type document struct {
	set map[string]string
	dir string // of the page

	styled, scripted       bool   // the page has style sheets, scripts
	endsHead, endsBody     bool   // it has these end tags
	styles, scripts, later string // what goes to the end of head, of body; deferred scripts
	out                    strings.Builder
}

// survey learns what the page has.
func (d *document) survey(page string) {
	z := xhtml.NewTokenizer(strings.NewReader(page))
	for z.Next() != xhtml.ErrorToken {
		t := z.Token()
		switch start := t.Type == xhtml.StartTagToken || t.Type == xhtml.SelfClosingTagToken; {
		case start && (t.Data == "style" || t.Data == "link" && isStyleSheet(t)):
			d.styled = true
		case start && t.Data == "script":
			d.scripted = true
		case t.Type == xhtml.EndTagToken && t.Data == "head":
			d.endsHead = true
		case t.Type == xhtml.EndTagToken && t.Data == "body":
			d.endsBody = true
		}
	}
}

func (d *document) write(page string) {
	if !d.endsHead {
		d.flush(&d.styles)
	}
	read := 0 // bytes
	z := xhtml.NewTokenizer(strings.NewReader(page))
	for z.Next() != xhtml.ErrorToken {
		raw := string(z.Raw()) // reading the token may change what Raw returns
		read += len(raw)
		t := z.Token()
		switch {
		case t.Type == xhtml.EndTagToken && t.Data == "head":
			d.flush(&d.styles)
		case t.Type == xhtml.EndTagToken && t.Data == "body":
			d.flush(&d.scripts)
			d.flush(&d.later)
		case t.Type != xhtml.StartTagToken && t.Type != xhtml.SelfClosingTagToken:
		case t.Data == "link" && isStyleSheet(t):
			if css, ok := d.local(attribute(t, "href")); ok {
				raw = style(attributes(t, "media"), css)
			}
		case t.Data == "script":
			js, ok := d.local(attribute(t, "src"))
			if !ok {
				break
			}
			read += skipScript(z)
			raw = script(attributes(t, "type", "id", "nomodule"), js)
			// Without src, defer means nothing: the script must come late itself.
			if has(t, "defer") && attribute(t, "type") != "module" {
				d.later += raw + "\n"
				raw = ""
			}
		}
		d.out.WriteString(raw)
	}
	d.flush(&d.scripts)
	d.flush(&d.later)
	d.out.WriteString(page[read:]) // a tag that never ends
}

func (d *document) flush(part *string) {
	d.out.WriteString(*part)
	*part = ""
}

// skipScript reads past a script's content and end tag: n bytes.
func skipScript(z *xhtml.Tokenizer) (n int) {
	for {
		token := z.Next()
		n += len(z.Raw())
		if token == xhtml.ErrorToken || token == xhtml.EndTagToken {
			return n
		}
	}
}

// local returns the content of the file of the set that a reference names.
func (d *document) local(ref string) (string, bool) {
	ref, _, _ = strings.Cut(ref, "#")
	ref, _, _ = strings.Cut(strings.TrimSpace(ref), "?")
	if ref == "" || strings.HasPrefix(ref, "//") || strings.Contains(ref, ":") {
		return "", false
	}
	if strings.HasPrefix(ref, "/") {
		ref = path.Clean(ref)[1:]
	} else {
		ref = path.Join(d.dir, ref)
	}
	content, ok := d.set[ref]
	return content, ok
}

func isStyleSheet(t xhtml.Token) bool {
	rel := strings.Fields(strings.ToLower(attribute(t, "rel")))
	for _, word := range rel {
		if word == "alternate" {
			return false
		}
	}
	for _, word := range rel {
		if word == "stylesheet" {
			return true
		}
	}
	return false
}

func attribute(t xhtml.Token, name string) string {
	for _, a := range t.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(t xhtml.Token, name string) bool {
	for _, a := range t.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}

// attributes writes those of t's attributes that names lists.
func attributes(t xhtml.Token, names ...string) string {
	var b strings.Builder
	for _, name := range names {
		if has(t, name) {
			fmt.Fprintf(&b, " %s=\"%s\"", name, html.EscapeString(attribute(t, name)))
		}
	}
	return b.String()
}
