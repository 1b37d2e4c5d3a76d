package gap

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"

	"dreambuild.dev/backend/internal/artifact/markup"
	"github.com/tdewolff/parse/v2"
	"github.com/tdewolff/parse/v2/html"
)

// endOfMarkup reports whether a page, or a part of one, breaks off: within a tag, a
// comment, a script, a style or the text of an element; if no block ends it, within
// text or any element that needs an end tag. So does a page that begins with its tag, but
// has no end, within such an element or after any start tag. It may be cut as well where
// its text does not end with a sentence, or where an element that needs no end tag has
// none, but others like it have.
func endOfMarkup(content string, unended bool) (broken, mayBeCut bool) {
	var open []string          // the elements
	ended := map[string]bool{} // those that need no end tag, but have one
	tag, cut, text, page, started := false, false, false, false, false
	lexer := html.NewLexer(parse.NewInputString(content))
	for {
		kind, data := lexer.Next()
		if kind == html.ErrorToken {
			break
		}
		text = kind == html.TextToken && (text || len(bytes.TrimSpace(data)) > 0)
		started = kind == html.StartTagCloseToken || kind == html.TextToken && started && !text
		switch kind {
		case html.CommentToken:
			cut = bytes.HasPrefix(data, []byte("<!--")) && !bytes.HasSuffix(data, []byte("-->"))
		case html.SVGToken, html.MathToken:
			cut = !bytes.HasSuffix(data, []byte(">"))
		case html.StartTagToken:
			open, tag = append(open, strings.ToLower(string(lexer.Text()))), true
			page = page || open[len(open)-1] == "html"
		case html.StartTagCloseToken:
			if tag = false; hasNoContent(open[len(open)-1]) {
				open, started = open[:len(open)-1], false
			}
		case html.StartTagVoidToken:
			tag, open = false, open[:len(open)-1]
		case html.EndTagToken:
			cut = !bytes.HasSuffix(data, []byte(">"))
			name := strings.ToLower(string(lexer.Text()))
			if !needsEnd(name) {
				ended[name] = true
			}
			for i := len(open) - 1; i >= max(0, len(open)-maxSearched); i-- {
				if open[i] == name {
					open = open[:i]
					break
				}
			}
		}
	}
	needed := slices.ContainsFunc(open, needsEnd)
	raw := len(open) > 0 && isRaw(open[len(open)-1])
	page = page && slices.Contains(open, "html")
	last, _ := utf8.DecodeLastRuneInString(content)
	within := text && len(open) > 0 && ended[open[len(open)-1]]
	broken = tag || cut || raw || needed && (text || unended || page) || text && unended || page && started ||
		strings.HasSuffix(content, "<") || strings.HasSuffix(content, "</")
	return broken, broken || within || page && (unended || text && !sentence().MatchString(content)) || unended && last != '>'
}

// sentence matches a text that ends with a sentence, a statement, a remark in brackets or
// a picture. "0." is none of these.
var sentence = pattern(`[\p{L}\p{M}\p{Pe}\p{Pf}"'%;)][.!?…;。！？]+[\p{Pe}\p{Pf}"']*$|[\p{So}\p{Sk}\x{FE0F}\p{Pe}\p{Pf}]$`)

// maxSearched bounds how many open elements an end tag is compared with. Lists may leave
// a good many without their end tags.
const maxSearched = 1000

// hasNoContent reports whether nothing ends what the lexer takes for a start tag.
func hasNoContent(element string) bool {
	return markup.IsVoid(element) || element == "!doctype" || element == "?xml"
}

func isRaw(element string) bool {
	return element == "script" || element == "style" || element == "textarea" || element == "title"
}

// needsEnd reports whether an element has an end tag in any page:
// https://html.spec.whatwg.org/multipage/syntax.html#optional-tags
func needsEnd(element string) bool {
	switch element {
	case "html", "head", "body", "p", "li", "dt", "dd", "option", "optgroup", "tr", "td", "th", "thead", "tbody", "tfoot", "colgroup", "caption", "rp", "rt":
		return false
	}
	return true
}
