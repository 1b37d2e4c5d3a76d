package intent

// speak returns the language that the app is to speak, and accounts for its words.
// "English and German" names none of both, nor does "from English to Spanish".
func (r *reader) speak() string {
	speak := ""
	named := tongues.find(r.words, r.language)
	for i, m := range named {
		c := r.clauseOf(m.from)
		alone := (i == 0 || named[i-1].from < c.from) && (i+1 == len(named) || named[i+1].from >= c.to)
		if (alone || r.translates(c) && m.from > c.from && intoWords[r.words[m.from-1].text]) && r.asksToSpeak(m, c) {
			r.use(m.from, m.to)
			speak = m.entry.id
		}
	}
	if speak != "" {
		for i, w := range r.words {
			r.used[i] = r.used[i] || languageWords[w.text]
		}
	}
	return speak
}

// asksToSpeak reports whether a language is that of the app: "in Spanish", "Spanish
// version", "make it Spanish", but not "a Spanish dictionary".
func (r *reader) asksToSpeak(m mention, c clause) bool {
	before := func(n int) string {
		if m.from-n < c.from {
			return ""
		}
		return r.words[m.from-n].text
	}
	after := ""
	if m.to < c.to {
		after = r.words[m.to].text
	}
	switch {
	case r.negated(m):
		return false
	case inWords[before(1)], articles[before(1)] && inWords[before(2)]:
		return after == "" || r.isPlain(r.words[m.to]) || texted[after]
	case r.translates(c) && intoWords[before(1)]:
		return true
	case texted[after]:
		return true
	case r.hasProject:
		return r.saysOnly(m) // "Spanish, please"
	}
	return false
}

// translates reports whether a clause asks to translate what is there.
func (r *reader) translates(c clause) bool {
	for _, w := range r.words[c.from:c.to] {
		if translating[w.text] {
			return true
		}
	}
	return false
}
