package template

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"dreambuild.dev/backend/internal/intent"
)

// naming tells how a prompt names items of a bank: "weather in Paris".
type naming struct {
	By  string `json:"by"`  // the field of an item that holds its name
	Key string `json:"key"` // the field by which a recipe keeps it, the same in all languages
}

// number is a number that a prompt may give an app: "a timer for 10 minutes".
type number struct {
	Least int    `json:"least"`
	Most  int    `json:"most"`
	Bare  int    `json:"bare"` // what a number without a unit is multiplied by; 0: it is none
	Units []unit `json:"units"`
}

// unit is a word behind a number, or before it. The first one of a language is how people
// are told of it.
type unit struct {
	Is    int                 `json:"is"` // what the number is multiplied by
	Words map[string][]string `json:"words"`
}

// asked is what the words of a prompt ask of an app.
type asked struct {
	named   []string       // the keys of items, in the order of the prompt
	numbers map[string]int // by id
	used    []string       // the words that this accounts for
}

// accountsFor reports whether a word of the prompt, or a part of a number as "000" is of
// "20,000", is one of those that were used.
func (a asked) accountsFor(word string) bool {
	return slices.ContainsFunc(a.used, func(used string) bool {
		return used == word || isDigits(word) && isDigits(used) && strings.Contains(used, word)
	})
}

// asks reads what words of a prompt name of an app's content, and the numbers that they
// give it.
func (a *app) asks(words []string) asked {
	found := asked{numbers: map[string]int{}}
	type match struct {
		key      string
		from, to int
	}
	var all []match
	for key, names := range a.names() {
		for _, name := range names {
			for i := range len(words) - len(name) + 1 {
				if slices.Equal(words[i:i+len(name)], name) {
					all = append(all, match{key, i, i + len(name)})
				}
			}
		}
	}
	slices.SortFunc(all, func(a, b match) int {
		return cmp.Or((b.to-b.from)-(a.to-a.from), a.from-b.from, strings.Compare(a.key, b.key))
	})
	var kept []match // the longest: of "Canadian dollars" not the dollars
	for _, m := range all {
		if !slices.ContainsFunc(kept, func(k match) bool { return m.from < k.to && k.from < m.to }) {
			kept = append(kept, m)
			found.used = append(found.used, words[m.from:m.to]...)
		}
	}
	slices.SortFunc(kept, func(a, b match) int { return a.from - b.from })
	for _, m := range kept {
		if !slices.Contains(found.named, m.key) {
			found.named = append(found.named, m.key)
		}
	}
	a.count(words, &found)
	return found
}

// count reads the numbers of a prompt.
func (a *app) count(words []string, found *asked) {
	type measured struct {
		id string
		by int
	}
	said, seen := map[string]float64{}, map[measured]bool{}
	for i, w := range words {
		digits := w[:len(w)-len(strings.TrimLeft(w, "0123456789."))]
		value, err := strconv.ParseFloat(digits, 64)
		if err != nil {
			continue
		}
		if id, by, used := a.unitOf(words, i, w[len(digits):]); by > 0 && !seen[measured{id, by}] { // "1 hour 30 minutes" is one number, "25 minutes, and 5 minutes" are two
			seen[measured{id, by}] = true
			said[id] += value * float64(by)
			found.used = append(found.used, used...)
		}
	}
	for id, value := range said {
		if n := a.Numbers[id]; value >= float64(n.Least) && value <= float64(n.Most) {
			found.numbers[id] = int(value)
		}
	}
}

// unitOf returns which number begins words[i], and what it is multiplied by: 0 if it is
// none of the app's. glued is what stands behind its digits in the same word, as in "10min".
func (a *app) unitOf(words []string, i int, glued string) (id string, by int, used []string) {
	ids := slices.Sorted(maps.Keys(a.Numbers))
	is := func(word string, used []string) (string, int, []string) {
		for _, id := range ids {
			for _, u := range a.Numbers[id].Units {
				if u.has(word) {
					return id, u.Is, used
				}
			}
		}
		return "", 0, nil
	}
	if glued != "" {
		return is(glued, words[i:i+1])
	}
	for _, n := range []int{2, 1} { // "por ciento" is two words
		if i+n < len(words) {
			if id, by, used := is(strings.Join(words[i+1:i+1+n], " "), words[i:i+1+n]); by > 0 {
				return id, by, used
			}
		}
	}
	if i > 0 && (i == 1 || !isDigits(words[i-2])) { // "length 20", but not "4 people, 20"
		if id, by, used := is(words[i-1], words[i-1:i+1]); by > 0 {
			return id, by, used
		}
	}
	for _, id := range ids {
		if n := a.Numbers[id]; n.Bare > 0 {
			return id, n.Bare, words[i : i+1]
		}
	}
	return "", 0, nil
}

