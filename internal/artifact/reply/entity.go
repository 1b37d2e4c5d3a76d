package reply

import (
	"bytes"
	"regexp"
	"strings"

	"dreambuild.dev/backend/internal/artifact"
)

// unescape undoes one escaping of <, >, & and quotes in a file of some kind, where
// it makes the file an error. In HTML an escape is text that is meant, so a page is
// unescaped if all of it is escaped; else its scripts and styles are looked at, in
// which no browser undoes escapes. In a program no operator is written so.
func unescape(kind, content string) string {
	if !escaped(content) {
		return content
	}
	switch kind {
	case "html":
		if strings.HasPrefix(strings.TrimLeft(content, " \t\n"), "&lt;") && !strings.Contains(content, "<") {
			return entities.Replace(content)
		}
		return unescapeElements(content)
	case "css":
		return unescapeStyle(content)
	case "json":
		if strings.Contains(content, "&quot;") && !strings.Contains(content, `"`) {
			return entities.Replace(content)
		}
	case "js", "go", "python", "ruby", "rust", "java", "kotlin", "swift", "dart", "c", "cpp", "csharp", "glsl":
		s, _ := syntaxOf(kind)
		return unescapeCode(s, content)
	}
	return content
}

// unescapeEdit does the same for an edit. A part of a page does not tell where it
// stands: it is unescaped if all tags of both parts are, or if it is the code of a
// script.
func unescapeEdit(kind string, e artifact.Edit) artifact.Edit {
	if !escaped(e.Search) && !escaped(e.Replace) {
		return e
	}
	if kind != "html" {
		e.Search, e.Replace = unescape(kind, e.Search), unescape(kind, e.Replace)
		return e
	}
	all := strings.TrimSpace(e.Search + e.Replace)
	js, _ := syntaxOf("js")
	switch {
	case !isWhole(all):
	case strings.HasPrefix(all, "&lt;") && strings.HasSuffix(all, "&gt;"):
		e.Search, e.Replace = entities.Replace(e.Search), entities.Replace(e.Replace)
	case strings.ContainsAny(entities.Replace(all), ";{"):
		e.Search, e.Replace = unescapeCode(js, e.Search), unescapeCode(js, e.Replace)
	}
	return e
}

// escaped reports, fast, whether a content holds escapes.
func escaped(content string) bool {
	return strings.Contains(content, "&") && (strings.Contains(content, "&lt;") || strings.Contains(content, "&gt;") || strings.Contains(content, "&amp;") ||
		strings.Contains(content, "&quot;") || strings.Contains(content, "&#3") || strings.Contains(content, "&#x27;") || strings.Contains(content, "&#0"))
}

// entities are the ones that escape HTML. Others were in the page before.
var entities = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&", "&quot;", `"`, "&#34;", `"`, "&#39;", "'", "&#x27;", "'", "&#039;", "'", "&apos;", "'")

// isWhole reports whether a content holds nothing that escaping changes.
func isWhole(content string) bool {
	return !strings.ContainsAny(content, "<>") && !bareAnd().MatchString(content)
}

var bareAnd = compiled(`&(?:[^a-z#]|$)`)

// operators are pairs of an escaped operator, and of what shows that this operator
// is written plainly in the same program.
var operators = []struct{ escaped, plain func() *regexp.Regexp }{
	{compiled(`=&gt;|-&gt;`), compiled(`=>|->`)},
	{compiled(`&amp;&amp;`), compiled(`&&`)},
	{compiled(`[\w)\]] *&[lg]t;=? *[\w(\[$-]|&lt;&lt; `), compiled(`[\w)\]] *[<>]=|[\w)\]] [<>] [\w($-]|\w<\w+;`)},
}

