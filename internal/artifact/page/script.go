package page

import (
	"errors"
	"io"
	"mime"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/tdewolff/parse/v2"
	"github.com/tdewolff/parse/v2/js"
	"golang.org/x/net/html"
)

// A kindOfScript is what a browser does with a script element.
type kindOfScript int

const (
	otherScript   kindOfScript = iota // nothing: data, a template, or work for a library
	classicScript                     // it runs it at once, or when the page is read
	moduleScript
	importMapScript
)

// scriptKind tells what a browser does with a script element, by its type:
// https://html.spec.whatwg.org/multipage/scripting.html#prepare-the-script-element
func scriptKind(t html.Token) kindOfScript {
	kind := strings.ToLower(strings.TrimSpace(attribute(t, "type")))
	if !has(t, "type") && attribute(t, "language") != "" {
		kind = "text/" + strings.ToLower(attribute(t, "language"))
	}
	switch {
	case kind == "module":
		return moduleScript
	case kind == "importmap":
		return importMapScript
	case has(t, "nomodule"):
		return otherScript
	case kind == "" || slices.Contains(javaScriptTypes, kind):
		return classicScript
	}
	return otherScript
}

// javaScriptTypes are all types of JavaScript:
// https://mimesniff.spec.whatwg.org/#javascript-mime-type
var javaScriptTypes = []string{
	"application/ecmascript", "application/javascript", "application/x-ecmascript", "application/x-javascript", "text/ecmascript", "text/javascript",
	"text/javascript1.0", "text/javascript1.1", "text/javascript1.2", "text/javascript1.3", "text/javascript1.4", "text/javascript1.5",
	"text/jscript", "text/livescript", "text/x-ecmascript", "text/x-javascript",
}

// compiledInBrowser reports whether a library compiles the script while the page
// runs, as Babel does. It would fetch the script's src, which a sandbox forbids.
func compiledInBrowser(t html.Token) bool {
	kind, _, err := mime.ParseMediaType(attribute(t, "type"))
	return err == nil && (kind == "text/babel" || kind == "text/jsx" || kind == "text/typescript")
}

// isOwnCode reports whether a script within the page is a part of the app. Data that
// a search engine or a template reads is not, nor is a script that only sets values
// for a library: it calls nothing.
func isOwnCode(e element) bool {
	if has(e.tag, "src") || strings.TrimSpace(e.body) == "" {
		return false
	}
	switch scriptKind(e.tag) {
	case classicScript, moduleScript:
		return acts(e.body)
	case importMapScript:
		return false
	}
	return compiledInBrowser(e.tag)
}

// acts reports whether a script does more than to give values to global names, as
// window.X = 1 and tailwind.config = {…} do. What is no object and no global's may be
// something of the page.
func acts(text string) bool {
	const (
		begins   = iota // a statement
		named           // its target is being read
		global          // the same, of window
		literal         // its value must be an object or a list …
		constant        // … or a text, number or the like
		valued          // its value is being read
	)
	state, depth, sets := begins, 0, false
	for t := range tokens(text) {
		switch t.kind {
		case js.OpenParenToken, js.ArrowToken, js.ClassToken, js.ImportToken, js.ExportToken, js.TemplateStartToken, js.ErrorToken:
			return true
		case js.OpenBraceToken, js.OpenBracketToken:
			if depth == 0 && state < literal {
				return true
			}
			state = valued
			depth++
		case js.CloseBraceToken, js.CloseBracketToken:
			if depth--; depth == 0 {
				state = begins
			}
		case js.SemicolonToken:
			if depth == 0 {
				state = begins
			}
		case js.EqToken:
			switch {
			case depth > 0:
			case state == global:
				state, sets = constant, true
			case state == named:
				state, sets = literal, true
			}
		default:
			if depth > 0 || state == valued {
				continue
			}
			switch word := text[t.start:t.end]; {
			case state == literal, state == constant && (js.IsIdentifier(t.kind) || t.kind == js.ThisToken):
				return true
			case state == constant:
				state = valued
			case state == begins && (word == "window" || word == "globalThis" || word == "self"):
				state = global
			case state == begins:
				state = named
			}
		}
	}
	return !sets
}

// A token is a part of a script.
type token struct {
	kind       js.TokenType
	start, end int // bytes
}

