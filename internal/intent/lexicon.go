package intent

import (
	"embed"
	"maps"
	"slices"
	"strings"
	"sync"
)

//go:embed lexicon/*.txt
var files embed.FS

// languages are the languages of prompts. English is read in every prompt.
var languages = []string{"en", "es", "fr", "de", "pt"}

const english = 0

// langs is a set of languages, one bit each.
type langs uint8

func (l langs) has(language int) bool { return l&(1<<language) != 0 }

var (
	subjects, features, themes, accents lexicon
	tongues, sizes                      lexicon // languages that an app may speak, and how large things should be
	says                                map[string]lexicon
	colours                             map[string]map[string]string // names of CSS → six hexadecimal digits, by kind of name

	smallWords, vocabulary map[string]langs // word → the languages that it is a sign of, or belongs to
	chatspeak              map[chat]string
	wellSpelt, plainWords  map[string]bool
	own                    map[string]map[string]bool // the words that apps of a kind have to do with, by kind
	targets                map[byte][]target
)

// readLexicons fills the variables above when the first prompt comes. It takes
// 15 ms, which would delay the start of a server.
var readLexicons = sync.OnceFunc(func() {
	subjects = readLexicon("subjects.txt", plurals)
	features = readLexicon("features.txt", inflections)
	themes = readLexicon("themes.txt", inflections)
	accents = readLexicon("accents.txt", exactly)
	tongues = readLexicon("speak.txt", exactly)
	sizes = readLexicon("sizes.txt", exactly)
	colours = readColours()
	says = readRows("verbs.txt", "negations.txt")
	smallWords = readLanguages()
	vocabulary = readVocabulary()
	chatspeak = readChatspeak()
	wellSpelt = readWords("wellspelt.txt")
	plainWords = readWords("plain.txt")
	own = readSets("own.txt")
	targets = readTargets()
})

// Function words, explained in lexicon/function.txt.
var (
	functionWords = readSets("function.txt")

	dative            = functionWords["dative"]
	definite          = functionWords["definite"]
	subordinate       = functionWords["subordinate"]
	topics            = functionWords["topics"]
	topicEnds         = functionWords["topicEnds"]
	purposeWords      = functionWords["purposeWords"]
	articles          = functionWords["articles"]
	fitting           = functionWords["fitting"]
	replacing         = functionWords["replacing"]
	conditions        = functionWords["conditions"]
	nameEnds          = functionWords["nameEnds"]
	purposes          = functionWords["purposes"]
	observers         = functionWords["observers"]
	nounFollowers     = functionWords["nounFollowers"]
	appNouns          = functionWords["appNouns"]
	prepositions      = functionWords["prepositions"]
	generalHeads      = functionWords["generalHeads"]
	appHeads          = functionWords["appHeads"]
	generic           = functionWords["generic"]
	shadeWords        = functionWords["shadeWords"]
	joins             = functionWords["joins"]
	fromWords         = functionWords["fromWords"]
	startWords        = functionWords["startWords"]
	nots              = functionWords["nots"]
	scopeEnds         = functionWords["scopeEnds"]
	languageNames     = functionWords["languageNames"]
	textIntroductions = functionWords["textIntroductions"]

	partHeads     = functionWords["partHeads"]
	wholeHeads    = functionWords["wholeHeads"]
	places        = functionWords["places"]
	placing       = functionWords["placing"]
	placingAbroad = functionWords["placingAbroad"]
	noPlaces      = functionWords["noPlaces"]
	beside        = functionWords["beside"]
	where         = functionWords["where"]
	pointing      = functionWords["pointing"]
	belonging     = functionWords["belonging"]
	indefinite    = functionWords["indefinite"]
	additions     = functionWords["additions"]
	extensions    = functionWords["extensions"]
	whole         = functionWords["whole"]
	versionWords  = functionWords["versionWords"]
	changes       = functionWords["changes"]
	titleHeads    = functionWords["titleHeads"]
	copulas       = functionWords["copulas"]
	praise        = functionWords["praise"]
	shown         = functionWords["shown"]
	showing       = functionWords["showing"]
	makers        = functionWords["makers"]
	befores       = functionWords["befores"]
	withouts      = functionWords["withouts"]
	numberWords   = functionWords["numberWords"]
	unspecific    = functionWords["unspecific"]
	colourWords   = functionWords["colourWords"]
	fileWords     = functionWords["fileWords"]
	questionWords = functionWords["questionWords"]
	owners        = functionWords["owners"]
	periods       = functionWords["periods"]
	byItself      = functionWords["byItself"]
	comparatives  = functionWords["comparatives"]
	adders        = functionWords["adders"]
	raves         = functionWords["raves"]
	again         = functionWords["again"]
	timeWords     = functionWords["timeWords"]
	mays          = functionWords["mays"]
	starters      = functionWords["starters"]
	pageHeads     = functionWords["pageHeads"]
	ends          = functionWords["ends"]
	modals        = functionWords["modals"]

	topicPrepositions       = functionWords["topicPrepositions"]
	topicPrepositionsAbroad = functionWords["topicPrepositionsAbroad"]
	topicParticles          = functionWords["topicParticles"]
	aims                    = functionWords["aims"]
	datings                 = functionWords["datings"]
	relatives               = functionWords["relatives"]
	introductions           = functionWords["introductions"]
	inWords                 = functionWords["inWords"]
	intoWords               = functionWords["intoWords"]
	texted                  = functionWords["texted"]
	translating             = functionWords["translating"]
	coloured                = functionWords["coloured"]
	switching               = functionWords["switching"]
	off                     = functionWords["off"]
	absent                  = functionWords["absent"]
	languageWords           = functionWords["languageWords"]
	topicNouns              = functionWords["topicNouns"]
)

