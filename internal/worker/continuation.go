package worker

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"dreambuild.dev/backend/internal/artifact/markup"
	"dreambuild.dev/backend/internal/artifact/reply"
)

const (
	joinWindow   = 1 << 10   // bytes of a continuation that are compared before any are let through
	longestMark  = 64        // bytes that end a thought
	leastOverlap = 8         // bytes; a shorter overlap may well be chance
	longestIntro = 300       // bytes of an introduction
	mostIntros   = 3         // lines of an introduction
	longestLead  = 600       // bytes of all that stands before the text, but for a thought
	longestThink = 256 << 10 // bytes of a thought that are waited for
	mostFollowed = 8         // places where a repetition may have begun
)

// joiner joins the continuation of a reply to the reply so far, where a model was
// asked in words to continue. Such a model likes to think first, to begin with a
// sentence, to open its code block again, and to repeat what it has written: the
// line in which it was cut, or the file from its beginning or from any line.
//
// What agrees with the reply so far up to its end is dropped, however long it is.
// A model that repeats a good part and then writes something else has started over:
// its file is let through once more as a block of its own, and of two files with
// one name the last counts. Text is held back while it may be a repetition, at most
// for about the length of the reply so far.
type joiner struct {
	before string // the reply so far
	open   bool   // everything is let through
	held   []byte // of the continuation, which may still be a repetition
	ended  fenceEnd

	thought    *reply.Thought // at the beginning; nil: none
	begun      int            // where it begins in held
	sought     int            // bytes of held that do not have it
	hasThought bool           // one has ended

	matched bool  // held is compared with before
	inside  block // the block that is open at the end of before
	lead    lead  // what held begins with
	seen    int   // bytes of held that are compared
	follows []int // where in before a repetition may have begun: all agrees so far
	reached []int // where one has begun: all agrees up to the end of before
	best    int   // where in before most agrees; -1: nowhere
	agreed  int   // bytes that agree there
	twice   bool  // as many agree elsewhere, too
}

// lead is what a continuation has before its text.
type lead struct {
	size  int
	fence string // the line that opens a code block at its end; "" for none
}

// add takes text of the continuation, and returns what can be let through.
func (j *joiner) add(text string) string {
	if j.open {
		return j.ended.translate(text)
	}
	j.held = append(j.held, text...)
	if !j.matched {
		if !j.skipThought(false) && len(j.held) < longestThink || len(j.held) < joinWindow+longestLead {
			return ""
		}
		j.match()
	}
	if j.follow(); len(j.follows) > 0 {
		return ""
	}
	return j.join()
}

// end returns what is still held back, joined.
func (j *joiner) end() string {
	if !j.open && !j.matched {
		if !j.skipThought(true) {
			j.held = nil
		}
		j.match()
	}
	if j.open {
		return j.ended.rest()
	}
	j.follow()
	switch {
	case len(j.reached) == 0 && len(j.follows) > 0 && j.startsOver():
		j.open = true
		return "" // it repeats what is there, and ends before it says more
	case j.inside.mark != "" && !j.inside.isProse() && isRemark(string(j.held)):
		j.open = true
		return lineEnd(j.before) + j.inside.mark + "\n" + string(j.held) // the file stays as it is, cut or not
	}
	return j.join() + j.ended.rest()
}

// skipThought drops the model's reasoning before the text, in whatever marks. It
// returns false while the reasoning has not ended. What a mark is can depend on what
// follows it, so that nothing is decided before that has come, or all has.
func (j *joiner) skipThought(all bool) bool {
	if j.hasThought {
		j.held = bytes.TrimLeft(j.held, "\r\n")
		return true
	}
	if j.thought == nil {
		if !all && len(j.held) < joinWindow {
			return true
		}
		begin := string(j.held[:min(len(j.held), joinWindow)])
		if t, after, ok := reply.OpensThought(begin); ok && !customTag.MatchString(begin) {
			j.thought, j.begun = &t, after
		} else if rest, ok := reply.EndsThought(begin); ok { // it began in the prompt
			j.endThought(len(begin) - len(rest))
			return true
		}
	}
	if j.thought == nil {
		return true
	}
	from := max(j.begun, j.sought-longestMark)
	rest, ok := j.thought.End(string(j.held[from:]))
	if ok && !all && len(rest) < longestMark {
		return false
	}
	if j.sought = len(j.held); !ok {
		return false
	}
	j.endThought(len(j.held) - len(rest))
	return true
}

