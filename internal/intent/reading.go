package intent

import (
	"slices"
	"strings"
)

// Reading is a prompt as templates need it: what its Intent says, and what that leaves
// out. Features may hold "translation" where Speak tells which language is meant.
type Reading struct {
	Intent
	Named    bool      // Name is in the prompt: it is not only the title of the subject
	Without  []string  // features that are to be left out or taken out; ids, sorted
	Unthemed Theme     // the theme that is to be left or taken out, as by "no dark mode"
	Topic    string    // what the content is about, as the prompt says it: "European capitals"; "": none
	Speak    string    // the language that the app is to speak: one of en, es, fr, de and pt, or "other"; "": none is named
	Size     Size      // of texts and controls
	Instead  bool      // another app is wanted in the place of the project's, which Subject names
	Question bool      // it asks to be told something, and for no app and no change: "what is a calculator?"
	Others   []Subject // further apps that the prompt asks for, in its order
	Rest     []string  // words that none of all this accounts for, nor any list of words: what else is asked for
	Words    []string  // all words, as Words has them
}

// Words returns the words and numbers of a text, in lower case and without accents. A
// number has a point before its decimals: "1.5".
func Words(text string) []string {
	words := []string{}
	end := -1
	for _, w := range split(text) {
		if end > 0 && w.at == end+1 && strings.ContainsAny(text[end:w.at], ".,") && isNumber(words[len(words)-1]) && isNumber(w.text) {
			words[len(words)-1] += "." + w.text
		} else {
			words = append(words, w.text)
		}
		end = w.end
	}
	return words
}

func isNumber(word string) bool {
	return !strings.ContainsFunc(word, func(r rune) bool { return r < '0' || r > '9' })
}

// Size is how large texts and controls should be; "" if the prompt does not say.
type Size string

const (
	Small Size = "small"
	Large Size = "large"
)

// Read reads the first 32 KB of a prompt as templates need it.
func Read(prompt string, hasProject bool) Reading {
	readLexicons()
	p := read(prompt[:min(len(prompt), maxBytes)], hasProject)
	intent, subject := p.intent()
	r := reader{prompt: p, intent: intent, subject: subject, used: make([]bool, len(p.words))}
	r.useSmallWords()
	r.useRequests()
	r.useOwnWords()
	found := Reading{Intent: intent, Named: r.name(), Question: intent.Verb == Explain && p.onlyAsks()}
	r.useColours()
	found.Unthemed = r.unthemed()
	found.Speak = r.speak()
	found.Topic = strings.TrimSpace(strings.ToValidUTF8(r.topic(), ""))
	found.Others = r.others()
	if app := r.instead(); app != "" {
		found.Instead, found.Subject = true, app
		found.Others = slices.DeleteFunc(found.Others, func(s Subject) bool { return s == app })
	}
	found.Without = r.features()
	found.Size = r.size()
	found.Rest = r.rest()
	found.Words = Words(p.masked)
	return found
}

// reader reads a prompt, and marks the words that it has accounted for.
type reader struct {
	*prompt
	intent  Intent
	subject *mention
	used    []bool // by word
	about   clause // the words of the topic
}

func (r *reader) use(from, to int) {
	for i := from; i < to; i++ {
		r.used[i] = true
	}
}

func (r *reader) useAll(l lexicon) {
	for _, m := range l.find(r.words, r.language) {
		r.use(m.from, m.to)
	}
}

// useText accounts for the words of a part of the masked text.
func (r *reader) useText(from, to int) {
	for i, w := range r.words {
		if w.at < to && from < w.end {
			r.used[i] = true
		}
	}
}

// useSmallWords accounts for the words that ask for nothing.
func (r *reader) useSmallWords() {
	for i, w := range r.words {
		r.used[i] = r.isPlain(w) || w.negated && absent[w.text]
	}
}

func (r *reader) isPlain(w word) bool {
	in := smallWords[w.text]
	return plainWords[w.text] || in.has(english) || in.has(r.language) || len(w.text) == 1 && !number(w.text)
}

