package intent

import "strings"

var (
	hexColour = compiled(`(?:^|[^\w&])(#(?:[0-9a-fA-F]{6}|[0-9a-fA-F]{3}))\b`)

	// named finds the name after "called" and the like: in quotation marks, or the
	// words that begin with a capital letter.
	named = compiled(`(?i:\b(?:called|named|titled|entitled|call it|name it|name is|title it|rename (?:it|this|the app|the project) to|llamad[ao]|ll[aá]mal[ao]|se llame|appel[ée]e?|nomm[ée]e?|appelle-l[ea]|namens|genannt|nenn(?:e)? (?:es|sie|ihn)|chamad[ao]|chame de))\s*:?\s+` +
		`(?:["“„«']([^"”“»\n]{1,60}?)["”“»']|((?:\p{Lu}[\p{L}\d'’&-]*)(?: (?:\p{Lu}|\d)[\p{L}\d'’&-]*){0,4}))`)
)

// title returns the name in the prompt, else the title of the subject.
func (p *prompt) title(subject Subject) string {
	if m := named().FindStringSubmatch(strings.ToValidUTF8(p.text, "")); m != nil {
		return strings.TrimSpace(m[1] + m[2])
	}
	if at := quoted().FindStringIndex(p.text); at != nil && isName(p.text[at[0]:at[1]]) && !introducesText(p.text[:at[0]]) {
		return unquote(p.text[at[0]:at[1]])
	}
	return title(subject)
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