// endThought drops the beginning of the text, up to where the reasoning has ended.
func (j *joiner) endThought(at int) {
	j.held, j.hasThought = bytes.TrimLeft(j.held[at:], "\r\n"), true
}

// customTag matches an element that a page defines itself, such as <reason-list>.
var customTag = regexp.MustCompile(`^\s*<[a-z]+-`)

// match decides what of the continuation is its text, and where in the reply so far
// that may have begun. The first lead after which the text repeats something holds,
// or else the last one.
func (j *joiner) match() {
	j.matched, j.inside = true, blockAt(j.before)
	for _, l := range j.leads() {
		j.compare(l)
		if j.overlap() > 0 || j.startsOver() || len(j.follows) > 0 && len(j.held)-l.size >= joinWindow/16 {
			return
		}
	}
}

// leads returns what the continuation may have before its text. The last one holds
// if nothing is repeated.
func (j *joiner) leads() []lead {
	text := string(j.held[:min(len(j.held), longestLead)])
	var all []lead
	usual := lead{}
	if at, ok := introduction(text); ok {
		all = append(all, lead{size: at})
		if j.inside.isOpen() && strings.HasSuffix(strings.ReplaceAll(text[:at], "\r", ""), "\n\n") {
			usual = all[0]
		}
	}
	if l, ok := leadingFence(text); ok {
		all = append(all, l)
		if j.inside.isOpen() && !j.inside.opensAnother(l.fence) {
			usual = l
		}
	}
	slices.Reverse(all)
	if usual.size > 0 {
		all = append(all, lead{})
	}
	return append(all, usual)
}

// compare looks for the first joinWindow bytes of the text after a lead in the reply
// so far, at the beginning of each line and at the end of its indentation.
func (j *joiner) compare(l lead) {
	text := string(j.held[l.size:min(len(j.held), l.size+joinWindow)])
	j.lead, j.seen, j.follows, j.reached, j.best, j.agreed, j.twice = l, l.size+len(text), nil, nil, -1, 0, false
	start := false // of a line
	for at := range len(j.before) {
		start = at == 0 || start && blank(j.before[at-1]) || j.before[at-1] == '\n'
		if !start || text == "" || j.before[at] != text[0] {
			continue
		}
		n := common(j.before[at:], text)
		j.note(at, n)
		switch {
		case at+n == len(j.before):
			j.reached = append(j.reached, at)
		case n == len(text) && len(j.follows) < mostFollowed:
			j.follows = append(j.follows, at)
		}
	}
}

// follow compares what is not compared yet.
func (j *joiner) follow() {
	fresh, before := string(j.held[j.seen:]), j.seen-j.lead.size
	j.seen = len(j.held)
	j.follows = slices.DeleteFunc(j.follows, func(at int) bool {
		there := j.before[at+before:]
		n := common(there, fresh)
		j.note(at, before+n)
		if n == len(there) {
			j.reached = append(j.reached, at)
		}
		return n == len(there) || n < len(fresh)
	})
	slices.Sort(j.reached)
}

// note keeps where most agrees.
func (j *joiner) note(at, n int) {
	switch {
	case n > j.agreed:
		j.best, j.agreed, j.twice = at, n, false
	case n == j.agreed && at != j.best:
		j.twice = true
	}
}

// join lets everything through, and returns what was held back, joined.
func (j *joiner) join() string {
	j.open = true
	text := string(j.held[j.lead.size:])
	n := j.overlap()
	switch {
	case n > 0:
		text = text[n:]
	case j.startsOver():
		return j.startOver(text)
	case len(j.reached) == 0 && j.agreed >= leastOfFile && !j.around(j.best).isOpen():
		return lineEnd(j.before) + text // the tags around a file come again, on a line of their own
	}
	if l, ok := leadingFence(text); ok && n == 0 && j.inside.mark != "" && j.inside.opensAnother(l.fence) {
		return j.endBlock() + "\n\n" + text // the file has no end, and the next one begins
	}
	if mark := markOf(j.lead.fence); mark != "" && j.inside.mark != "" && !strings.HasPrefix(mark, j.inside.mark) {
		j.ended = fenceEnd{from: mark, to: j.inside.mark}
	}
	return j.ended.translate(text)
}