// useOwnWords accounts for what apps of the kind have to do with by themselves, and for
// the nouns beside the name of the app: "to-do list maker".
func (r *reader) useOwnWords() {
	if r.subject == nil {
		return
	}
	for i, w := range r.words {
		if own[r.subject.entry.id][w.text] {
			r.used[i] = true
		}
	}
	for i := r.subject.to; i > 0 && i < len(r.words) && r.words[i].begins == 0 && (appHeads[r.words[i].text] || generalHeads[r.words[i].text]); i++ {
		r.used[i] = true
	}
}

// useRequests accounts for the phrases that make a request of what follows them. Those
// of changes do only at the beginning of a request: "draw" asks for something in "an
// app to draw".
func (r *reader) useRequests() {
	for _, row := range []string{"create", "wish", "offer", "fresh", "anew", "other", "aside", "naming", "agree", "ok", "gone", "negation", "exempt"} {
		r.useAll(says[row])
	}
	for _, m := range says["polite"].find(r.words, r.language) {
		if c := r.clauseOf(m.from); m.from == c.from || !number(r.words[m.from].text) { // "1. …", but not "10 minutes"
			r.use(m.from, m.to)
		}
	}
	for _, c := range r.clauses {
		for i := c.from; i < c.to; i++ {
			opens := i == c.from || i == r.opening(c) || additions[r.words[i-1].text]
			for _, row := range []string{"edit", "rename", "arrange", "removal", "delete", "back", "return", "draw", "chat"} {
				if opens {
					r.use(i, i+r.length(row, i, c))
				}
			}
		}
		if c.does == goBack || c.does == greet {
			r.use(c.from, c.to)
		}
	}
}

// name reports whether the prompt gives a name, and accounts for its words.
func (r *reader) name() bool {
	words := r.naming
	at := strings.Index(r.masked, words)
	if at < 0 { // the quotation is masked
		words = words[:max(0, strings.IndexAny(words, quotationMarks))]
		at = strings.Index(r.masked, words)
	}
	if at >= 0 {
		r.useText(at, at+len(words))
	}
	return r.prompt.name != ""
}

// useColours accounts for all colours that are named or given.
func (r *reader) useColours() {
	for _, m := range accents.find(r.words, r.language) {
		if r.intent.Accent == m.entry.id {
			r.use(m.from, m.to)
			if m.from > 0 && shadeWords[r.words[m.from-1].text] {
				r.use(m.from-1, m.from)
			}
		}
	}
	if c, ok := r.cssColour(); ok && r.intent.Accent == c.hex {
		r.use(c.word, c.word+1)
	}
	if strings.HasPrefix(r.intent.Accent, "#") {
		for _, at := range colourFunction().FindAllStringIndex(r.masked, 1) {
			r.useText(at[0], at[1])
		}
		for _, at := range hexColour().FindAllStringSubmatchIndex(r.masked, 1) {
			r.useText(at[2], at[3])
		}
	}
}

// features accounts for the features that are asked for or that the app has anyway, and
// returns those that are not wanted.
func (r *reader) features() []string {
	without := []string{}
	for _, m := range r.allFeatures {
		id := m.entry.id
		switch {
		case r.inTopic(m):
		case slices.Contains(r.intent.Features, id), r.subject != nil && slices.Contains(r.subject.has, id):
			r.use(m.from, m.to)
		case r.takesOut(m):
			r.use(m.from, m.to)
			without = append(without, id)
		}
	}
	slices.Sort(without)
	return slices.Compact(without)
}

// takesOut reports whether a mention names what is not wanted: "no sound", "remove the
// search".
func (r *reader) takesOut(m mention) bool {
	c := r.clauseOf(m.from)
	switch r.intent.Verb {
	case Undo, Explain:
		return false
	}
	if r.switchesOff(m, c) {
		r.use(c.from, r.opening(c)+1)
		r.use(c.to-1, c.to)
		return true
	}
	opening := r.opening(c)
	verb := max(r.length("removal", opening, c), r.length("delete", opening, c))
	return (r.negated(m) || r.removed(m) || c.does == remove) && m.from >= opening+verb
}