// Subjects lists the ids of the kinds of apps, Other last.
func Subjects() []Subject {
	readLexicons()
	var ids []Subject
	for _, e := range subjects.entries {
		if e.id == lookalike {
			continue
		}
		ids = append(ids, Subject(e.id))
	}
	return ids
}

// Features lists the ids of what an app can be asked to have.
func Features() []string {
	readLexicons()
	var ids []string
	for _, e := range features.entries {
		if e.id == lookalike {
			continue
		}
		ids = append(ids, e.id)
	}
	return ids
}

// lexicon holds phrases and what they stand for.
type lexicon struct {
	entries []*entry
	phrases map[string][]phrase // by the first word
	reach   reach
}

// reach says which other forms of the words of a phrase are found.
type reach int

const (
	exactly reach = iota
	plurals
	inflections
)

// entry is what a phrase stands for.
type entry struct {
	id, title string
	has       []string // the features that an app of this kind has anyway
	part      bool     // other apps often have one
}

// phrase is a way to express an entry.
type phrase struct {
	words []string // a gap among them stands for up to maxGap words
	entry *entry
	langs langs
	weak  bool // it only hints at the entry
}

// lookalike is the id of phrases that look like those of an entry but mean
// something else. Their words do not count for other entries.
const lookalike = "-"

const (
	gap    = ".."
	maxGap = 3
)

// readLexicon reads a file of entries. An entry begins with a line that has its id
// and may have a title. Lines of phrases follow, each in one language.
func readLexicon(name string, reach reach) lexicon {
	l := lexicon{phrases: map[string][]phrase{}, reach: reach}
	var e *entry
	for line := range lines(name) {
		if line[0] != '\t' {
			id, title, _ := strings.Cut(line, " ")
			e = &entry{id: id, title: strings.Trim(title, `"`)}
			l.entries = append(l.entries, e)
			continue
		}
		language, list, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch language {
		case "has":
			e.has = strings.Split(list, ", ")
			continue
		case "part":
			e.part = true
			continue
		}
		for text := range strings.SplitSeq(list, ", ") {
			l.add(text, e, 1<<slices.Index(languages, language))
		}
	}
	return l
}

// readRows reads files into one lexicon per entry, since a phrase may belong to
// several entries.
func readRows(names ...string) map[string]lexicon {
	rows := map[string]lexicon{}
	for _, name := range names {
		l := readLexicon(name, exactly)
		for first, list := range l.phrases {
			for _, p := range list {
				row, ok := rows[p.entry.id]
				if !ok {
					row = lexicon{phrases: map[string][]phrase{}, reach: exactly}
					rows[p.entry.id] = row
				}
				row.phrases[first] = append(row.phrases[first], p)
			}
		}
	}
	return rows
}

func (l lexicon) add(text string, e *entry, in langs) {
	text, weak := strings.CutPrefix(text, "~")
	words := strings.Fields(fold(text))
	list := l.phrases[words[0]]
	for i := range list {
		if p := &list[i]; p.entry == e && slices.Equal(p.words, words) {
			p.langs |= in
			return
		}
	}
	l.phrases[words[0]] = append(list, phrase{words, e, in, weak})
}

// readVocabulary returns the words that are known to be spelt well, each with the
// languages that it belongs to.
func readVocabulary() map[string]langs {
	v := maps.Clone(smallWords)
	for name := range colours["plain"] {
		v[name] = 1<<len(languages) - 1
	}
	for _, l := range append(slices.Collect(maps.Values(says)), subjects, features, themes, accents, sizes) {
		for _, list := range l.phrases {
			for _, p := range list {
				for _, w := range p.words {
					v[w] |= p.langs
				}
			}
		}
	}
	return v
}

