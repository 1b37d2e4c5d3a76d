package intent

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// prompt is a prompt that has been read into words and clauses.
type prompt struct {
	text       string // as it was given
	masked     string // without the parts that ask for nothing; the words lie in it
	words      []word
	clauses    []clause
	language   int
	hasCode    bool
	hasError   bool // it holds the output of a program that failed
	hasProject bool
	apps       []mention // the apps that are named and not taken back

	name, naming         string    // the name that it gives, and the words by which it does; "" for none
	allApps, allFeatures []mention // all that are named
}

// word is a word of a prompt, as it should be spelt.
type word struct {
	text    string   // in lower case, without accents
	at, end int      // where it lies in the masked text
	forms   []string // text, its singulars, then its other stems
	plain   int      // the number of forms before those stems
	begins  mark     // the punctuation before it
	negated bool     // a negation takes it back
	asked   bool     // a question mark follows it
}

func newWord(text string, begins mark) word {
	plain := singulars(text)
	return word{text: text, begins: begins, forms: append(plain, stems(text)...), plain: len(plain)}
}

// mark is the punctuation between two words.
type mark byte

const (
	comma mark = 1 + iota // or a dash, a bracket
	colon
	stop
)

// clause is a part of a sentence: the words from..to-1.
type clause struct {
	from, to int
	does     act
}

const (
	maxWords       = 4000 // the words after these are not read
	maxClause      = 100  // words
	maxCorrections = 300  // the number of words that are checked for typos
)

// read reads a prompt: its words as they should be spelt, its clauses, what it takes
// back, the apps that it names, and what each clause does.
func read(text string, hasProject bool) *prompt {
	p := &prompt{text: text, hasProject: hasProject}
	p.masked = p.mask()
	p.name, p.naming = p.given()
	written := split(p.masked)
	p.language = language(written)
	p.words = respell(written, p.language)
	p.cut()
	p.negate()
	p.allApps = subjects.find(p.words, p.language)
	p.allFeatures = features.find(p.words, p.language)
	p.apps = slices.DeleteFunc(slices.Clone(p.allApps), func(m mention) bool { return p.negated(m) || hasProject && p.inName(m) })
	for i, c := range p.clauses {
		p.clauses[i].does = p.act(c)
	}
	return p
}

// split cuts a text into words.
func split(text string) []word {
	var words []word
	begins := mark(0)
	for i := 0; i < len(text) && len(words) < maxWords; {
		n := wordLength(text[i:])
		if n == 0 {
			r, size := utf8.DecodeRuneInString(text[i:])
			if r == '?' && len(words) > 0 && begins == 0 {
				words[len(words)-1].asked = true
			}
			begins = max(begins, punctuation(r, text[i+size:]))
			i += size
			continue
		}
		if w := fold(text[i : i+n]); w != "" {
			words = append(words, word{text: w, at: i, end: i + n, begins: begins})
			begins = 0
		}
		i += n
	}
	return words
}

// wordLength returns the length, in bytes, of the word that a text begins with. An
// apostrophe belongs to an English word ("don't", "it's"), and ends a French one
// ("l'app").
func wordLength(text string) int {
	letters := 0
	for i, r := range text {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r):
			letters++
		case (r == '\'' || r == '’') && letters > 1 && !endsInQu(text[:i]) && beginsWithLetter(text[i+utf8.RuneLen(r):]):
		case r == '\'' && letters == 1 && (text[0] == 'i' || text[0] == 'I'):
		default:
			return i
		}
	}
	return len(text)
}

// endsInQu reports whether a word is French and lost its last vowel: "qu'on", "jusqu'au".
func endsInQu(w string) bool {
	return len(w) >= 2 && strings.EqualFold(w[len(w)-2:], "qu")
}

func beginsWithLetter(text string) bool {
	r, _ := utf8.DecodeRuneInString(text)
	return unicode.IsLetter(r)
}

// punctuation returns the mark that a character makes, given the text after it.
func punctuation(r rune, rest string) mark {
	switch r {
	case '?', '!', ';', '\n', '…', '•':
		return stop
	case '.':
		if rest == "" || rest[0] <= ' ' || rest[0] == '.' || rest[0] == '"' {
			return stop
		}
	case ':':
		return colon
	case ',', '(', ')', '—', '–', '[', ']':
		return comma
	case '-':
		// Within a word it says nothing.
		if rest != "" && rest[0] == ' ' {
			return comma
		}
	}
	return 0
}