// unthemed accounts for the themes that are named, and returns the one that is not wanted.
func (r *reader) unthemed() Theme {
	var out Theme
	for _, m := range themes.find(r.words, r.language) {
		r.use(m.from, m.to)
		if id := Theme(m.entry.id); id != System && id != r.intent.Theme && r.takesOut(m) {
			out = id
		}
	}
	return out
}

func (r *reader) inTopic(m mention) bool { return m.from >= r.about.from && m.to <= r.about.to }

// others accounts for what names the app, and returns the further apps that are asked for.
func (r *reader) others() []Subject {
	others := []Subject{}
	for _, m := range r.allApps {
		switch {
		case r.inTopic(m), r.subject == nil:
		case r.subject.id() == m.id(), r.modifies(m), m.id() == Other && r.onlyGeneral(m), !m.weak && r.negated(m):
			r.use(m.from, m.to)
		case !m.weak && !r.negated(m) && !r.removed(m) && !r.afterThe(m) && !r.isFeature(m):
			r.use(m.from, m.to)
			if !slices.Contains(others, m.id()) {
				others = append(others, m.id())
			}
		}
	}
	return others
}

// replaces matches, in the words of a prompt, what asks for one thing in the place of
// another.
var replaces = compiled(`\b(?:instead|rather|(?:turn|convert|change|make) (?:it|this) (?:in)?to|mejor|en lugar|en su lugar|en vez|prefiero|plutot|a la place|je prefere|stattdessen|lieber|em vez|no lugar|prefiro)\b`)

// instead returns the app that is wanted in the place of the project's; "" for none.
func (r *reader) instead() (app Subject) {
	var all []string
	for _, w := range r.words {
		all = append(all, w.text)
	}
	if !r.hasProject || !replaces().MatchString(strings.Join(all, " ")) {
		return ""
	}
	for _, m := range r.allApps {
		switch {
		case m.weak, m.id() == Other, r.negated(m), r.removed(m):
		case app != "" && app != m.id():
			return "" // which one is not said
		default:
			app = m.id()
			r.use(m.from, m.to)
		}
	}
	return app
}

// modifies reports whether a mention is a part of the name of the app: "recipe blog".
func (r *reader) modifies(m mention) bool {
	s := *r.subject
	return s.to > 0 && (m.overlaps(s) || m.to == s.from && r.words[s.from].begins == 0 || s.to == m.from && r.words[m.from].begins == 0)
}

// onlyGeneral reports whether a mention says no more than that it is an app.
func (r *reader) onlyGeneral(m mention) bool {
	return !slices.ContainsFunc(r.words[m.from:m.to], func(w word) bool { return !generalHeads[w.text] && !appHeads[w.text] })
}

// isFeature reports whether a mention of an app names a feature that is asked for.
func (r *reader) isFeature(m mention) bool {
	f, ok := features.at(r.words, m.from, r.language)
	return ok && f.to >= m.to && slices.Contains(r.intent.Features, f.entry.id)
}

// size accounts for the words that say how large things should be.
func (r *reader) size() Size {
	var size Size
	for _, m := range sizes.find(r.words, r.language) {
		if m.weak && (!r.hasProject || !r.saysOnly(m)) {
			continue
		}
		r.use(m.from, m.to)
		if !r.negated(m) {
			size = Size(m.entry.id)
		}
	}
	return size
}

// saysOnly reports whether the clause of a mention says nothing else.
func (r *reader) saysOnly(m mention) bool {
	c := r.clauseOf(m.from)
	for i := c.from; i < c.to; i++ {
		if !r.used[i] && (i < m.from || i >= m.to) {
			return false
		}
	}
	return true
}

func (r *reader) rest() []string {
	rest := []string{}
	for i, w := range r.words {
		if !r.used[i] && (i == 0 || r.words[i-1].at != w.at) {
			rest = append(rest, fold(r.masked[w.at:w.end])) // as it is written
		}
	}
	return rest
}
