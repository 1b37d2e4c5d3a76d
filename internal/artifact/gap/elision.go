package gap

import (
	"path"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"dreambuild.dev/backend/internal/artifact"
)

// Elision is a line of a file that stands for something that was left out, as
// "// ... existing code ..." does.
type Elision struct {
	Line int    // from 1
	Text string // the line, without the spaces around it
}

// Elisions returns the elisions of a file: comments, or lines that are no code, that
// consist of an ellipsis or say that the rest stays. before is the file as it was,
// "" if it is new: a line that it has is none, and nor is one that may be a heading
// of what follows it.
func Elisions(name, text, before string) (found []Elision) {
	for _, r := range elided(name, text, before) {
		found = append(found, Elision{r.line + 1, r.text})
	}
	return found
}

// Without drops the elisions that have lines of their own. all tells that there are no
// others.
func Without(name, text, before string) (bare string, all bool) {
	lines := strings.SplitAfter(text, "\n")
	found := elided(name, text, before)
	if len(found) == maxRemarks {
		return "", false // there may be more
	}
	for _, r := range found {
		if !r.alone {
			return "", false
		}
		for i := r.line; i <= r.last; i++ {
			lines[i] = ""
		}
	}
	return strings.Join(lines, ""), true
}

// elided returns the remarks of a file that are elisions.
func elided(name, text, before string) (found []remark) {
	if artifact.IsProse(name) {
		return nil
	}
	old := artifact.CountLines(before)
	all := 0
	for _, n := range old {
		all += n
	}
	lost := sync.OnceValue(func() (n int) {
		now := artifact.CountLines(text)
		for line, count := range old {
			n += max(0, count-now[line])
		}
		return n
	})
	lines := strings.Split(text, "\n")
	for _, r := range remarks(name, lines) {
		if old[r.text] > 0 {
			continue
		}
		switch r.sense {
		case certain:
			found = append(found, r)
		case label:
			end, known := heads(lines[r.last+1:], old)
			end = end || r.enclosed
			if before == "" && end || before != "" && (end && lost() > 0 || !end && !known && lost() >= leastLost && leastShare*lost() >= all) {
				found = append(found, r)
			}
		}
	}
	return found
}

// What a file must have lost before a remark that could be a heading of new lines stands
// for them: so many lines, and one of so many.
const leastLost, leastShare = 3, 4

// sense is how sure a remark is to stand for something else.
type sense int

const (
	nothing sense = iota
	label         // it may also be a heading: "existing styles"
	certain       // it can be nothing else: "... existing code ..."
)

// remark is a comment, or a line that is no code.
type remark struct {
	line, last int    // where it stands
	text       string // its first line, as artifact.PlainLine leaves it
	sense      sense
	alone      bool // nothing else is in its lines
	enclosed   bool // it is all that stands between two brackets or tags
}

// remarks returns the remarks of a text that make sense as elisions.
func remarks(name string, lines []string) (all []remark) {
	literal := 0 // how many <pre> and such are open
	quotes := 0  // of template strings
	for i := 0; i < len(lines) && len(all) < maxRemarks; i++ {
		text := strings.TrimSpace(lines[i])
		inText := literal > 0 || quotes%2 == 1
		literal += literalTags(text)
		quotes += strings.Count(text, "`") - strings.Count(text, "\\`")
		if text == "" || len(text) > maxRemark {
			continue
		}
		content, last, commented := comment(name, lines, i)
		switch {
		case commented:
			if s := senseOf(content); s != nothing {
				all = append(all, remark{line: i, last: last, text: artifact.PlainLine(text), sense: s, alone: true})
			}
			i = last
		case !inText && bare(name, text):
			all = append(all, remark{line: i, last: i, text: artifact.PlainLine(text), sense: certain, alone: true})
		default:
			if inner, enclosed := innerComment(text); inner != "" {
				if s := senseOf(inner); s != nothing {
					all = append(all, remark{line: i, last: i, text: artifact.PlainLine(text), sense: s, enclosed: enclosed})
				}
			}
		}
	}
	return all
}

// literalTags returns how many elements a line opens, less those that it closes, whose
// text is shown as it stands.
func literalTags(line string) int {
	if !strings.Contains(line, "<") {
		return 0
	}
	line = strings.ToLower(line)
	return strings.Count(line, "<pre") + strings.Count(line, "<textarea") + strings.Count(line, "<code") -
		strings.Count(line, "</pre") - strings.Count(line, "</textarea") - strings.Count(line, "</code")
}

// The longest line that is looked at, in bytes, the most lines of a comment that only says
// that something is left out, and how many elisions are looked for.
const (
	maxRemarks       = 2000
	maxRemark        = 300
	maxRemarkLines   = 4
	maxWordsOfRemark = 14
)

var commentMarks = []struct{ open, end string }{
	{"{/*", "*/}"}, {"/*", "*/"}, {"<!--", "-->"}, {"//", ""}, {"{{!--", "--}}"}, {"{#", "#}"}, {"<%#", "%>"},
}

