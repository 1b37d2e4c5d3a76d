package merge

import (
	"slices"
	"strings"

	"dreambuild.dev/backend/internal/artifact"
	"github.com/tdewolff/parse/v2"
	"github.com/tdewolff/parse/v2/css"
)

// sheet is a style sheet, or what is in the braces of one of its rules.
type sheet struct {
	text  string
	items []item
	byKey map[string][]int // the items, by index
	end   int              // where they end, before a closing brace
}

// item is a rule or a declaration.
type item struct {
	key      string // the selector, the at-rule with its condition, or the property
	from, to int
	body     *sheet // what the braces hold; nil for a declaration
	group    bool   // the braces hold rules, as those of @media do
}

// readSheet reads CSS. ok is false if braces do not match.
func readSheet(text string) (s *sheet, ok bool) {
	r := &sheetReader{text: text, lexer: css.NewLexer(parse.NewInputString(text))}
	s = r.items(0)
	return s, !r.broken && r.at == len(text)
}

// sheetReader reads the tokens of a style sheet.
type sheetReader struct {
	text   string
	lexer  *css.Lexer
	at     int
	broken bool
}

// maxNesting bounds how deep rules may be nested.
const maxNesting = 20

// items reads up to the brace that closes what is read, or to the end.
func (r *sheetReader) items(depth int) *sheet {
	s := &sheet{text: r.text, byKey: map[string][]int{}}
	r.broken = r.broken || depth > maxNesting
	from, brackets := -1, 0
	for !r.broken {
		kind, data := r.lexer.Next()
		start := r.at
		r.at += len(data)
		switch kind {
		case css.ErrorToken:
			r.broken = r.broken || depth > 0 || from >= 0 && depth == 0
			s.end = r.at
			return s
		case css.BadStringToken, css.BadURLToken:
			r.broken = true
		case css.WhitespaceToken, css.CommentToken, css.CDOToken, css.CDCToken:
		case css.LeftParenthesisToken, css.LeftBracketToken, css.FunctionToken:
			brackets++
			if from < 0 {
				from = start
			}
		case css.RightParenthesisToken, css.RightBracketToken:
			brackets--
		case css.LeftBraceToken:
			if from < 0 {
				r.broken = true
				break
			}
			it := item{key: selector(r.text[from:start]), from: from}
			it.body = r.items(depth + 1)
			it.to, it.group = r.at, isGroup(it.key)
			s.put(it)
			from, brackets = -1, 0
		case css.RightBraceToken:
			if depth == 0 {
				r.broken = true
				break
			}
			if from >= 0 {
				s.add(from, start)
			}
			s.end = start
			return s
		case css.SemicolonToken:
			if from >= 0 && brackets <= 0 {
				s.add(from, r.at)
				from = -1
			}
		default:
			if from < 0 {
				from = start
			}
		}
	}
	return s
}

// add adds a declaration, or an at-rule without braces.
func (s *sheet) add(from, to int) {
	text := s.text[from:to]
	key := strings.TrimRight(selector(text), ";")
	if !strings.HasPrefix(text, "@") {
		key, _, _ = strings.Cut(text, ":")
		key = strings.ToLower(strings.TrimSpace(key))
	}
	end := from + len(strings.TrimRight(text, " \t\r\n"))
	s.put(item{key: key, from: from, to: end})
}

func (s *sheet) put(it item) {
	s.byKey[it.key] = append(s.byKey[it.key], len(s.items))
	s.items = append(s.items, it)
}

// selector returns what stands before a brace in a form that can be compared.
func selector(text string) string {
	for {
		from := strings.Index(text, "/*")
		to := strings.Index(text[max(from, 0):], "*/")
		if from < 0 || to < 0 {
			break
		}
		text = text[:from] + " " + text[from+to+2:]
	}
	text = artifact.PlainLine(text)
	for _, sign := range []string{",", ">", "+", "~", ":", "(", ")"} {
		if sign == ":" && !strings.HasPrefix(text, "@") {
			continue // "a :hover" is not "a:hover"
		}
		text = strings.ReplaceAll(strings.ReplaceAll(text, " "+sign, sign), sign+" ", sign)
	}
	return text
}

// isGroup reports whether the braces of an at-rule hold rules that have their places
// one by one.
func isGroup(key string) bool {
	for _, name := range []string{"@media", "@supports", "@layer", "@container", "@scope"} {
		if strings.HasPrefix(key, name) {
			return true
		}
	}
	return false
}

// intoSheet puts a part of a style sheet into a whole one: each rule in the place of
// the only one of its selector, within the same at-rule. Declarations that a rule of
// the part lacks are kept. New rules are added at the end, if the part has others.
func intoSheet(whole, part string) (merged string, ok bool) {
	w, ok := readSheet(whole)
	if !ok {
		return "", false
	}
	p, ok := readSheet(part)
	if !ok || len(p.items) == 0 {
		return "", false
	}
	m := sheetMerge{}
	if !m.rules(w, p, len(whole)) || m.replaced == 0 {
		return "", false
	}
	return spliced(whole, m.splices)
}