// tokens yields the tokens of a script, without spaces and comments. Where they cannot
// be told apart, as in JSX, an ErrorToken is the last one.
func tokens(text string) func(yield func(token) bool) {
	return func(yield func(token) bool) {
		in := parse.NewInputString(text)
		lexer := js.NewLexer(in)
		last := js.ErrorToken
		for {
			kind, data := lexer.Next()
			if (kind == js.DivToken || kind == js.DivEqToken) && !endsValue(last) {
				kind, data = lexer.RegExp()
			}
			switch kind {
			case js.ErrorToken:
				if !errors.Is(lexer.Err(), io.EOF) {
					yield(token{kind, in.Offset(), in.Offset()})
				}
				return
			case js.WhitespaceToken, js.LineTerminatorToken, js.CommentToken, js.CommentLineTerminatorToken:
				continue
			}
			last = kind
			end := in.Offset()
			if !yield(token{kind, end - len(data), end}) {
				return
			}
		}
	}
}

// endsValue reports whether a token may end a value: a slash behind it divides.
func endsValue(kind js.TokenType) bool {
	switch kind {
	case js.CloseParenToken, js.CloseBracketToken, js.CloseBraceToken, js.StringToken, js.TemplateToken, js.TemplateEndToken, js.RegExpToken,
		js.IncrToken, js.DecrToken, js.ThisToken, js.SuperToken, js.NullToken, js.TrueToken, js.FalseToken, js.PrivateIdentifierToken:
		return true
	}
	return js.IsNumeric(kind) || js.IsIdentifier(kind)
}

// isModule reports whether a script has the syntax that only modules have.
func isModule(name, text string) bool {
	switch extension(name) {
	case ".mjs", ".ts", ".tsx", ".jsx", ".mts":
		return true
	}
	return (strings.Contains(text, "import") || strings.Contains(text, "export")) && moduleStatement().MatchString(text)
}

var moduleStatement = compiled(`(?m)^[ \t]*(import\s*["'{*]|import\s+[\w$]+(\s*,|\s+from\b)|export\s+(default|const|let|var|function|class|async|\{|\*))|^[ \t]*export\s*[{*]`)

// mayNeedBundle matches what every module has that does not run as it stands.
var mayNeedBundle = compiled(`\b(import|export|require)\b|<[/>\w]`)

// runsAsItStands reports whether a browser runs a module without help: it is JavaScript
// without JSX, and imports nothing but what lies elsewhere.
func (d *document) runsAsItStands(name, text string) bool {
	switch path.Ext(name) {
	case ".js", ".mjs", ".html", ".htm", "":
	default:
		return false
	}
	if !mayNeedBundle().MatchString(text) {
		return true
	}
	var elsewhere []string
	last, before := token{kind: js.SemicolonToken}, token{} // the two tokens before
	for t := range tokens(text) {
		switch {
		case t.kind == js.ErrorToken, t.kind == js.LtToken && !endsValue(last.kind): // JSX
			return false
		case last.kind == js.ImportToken && t.kind == js.DotToken: // import.meta
			return false
		case t.kind == js.OpenParenToken && text[last.start:last.end] == "require":
			return false
		case before.kind == js.ImportToken && last.kind == js.OpenParenToken && (t.kind == js.TemplateStartToken || t.kind == js.TemplateToken):
			return false
		case t.kind == js.StringToken && (last.kind == js.ImportToken || last.kind == js.FromToken || before.kind == js.ImportToken && last.kind == js.OpenParenToken):
			specifier := text[t.start+1 : t.end-1]
			if to, ok := d.imports.lookUp(specifier); ok {
				specifier = to
			}
			u, err := url.Parse(specifier)
			if err != nil || u.Scheme != "https" && !(u.Scheme == "" && u.Host != "") && u.Scheme != "data" || isPrivate(u) {
				return false
			}
			elsewhere = append(elsewhere, specifier)
		}
		before, last = last, t
	}
	for _, specifier := range elsewhere {
		d.loads(specifier)
	}
	return true
}

// classic returns a classic script in which import() finds the modules of the set.
func (d *document) classic(name, text string) string {
	if !strings.Contains(text, "import") {
		return text
	}
	var out strings.Builder
	at, before := 0, [2]js.TokenType{}
	for t := range tokens(text) {
		if t.kind == js.StringToken && before == [2]js.TokenType{js.ImportToken, js.OpenParenToken} {
			specifier := text[t.start+1 : t.end-1]
			if target := d.resolveFile(d.folder(name), specifier); target != "" && d.offer(target) {
				out.WriteString(text[at:t.start] + `"` + setScheme + target + `"`)
				at = t.end
			} else {
				d.loads(specifier)
			}
		}
		before = [2]js.TokenType{before[1], t.kind}
	}
	return out.String() + text[at:]
}

// folder returns the folder from which a script refers: a classic script refers from
// the page's.
func (d *document) folder(string) string { return d.dir }
