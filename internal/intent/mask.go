package intent

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

var (
	fenced     = compiled("(?s)```.*?(?:```|$)")
	inCode     = compiled("`[^`\n]+`")
	programmed = compiled(`(?:\bfunction\b[^\n(]{0,40}\(|\b(?:const|let|var) +\w+ *=|\b(?:for|if|while) *\(|</?[a-zA-Z!]\w*|[.#]?[\w-]+ *\{ *[\w-]+ *:)[^\n]*[;})>]`)
	codeLine   = compiled(`(?m)^[^\n]*(?:[;{}]|=>)[ \t]*$`)
	failure    = compiled(`(?m)(?:Uncaught |\b[A-Z]\w*(?:Error|Exception)\b:)[^\n]*|^\s*at [^\n]*:\d+(?::\d+)?\)?$|\b\w+ \([\w./-]+:\d+(?::\d+)?\)|(?i:\bunexpected token)[^\n,]{0,12}`)
	hyphenated = compiled(`(?i)\bto-do`) // without the hyphen, "to do" is seldom a to-do list
	address    = compiled(`(?i)\bhttps?://\S+`)
	quoted     = compiled(`"[^"\n]{1,80}"|“[^”\n]{1,80}”|„[^“”\n]{1,80}[“”]|«[^»\n]{1,80}»|\B'[^'\n]{1,60}'\B`)
)

// compiled returns an expression that is compiled when it is first used.
func compiled(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}

// mask returns the text of the prompt without the parts that ask for nothing: code,
// the output of programs, addresses, and quoted texts that the app should show.
func (p *prompt) mask() string {
	text := strings.ToValidUTF8(p.text, " ")
	// A pattern is only looked for where one of its characters is: most prompts
	// are plain words.
	replace := func(pattern func() *regexp.Regexp, characters, with string) bool {
		if !strings.ContainsAny(text, characters) {
			return false
		}
		masked := pattern().ReplaceAllString(text, with)
		found := masked != text
		text = masked
		return found
	}
	replace(address, "/", " ")
	replace(hyphenated, "-", "todo")
	p.hasCode = replace(fenced, "`", " . ")
	if strings.Contains(text, "`") {
		text = inCode().ReplaceAllStringFunc(text, func(code string) string {
			if isFile(strings.Trim(code, "`")) {
				return strings.ReplaceAll(code, "`", " ")
			}
			p.hasCode = true
			return " . "
		})
	}
	p.hasError = replace(failure, ":' ", " . ")
	p.hasCode = replace(programmed, ";})>]", " . ") || p.hasCode
	if p.hasCode {
		replace(codeLine, ";{}=", " . ")
	}
	return p.maskQuotes(text)
}

// isFile reports whether a text in code marks is a file's name.
func isFile(text string) bool {
	_, extension, ok := strings.Cut(text[strings.LastIndexByte(text, '/')+1:], ".")
	return ok && extensions[strings.ToLower(extension)] && !strings.ContainsAny(text, " (=")
}

// maskQuotes takes out the quotations that are names, or texts that the app should
// show. Others only stress a word, such as a "show password" eye.
func (p *prompt) maskQuotes(text string) string {
	var b strings.Builder
	end := 0
	for _, at := range quotations(text) {
		b.WriteString(text[end:at[0]])
		quote := text[at[0]:at[1]]
		if isName(quote) || introducesText(text[:at[0]]) {
			quote = " "
		}
		b.WriteString(quote)
		end = at[1]
	}
	b.WriteString(text[end:])
	return b.String()
}

// followsTopicWord reports whether a text ends in "about" or the like.
func followsTopicWord(before string) bool {
	words := strings.Fields(fold(strings.ToValidUTF8(before[max(0, len(before)-20):], "")))
	return len(words) > 0 && topics[words[len(words)-1]]
}

// quotations returns where the quotations of a text lie.
func quotations(text string) [][]int {
	if !strings.ContainsAny(text, quotationMarks) {
		return nil
	}
	return quoted().FindAllStringIndex(text, -1)
}

const quotationMarks = `"'“„«`

// isName reports whether a quotation reads like a name: two words or more, each of
// which begins with a capital letter or has at most three bytes.
func isName(quote string) bool {
	words := strings.Fields(unquote(quote))
	for _, w := range words {
		if r, _ := utf8.DecodeRuneInString(w); !unicode.IsUpper(r) && len(w) > 3 {
			return false
		}
	}
	return len(words) > 1
}

func unquote(quote string) string { return strings.Trim(quote, `"'“”„«» `) }

// introducesText reports whether the words before a quotation, such as "replace the
// title with", show that it is a name or a text.
func introducesText(before string) bool {
	before = strings.TrimRight(before[max(0, len(before)-40):], " :")
	words := strings.Fields(fold(strings.ToValidUTF8(before, "")))
	if len(words) == 0 {
		return false
	}
	return textIntroductions[words[len(words)-1]] || slices.ContainsFunc(words, func(w string) bool { return replacing[w] })
}
