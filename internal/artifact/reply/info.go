package reply

import (
	"cmp"
	"path"
	"slices"
	"strings"
)

var (
	infoAttribute = compiled(`\b(title|name|file|filename|filepath|file_path|filePath|path)=(?:"([^"]*)"|'([^']*)'|([^\s}"']+))`)
	infoLabel     = compiled(`(?i)^(?:title|name|file|filename|filepath|path):`)
	pathLike      = compiled(`^[^\s={}"']*[^\s={}"'./]\.[A-Za-z][A-Za-z0-9]{0,11}$`)
)

// readInfo reads a fence's info string, such as "html index.html",
// "html:index.html", `html title="index.html"` or "index.html". A title without
// an extension is a heading for people. A file's name after the language of
// commands or of a diff tells what these are about, and names no block.
func readInfo(info string) (language, name string) {
	if m := infoAttribute().FindStringSubmatch(info); m != nil {
		name = m[2] + m[3] + m[4]
		if m[4] != "" && path.Ext(name) == "" { // without quotes
			name = cmp.Or(spacedName(info[strings.Index(info, m[4]):], true), name)
		}
		if (m[1] == "title" || m[1] == "name") && path.Ext(name) == "" {
			name = ""
		}
	}
	words := strings.Fields(info)
	if len(words) == 0 {
		return "", ""
	}
	if name == "" && isRooted(words[0]) && isFileName(words[0]) {
		return "", words[0]
	}
	language, rest, _ := strings.Cut(words[0], ":")
	language, _, _ = strings.Cut(strings.ToLower(language), "{")
	if name != "" {
		return language, name
	}
	if isFileName(words[0]) && rest == "" {
		return "", words[0]
	}
	if name := spacedInInfo(info, language, rest+strings.TrimPrefix(info, words[0])); name != "" && (kinds[language] == "" || fits(language, name)) {
		if kinds[language] == "" {
			language = ""
		}
		return language, name
	}
	words[0] = rest
	for i := range words {
		if !isRooted(words[i]) {
			words[i] = infoLabel().ReplaceAllString(words[i], "")
		}
		words[i] = strings.Trim(words[i], "()[],;*")
	}
	if i := slices.IndexFunc(words, isFileName); i >= 0 && (!aboutFiles(language) || fits(language, words[i])) {
		return language, words[i]
	}
	return language, ""
}

func isFileName(word string) bool {
	return pathLike().MatchString(word) && !libraryName().MatchString(word)
}
