package reply

import (
	"path"
	"strings"
)

// A name with spaces looks like words that end in a name: "my page.html", "Create
// page.html". It is a name for sure between backquotes or quotes and behind a label;
// elsewhere none of its words may be one that leads to a name.
var (
	spaced        = compiled(`^(?:(?:[A-Za-z]:[/\\])?[^\s<>"'|*?:{}=` + "`" + `]*[/\\])?[\pL\pN_][\pL\pN_()&'+,./\\-]*(?: [\pL\pN_()&'+,./\\-]+)+$`)
	quotedName    = compiled("[\"“„«]([^\"”“»<>|*?:{}`]+\\.[A-Za-z][A-Za-z0-9]{0,11})[\"”“»]")
	marksBefore   = compiled(`^(?:#{1,6}\s+|[-*+]\s+|\d+[.)]\s+|>\s+|[^\w\pL\s./\\<>|:@` + "`" + `*([{~'"-]+\s*)*`)
	labelled      = compiled(`(?i)^` + aLabel + `(.+)$`)
	anyComment    = compiled(`^\s*(<!--|/\*+|//+|\{/\*|#|--|;)\s*(.*?)\s*(?:-->|\*/\}?)?\s*$`)
	withoutSpaces = compiled(`[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}]`) // a language that puts none between words
)

// leadingWords lead to a name, or speak of it, in the languages of the product.
var leadingWords = wordSet(`
	the a an this that your our its update updated complete full whole entire fixed corrected here file
	files name filename path called named titled as is and or to in into inside of for from with at by
	on see then now step create add edit change modify replace open run save write make use using import
	load include delete remove rename move copy paste put usage how why html css js javascript
	typescript ts json jsx tsx python markdown react vue script stylesheet styles style live twoslash
	showlinenumbers linenums numbered nocopy editable runnable collapse wrap lines el la los las un una
	archivo fichero en de del para con crea crear ahora luego nuevo completo der die das den ein eine
	datei im von für mit erstelle neue dann jetzt hier ist und le les une fichier dans du des pour avec
	créez nouveau voici et o os um uma arquivo ficheiro no na do da crie agora e
`)

// usualNames are the names of files, without their extensions, that words stand
// before more often than they are a part of a longer name.
var usualNames = wordSet("index main app style styles script scripts server package readme game utils config types")

func wordSet(words string) map[string]bool {
	set := map[string]bool{}
	for word := range strings.FieldsSeq(words) {
		set[word] = true
	}
	return set
}

// spacedName returns a name that holds spaces; "" for any other text. sure says that
// marks enclose the text.
func spacedName(text string, sure bool) string {
	text = strings.TrimSpace(text)
	if n := strings.Count(text, " "); n == 0 || n > 8 || len(text) > maxNameLine || kindOf(path.Ext(text)) == "" {
		return ""
	}
	words := strings.Fields(text)
	last := words[len(words)-1]
	sure = sure || isRooted(text) || strings.ContainsAny(words[0], `/\`)
	for _, word := range words[:len(words)-1] {
		if isFileName(word) || !sure && (len(words) > 4 || leadingWords[strings.ToLower(word)] || withoutSpaces().MatchString(word) || strings.HasSuffix(word, ",") || strings.HasSuffix(word, ".")) {
			return ""
		}
	}
	if stem, _, _ := strings.Cut(strings.ToLower(last), "."); !sure && usualNames[stem] || strings.HasPrefix(last, ".") ||
		libraryName().MatchString(last) || !spaced().MatchString(text) || command().MatchString(text) {
		return ""
	}
	return text
}

// mayEndInName reports, fast, whether a line may hold a name with spaces and end in
// it.
func mayEndInName(line string) bool {
	end := strings.TrimRight(line, " :：*_`\"'-=)]/>")
	i := strings.LastIndexByte(end, '.')
	return i > 0 && kindOf(end[i:]) != "" && strings.Contains(end[:i], " ")
}

// spacedInLine returns the name with spaces in a line that only names a file.
func spacedInLine(line string) string {
	if !mayEndInName(line) {
		return ""
	}
	line = withoutRules(line)
	text := strings.TrimSpace(line[len(marksBefore().FindString(line)):])
	text = strings.TrimRight(text, " :：")
	if bold := strings.ReplaceAll(text, "**", ""); bold != text {
		text = strings.TrimRight(strings.TrimSpace(bold), " :：")
		text = text[len(marksBefore().FindString(text)):]
	}
	sure := false
	if m := labelled().FindStringSubmatch(text); m != nil {
		text, sure = strings.TrimSpace(m[1]), true
	}
	if inner := strings.Trim(text, "`\""); len(inner) == len(text)-2 {
		text, sure = inner, true
	}
	return spacedName(text, sure)
}

// spacedInWords returns the name with spaces that stands between quotes or backquotes
// in a line of words, and the line without it.
func spacedInWords(line string) (name, rest string) {
	if strings.ContainsAny(line, "\"“„«") {
		if m := quotedName().FindStringSubmatchIndex(line); m != nil {
			if name = spacedName(line[m[2]:m[3]], true); name != "" {
				return name, line[:m[0]] + line[m[1]:]
			}
		}
	}
	if !strings.Contains(line, "`") {
		return "", line
	}
	parts := strings.Split(line, "`")
	for i := 1; i < len(parts)-1; i += 2 {
		if name = spacedName(parts[i], true); name != "" {
			return name, strings.Join(append(parts[:i:i], parts[i+1:]...), "")
		}
	}
	return "", line
}

// spacedInComment returns the name with spaces in a comment, and the mark of that.
func spacedInComment(line string) (mark, name string) {
	if !mayEndInName(strings.TrimLeft(line, " \t<!-/*#;{")) {
		return "", ""
	}
	m := anyComment().FindStringSubmatch(line)
	if m == nil || !strings.Contains(m[2], " ") {
		return "", ""
	}
	text, sure := m[2], false
	if l := labelled().FindStringSubmatch(text); l != nil {
		text, sure = l[1], true
	}
	if inner := strings.Trim(text, "`\"'"); len(inner) == len(text)-2 {
		text, sure = inner, true
	}
	return m[1], spacedName(text, sure)
}

// spacedInInfo returns the name with spaces in an info string, or in what follows the
// language in it.
func spacedInInfo(info, language, rest string) string {
	if !strings.Contains(info, " ") {
		return ""
	}
	if strings.ContainsAny(info, `"'`) && !strings.Contains(info, "=") {
		if m := quotedName().FindStringSubmatch(strings.ReplaceAll(info, "'", `"`)); m != nil {
			return m[1]
		}
	}
	if !mayEndInName(info) {
		return ""
	}
	if kinds[language] == "" {
		rest = info
	}
	rest = strings.TrimSpace(rest)
	label := infoLabel().FindString(rest)
	return spacedName(strings.Trim(rest[len(label):], "()[] "), label != "")
}
