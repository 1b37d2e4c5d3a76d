package reply

import (
	"bytes"
	"path"
	"regexp"
	"strings"
	"sync"

	"dreambuild.dev/backend/internal/artifact"
)

// maxNameLine is the length, in bytes, of the longest line that may name a file.
const maxNameLine = artifact.MaxPathBytes + 100

// before is what the text says before a block.
type before struct {
	any     bool   // something was said
	line    string // the last line that is not blank
	heading string // the last heading
	list    bool   // the text is in a list
}

// see takes a line outside blocks that is not blank.
func (b *before) see(line []byte) {
	text := bytes.TrimSpace(line)
	switch indented := line[0] == ' ' || line[0] == '\t'; {
	case isItem(text):
		b.list = true
	case !indented:
		b.list = false
	}
	b.line = ""
	if len(text) <= maxNameLine {
		b.line = string(text)
	}
	if text[0] == '#' || bytes.HasPrefix(text, []byte("**")) && bytes.HasSuffix(bytes.TrimRight(text, ":"), []byte("**")) {
		b.heading = b.line
	}
}

// isItem reports whether a line begins an item of a list.
func isItem(line []byte) bool {
	rest := bytes.TrimLeft(line, "0123456789")
	if len(rest) < len(line) {
		return len(rest) > 1 && (rest[0] == '.' || rest[0] == ')') && rest[1] == ' '
	}
	return len(line) > 1 && bytes.IndexByte([]byte("-*+"), line[0]) >= 0 && line[1] == ' '
}

// nameBefore returns the path that the line before a block gives it, or the heading
// above: then there may be words between, and the name is far. A sentence or a
// heading further up that names a file which is there already explains that file,
// and names no block.
func (p *Parser) nameBefore(language string) (name string, far bool) {
	if name := nameInLine(p.before.line); name != "" && fits(language, name) {
		return name, false
	}
	leading := nameInWords(p.before.line)
	if leading != "" && (!endsInColon(p.before.line) || aside().MatchString(strings.ReplaceAll(p.before.line, leading, ""))) {
		leading = ""
	}
	for _, name := range []string{leading, nameInLine(p.before.heading)} {
		if name != "" && !p.out.has(name) && fits(language, name) {
			return name, name != leading
		}
	}
	return "", false
}

func endsInColon(line string) bool {
	line = strings.TrimRight(line, "*_ ")
	return strings.HasSuffix(line, ":") || strings.HasSuffix(line, "：")
}

// isFile reports, by the first line of a block, whether it may be the file that is
// named before it. A block without a language may also be commands, or the output
// of a program.
func (b *block) isFile(line []byte) bool {
	if b.language != "" && kinds[b.language] != "text" || aboutFiles(strings.TrimPrefix(path.Ext(b.nameBefore), ".")) {
		return true
	}
	line = bytes.TrimSpace(line)
	return isDocument(line) || !b.nameFar && !command().Match(line)
}

// compiled returns an expression that is compiled when it is first used. All of
// them take 4 ms, which would delay the start of a server.
func compiled(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}

// Parts of the expressions below.
const (
	nameChar = "[^\\s`\"'<>|*(){}:,;!?=]"
	aPath    = `((?:/{0,3}[A-Za-z]:[\\/]|file:/{1,3}(?:[A-Za-z]:/)?|~[\\/])?` + nameChar + `*[^\s./\\]\.[A-Za-z][A-Za-z0-9]{0,11}|(?:[\w.-]+/)*(?:Dockerfile|Makefile|\.gitignore|\.env))`
	aFile    = `file(?: ?name| ?path)?|path|archivo|fichier|datei|arquivo|ficheiro`
	aLabel   = `(?:(?:` + aFile + `)\s*[:=]\s*)`
	aNumber  = `\d+[.)]\s*`
	aLibrary = `^(?:Node|React|Vue|Next|Nuxt|Three|Chart|D3|p5|P5|Express|Angular|Backbone|Ember|Moment|Phaser|Babylon|Matter|Pixi|` +
		`Anime|Alpine|Tone|Howler|Socket|Deno|TensorFlow|Solid|Preact|Require|Underscore|Leaflet|Ramda|Redux|Svelte)\.(?:js|io)$`
)

