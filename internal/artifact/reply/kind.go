package reply

import (
	"bytes"
	"path"
	"strings"
)

// usualName returns the path of a block that nothing names, by its language and its
// first line; "" if it is no file.
func usualName(language string, first []byte) string {
	switch language {
	case "html", "htm", "xhtml", "html5":
		return "index.html"
	case "css", "css3":
		return "style.css"
	case "js", "javascript", "mjs", "es6":
		return "script.js"
	case "", "xml", "markup", "text", "txt", "plaintext":
		if isDocument(bytes.TrimSpace(first)) {
			return "index.html"
		}
	}
	return ""
}

// kinds tells which names of languages and extensions go together. Its keys are in
// lower case, its values the first names of the rows.
var kinds = func() map[string]string {
	m := map[string]string{}
	for _, row := range []string{
		"html htm xhtml html5 xml svg markup vue svelte astro php ejs hbs pug njk liquid",
		"css css3 scss sass less styl pcss",
		"js javascript mjs cjs jsx es6 ts typescript tsx mts cts",
		"json json5 jsonc webmanifest geojson",
		"markdown md mdx", "python py python3 pyi", "ruby rb", "yaml yml", "toml", "ini env conf cfg properties editorconfig gitignore dotenv",
		"docker dockerfile", "make makefile mk", "sql", "lua", "haskell hs", "lisp clj clojure el", "elixir ex exs", "perl pl", "r",
		"go golang", "rust rs", "java", "kotlin kt kts", "swift", "dart", "c h", "cpp cc cxx hpp c++", "csharp cs", "graphql gql", "proto", "glsl vert frag wgsl",
		"shell sh bash zsh fish console terminal cmd bat batch powershell ps1 shellsession shell-session sh-session dos command",
		"diff patch", "text txt plaintext plain log", "csv tsv", "lock", "map", "wasm wat", "tex", "vtt srt",
	} {
		names := strings.Fields(row)
		for _, name := range names {
			m[name] = names[0]
		}
	}
	return m
}()

// kindOf returns the kind of a file by its extension; "" for an unknown one.
func kindOf(ext string) string {
	return kinds[strings.ToLower(strings.TrimPrefix(ext, "."))]
}

// aboutFiles reports whether a block in a language usually speaks about files, as
// commands and diffs do, instead of being one.
func aboutFiles(language string) bool {
	return kinds[language] == "shell" || kinds[language] == "diff"
}

// fits reports whether a file with this name may be written in this language.
func fits(language, name string) bool {
	switch kind, ext := kinds[language], kindOf(path.Ext(name)); {
	case kind == "" || kind == "text":
		return true
	case ext == "":
		return !aboutFiles(language)
	default:
		return kind == ext
	}
}