func isDigits(word string) bool { return strings.Trim(word, "0123456789.") == "" }

// has reports whether a word of a prompt is one of the unit's.
func (u unit) has(word string) bool {
	for _, all := range u.Words {
		if slices.ContainsFunc(all, func(w string) bool { return folded(w) == word }) {
			return true
		}
	}
	return false
}

// oneOfEach returns the first of what is named twice, or stands for one another: of
// "speed=fast" and "speed=slow", of two currencies in an app that has one.
func (a *app) oneOfEach(named []string) (kept []string) {
	seen := map[string]bool{}
	for _, key := range named {
		group, _, _ := strings.Cut(key, "=")
		if a.Currency && currencies()[key] != nil {
			group = "currency"
		}
		if !seen[group] {
			seen[group] = true
			kept = append(kept, key)
		}
	}
	return kept
}

func folded(text string) string { return strings.Join(intent.Words(text), " ") }

// readNames returns how prompts name what an app knows, in all languages, by key.
func (a *app) readNames() map[string][][]string {
	names := map[string][][]string{}
	add := func(named map[string][]string) {
		for key, all := range named {
			for _, name := range all {
				names[key] = append(names[key], intent.Words(name))
			}
		}
	}
	add(a.Names)
	if a.Currency {
		add(currencies())
	}
	for _, b := range a.Banks {
		if b.Naming == nil {
			continue
		}
		for _, data := range b.Items {
			for _, item := range entries(data) {
				key, name := field(item, b.Naming.Key), intent.Words(field(item, b.Naming.By))
				if !slices.ContainsFunc(names[key], func(known []string) bool { return slices.Equal(known, name) }) {
					names[key] = append(names[key], name)
				}
			}
		}
	}
	return names
}

// ordered puts the items that a recipe names first, in its order, and returns how many
// there are.
func (b bank) ordered(items []json.RawMessage, named []string) ([]json.RawMessage, int) {
	if b.Naming == nil || len(named) == 0 {
		return items, 0
	}
	place := func(item json.RawMessage) int {
		if i := slices.Index(named, field(item, b.Naming.Key)); i >= 0 {
			return i
		}
		return len(named)
	}
	items = slices.Clone(items)
	slices.SortStableFunc(items, func(a, b json.RawMessage) int { return place(a) - place(b) })
	first := slices.IndexFunc(items, func(item json.RawMessage) bool { return place(item) == len(named) })
	if first < 0 {
		first = len(items)
	}
	return items, first
}

// entries returns the items of a bank. That they are a list, the tests of its app find.
func entries(data json.RawMessage) (all []json.RawMessage) {
	if err := json.Unmarshal(data, &all); err != nil {
		panic("a bank's items are no list: " + err.Error())
	}
	return all
}

// field returns a text of an item.
func field(item json.RawMessage, name string) string {
	var all map[string]any
	if err := json.Unmarshal(item, &all); err != nil {
		return ""
	}
	text, _ := all[name].(string)
	return text
}

// told returns a number as people are told of it: "10 minutes".
func (n number) told(value int, language string) string {
	for i, u := range n.Units {
		if words := u.Words[known(language)]; (value%u.Is == 0 || i == len(n.Units)-1) && len(words) > 0 {
			return strconv.FormatFloat(float64(value)/float64(u.Is), 'f', -1, 64) + " " + words[0]
		}
	}
	return strconv.Itoa(value)
}

// nameOf returns what people call an item of a bank.
func (a *app) nameOf(key, language string) string {
	if names := a.Names[key]; len(names) > 0 {
		return names[0]
	}
	for _, b := range a.Banks {
		if b.Naming == nil {
			continue
		}
		for _, item := range entries(b.Items[known(language)]) {
			if field(item, b.Naming.Key) == key {
				return field(item, b.Naming.By)
			}
		}
	}
	return key
}