// fold writes a text in lower case, without accents and apostrophes, with no
// letter more than twice in a row.
func fold(text string) string {
	var b strings.Builder
	var last rune
	run := 0
	for _, r := range text {
		r = unicode.ToLower(r)
		switch {
		case r == 'ß':
			b.WriteByte('s')
			r = 's'
		case r == '\'' || r == '’' || unicode.Is(unicode.Mn, r):
			continue
		default:
			if i, ok := accented[r]; ok {
				r = i
			}
		}
		if run++; r != last {
			last, run = r, 1
		}
		if run <= 2 || !unicode.IsLetter(r) {
			b.WriteRune(r)
		}
	}
	return b.String()
}

var accented = map[rune]rune{}

func init() {
	for plain, with := range map[rune]string{
		'a': "àáâãäå", 'c': "ç", 'e': "èéêë", 'i': "ìíîï", 'n': "ñ", 'o': "òóôõöø", 'u': "ùúûü", 'y': "ýÿ",
	} {
		for _, r := range with {
			accented[r] = plain
		}
	}
}

// singulars returns a word, and the words of which it may be the plural, as
// "categories" is of "category". A number has the form "#" as well, the name of a
// language "@".
func singulars(w string) []string {
	f := []string{w}
	f = appendStem(f, w, "s", "")
	f = appendStem(f, w, "es", "")
	f = appendStem(f, w, "ies", "y")
	if number(w) {
		f = append(f, "#")
	}
	if languageNames[w] {
		f = append(f, "@")
	}
	return f
}

// inflected lists endings, and what a dictionary has in their place.
var inflected = []struct{ ending, instead string }{
	{"ing", ""}, {"ing", "e"}, {"ed", ""}, {"ed", "e"}, // English
	{"rlo", "r"}, {"rla", "r"}, {"rlos", "r"}, {"rlas", "r"}, // Spanish: "exportarlos"
	{"iert", "ieren"}, {"ierbar", "ieren"}, // German: "sortiert"
}

// stems returns the words of which a word may be an inflection, as "filtered" is of
// "filter" and "dragging" of "drag".
func stems(w string) []string {
	var f []string
	for _, i := range inflected {
		stem, ok := strings.CutSuffix(w, i.ending)
		if !ok || len(stem) <= 2 {
			continue
		}
		f = append(f, stem+i.instead)
		if i.instead == "" && len(stem) > 3 && stem[len(stem)-1] == stem[len(stem)-2] {
			f = append(f, stem[:len(stem)-1])
		}
	}
	return f
}

func appendStem(f []string, w, suffix, instead string) []string {
	if stem, ok := strings.CutSuffix(w, suffix); ok && len(stem) > 2 {
		f = append(f, stem+instead)
	}
	return f
}

func number(w string) bool {
	return !strings.ContainsFunc(w, func(r rune) bool { return r < '0' || r > '9' })
}

// language returns the language of the words: of two that are as likely, the one of the
// first word that belongs to one of them alone; English when in doubt.
func language(words []word) int {
	var score [5]float64
	var first [5]int // the place of the first word that is of this language alone
	for at, w := range words {
		if number(w.text) || extensions[w.text] {
			continue
		}
		weight := 2.0
		in, ok := smallWords[w.text]
		if !ok {
			weight, in = 1, vocabulary[w.text]
		}
		n := 0.0
		for l := range score {
			if in.has(l) {
				n++
			}
		}
		for l := range score {
			if !in.has(l) {
				continue
			}
			score[l] += weight / n
			if n == 1 && first[l] == 0 {
				first[l] = len(words) - at
			}
		}
	}
	best := english
	for l := range score {
		if score[l] > score[best] || score[l] == score[best] && first[l] > first[best] {
			best = l
		}
	}
	return best
}

// cut finds the clauses. A clause ends at punctuation, and before "but" and the
// like.
func (p *prompt) cut() {
	from := 0
	for i, w := range p.words {
		if i > from && (w.begins != 0 || i-from == maxClause || p.contrasts(w.text)) {
			p.clauses = append(p.clauses, clause{from: from, to: i})
			from = i
		}
	}
	if from < len(p.words) {
		p.clauses = append(p.clauses, clause{from: from, to: len(p.words)})
	}
}

// contrasts reports whether a word is "but" in the language of the prompt: "mas" is in
// Portuguese, and "more" in Spanish.
func (p *prompt) contrasts(w string) bool {
	return slices.Contains(conjunctions[english], w) || slices.Contains(conjunctions[p.language], w)
}

var conjunctions = [][]string{{"but", "however"}, {"pero", "sino"}, {"mais"}, {"aber", "sondern"}, {"mas"}} // as languages