type sheetMerge struct {
	splices  []splice
	replaced int
}

// rules puts the rules of a part into those of a whole, of which end is where new ones
// go.
func (m *sheetMerge) rules(w, p *sheet, end int) bool {
	var added strings.Builder
	indent := ""
	if len(w.items) > 0 {
		indent = indentAt(w.text, w.items[0].from)
	}
	for _, it := range p.items {
		if it.body == nil && !strings.HasPrefix(it.key, "@") {
			return false // a declaration without a rule
		}
		old, n := w.find(it.key)
		from := withComments(p.text, it.from)
		switch {
		case n > 1, (it.body == nil) != (n == 1 && old.body == nil) && n == 1:
			return false
		case n == 1 && it.body == nil: // the same @import
		case n == 1 && it.group:
			if !m.rules(old.body, it.body, old.body.end) {
				return false
			}
		case n == 1:
			if !m.replace(w, p, old, it) {
				return false
			}
		case it.body == nil, strings.HasPrefix(it.key, "@font-face"):
			return false
		default:
			added.WriteString("\n" + indent + moved(p.text[from:it.to], indentAt(p.text, it.from), indent, nil) + "\n")
		}
	}
	if added.Len() > 0 {
		at, text := end, added.String()
		switch {
		case end == len(w.text) && !strings.HasSuffix(w.text, "\n"):
			text = "\n" + text
		case end < len(w.text): // before a closing brace
			at = lineStart(w.text, end)
			if strings.TrimSpace(w.text[at:end]) != "" {
				at = end
			}
		}
		m.splices = append(m.splices, splice{at, at, text})
	}
	return true
}

// find returns the last item with a key, and how many there are.
func (s *sheet) find(key string) (found item, n int) {
	all := s.byKey[key]
	if len(all) > 0 {
		found = s.items[all[len(all)-1]]
	}
	return found, len(all)
}

// replace puts a rule in the place of another one. What that one declares and the new
// one does not is kept. It returns false where rules are nested, of which some may be
// left out.
func (m *sheetMerge) replace(w, p *sheet, old, it item) bool {
	m.replaced++
	lacks := false
	for _, d := range old.body.items {
		_, n := it.body.find(d.key)
		lacks = lacks || n == 0
	}
	nested := !strings.HasPrefix(it.key, "@") && slices.ContainsFunc(slices.Concat(old.body.items, it.body.items), func(d item) bool { return d.body != nil })
	if lacks && nested {
		return false
	}
	if !lacks || strings.HasPrefix(it.key, "@") {
		from, begin := old.from, it.from
		if above := withComments(p.text, it.from); above < it.from {
			begin, from = above, withComments(w.text, old.from)
		}
		m.splices = append(m.splices, splice{from, old.to, moved(p.text[begin:it.to], indentAt(p.text, it.from), indentAt(w.text, old.from), nil)})
		return true
	}
	var added strings.Builder
	indent := "  "
	oneLine := !strings.Contains(w.text[old.from:old.to], "\n")
	if n := len(old.body.items); n > 0 {
		indent = indentAt(w.text, old.body.items[n-1].from)
	}
	for _, d := range it.body.items {
		text := strings.TrimRight(p.text[d.from:d.to], "; ") + ";"
		there, n := old.body.find(d.key)
		switch {
		case n > 0: // of several the last one counts
			if !strings.HasSuffix(w.text[there.from:there.to], ";") {
				text = strings.TrimSuffix(text, ";")
			}
			m.splices = append(m.splices, splice{there.from, there.to, text})
		case oneLine:
			added.WriteString(" " + text)
		default:
			added.WriteString("\n" + indent + text)
		}
	}
	if added.Len() == 0 {
		return true
	}
	at, text := old.body.items[len(old.body.items)-1].to, added.String()
	if !strings.HasSuffix(w.text[:at], ";") && !strings.HasSuffix(w.text[:at], "}") {
		text = ";" + text
	}
	m.splices = append(m.splices, splice{at, at, text})
	return true
}

// isPartOfSheet reports whether a text is only a part of a style sheet: its rules are
// some of the sheet's, or it is short and has some of them. A whole sheet has most
// rules as they were.
func isPartOfSheet(before, text string, wish Wish) bool {
	b, ok := readSheet(before)
	if !ok {
		return false
	}
	t, ok := readSheet(text)
	if !ok {
		return false
	}
	has := map[string]bool{}
	for _, it := range t.items {
		has[it.key] = true
	}
	kept, same, shared := 0, 0, 0
	for _, it := range b.items {
		if has[it.key] {
			kept++
		}
	}
	for _, it := range t.items {
		if old, n := b.find(it.key); n > 0 {
			shared++
			if squeezed(b.text[old.from:old.to]) == squeezed(t.text[it.from:it.to]) {
				same++
			}
		}
	}
	subset, short := shared == len(t.items), 2*len(text) < len(before)
	switch {
	case shared == 0 || kept == len(b.items):
		return false
	case 2*kept >= len(b.items) && !short:
		return subset && same == 0 && !wish.Less
	}
	return subset || short && !wish.Restyle
}