func readLanguages() map[string]langs {
	words := map[string]langs{}
	for line := range lines("language.txt") {
		language, list, _ := strings.Cut(line, " ")
		for w := range strings.SplitSeq(list, ", ") {
			words[w] |= 1 << slices.Index(languages, language)
		}
	}
	return words
}

// chat is a word in a language, as people write it in a hurry.
type chat struct {
	language int
	word     string
}

func readChatspeak() map[chat]string {
	spelt := map[chat]string{}
	for line := range lines("chatspeak.txt") {
		f := strings.SplitN(line, " ", 3)
		spelt[chat{slices.Index(languages, f[0]), f[1]}] = f[2]
	}
	return spelt
}

func readWords(name string) map[string]bool {
	words := map[string]bool{}
	for line := range lines(name) {
		for w := range strings.FieldsSeq(line) {
			words[w] = true
		}
	}
	return words
}

// readColours returns the names of colours and what they stand for, by kind of name.
func readColours() map[string]map[string]string {
	kinds := map[string]map[string]string{}
	var kind map[string]string
	for line := range lines("colours.txt") {
		if line[0] != '\t' {
			kind = map[string]string{}
			kinds[line] = kind
			continue
		}
		for pair := range slices.Chunk(strings.Fields(line), 2) {
			kind[pair[0]] = pair[1]
		}
	}
	return kinds
}

// readSets returns sets of words by their names.
func readSets(name string) map[string]map[string]bool {
	sets := map[string]map[string]bool{}
	var set map[string]bool
	for line := range lines(name) {
		if line[0] != '\t' {
			set = map[string]bool{}
			sets[line] = set
			continue
		}
		for w := range strings.FieldsSeq(line) {
			set[w] = true
		}
	}
	return sets
}

// lines yields the lines of an embedded file that are neither empty nor comments.
func lines(name string) func(yield func(string) bool) {
	text, err := files.ReadFile("lexicon/" + name)
	if err != nil {
		panic(err) // the file is part of the program
	}
	return func(yield func(string) bool) {
		for line := range strings.SplitSeq(string(text), "\n") {
			if strings.TrimSpace(line) != "" && line[0] != '#' && !yield(line) {
				return
			}
		}
	}
}

// mention is a phrase found in a prompt: the words from..to-1.
type mention struct {
	*entry
	langs    langs
	weak     bool
	from, to int
}

func (m *mention) id() Subject {
	if m == nil {
		return ""
	}
	return Subject(m.entry.id)
}

func (m mention) overlaps(o mention) bool { return m.from < o.to && o.from < m.to }

// find returns the phrases in words that belong to English or to language. Of two
// that overlap, the one that begins first counts; if both begin at one word, the
// longer one.
func (l lexicon) find(words []word, language int) []mention {
	var found []mention
	for i := 0; i < len(words); {
		m, ok := l.at(words, i, language)
		if ok {
			if m.entry.id != lookalike {
				found = append(found, m)
			}
			i = m.to
		} else {
			i++
		}
	}
	return found
}

// in reports whether a phrase of the lexicon is in words.
func (l lexicon) in(words []word, language int) bool { return len(l.find(words, language)) > 0 }

// at returns the longest phrase that begins at word i.
func (l lexicon) at(words []word, i, language int) (mention, bool) {
	var best mention
	for _, form := range l.forms(words[i]) {
		for _, p := range l.phrases[form] {
			if !p.langs.has(english) && !p.langs.has(language) {
				continue
			}
			if n := l.match(p.words[1:], words[i+1:]); n >= 0 && (1+n > best.to-best.from || 1+n == best.to-best.from && p.entry.id == lookalike) {
				best = mention{p.entry, p.langs, p.weak, i, i + 1 + n}
			}
		}
	}
	return best, best.to > 0
}

func (l lexicon) forms(w word) []string {
	switch l.reach {
	case exactly:
		return w.forms[:1]
	case plurals:
		return w.forms[:w.plain]
	}
	return w.forms
}

// match returns the number of words that the rest of a phrase takes; -1 if it does
// not match. A phrase does not cross the end of a clause.
func (l lexicon) match(phrase []string, words []word) int {
	for n, w := range phrase {
		if w == gap {
			for skip := range maxGap + 1 {
				if rest := l.match(phrase[n+1:], words[min(n+skip, len(words)):]); rest >= 0 {
					return n + skip + rest
				}
				if n+skip >= len(words) || words[n+skip].begins != 0 {
					return -1
				}
			}
			return -1
		}
		if n == len(words) || words[n].begins != 0 || !slices.Contains(l.forms(words[n]), w) {
			return -1
		}
	}
	return len(phrase)
}
