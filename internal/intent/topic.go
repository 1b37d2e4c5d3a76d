package intent

import (
	"slices"
	"strings"
	"unicode/utf8"
)

const maxTopic = 60 // runes

// topic returns what the content of the app is about, and accounts for its words: what
// follows "about" or the like, "for" after the name of an app that has content, or what
// stands before such a name. "For my kids" names no topic.
func (r *reader) topic() string {
	if r.intent.Verb != Create && r.intent.Verb != Design && r.intent.Verb != Edit {
		return ""
	}
	if quote := r.quotedTopic(); quote != "" {
		return quote
	}
	for _, c := range r.clauses {
		for i := c.from + 1; i+1 < c.to; i++ {
			if !r.introducesTopic(i, c) {
				continue
			}
			from, to := r.topicFrom(i+1, c)
			if from == to || !slices.Contains(r.used[from:to], false) || r.asksForFeature(from, to) {
				continue
			}
			r.use(i, from)
			return r.takeTopic(from, to)
		}
	}
	return r.topicBefore()
}

// quotedTopic returns a topic in quotation marks.
func (r *reader) quotedTopic() string {
	for _, at := range quotations(r.text) {
		if followsTopicWord(r.text[:at[0]]) {
			quote := r.text[at[0]:at[1]]
			if i := strings.Index(r.masked, quote); i >= 0 {
				r.useText(i, i+len(quote))
			}
			r.useTopicWords()
			return cutTopic(unquote(quote))
		}
	}
	return ""
}

func (r *reader) useTopicWords() {
	for i, w := range r.words {
		r.used[i] = r.used[i] || topics[w.text]
	}
}

// introducesTopic reports whether a topic follows word i. Of "for" and the like that is
// so after the name of an app that has content.
func (r *reader) introducesTopic(i int, c clause) bool {
	w := r.words[i].text
	if topics[w] && (w != "sur" || r.language != english && !number(r.words[i+1].text)) { // "sur 20 ans"
		return true
	}
	if topicNouns[r.words[i-1].text] && (w == "of" || intoWords[w]) {
		r.use(i-1, i)
		return true
	}
	if r.subject == nil || !hasContent(r.subject.id()) || r.subject.to == 0 || r.subject.from < c.from {
		return false
	}
	if i == r.subject.to-1 && i > r.subject.from { // "countdown to", "table of"
		return aims[w] && hasAim(r.subject.id()) || w == "of" && r.subject.id() == "data-table"
	}
	if r.subject.to > i {
		return false
	}
	for j := r.subject.to; j < i; j++ {
		if !appHeads[r.words[j].text] {
			return false
		}
	}
	if pictured(r.subject.id()) && showing[w] && !articles[r.words[i+1].text] {
		return true
	}
	if r.subject.id() == "trip-planner" && number(r.words[i+1].text) {
		return false // "de 5 dias"
	}
	return topicPrepositions[w] || aims[w] && hasAim(r.subject.id()) || r.language != english && topicPrepositionsAbroad[w]
}

// hasContent reports whether apps of a kind are about something.
func hasContent(s Subject) bool {
	switch s {
	case "quiz", "flashcards", "memory", "hangman", "typing-test", "gallery", "landing-page", "portfolio", "blog", "resume", "restaurant-menu", "shop",
		"pricing", "faq", "recipes", "poll", "todo", "notes", "habits", "kanban", "countdown", "survey", "rsvp", "trip-planner", "data-table":
		return true
	}
	return false
}

// hasAim reports whether apps of a kind are about what somebody waits for, or where
// somebody goes: "countdown to Christmas", "plan my trip to Rome".
func hasAim(s Subject) bool { return s == "countdown" || s == "trip-planner" }

// pictured reports whether apps of a kind are played with what they show: "memory with
// animals".
func pictured(s Subject) bool { return s == "memory" || s == "hangman" || s == "flashcards" }

// topicFrom returns the words of the topic that begins at word i or after its article.
func (r *reader) topicFrom(i int, c clause) (from, to int) {
	for start := i; i < c.to; i++ {
		w := r.words[i].text
		if !articles[w] && !topicParticles[w] && !topicNouns[w] && !(w == "of" && i > start) && !(aims[w] && r.subject != nil && hasAim(r.subject.id())) {
			break
		}
	}
	to = i
	for to < c.to && !r.endsTopic(i, to, c) {
		to++
	}
	return i, to
}

