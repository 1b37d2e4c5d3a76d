package page

import (
	"path"
	"strings"

	"github.com/tdewolff/parse/v2"
	"github.com/tdewolff/parse/v2/css"
)

// styleText returns a style sheet that needs no other file of the set: what it imports
// of the set is within, and url() holds the files themselves.
func (d *document) styleText(name, text string) string {
	if !strings.Contains(text, "url(") && !strings.Contains(text, "@import") {
		return text
	}
	dir := path.Dir(name)
	if name == d.name {
		dir = d.dir
	}
	if d.importsOfSet(dir, text) {
		if d.plain {
			d.needsBuild = true
			return ""
		}
		return d.bundleStyle(name, dir, text)
	}
	return d.inlineURLs(dir, text)
}

// importsOfSet reports whether a style sheet imports another one of the set.
func (d *document) importsOfSet(dir, text string) bool {
	found, rule := false, false
	eachCSS(text, func(kind css.TokenType, data string) {
		switch {
		case kind == css.AtKeywordToken:
			rule = strings.EqualFold(data, "@import")
		case rule && (kind == css.StringToken || kind == css.URLToken):
			_, there := d.find(dir, urlIn(data))
			found = found || there
			rule = false
		}
	})
	return found
}

// inlineURLs puts the files of the set into url(), and notes what is loaded from
// elsewhere.
func (d *document) inlineURLs(dir, text string) string {
	var out strings.Builder
	at, rule := 0, false
	changed := false
	eachCSS(text, func(kind css.TokenType, data string) {
		at += len(data)
		switch kind {
		case css.AtKeywordToken:
			rule = strings.EqualFold(data, "@import")
		case css.StringToken:
			if rule {
				d.loads(urlIn(data))
			}
			rule = false
		case css.URLToken:
			imported := rule
			rule = false
			ref := urlIn(data)
			if imported {
				d.loads(ref)
			} else if uri := d.dataURI(dir, ref); uri != "" {
				out.WriteString(`url("` + uri + `")`)
				changed = true
				return
			} else {
				d.loads(ref)
			}
		}
		out.WriteString(data)
	})
	if !changed {
		return text
	}
	return out.String() + text[at:]
}

// eachCSS calls see for each token of a style sheet, until it ends.
func eachCSS(text string, see func(kind css.TokenType, data string)) {
	for l := css.NewLexer(parse.NewInputString(text)); ; {
		kind, data := l.Next()
		if kind == css.ErrorToken {
			return
		}
		see(kind, string(data))
	}
}

// urlIn returns what a string, or a url() of a style sheet holds.
func urlIn(data string) string {
	if len(data) >= 4 && strings.EqualFold(data[:4], "url(") {
		data = strings.TrimSpace(strings.TrimSuffix(data[4:], ")"))
	}
	if n := len(data); n >= 2 && (data[0] == '"' || data[0] == '\'') && data[n-1] == data[0] {
		data = data[1 : n-1]
	}
	return data
}
