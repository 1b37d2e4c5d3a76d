package reply

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/artifact/javascript"
	"github.com/tdewolff/parse/v2"
	"github.com/tdewolff/parse/v2/css"
	"github.com/tdewolff/parse/v2/html"
)

// End is how a reply ends.
type End struct {
	// Cut means that the reply does not look whole, whatever the server says: its last
	// file or edit has no end, or breaks off.
	Cut bool
	// Broken means that it breaks off for certain: within a word, a tag, a statement or
	// an edit.
	Broken bool
	// Open means that the text ends inside that file or edit.
	Open bool
	// Edit means that it is an edit. Without its end it is among the refused ones.
	Edit bool
	// File is the last file, as far as it has come; the zero File where the reply ends
	// with an edit, or has neither.
	File artifact.File
}

// EndOf looks at the end of a whole reply. Words that break off are no cut: nobody
// can tell.
func EndOf(text string) End {
	var p Parser
	p.Write(text)
	r := p.Close()
	i := slices.IndexFunc(r.Files, func(f artifact.File) bool { return f.Path == p.out.last })
	if i < 0 || endsWithOpening(text) {
		edit := slices.ContainsFunc(r.Refused, func(f artifact.Refusal) bool { return f.Why == cutEdit })
		return End{Cut: r.Truncated, Broken: r.Truncated, Open: r.Truncated, Edit: edit}
	}
	e := End{Open: r.Truncated, File: r.Files[i]}
	e.Broken, e.Cut = endOfFile(e.File, e.Open)
	return e
}

// Begin writes down a file that is not whole as Format does, but for its end: more of
// it may follow, on a new line where a statement, a block or a tag has ended.
func Begin(f artifact.File) string {
	text := strings.TrimSuffix(Format([]artifact.File{f}), "\n")
	text = text[:strings.LastIndexByte(text, '\n')]
	if strings.IndexByte(";{}>", text[len(text)-1]) >= 0 {
		text += "\n"
	}
	return text
}

// endsWithOpening reports whether the last line of a text opens a block, which holds
// nothing yet.
func endsWithOpening(text string) bool {
	text = strings.TrimSpace(text)
	_, info, ok := openFence([]byte(text[strings.LastIndexByte(text, '\n')+1:]))
	return ok && info != ""
}

// endOfFile reports whether a file breaks off, and whether it may be cut. One that its
// block ends is whole unless it breaks off. One that the end of the text ends must
// look whole: models forget the fence after a page, but not the end of the page.
func endOfFile(f artifact.File, open bool) (broken, cut bool) {
	content := strings.TrimSpace(f.Content)
	if !open && elided().MatchString(content) {
		return false, false // "the rest stays as it is": the author means a part
	}
	last, _ := utf8.DecodeLastRuneInString(content)
	whole := unicode.IsPunct(last) && !strings.ContainsRune(",-([{", last) // a sentence, if it is text
	switch strings.ToLower(path.Ext(f.Path)) {
	case ".html", ".htm", ".xhtml", ".svg", ".xml", ".vue", ".svelte":
		return endOfMarkup(content, open)
	case ".js", ".mjs", ".cjs":
		return endOfScript(content, open)
	case ".css":
		broken, whole = endOfStyle(content)
	case ".json", ".webmanifest", ".geojson":
		err := json.NewDecoder(strings.NewReader(content)).Decode(new(json.RawMessage))
		broken, whole = errors.Is(err, io.ErrUnexpectedEOF), err == nil
	case ".jsx", ".ts", ".tsx", ".mts", ".scss", ".less", ".go", ".java", ".php", ".c", ".cpp", ".rs", ".kt", ".swift":
		return endOfCode(content, open)
	}
	return broken, broken || open && !whole
}

