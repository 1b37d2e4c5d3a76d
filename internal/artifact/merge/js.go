package merge

import (
	"strings"

	"dreambuild.dev/backend/internal/artifact/javascript"
	"github.com/tdewolff/parse/v2"
	"github.com/tdewolff/parse/v2/js"
)

// token is a token of JavaScript that is neither space nor comment.
type token struct {
	kind     js.TokenType
	from, to int
	match    int  // the index of the bracket that it opens or closes with; -1: none
	depth    int  // how many brackets are open around it
	newLine  bool // a line ends before it
}

// script is a text of JavaScript.
type script struct {
	text      string
	tokens    []token
	templates [][2]int // the parts of the text, from and to, that are template strings
	decls     []declaration
	byName    map[string][]int // declarations that give a name, by index
	level     int              // how many brackets are open around the outermost ones
}

// declaration is a statement, or a method, that gives a name to something. Its key
// is the name or, for what is assigned to a property, the text before the sign.
type declaration struct {
	keys     []string
	kind     declKind
	from, to int // in the text
	first    int // the index of its first token
	depth    int // how many brackets are open around it
	body     int // the index of the token that opens the body of a class; -1: none
}

type declKind int

const (
	isFunction declKind = iota
	isClass
	isVariable
	isMethod
	isAssigned
)

// maxDepth bounds how many brackets may be open at once: what is within them is read
// again for each of some.
const maxDepth = 200

// readScript reads JavaScript. ok is false if brackets do not match or are too deep, or
// a token cannot be read.
func readScript(text string) (s *script, ok bool) {
	s = &script{text: text}
	l := js.NewLexer(parse.NewInputString(text))
	var open []int
	at, newLine := 0, true
	for {
		kind, data := l.Next()
		if kind == js.ErrorToken {
			if at < len(text) {
				return nil, false
			}
			break
		}
		from := at
		at += len(data)
		switch kind {
		case js.WhitespaceToken, js.CommentToken:
			continue
		case js.LineTerminatorToken, js.CommentLineTerminatorToken:
			newLine = true
			continue
		case js.DivToken, js.DivEqToken:
			if s.awaitsValue() {
				if kind, data = l.RegExp(); kind == js.ErrorToken {
					return nil, false
				}
				at = from + len(data)
			}
		}
		t := token{kind: kind, from: from, to: at, match: -1, depth: len(open), newLine: newLine}
		newLine = false
		i := len(s.tokens)
		switch kind {
		case js.OpenBraceToken, js.OpenParenToken, js.OpenBracketToken, js.TemplateStartToken:
			if open = append(open, i); len(open) > maxDepth {
				return nil, false
			}
		case js.CloseBraceToken, js.CloseParenToken, js.CloseBracketToken, js.TemplateMiddleToken, js.TemplateEndToken:
			if len(open) == 0 || !pairs(s.tokens[open[len(open)-1]].kind, kind) {
				return nil, false
			}
			t.match = open[len(open)-1]
			s.tokens[t.match].match = i
			open = open[:len(open)-1]
			t.depth = len(open)
			if kind == js.TemplateMiddleToken {
				open = append(open, i)
			}
		}
		switch kind {
		case js.TemplateToken, js.TemplateStartToken, js.TemplateMiddleToken, js.TemplateEndToken:
			s.templates = append(s.templates, [2]int{from, at})
		}
		s.tokens = append(s.tokens, t)
	}
	if len(open) > 0 {
		return nil, false
	}
	s.declare()
	return s, true
}

func pairs(open, end js.TokenType) bool {
	switch open {
	case js.OpenBraceToken:
		return end == js.CloseBraceToken
	case js.OpenParenToken:
		return end == js.CloseParenToken
	case js.OpenBracketToken:
		return end == js.CloseBracketToken
	}
	return end == js.TemplateMiddleToken || end == js.TemplateEndToken
}

// awaitsValue reports whether a slash after the last token begins a regular
// expression and divides nothing.
func (s *script) awaitsValue() bool {
	if len(s.tokens) == 0 {
		return true
	}
	switch t := s.tokens[len(s.tokens)-1]; t.kind {
	case js.CloseParenToken, js.CloseBracketToken, js.StringToken, js.TemplateToken, js.TemplateEndToken, js.RegExpToken, js.PrivateIdentifierToken,
		js.ThisToken, js.SuperToken, js.TrueToken, js.FalseToken, js.NullToken, js.IncrToken, js.DecrToken:
		return false
	default:
		return !js.IsIdentifier(t.kind) && !js.IsNumeric(t.kind)
	}
}

// is reports whether the token at an index is of a kind; there may be none.
func (s *script) is(i int, kind js.TokenType) bool {
	return i >= 0 && i < len(s.tokens) && s.tokens[i].kind == kind
}

func (s *script) word(i int) string { return s.text[s.tokens[i].from:s.tokens[i].to] }