// comment returns what a comment says that fills its lines, and the last of them.
func comment(name string, lines []string, i int) (content string, last int, ok bool) {
	text := strings.TrimSpace(lines[i])
	for _, m := range commentMarks {
		rest, opens := strings.CutPrefix(text, m.open)
		if !opens {
			continue
		}
		if m.end == "" {
			return strings.TrimLeft(rest, "/!"), i, true
		}
		if content, after, closed := strings.Cut(rest, m.end); closed {
			return content, i, strings.Trim(after, " \t,;") == ""
		}
		for last = i + 1; last < min(len(lines), i+maxRemarkLines); last++ {
			line := strings.TrimLeft(strings.TrimSpace(lines[last]), "* ")
			before, after, closed := strings.Cut(line, strings.TrimPrefix(m.end, "*"))
			if m.end[0] == '*' && !strings.Contains(lines[last], m.end) {
				closed, before = false, line
			}
			if rest += " " + strings.TrimSuffix(before, "*"); closed {
				return rest, last, strings.TrimSpace(after) == ""
			}
		}
		return "", i, false
	}
	for _, mark := range lineMarks(name) {
		if rest, opens := strings.CutPrefix(text, mark); opens {
			return strings.TrimLeft(rest, mark), i, true
		}
	}
	if rest, inside := strings.CutPrefix(text, "* "); inside { // within a longer comment
		return rest, i, true
	}
	return "", i, false
}

// lineMarks returns what begins a comment in a file, besides what does in most.
func lineMarks(name string) []string {
	switch strings.ToLower(path.Ext(name)) {
	case ".py", ".rb", ".yaml", ".yml", ".toml", ".sh", ".r", ".pl", ".ex", ".ini", ".conf", ".env", "":
		return []string{"#"}
	case ".sql", ".lua", ".hs":
		return []string{"--"}
	case ".clj", ".lisp", ".el", ".asm":
		return []string{";"}
	}
	return nil
}

// innerComment returns the comment that stands in a line in the place of code:
// "{ /* ... */ }", "<div><!-- existing items --></div>". enclosed tells that the place
// ends in the line, too.
func innerComment(text string) (content string, enclosed bool) {
	for _, m := range commentMarks[:3] {
		from := strings.Index(text, m.open)
		if from <= 0 {
			continue
		}
		content, after, ok := strings.Cut(text[from+len(m.open):], m.end)
		if !ok {
			continue
		}
		before := strings.TrimRight(text[:from], " \t")
		after = strings.TrimLeft(after, " \t")
		if before != "" && strings.IndexByte("{([>", before[len(before)-1]) >= 0 && (after == "" || strings.IndexByte("})]<", after[0]) >= 0) {
			return content, after != ""
		}
	}
	if before, after, ok := strings.Cut(text, "// "); ok {
		if before = strings.TrimRight(before, " \t"); before != "" && strings.IndexByte("{([", before[len(before)-1]) >= 0 {
			return after, false
		}
	}
	return "", false
}

// bare reports whether a line that is no comment stands for other lines.
func bare(name, text string) bool {
	inner := strings.Trim(text, "[]()<>{}#*-_ \t,;")
	if onlyDots(inner) {
		return dots(inner) && !isSpread(text) && !isYAML(name) // there it ends a document
	}
	bracketed := strings.IndexByte("[(", text[0]) >= 0 && strings.IndexByte("])", text[len(text)-1]) >= 0
	lead, trail, said := ellipses(inner)
	dotted := lead && (trail || strings.Contains(text, "... ") || strings.Contains(text, "… "))
	worded := bracketed || isScript(name) && !strings.ContainsAny(text, "=();{}:")
	if !dotted && !worded || isSpread(text) || len(strings.Fields(said)) > maxWordsOfRemark { // as most lines are
		return false
	}
	if dotted {
		v := judge(said, maxWordsOfRemark)
		return v.rest > 0 && (v.other == 0 || trail && v.noun > 0)
	}
	v := verdict{}
	if strings.Count(said, " ") > 0 {
		v = judge(said, 0)
	}
	return v.sentence() || bracketed && v.asIs && v.other == 0 && v.rest > 1
}

func isYAML(name string) bool {
	ext := strings.ToLower(path.Ext(name))
	return ext == ".yaml" || ext == ".yml"
}

func isScript(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".js", ".mjs", ".cjs", ".ts", ".jsx", ".tsx", ".css", ".scss", ".less", ".py", ".json":
		return true
	}
	return false
}

// isSpread reports whether a line is code that spreads something, as "...rest," is.
func isSpread(text string) bool {
	after, ok := strings.CutPrefix(strings.TrimLeft(text, "[({ "), "...")
	r, _ := utf8.DecodeRuneInString(after)
	return ok && !strings.HasPrefix(after, ".") && (r == '(' || r == '[' || r == '{' || r == '$' || r == '_' || unicode.IsLetter(r)) && !strings.Contains(strings.TrimRight(after, " .…"), " ")
}

