package page

import (
	"strings"

	"golang.org/x/net/html"
)

// A tagReader reads a page token by token.
type tagReader struct {
	page       string
	tokens     *html.Tokenizer
	kind       html.TokenType // of the token that was read last
	start, end int            // of that token: bytes of the page
	silentTo   int            // up to there it is known that nothing is worth skipping
}

func newTagReader(page string) *tagReader {
	return &tagReader{page: page, tokens: html.NewTokenizer(strings.NewReader(page))}
}

// next reads a token, and reports whether there is one. skips allows it to leave out
// tokens that tell survey nothing.
func (r *tagReader) next(skips bool) bool {
	if skips && r.kind == html.EndTagToken && r.end >= r.silentTo { // what follows is markup
		r.silentTo = r.end + silent(r.page[r.end:])
		if r.silentTo-r.end >= worthSkipping {
			r.end = r.silentTo
			r.tokens = html.NewTokenizer(strings.NewReader(r.page[r.end:]))
		}
	}
	r.kind = r.tokens.Next()
	r.start = r.end
	if r.kind == html.ErrorToken { // a tag that never ends is none
		return false
	}
	r.end += len(r.tokens.Raw())
	return true
}

// worthSkipping is how many bytes a new tokenizer is worth.
const worthSkipping = 256

// text returns the token that was read last.
func (r *tagReader) text() string { return r.page[r.start:r.end] }

// rest reads what follows the start tag of a script or style, to its end, and returns
// the content.
func (r *tagReader) rest() string {
	begin := r.end
	for r.next(false) && r.kind != html.EndTagToken {
	}
	if r.kind == html.ErrorToken {
		r.end += len(r.tokens.Raw()) // an end tag that never ends
	}
	return r.page[begin:r.start]
}

// silent returns how many bytes of a page tell survey nothing, from where a tag has
// ended. A page is mostly texts and plain tags, and the tokenizer takes several times as
// long for them. silent ends before all else, such as comments: what they mean, only the
// tokenizer knows.
func silent(markup string) (n int) {
	for {
		next := strings.IndexByte(markup[n:], '<')
		if next < 0 {
			return len(markup)
		}
		n += next
		name := tagName(markup[n:])
		length := plainTag(markup[n:], name)
		if length == 0 || tells(markup[n:n+length], name) {
			return n
		}
		n += length
	}
}

// plainTag returns the length of the tag with which a text begins. It is 0 for a tag
// behind which no markup follows, or that is not written as most are: with attributes
// whose values stand in quotes, or are words.
func plainTag(text, name string) (length int) {
	if !beginsWithLetter(strings.TrimPrefix(name, "/")) || holdsText(name) {
		return 0
	}
	at := len("<") + len(name)
	for at < len(text) {
		switch text[at] {
		case '>':
			return at + 1
		case ' ', '\t', '\n', '\r', '\f', '/':
			at++
			continue
		}
		key := word(text[at:])
		if at += len(key); key == "" || at == len(text) {
			return 0
		}
		if text[at] != '=' {
			continue
		}
		at++
		value := valueOf(text[at:])
		if at += len(value); value == "" {
			return 0
		}
	}
	return 0
}

// valueOf returns the value of an attribute with which a text begins, with its quotes;
// "" for one that stands in none and is more than a word.
func valueOf(text string) string {
	if text == "" {
		return ""
	}
	if quote := text[0]; quote == '"' || quote == '\'' {
		if length := strings.IndexByte(text[1:], quote); length >= 0 {
			return text[:length+2]
		}
		return ""
	}
	value := word(text)
	if rest := text[len(value):]; rest == "" || strings.IndexByte(" \t\n\r\f>", rest[0]) < 0 {
		return ""
	}
	return value
}

// tagName returns the name of the tag with which a text begins, in lower case; that of
// an end tag begins with a slash. It is "" for a text that begins with no tag.
func tagName(text string) string {
	name, isTag := strings.CutPrefix(text, "<")
	if !isTag {
		return ""
	}
	if strings.HasPrefix(name, "/") {
		return strings.ToLower(name[:1+len(word(name[1:]))])
	}
	return strings.ToLower(word(name))
}

// word returns the letters, digits and the like with which a text begins.
func word(text string) string {
	for i := range len(text) {
		switch c := text[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_', c == ':', c == '.', c == '@':
		default:
			return text[:i]
		}
	}
	return text
}

func beginsWithLetter(name string) bool { return name != "" && 'a' <= name[0] && name[0] <= 'z' }

// holdsText reports whether what follows the start tag of an element is no markup.
func holdsText(element string) bool {
	switch element {
	case "script", "style", "title", "textarea", "iframe", "noembed", "noframes", "noscript", "plaintext", "xmp":
		return true
	}
	return false
}