// begins reports whether a statement may begin with the token at an index.
func (s *script) begins(i int) bool {
	if i == 0 {
		return true
	}
	switch before := s.tokens[i-1]; before.kind {
	case js.SemicolonToken, js.OpenBraceToken, js.CloseBraceToken:
		return true
	case js.ColonToken, js.CommaToken, js.ArrowToken, js.OpenParenToken, js.OpenBracketToken, js.DotToken, js.OptChainToken, js.QuestionToken, js.EllipsisToken:
		return false
	default:
		return s.tokens[i].newLine && s.endsValue(i-1)
	}
}

// endsValue reports whether an expression may end with the token at an index.
func (s *script) endsValue(i int) bool {
	switch kind := s.tokens[i].kind; kind {
	case js.CloseParenToken, js.CloseBracketToken, js.CloseBraceToken, js.StringToken, js.TemplateToken, js.TemplateEndToken, js.RegExpToken, js.PrivateIdentifierToken,
		js.ThisToken, js.SuperToken, js.TrueToken, js.FalseToken, js.NullToken, js.IncrToken, js.DecrToken, js.BreakToken, js.ContinueToken, js.ReturnToken, js.DebuggerToken:
		return true
	default:
		return js.IsIdentifier(kind) || js.IsNumeric(kind)
	}
}

// goesOn reports whether the token at an index, after a line end, continues an
// expression.
func (s *script) goesOn(i int) bool {
	switch kind := s.tokens[i].kind; kind {
	case js.IncrToken, js.DecrToken, js.NotToken, js.BitNotToken:
		return false
	case js.DotToken, js.OptChainToken, js.OpenParenToken, js.OpenBracketToken, js.CommaToken, js.QuestionToken, js.ColonToken, js.ArrowToken,
		js.TemplateToken, js.TemplateStartToken, js.InToken, js.InstanceofToken:
		return true
	default:
		return js.IsOperator(kind)
	}
}

// endOf returns the index after the last token of the statement that begins at an
// index.
func (s *script) endOf(i int) int {
	depth := s.tokens[i].depth
	head := s.tokens[i].kind
	blocks := head == js.IfToken || head == js.ForToken || head == js.WhileToken || head == js.DoToken || head == js.TryToken || head == js.SwitchToken || head == js.OpenBraceToken || head == js.WithToken
	for j := i; j < len(s.tokens); j++ {
		t := s.tokens[j]
		switch {
		case t.depth < depth, t.depth == depth && t.match >= 0 && t.match < j && t.match < i:
			return j // the block around it ends
		case t.depth > depth:
			continue
		case t.kind == js.SemicolonToken:
			return j + 1
		case j > i && t.newLine && s.endsValue(j-1) && !s.goesOn(j) && !(blocks && (t.kind == js.ElseToken || t.kind == js.CatchToken || t.kind == js.FinallyToken || t.kind == js.WhileToken)):
			if t.kind != js.OpenBraceToken || !blocks {
				return j
			}
		case j > i && blocks && s.is(j-1, js.CloseBraceToken) && t.kind != js.ElseToken && t.kind != js.CatchToken && t.kind != js.FinallyToken && t.kind != js.WhileToken:
			return j
		}
	}
	return len(s.tokens)
}