// senseOf says whether the words of a comment stand for something that is left out.
func senseOf(content string) sense {
	content = strings.TrimSpace(content)
	inner := strings.Trim(content, "[](){}<>*-=_~#|\"' \t")
	if onlyDots(inner) {
		if dots(inner) {
			return certain
		}
		return nothing
	}
	lead, trail, said := ellipses(inner)
	if len(strings.Fields(said)) > maxWordsOfRemark {
		return nothing
	}
	most := 1
	if lead || trail {
		most = maxWordsOfRemark
	}
	v := judge(said, most)
	switch {
	case lead && trail && (v.rest > 0 || v.noun > 0 || len(strings.Fields(said)) <= 6):
		return certain
	case lead && v.rest > 0 && 2*v.other <= v.words, lead && v.noun > 0 && v.other <= 1 && v.words <= 6:
		return certain
	case trail && v.other == 0 && (v.rest > 0 && v.noun > 0 || v.stays && v.rest > 1): // "existing code …", "the rest stays …"
		return certain
	case lead && strings.ContainsAny(strings.TrimLeft(inner, ".…")[:1], " \t"): // in any language; a sentence that goes on has no space there
		return label
	case lead || trail:
		return nothing
	case v.sentence():
		return certain
	case v.rest > 0 && v.other == 0 && (v.noun > 0 || v.stays), (v.asIs || v.rest > 1) && v.noun > 0 && v.other == 1: // "Food class unchanged"
		return label
	}
	return nothing
}

// ellipses cuts off what three dots, or more, begin and end a text.
func ellipses(text string) (lead, trail bool, said string) {
	said = strings.TrimLeft(text, ".… ")
	lead = dots(text[:len(text)-len(said)])
	end := strings.TrimRight(said, ".… )]")
	trail = dots(said[len(end):])
	return lead, trail, end
}

func onlyDots(text string) bool { return strings.Trim(text, ".…⋯⋮ \t") == "" && text != "" }

func dots(text string) bool {
	text = strings.ReplaceAll(text, " ", "")
	return strings.ContainsAny(text, "…⋯⋮") || strings.Contains(text, "..")
}

// heads says what a remark that may be a heading stands above: an end, or nothing, and
// whether the line right below it is one that the file had.
func heads(after []string, old map[string]int) (nothing, known bool) {
	for i, line := range after {
		if line = artifact.PlainLine(line); line != "" {
			return strings.IndexByte("})]", line[0]) >= 0 || strings.HasPrefix(line, "</"), i == 0 && old[line] > 0
		}
	}
	return true, false
}

// verdict counts the words of a remark.
type verdict struct {
	words, rest, noun, other int
	stays                    bool // a word says that something is as it was, or is kept
	asIs                     bool // it does not only ask to keep something
}

// sentence reports whether the words, without any ellipsis, say that something
// stays as it is: "the rest of the code remains the same".
func (v verdict) sentence() bool {
	return v.stays && v.other == 0 && v.noun > 0 && (v.asIs || v.rest > 1)
}

// judge counts the words of a text that elisions are made of, in the languages that
// models write. It ends once more than most others are there.
func judge(text string, most int) (v verdict) {
	text = strings.ToLower(text)
	if v, ok := judgeWithoutSpaces(text); ok {
		return v
	}
	for word := range strings.FieldsSeq(text) {
		if v.other > most {
			break
		}
		code := strings.HasSuffix(word, "()") || strings.HasPrefix(word, "`") && strings.HasSuffix(word, "`") || strings.Contains(strings.TrimRight(word, "."), ".")
		word = strings.Trim(word, ".,:;!?()[]{}'\"`*-–—_/<>")
		if word == "" {
			continue
		}
		v.words++
		switch {
		case isNumber(word):
		case staysWord()(word):
			v.stays = true
			v.asIs = v.asIs || !keepWord()(word)
			v.rest++
		case restWord()(word):
			v.rest++
		case nounWord()(word):
			v.noun++
		case fillWord()(word):
		case code:
		default:
			v.other++
		}
	}
	return v
}

func isNumber(word string) bool { return strings.Trim(word, "0123456789-+~") == "" }

// judgeWithoutSpaces judges a text of a script that puts no spaces between words.
func judgeWithoutSpaces(text string) (v verdict, ok bool) {
	if !strings.ContainsFunc(text, func(r rune) bool {
		return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul)
	}) {
		return v, false
	}
	left := eastStays().ReplaceAllStringFunc(text, func(string) string { v.stays, v.asIs, v.rest = true, true, v.rest+1; return " " })
	left = eastRest().ReplaceAllStringFunc(left, func(string) string { v.rest++; return " " })
	left = eastNoun().ReplaceAllStringFunc(left, func(string) string { v.noun++; return " " })
	left = eastFill().ReplaceAllString(left, " ")
	v.words = v.rest + v.noun
	for word := range strings.FieldsSeq(left) {
		word = strings.Trim(word, ".,:;!?()[]{}'\"`*-–—_/<>，。：；、（）")
		if word == "" || nounWord()(word) || strings.HasSuffix(word, "()") || isNumber(word) {
			continue
		}
		v.words++
		v.other++
	}
	return v, true
}