// overlap returns how many bytes at the beginning of the text repeat the end of the
// reply so far. Code that repeats by itself is none: cells of a table, closing tags
// and brackets, lines that were there twice already, a single line after a whole
// line. In doubt nothing is dropped: text that is there twice is seen, and does less
// harm than code that is missing.
func (j *joiner) overlap() int {
	if len(j.reached) == 0 {
		return 0
	}
	n, shorter := len(j.before)-j.reached[0], 0
	if len(j.reached) > 1 {
		shorter = len(j.before) - j.reached[1]
	}
	again, between := j.before[len(j.before)-n:], j.before[len(j.before)-n:len(j.before)-shorter]
	switch {
	case openTag.MatchString(again):
		return n // nothing else can follow it
	case n < leastOverlap:
		return 0
	}
	whole := strings.HasSuffix(again, "\n")
	if shorter == 0 && !whole {
		between += "\n"
	}
	switch {
	case closers.MatchString(again), strings.HasSuffix(j.before[:len(j.before)-n], between):
		return 0
	case declares.MatchString(again):
		return n // twice would be an error
	case whole && (shorter > 0 && !closers.MatchString(j.before[len(j.before)-shorter:]) || !strings.Contains(strings.TrimSpace(again), "\n")):
		return 0
	}
	return n
}

// openTag matches a tag that has not ended.
var openTag = regexp.MustCompile(`^\s*</?[A-Za-z][^<>]*$`)

// declares matches a line that declares a name, or an element with an id.
var declares = regexp.MustCompile(`^\s*(?:export\s+)?(?:const|let|class|(?:async\s+)?function|import|interface|enum)\s|^\s*<[^<>]*\sid="`)

// closers matches text that only closes what is open.
var closers = regexp.MustCompile(`^(\s|[)}\];,]|</[\w-]+>)*$`)

// How many bytes agree where a model has started over.
const (
	leastOfFile  = 40  // from the beginning of a file
	leastOfLine  = 60  // from another line, if the reply was cut within one
	leastOfParts = 400 // likewise, if it was cut where the next part may begin: parts resemble one another
)

// startsOver reports whether the text begins again what is there, without coming to
// its end: a page within a page, a file from its first line, or a good part that is
// there once.
func (j *joiner) startsOver() bool {
	if !j.inside.isOpen() || len(j.reached) > 0 {
		return false
	}
	there := j.around(j.best)
	switch {
	case j.lead.fence != "" && j.inside.opensAnother(j.lead.fence) && (!there.isOpen() || there.opensAnother(j.lead.fence)):
		return false
	case markup.BeginsPage(bytes.TrimSpace(j.held[j.lead.size:])) && markup.BeginsPage(strings.TrimSpace(j.before[j.inside.start:])):
		return true
	case !there.isOpen():
		return false
	case strings.TrimSpace(j.before[there.start:j.best]) == "":
		return j.agreed >= leastOfFile
	case j.twice, !strings.Contains(strings.TrimSpace(j.before[j.best:j.best+j.agreed]), "\n"):
		return false
	case partMayBegin(j.before):
		return j.agreed >= leastOfParts
	}
	return j.agreed >= leastOfLine
}

// around returns the block of a place in the reply so far; the zero block for -1.
func (j *joiner) around(at int) block {
	if at < 0 {
		return block{}
	}
	if b := blockAt(j.before[:at]); b.isOpen() {
		return b
	}
	line, _, _ := strings.Cut(j.before[at:], "\n")
	if b := blockAt(j.before[:at+len(line)]); b.page && b.start == at {
		return b
	}
	return block{}
}

// partMayBegin reports whether a text is cut where the next statement, rule or
// element may begin.
func partMayBegin(text string) bool {
	text = strings.TrimSpace(text)
	return strings.HasSuffix(text, ">") || strings.HasSuffix(text, "}") || strings.HasSuffix(text, ";")
}

// startOver returns the text as a second attempt at its file: the open block ends,
// and one with the same name begins, which holds first what was before the line with
// which the model began again.
func (j *joiner) startOver(text string) string {
	at, there := j.best, j.around(j.best)
	if trimmed := strings.TrimLeft(text, " \t\r\n"); markup.BeginsPage(trimmed) {
		text = trimmed
		if !there.isOpen() || there.start != at {
			at, there = j.inside.start, j.inside // the same page, in other words from its first line
		}
	}
	mark := there.mark
	if j.lead.fence != "" {
		mark = markOf(j.lead.fence)
	}
	opens := ""
	if there.mark != "" {
		opens = mark + there.info + "\n"
	}
	return j.endBlock() + "\n\n" + opens + j.before[there.start:at] + text
}