var elided = compiled(`(?:^|\n)[ \t]*(?:(?://|/\*|#|<!--|\{/\*)[^\n]*(?:\.\.\.|…)[^\n]*|\.\.\.|…)(?:\n[^\n]*){0,2}$`)

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
			if tag = false; isVoid(open[len(open)-1]) {
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
var sentence = compiled(`[\p{L}\p{M}\p{Pe}\p{Pf}"'%;)][.!?…;。！？]+[\p{Pe}\p{Pf}"']*$|[\p{So}\p{Sk}\x{FE0F}\p{Pe}\p{Pf}]$`)

// maxSearched bounds how many open elements an end tag is compared with. Lists may leave
// a good many without their end tags.
const maxSearched = 1000

func isVoid(element string) bool {
	switch element {
	case "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr", "!doctype", "?xml":
		return true
	}
	return false
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

// endOfScript reports whether a script breaks off: nothing but its end keeps it from
// being read. One that cannot be read for another reason may be TypeScript or JSX.
func endOfScript(content string, unended bool) (broken, mayBeCut bool) {
	err := javascript.Parse(content)
	if err == nil {
		broken = unfinished().MatchString(content)
		return broken, broken
	}
	var at *parse.Error
	if errors.As(err, &at) && (atEnd().MatchString(at.Message) || at.Line > strings.Count(content, "\n") &&
		(strings.Contains(at.Message, "unterminated string") || at.Column == lastWordAt(content))) {
		return true, true
	}
	return endOfCode(content, unended)
}

// lastWordAt returns the column in which the word at the end of a script begins; 0 if it
// does not end in a word.
func lastWordAt(content string) int {
	line := content[strings.LastIndexByte(content, '\n')+1:]
	before := strings.TrimRightFunc(line, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' || r == '$' })
	if len(before) == len(line) {
		return 0
	}
	return utf8.RuneCountInString(before) + 1
}

// atEnd matches the errors of the parser that the end of the text causes.
var atEnd = compiled(`EOF( in |$)|unterminated template`)

// unfinished matches a last line that is a statement, but does nothing: a name, or that
// of a property, that nothing is done with.
var unfinished = compiled(`[;}]\s*\n[ \t]*[\w$]+$|(?:^|\n|[;{}])[ \t]*[\w$]+(?:\.[\w$]+|\([^()\n]*\)|\[[^\]\n]*\])*\.[\w$]+$`)

// endOfStyle is endOfScript for a style sheet.
func endOfStyle(content string) (broken, whole bool) {
	depth, braces, cut := 0, false, false
	last := css.ErrorToken
	lexer := css.NewLexer(parse.NewInputString(content))
	for {
		kind, data := lexer.Next()
		if kind == css.ErrorToken {
			break
		}
		cut = false
		switch kind {
		case css.WhitespaceToken:
			continue
		case css.CommentToken:
			cut = !bytes.HasSuffix(data, []byte("*/")) || len(data) < 4
			continue
		case css.LeftBraceToken:
			braces = true
			depth++
		case css.LeftBracketToken, css.LeftParenthesisToken, css.FunctionToken:
			depth++
		case css.RightBraceToken, css.RightBracketToken, css.RightParenthesisToken:
			depth = max(0, depth-1)
		case css.StringToken:
			cut = len(data) < 2 || data[0] != data[len(data)-1]
		case css.URLToken:
			cut = !bytes.HasSuffix(data, []byte(")"))
		}
		last = kind
	}
	ends := last == css.RightBraceToken || last == css.SemicolonToken || last == css.CDCToken
	broken = cut || depth > 0 || braces && !ends
	return broken, !broken && ends
}

// endOfCode is endOfScript for languages with brackets. Only what breaks off within a
// word or after an operator is broken: JSX holds text, which may have brackets of its own.
// It may be cut as well where its last line is indented, and a brace open.
func endOfCode(content string, unended bool) (broken, mayBeCut bool) {
	last, _ := utf8.DecodeLastRuneInString(content)
	line := content[strings.LastIndexByte(content, '\n')+1:]
	indented := strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t")
	breaksOff := unicode.IsLetter(last) || unicode.IsDigit(last) || strings.ContainsRune("_$=,.([{+-*&|?:<'\"`", last)
	content = literals().ReplaceAllString(content, "$1 ")
	braces := strings.Count(content, "{") - strings.Count(content, "}")
	depth := braces + strings.Count(content, "(") + strings.Count(content, "[") - strings.Count(content, ")") - strings.Count(content, "]")
	broken = depth > 0 && breaksOff
	return broken, broken || braces > 0 && indented || unended && (depth > 0 || breaksOff)
}

// literals matches comments, strings on one line, templates and regular expressions.
var literals = compiled("(?s)//[^\n]*|/\\*.*?\\*/|\"(?:\\\\.|[^\"\\\\\n])*\"|'(?:\\\\.|[^'\\\\\n])*'|`(?:\\\\.|[^`\\\\])*`" +
	`|([(,=:\[!&|?{};]\s*)/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n\[*])+/`)
