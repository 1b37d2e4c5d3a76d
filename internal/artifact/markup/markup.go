// Package markup holds what every reader of HTML has to know of elements and pages.
package markup

// IsVoid reports whether an element, by its name in lower case, has no end tag:
// https://html.spec.whatwg.org/multipage/syntax.html#void-elements
func IsVoid(element string) bool {
	switch element {
	case "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr":
		return true
	}
	return false
}

// BeginsPage reports whether a text begins as a whole page does, and no part of one.
func BeginsPage[T string | []byte](text T) bool {
	return begins(text, "<!doctype html") ||
		begins(text, "<html") && (len(text) == len("<html") || isSpace(text[len("<html")]) || text[len("<html")] == '>')
}

// maxBefore is how many bytes, such as a licence, may stand before a page begins.
const maxBefore = 4 << 10

// IsPage reports whether a text is a whole page, and no part of one: it begins so, on a
// line of its own or behind a tag or comment.
func IsPage[T string | []byte](text T) bool {
	free := true // nothing but a tag stands before the next byte in its line
	for i := range min(len(text), maxBefore) {
		switch c := text[i]; {
		case c == '<' && free && BeginsPage(text[i:]):
			return true
		case c == '\n' || c == '>':
			free = true
		case !isSpace(c):
			free = free && c >= 0x80 // a mark of the byte order
		}
	}
	return false
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' }

// begins reports whether a text begins with a prefix, whatever its case. The prefix is
// lower-case ASCII.
func begins[T string | []byte](text T, prefix string) bool {
	if len(text) < len(prefix) {
		return false
	}
	for i := range len(prefix) {
		c := text[i]
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		if c != prefix[i] {
			return false
		}
	}
	return true
}