var (
	// A heading, a line in bold or in backticks: "1. index.html", "Step 2: Create
	// index.html", "HTML (index.html)", "index.html – the page".
	markedName = compiled(`(?i)^(?:` +
		`.*[:(|–—-]\s+|` +
		`.*\b(?:files?|create|creating|new|updated|complete|full|final|named|called|as|the|` + aFile + `)\s+|` +
		`.*\(|` + aNumber + `|` + aLabel + `)?` + aPath + `\)?\s*(?:file\b\s*)?(?:[(:–—-].*)?$`)
	// Any other line: "index.html", "File: index.html", "HTML (index.html):".
	plainName = compiled(`(?i)^(?:` + aLabel + `|` + aNumber + `|(?:\w+\s){1,3}\()?` + aPath + `\)?(?: file)?\s*:?$`)
	// A sentence that leads to the block: "Save this as `index.html`:".
	leadingName = compiled(`(?i)^.*\b(?:file|create|named|called|as|is|here's|the|and|now|updated|complete|full|final|corrected|fixed|entire)\s+` +
		"(?:`|\\*\\*`?)" + aPath + "(?:`|`?\\*\\*)(?: file)?:$")
	// A comment: "/* style.css */", "# app.py", "// File: app.js".
	commentName = compiled(`(?i)^\s*(<!--|/\*+|//+|\{/\*|#|--|;)\s*` + aLabel + "?[`\"']?" + aPath + "[`\"']?" +
		`\s*([(–—-].*?)?(?:-->|\*/\}?)?\s*$`)

	// Words before a name that show that the text is about the file.
	mention = compiled(`(?i)\b(?:examples?|usage|notes?|tips?|how|why|run\w*|open\w*|test\w*|expla\w+|` +
		`chang\w+|modif\w+|snippet|excerpt|part|section|function|import\w*|structure|in|inside|into|from)\b`)
	// Words in a sentence that show that a part of the file follows.
	aPart = compiled(`(?i)\b(?:in|inside|into|to|add|update|change|modify|edit|replace|open|run|from|of|at|with|part|section|function|expla\w+)\b`)

	// Words in a sentence that show that the block after it is about a file, but is
	// not that file.
	aside = compiled(`(?i)\b(?:examples?|usage|why|how\b.*\bworks|runs?|running|open\b.*\bin\b|expla\w+|imports?|bugs?|function|method|class|` +
		`ejemplo|ejecuta|abre|beispiel|öffne|exemple|exécute\w*|ouvre\w*|lance\w*|exemplo|execute|abra)\b`)

	// Words before an unnamed block that show that a part of a file follows.
	aPartOf = compiled(`(?i)\b(?:lines?|parts?|section|snippet|excerpt|example|key|chang\w*|edit|modify|add|tweak|adjust|customi[sz]e|explain\w*|works|function|rule)\b`)

	// A command for a terminal.
	command = compiled(`^(?:[$]|(?:sudo|npm|npx|yarn|pnpm|bun|deno|node|pip3?|pipx|python3?|py|open|start|xdg-open|cd|ls|mkdir|touch|cp|mv|rm|cat|echo|git|gh|curl|wget|` +
		`brew|apt|apt-get|docker|docker-compose|code|go|cargo|php|ruby|gem|bundle|composer|flask|uvicorn|gunicorn|streamlit|serve|http-server|live-server)) +\S`)

	// Libraries whose names look like those of files.
	libraryName = compiled(aLibrary)

	// With words after it, as in "// three.js - the scene", it is a library whatever
	// its case; "// chart.js" alone may be a file.
	anyLibrary = compiled(`(?i)` + aLibrary)

	ruled        = compiled(`^[=-]{2,}\s*(.*?)\s*[=-]{2,}$`) // --- index.html ---
	leadingMarks = compiled(`^(?:#{1,6}\s+|[0-9]\x{FE0F}?\x{20E3}\s*|[-*+]\s+|\d+[.)]\s+|>\s+|[^\w\s./\\<>|:@` + "`" + `*([{~'"-]+\s*)*`)
	textMarks    = strings.NewReplacer("***", "", "**", "", "`", "", "__", "")
)