// declare finds the declarations.
func (s *script) declare() {
	s.byName, s.level = map[string][]int{}, -1
	add := func(d declaration) {
		d.from, d.depth = s.tokens[d.first].from, s.tokens[d.first].depth
		if d.kind != isMethod && d.kind != isAssigned && (s.level < 0 || d.depth < s.level) {
			s.level = d.depth
		}
		for _, key := range d.keys {
			s.byName[key] = append(s.byName[key], len(s.decls))
		}
		s.decls = append(s.decls, d)
	}
	for i, t := range s.tokens {
		first := i
		for i-first < 3 && first > 0 && !s.tokens[first].newLine && (s.is(first-1, js.AsyncToken) || s.is(first-1, js.ExportToken) || s.is(first-1, js.DefaultToken)) {
			first--
		}
		switch {
		case t.kind == js.FunctionToken && s.begins(first):
			name := i + 1
			if s.is(name, js.MulToken) {
				name++
			}
			if name+1 >= len(s.tokens) || !js.IsIdentifier(s.tokens[name].kind) {
				continue
			}
			if end := s.bodyAfter(name + 1); end > 0 {
				add(declaration{keys: []string{s.word(name)}, kind: isFunction, first: first, to: s.tokens[end].to, body: -1})
			}
		case t.kind == js.ClassToken && s.begins(first):
			if i+1 >= len(s.tokens) || !js.IsIdentifier(s.tokens[i+1].kind) {
				continue
			}
			for open := i + 2; open < len(s.tokens) && s.tokens[open].depth == t.depth; open++ {
				if end := s.tokens[open].match; s.is(open, js.OpenBraceToken) && end > 0 {
					add(declaration{keys: []string{s.word(i + 1)}, kind: isClass, first: first, to: s.tokens[end].to, body: open})
					break
				}
			}
		case (t.kind == js.ConstToken || t.kind == js.LetToken || t.kind == js.VarToken) && s.begins(first):
			if end := s.endOf(i); end > i+1 {
				add(declaration{keys: s.variables(i+1, end), kind: isVariable, first: first, to: s.tokens[end-1].to, body: -1})
			}
		case t.depth > 0 && s.is(i+1, js.OpenParenToken) && (js.IsIdentifier(t.kind) || t.kind == js.PrivateIdentifierToken):
			for i-first < 3 && first > 0 && !s.tokens[first].newLine && (s.is(first-1, js.AsyncToken) || s.is(first-1, js.StaticToken) || s.is(first-1, js.GetToken) || s.is(first-1, js.SetToken) || s.is(first-1, js.MulToken)) {
				first--
			}
			opens := s.is(first-1, js.OpenBraceToken) || s.is(first-1, js.CloseBraceToken) || s.is(first-1, js.CommaToken) || s.is(first-1, js.SemicolonToken)
			if end := s.bodyAfter(i + 1); opens && end > 0 {
				key := s.word(i)
				if s.is(first, js.GetToken) || s.is(first, js.SetToken) {
					key = s.word(first) + " " + key
				}
				add(declaration{keys: []string{key}, kind: isMethod, first: first, to: s.tokens[end].to, body: -1})
			}
		case t.kind == js.EqToken && i > 0:
			if key, from := s.target(i); key != "" && s.begins(from) && s.isFunctionAt(i+1) {
				end := s.endOf(from)
				add(declaration{keys: []string{key}, kind: isAssigned, first: from, to: s.tokens[end-1].to, body: -1})
			}
		}
	}
}

// bodyAfter returns the index of the token that ends the body of a function whose
// parameters open at an index; 0 if there is none.
func (s *script) bodyAfter(params int) int {
	if !s.is(params, js.OpenParenToken) || s.tokens[params].match < 0 {
		return 0
	}
	open := s.tokens[params].match + 1
	if !s.is(open, js.OpenBraceToken) {
		return 0
	}
	return max(0, s.tokens[open].match)
}

// target returns what is assigned to by the sign at an index, if it is a property,
// and the index of its first token.
func (s *script) target(sign int) (key string, from int) {
	i := sign - 1
	if !js.IsIdentifierName(s.tokens[i].kind) {
		return "", 0
	}
	for i >= 2 && s.is(i-1, js.DotToken) {
		switch {
		case js.IsIdentifierName(s.tokens[i-2].kind):
			i -= 2
		case s.is(i-2, js.CloseParenToken) && s.tokens[i-2].match > 0 && js.IsIdentifierName(s.tokens[s.tokens[i-2].match-1].kind):
			i = s.tokens[i-2].match - 1
		default:
			return "", 0
		}
	}
	if i == sign-1 {
		return "", 0
	}
	return squeezed(s.text[s.tokens[i].from:s.tokens[sign-1].to]), i
}

// isFunctionAt reports whether a function begins at an index.
func (s *script) isFunctionAt(i int) bool {
	if s.is(i, js.AsyncToken) {
		i++
	}
	switch {
	case i >= len(s.tokens):
		return false
	case s.is(i, js.FunctionToken):
		return true
	case s.is(i, js.OpenParenToken) && s.tokens[i].match > 0:
		return s.is(s.tokens[i].match+1, js.ArrowToken)
	}
	return js.IsIdentifier(s.tokens[i].kind) && s.is(i+1, js.ArrowToken)
}

func squeezed(text string) string { return strings.Join(strings.Fields(text), "") }

// statement is a statement at the top of a script.
type statement struct {
	from, to int // in the text
	decl     int // the declaration that it is; -1: none
}

// statements returns the statements at the top of a script.
func (s *script) statements() (all []statement) {
	byFirst := map[int]int{}
	for i, d := range s.decls {
		byFirst[d.first] = i
	}
	for i := 0; i < len(s.tokens); {
		if d, ok := byFirst[i]; ok && s.decls[d].kind != isMethod {
			all = append(all, statement{s.tokens[i].from, s.decls[d].to, d})
			for i < len(s.tokens) && s.tokens[i].from < s.decls[d].to {
				i++
			}
			if s.is(i, js.SemicolonToken) { // an empty statement
				i++
			}
			continue
		}
		end := max(s.endOf(i), i+1)
		all = append(all, statement{s.tokens[i].from, s.tokens[end-1].to, -1})
		i = end
	}
	return all
}

// parses reports whether a text is JavaScript without errors.
func parses(text string) bool { return javascript.Parse(text) == nil }