// endsTopic reports whether a topic that begins at word from ends before word i. Within
// it, "the" and the like begin no relative clause.
func (r *reader) endsTopic(from, i int, c clause) bool {
	w := r.words[i].text
	switch {
	case i == from:
		return false
	case r.subject != nil && r.subject.id() == "countdown" && datings[w] && slices.ContainsFunc(r.words[i+1:min(i+3, c.to)], func(w word) bool { return number(w.text) }):
		return true // "our wedding on 12 June"
	case forWhom[w] && i+1 < c.to && audience[r.words[i+1].text]:
		return true // "space for my 10 year old", "animals for kids"
	case introductions[w], r.stands("negation", i, c), r.stands("anew", i, c), w == "please", w == "bitte":
		return true
	case inWords[w] && i+1 < c.to && tongues.in(r.words[i+1:i+2], r.language), r.used[i] && tongues.in(r.words[i:i+1], r.language):
		return true
	case themes.in(r.words[i:min(i+2, c.to)], r.language) && joins[r.words[i-1].text], additions[w] && i+1 < c.to && r.beginsWish(i+1, c):
		return true
	}
	return topicEnds[w] && !articles[w] && !(r.language != english && relatives[w])
}

// forWhom and audience are how a prompt says who an app is for.
var (
	forWhom  = map[string]bool{"for": true, "para": true, "pour": true, "fur": true}
	audience = map[string]bool{
		"my": true, "kids": true, "children": true, "kid": true, "beginners": true, "students": true, "adults": true, "our": true,
		"mi": true, "mis": true, "ninos": true, "principiantes": true, "mon": true, "ma": true, "mes": true, "enfants": true, "debutants": true,
		"mein": true, "meine": true, "meinen": true, "kinder": true, "anfanger": true, "meu": true, "meus": true, "minha": true, "minhas": true, "criancas": true,
	}
)

// beginsWish reports whether another wish than the topic begins at word i.
func (r *reader) beginsWish(i int, c clause) bool {
	if observers[r.words[i].text] || conditions[r.words[i].text] {
		return true
	}
	for _, row := range []string{"edit", "create", "wish"} {
		if r.stands(row, i, c) {
			return true
		}
	}
	for i < c.to && articles[r.words[i].text] {
		i++
	}
	if i == c.to {
		return true
	}
	_, feature := features.at(r.words, i, r.language)
	_, theme := themes.at(r.words, i, r.language)
	return feature || theme
}

// topicBefore returns the words right before the name of the app that nothing else
// accounts for: "a world capitals quiz".
func (r *reader) topicBefore() string {
	if r.subject == nil || r.subject.to == 0 || r.subject.weak && r.subject.id() != "countdown" || !hasContent(r.subject.id()) {
		return ""
	}
	c := r.clauseOf(r.subject.from)
	end := r.subject.from
	if last := r.subject.to - 1; r.words[last].text == "countdown" { // the event is a part of the name: "Christmas countdown"
		end = last
	}
	from := end
	for from > c.from && r.words[from].begins == 0 && !r.used[from-1] && !r.words[from-1].negated {
		from--
	}
	if from == end || r.asksForFeature(from, end) {
		return ""
	}
	return r.takeTopic(from, end)
}

// asksForFeature reports whether a feature that is asked for is among the words
// from..to-1.
func (r *reader) asksForFeature(from, to int) bool {
	return slices.ContainsFunc(features.find(r.words[from:to], r.language), func(m mention) bool {
		return slices.Contains(r.intent.Features, m.entry.id)
	})
}

func (r *reader) takeTopic(from, to int) string {
	r.about = clause{from: from, to: to}
	r.use(from, to)
	return cutTopic(r.masked[r.words[from].at:r.words[to-1].end])
}

// cutTopic cuts a topic after its last word that is whole.
func cutTopic(topic string) string {
	topic = strings.Join(strings.Fields(topic), " ")
	for utf8.RuneCountInString(topic) > maxTopic {
		cut := strings.LastIndexByte(topic, ' ')
		if cut < 0 {
			return string([]rune(topic)[:maxTopic])
		}
		topic = topic[:cut]
	}
	return topic
}
