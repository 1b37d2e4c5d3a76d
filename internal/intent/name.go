package intent

import (
	"cmp"
	"slices"
	"strings"
)

var (
	hexColour = compiled(`(?:^|[^\w&])(#(?:[0-9a-fA-F]{6}|[0-9a-fA-F]{3}))\b`)

	// named finds the name after "called" and the like: in quotation marks, or the
	// words that begin with a capital letter.
	named = compiled(`(?i:\b(?:called|named|titled|entitled|call (?:it|this)|name it|name is|title it|rename (?:it|this|(?:the|my) [\p{L}-]+(?: app| game)?) (?:to|as|into)|` +
		`(?:the|its) (?:name|title) to|llamad[ao]|ll[aá]mal[ao]|se llame|ren[oó]mbral[ao] (?:a|como)|el (?:nombre|t[ií]tulo) (?:a|por)|` +
		`appel[ée]e?|nomm[ée]e?|(?:appelle|nomme)-l[ea]|renomme-l[ea] (?:en)?|renomme l'app(?:li|lication)? en|le (?:nom|titre) en|namens|genannt|nenn(?:e)? (?:es|sie|ihn|die app)|` +
		`benenn(?:e)? (?:es|sie|ihn|die app) (?:um )?in|den (?:namen|titel) (?:in|auf|zu)|chamad[ao]|cham[ae] (?:de|isso de)|renome(?:ie|ia)(?: (?:o app|o aplicativo|isso))? para|o (?:nome|t[ií]tulo) para))\s*:?\s*` +
		`(?:["“„«']([^"”“»\n]{1,60}?)["”“»']|((?:\p{Lu}[\p{L}\d'’&-]*)(?: (?:(?:of|by|and|the|&|de|del|la|y|et|du|des|da|do|e) )?(?:\p{Lu}|\d)[\p{L}\d'’&-]*){0,4}))`)

	// person finds who a page about a person is for: two names or more.
	person = compiled(`(?i:\b(?:i['’]m|i am|my name is|me llamo|mi nombre es|soy|je m['’]appelle|je suis|mon nom est|ich bin|ich heiße|mein name ist|me chamo|meu nome é|sou))\s+` +
		`(\p{Lu}[\p{L}'’-]+(?: \p{Lu}[\p{L}'’-]+){1,3})`)

	// business finds the name behind what somebody has: "my pizza place Da Gino". German
	// nouns begin with a capital letter all the same.
	business = compiled(`\b(?i:my|our|mi|nuestro|nuestra|mon|ma|notre|meu|minha|nosso|nossa)((?: \p{Ll}[\p{L}-]*){1,3}) (\p{Lu}[\p{L}'’&-]*(?: \p{Lu}[\p{L}'’&-]*){0,3})`)

	// renamed finds a name in small letters, of one word, which ends the request.
	renamed = compiled(`(?i:\b(?:call it|name it|title it|rename it to|nenn(?:e)? es|ll[aá]mal[ao]|(?:appelle|nomme)-l[ea]))\s+(\p{Ll}[\p{L}\d-]*)(?: please| bitte| por favor)?\s*(?:[.,;!\n]|$)`)
)

// title returns the name in the prompt, else the title of the subject.
func (p *prompt) title(subject Subject) string {
	if p.name == "" {
		p.name, p.naming = p.whose(subject)
	}
	return cmp.Or(p.name, title(subject))
}

// naming lists parts of the words of named and renamed, in small letters. A text that has
// none of them gives no name by them.
var naming = []string{"call", "nam", "nom", "nóm", "lam", "lám", "cham", "nenn", "nann", "appel", "tit", "tít"}

// whose returns the name of whoever or whatever a page is about, and the words that give
// it.
func (p *prompt) whose(subject Subject) (name, words string) {
	switch subject {
	case "resume", "portfolio":
		if m := person().FindStringSubmatch(p.masked); m != nil {
			return m[1], m[0]
		}
	case "landing-page", "restaurant-menu", "shop", "blog", "pricing", "faq":
		if m := business().FindStringSubmatch(p.masked); m != nil && languages[p.language] != "de" && !slices.ContainsFunc(strings.Fields(m[1]), leadsToPlace) {
			return m[2], m[2]
		}
	}
	return "", ""
}

// leadsToPlace reports whether a place or a topic stands behind a word, and no name.
func leadsToPlace(word string) bool {
	switch word {
	case "in", "at", "of", "on", "from", "near", "about", "to", "with", "en", "de", "del", "sobre", "à", "a", "dans", "du", "em", "no", "na", "do", "da":
		return true
	}
	return false
}

// given returns the name in the prompt, and the words that give it; "" if there is none.
func (p *prompt) given() (name, words string) {
	text := strings.ToValidUTF8(p.text, "")
	small := strings.ToLower(text)
	if slices.ContainsFunc(naming, func(part string) bool { return strings.Contains(small, part) }) {
		if m := named().FindStringSubmatch(text); m != nil {
			return strings.TrimSpace(m[1] + m[2]), m[0]
		}
		if m := renamed().FindStringSubmatch(text); m != nil {
			return m[1], m[0]
		}
	}
	if all := quotations(p.text); len(all) > 0 {
		before, quote := p.text[:all[0][0]], p.text[all[0][0]:all[0][1]]
		if isName(quote) && !introducesText(before) && !followsTopicWord(before) {
			return unquote(quote), quote
		}
	}
	return "", ""
}

// title returns the name for a project whose app is of a kind.
func title(subject Subject) string {
	for _, e := range subjects.entries {
		if e.id == string(subject) {
			return e.title
		}
	}
	return ""
}

// inName reports whether words are a part of the name that the prompt gives: "call it
// Saturday Shop" asks for no shop.
func (p *prompt) inName(m mention) bool {
	at, in := strings.Index(p.masked, p.naming), strings.LastIndex(p.naming, p.name)
	if p.name == "" || at < 0 || in < 0 || m.from == m.to {
		return false
	}
	return at+in <= p.words[m.from].at && p.words[m.to-1].end <= at+in+len(p.name)
}