// unescapeCode undoes the escapes of a program, all of them if the program lacks
// the plain signs and its code has escaped ones. Else it undoes those of operators
// that stand in code and are nowhere written plainly: escapes in strings, comments
// and the text of JSX may be meant.
func unescapeCode(s syntax, content string) string {
	var places [][2]int // of code
	some := false
	l := lexer{syntax: s, code: func(from, to int) {
		places = append(places, [2]int{from, to})
		some = some || escaped(content[from:to])
	}}
	l.advance([]byte(content))
	if !some {
		return content
	}
	var code []byte // all of it
	for _, place := range places {
		code = append(append(code, content[place[0]:place[1]]...), '\n')
	}
	found := [3]bool{}
	for i, o := range operators {
		found[i] = o.escaped().Match(code) && !o.plain().Match(code)
	}
	switch tags := tagLike().Match(code); {
	case isWhole(content) && (found[0] || found[1] || found[2] || escapedTag().Match(code)):
		return unescapeWhole(content)
	case found[0] || found[1] || found[2] && !tags:
	default:
		return content
	}
	var out strings.Builder
	copied := 0
	for _, place := range places {
		text := content[place[0]:place[1]]
		for i, o := range operators {
			if found[i] {
				text = o.escaped().ReplaceAllStringFunc(text, entities.Replace)
			}
		}
		out.WriteString(content[copied:place[0]] + text)
		copied = place[1]
	}
	return out.String() + content[copied:]
}

// unescapeWhole undoes the escapes of what was escaped as a whole. Where quotes are
// plain, those that are escaped were so before.
func unescapeWhole(content string) string {
	if strings.Contains(content, `"`) {
		content = strings.NewReplacer("&quot;", "&amp;quot;", "&#34;", "&amp;#34;").Replace(content)
	}
	if strings.Contains(content, "'") {
		content = strings.NewReplacer("&#39;", "&amp;#39;", "&#x27;", "&amp;#x27;", "&#039;", "&amp;#039;", "&apos;", "&amp;apos;").Replace(content)
	}
	return entities.Replace(content)
}

var (
	tagLike    = compiled(`</?[A-Za-z!>]`)
	escapedTag = compiled(`&lt;/?[A-Za-z][\w.]*(?: [^&]*)?/?&gt;`)
)

// unescapeStyle undoes the escapes in the rules of a style sheet: of combinators,
// comparisons, nesting and quotes. What only shows tags is no style sheet.
func unescapeStyle(content string) string {
	if tagLike().MatchString(entities.Replace(content)) {
		return content
	}
	s, _ := syntaxOf("css")
	var out strings.Builder
	copied := 0
	l := lexer{syntax: s, code: func(from, to int) {
		out.WriteString(content[copied:from] + entities.Replace(content[from:to]))
		copied = to
	}}
	l.advance([]byte(content))
	return out.String() + content[copied:]
}

// unescapeElements undoes the escapes in the scripts and styles of a page.
func unescapeElements(page string) string {
	var out strings.Builder
	copied := 0
	text := []byte(page)
	for at := 0; at < len(text); {
		i := bytes.IndexByte(text[at:], '<')
		if i < 0 {
			break
		}
		at += i + 1
		name := rawElement(text[at:])
		if name != "script" && name != "style" {
			continue
		}
		tag, _, ok := bytes.Cut(text[at:], []byte(">"))
		if !ok {
			break
		}
		from := at + len(tag) + 1
		content, _, _ := cutFold(text[from:], "</"+name)
		at = from + len(content)
		if !escaped(page[from:at]) || !isCode(tag) {
			continue
		}
		plain := ""
		if name == "style" {
			plain = unescapeStyle(page[from:at])
		} else {
			s, _ := syntaxOf("js")
			plain = unescapeCode(s, page[from:at])
		}
		out.WriteString(page[copied:from] + plain)
		copied = at
	}
	return out.String() + page[copied:]
}

// isCode reports whether the tag of a script, or a style, is not that of data.
func isCode(tag []byte) bool {
	m := typeOfElement().FindSubmatch(tag)
	return m == nil || codeType().Match(m[1])
}

var (
	typeOfElement = compiled(`(?i)\stype\s*=\s*["']?([^\s"'>]*)`)
	codeType      = compiled(`(?i)^(?:|module|text/css|.*(?:javascript|ecmascript|babel|jsx|typescript))$`)
)