// mayName reports, fast, whether a line may hold the path of a file.
func mayName(line string) bool {
	for i := range len(line) - 1 {
		if line[i] == '.' && isLetter(line[i+1]) {
			return true
		}
	}
	return strings.Contains(line, "file") && containsAny(strings.ToLower(line), "dockerfile", "makefile")
}

// nameInLine returns the path in a line that only names a file; "" for other lines.
func nameInLine(line string) string {
	if !mayName(line) {
		return ""
	}
	if name := spacedInLine(line); name != "" {
		return name
	}
	if !strings.HasSuffix(line, ":") { // no sentence leads to a block
	} else if m := leadingName().FindStringSubmatch(line); m != nil && !aPart().MatchString(strings.Replace(line, m[1], "", 1)) {
		return known(m[1])
	}
	line = withoutRules(line)
	text := strings.TrimSpace(line[len(leadingMarks().FindString(line)):])
	marked := strings.HasPrefix(line, "#") || strings.HasPrefix(text, "**") || strings.HasPrefix(text, "`")
	text = textMarks.Replace(text)
	text = strings.TrimSpace(text[len(leadingMarks().FindString(text)):])
	pattern := plainName
	if marked {
		pattern = markedName
	}
	if m := pattern().FindStringSubmatch(text); m != nil {
		if ahead, _, _ := strings.Cut(text, m[1]); !mention().MatchString(ahead) {
			return known(m[1])
		}
		return ""
	}
	return nameInComment("", []byte(text))
}

// withoutRules returns a line without the signs around it: --- index.html ---
func withoutRules(line string) string {
	if line == "" || line[0] != '-' && line[0] != '=' {
		return line
	}
	return ruled().ReplaceAllString(line, "$1")
}

// nameInWords returns the only path in a line of words: one that stands alone in
// backticks, in bold, or between spaces; "" if there is none or a second one.
func nameInWords(line string) (name string) {
	if strings.IndexByte(line, '.') < 0 {
		return ""
	}
	name, line = spacedInWords(line)
	for i, part := range strings.Split(line, "`") {
		words := strings.Fields(part)
		for _, word := range words {
			word = strings.Trim(word, "*_()[]\"'“”„‘’«».,:;!?…")
			if !pathLike().MatchString(word) || known(word) == "" || word == name {
				continue
			}
			if name != "" || i%2 == 1 && len(words) > 1 { // a second one, or code
				return ""
			}
			name = word
		}
	}
	return name
}

// nameInComment returns the path that the first line of a block names in a comment;
// "" if it names none.
func nameInComment(language string, line []byte) string {
	if len(line) > maxNameLine {
		return ""
	}
	if mark, name := spacedInComment(string(line)); name != "" && comments(language, mark) && fits(language, name) {
		return name
	}
	m := commentName().FindSubmatch(line)
	if m == nil || !comments(language, string(m[1])) || string(m[1]) == "<!--" && !bytes.HasSuffix(bytes.TrimSpace(line), []byte("-->")) {
		return ""
	}
	name := known(string(m[2]))
	if !fits(language, name) || len(m[3]) > 0 && anyLibrary().MatchString(name) {
		return ""
	}
	return name
}

// comments reports whether a mark begins a comment in a language. A mark that most
// languages do not know counts only in those that do.
func comments(language, mark string) bool {
	switch kind := kinds[language]; mark {
	case "#":
		return strings.Contains(" python ruby yaml toml ini docker make elixir perl r ", " "+kind+" ") && kind != ""
	case "--":
		return kind == "sql" || kind == "lua" || kind == "haskell"
	case ";":
		return kind == "ini" || kind == "lisp"
	}
	return !aboutFiles(language)
}

// isRooted reports whether a name is an absolute path.
func isRooted(name string) bool {
	slash := func(i int) bool { return len(name) > i && (name[i] == '/' || name[i] == '\\') }
	return slash(0) || len(name) > 2 && (name[0] == '~' && slash(1) || name[1] == ':' && isLetter(name[0]) && slash(2)) || begins([]byte(name[:min(len(name), 6)]), "file:/")
}

// known returns name if its extension is that of a kind of file and it is not the
// name of a library or the address of a site; else "".
func known(name string) string {
	if ext := path.Ext(name); ext != "" && kindOf(ext) == "" || libraryName().MatchString(name) || strings.Contains(name, "//") && !isRooted(name) {
		return ""
	}
	return name
}
