package gap

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
)

// AtEnd reports whether a file breaks off for certain, within a word, a tag or a
// statement, and whether it may be cut. One that something ends, such as its block, is
// whole unless it breaks off. One that is open must look whole: models forget the fence
// after a page, but not the end of the page.
func AtEnd(f artifact.File, open bool) (broken, cut bool) {
	content := strings.TrimSpace(f.Content)
	if !open && endsInElision(f.Path, content) {
		return false, false // the author means a part
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

// endsInElision reports whether an elision is one of the last lines of a file: "the rest
// stays as it is", and perhaps brackets.
func endsInElision(name, content string) bool {
	const end = 3 // lines
	lines := strings.Split(content, "\n")
	lines = lines[max(0, len(lines)-end-maxRemarkLines):]
	return slices.ContainsFunc(remarks(name, lines), func(r remark) bool { return r.last >= len(lines)-end })
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
var atEnd = pattern(`EOF( in |$)|unterminated template`)

// unfinished matches a last line that is a statement, but does nothing: a name, or that
// of a property, that nothing is done with.
var unfinished = pattern(`[;}]\s*\n[ \t]*[\w$]+$|(?:^|\n|[;{}])[ \t]*[\w$]+(?:\.[\w$]+|\([^()\n]*\)|\[[^\]\n]*\])*\.[\w$]+$`)

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
var literals = pattern("(?s)//[^\n]*|/\\*.*?\\*/|\"(?:\\\\.|[^\"\\\\\n])*\"|'(?:\\\\.|[^'\\\\\n])*'|`(?:\\\\.|[^`\\\\])*`" +
	`|([(,=:\[!&|?{};]\s*)/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n\[*])+/`)