// endBlock returns what ends the block that is open at the end of the reply so far.
func (j *joiner) endBlock() string {
	return lineEnd(j.before) + j.inside.end(j.before[j.inside.start:])
}

// leadingFence returns the line that opens a code block at the beginning of a text,
// or after an introduction. A bare fence closes a block, and is none.
func leadingFence(text string) (lead, bool) {
	at := 0
	for line := range strings.Lines(text) {
		at += len(line)
		trimmed := strings.TrimSpace(line)
		switch mark := markOf(trimmed); {
		case at > longestIntro, mark != "" && len(mark) == len(trimmed), mark == "" && strings.ContainsAny(withoutSpans(trimmed), codeSigns):
			return lead{}, false
		case mark != "":
			return lead{size: at, fence: trimmed}, strings.HasSuffix(line, "\n")
		}
	}
	return lead{}, false
}

// introduction returns where the text begins after first lines that introduce it, such
// as "Here is the rest:".
func introduction(text string) (size int, ok bool) {
	for range mostIntros {
		n, found := introLine(text[size:])
		if !found {
			break
		}
		size, ok = size+n, true
	}
	return size, ok
}

// introLine returns where the text begins after a first line that is a sentence of three
// words or more. No line of code looks so. One of fewer words, such as "Sure!" or
// "(continued)", begins with a capital letter or stands between marks, and before an
// empty line.
func introLine(text string) (size int, ok bool) {
	rest := strings.TrimLeft(text, " \t\r\n")
	first, after, ok := strings.Cut(rest, "\n")
	bare := strings.TrimSpace(withoutSpans(first))
	line := strings.Trim(bare, " *_()")
	begin, _ := utf8.DecodeRuneInString(line)
	end, _ := utf8.DecodeLastRuneInString(line)
	marked := strings.HasPrefix(bare, "**") || strings.HasPrefix(bare, "(") && strings.HasSuffix(bare, ")")
	words := len(strings.Fields(line))
	if begin >= utf8.RuneSelf { // many languages have no spaces
		words = utf8.RuneCountInString(line)
	}
	if !ok || len(first) > longestIntro || !unicode.IsLetter(begin) || strings.ContainsAny(line, codeSigns) ||
		!marked && !strings.ContainsRune(":.!：。！…", end) {
		return 0, false
	}
	if words < 3 && (!marked && !unicode.IsUpper(begin) || !strings.HasPrefix(strings.TrimLeft(after, " \t\r"), "\n")) {
		return 0, false
	}
	return len(text) - len(strings.TrimLeft(after, "\r\n")), true
}

// isRemark reports whether a whole continuation only says that there is nothing more
// to write, or such: a sentence or two, which no code looks like.
func isRemark(text string) bool {
	text = strings.TrimSpace(text)
	begin, _ := utf8.DecodeRuneInString(text)
	end, _ := utf8.DecodeLastRuneInString(text)
	return len(text) <= longestIntro && strings.ContainsRune(".!。！", end) && unicode.IsLetter(begin) && !unicode.IsLower(begin) &&
		(begin >= utf8.RuneSelf || len(strings.Fields(text)) >= 4) && !strings.ContainsAny(withoutSpans(text), codeSigns)
}

const codeSigns = "<>{};="

// withoutSpans returns a line without the code in it that stands in backquotes.
func withoutSpans(line string) string { return span.ReplaceAllString(line, "") }

var span = regexp.MustCompile("`[^`]*`")

// lineEnd returns the line break that a text lacks at its end.
func lineEnd(text string) string {
	if text == "" || strings.HasSuffix(text, "\n") {
		return ""
	}
	return "\n"
}

// common returns how many bytes two texts begin with alike.
func common(a, b string) int {
	const some = 64
	n, i := min(len(a), len(b)), 0
	for i+some <= n && a[i:i+some] == b[i:i+some] {
		i += some
	}
	for i < n && a[i] == b[i] {
		i++
	}
	return i
}

func blank(b byte) bool { return b == ' ' || b == '\t' }
