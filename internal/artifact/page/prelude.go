package page

import (
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"path"
	"strconv"
	"strings"

	"golang.org/x/net/html"
)

//go:generate go test -run TestPreludeIsCurrent . -update-prelude

// What is put into documents, one line each, made of prelude.js: for a page alone, and
// for one with other pages or files.
var (
	//go:embed prelude.min.js
	preludeAlone string
	//go:embed preludeset.min.js
	preludeSet string
)

// preludeParts is what a document has of its set besides itself, for the prelude to
// find while the app runs. The zero value is that of a page alone.
type preludeParts struct {
	Home  string            // the path of the document's own page; "" for index.html
	Pages map[string]string // the other pages by path, as documents without a prelude
	Files map[string]string // what is fetched, shown or run as a worker, by path, as data: URLs
}

// markAttribute is on the prelude's script element, and on no other.
const markAttribute = "data-dreambuild"

// mark returns the value of markAttribute: what of the prelude comes before its script
// element, in bytes, and a hash of that and of the script. So Strip knows what to take,
// and takes nothing else.
func mark(before, script string) string {
	sum := sha256.Sum256([]byte(before + script))
	return strconv.Itoa(len(before)) + "-" + hex.EncodeToString(sum[:6])
}

// withPrelude puts the prelude into a document, and what the document has of its set.
// It stands before everything that loads, runs or sets a policy, and adds no line, so
// that the lines of the document keep their numbers.
func withPrelude(document string, parts preludeParts) string {
	at, charsetAfter := preludePlace(document)
	before, script, attributes, rest := "", preludeAlone, "", document[at:]
	if charsetAfter { // browsers look for it in the first 1,024 bytes
		before = `<meta charset="utf-8">`
	}
	if len(parts.Pages) > 0 && !strings.Contains(rest, lead) {
		attributes = leadAttribute
		parts, rest = parts.lead(rest)
	}
	if len(parts.Pages)+len(parts.Files) > 0 {
		before += `<script type="application/json">` + parts.encode() + `</script>`
		script = preludeSet
	}
	if parts.needHostBase(document) {
		attributes += ` data-base=1`
	}
	return document[:at] + before + `<script ` + markAttribute + `="` + mark(before, script) + `"` + attributes + `>` + script + `</script>` + rest
}

// encode returns the parts as JSON that is safe within a script element: it holds
// neither "<" nor the end of a line.
func (p preludeParts) encode() string {
	text, err := json.Marshal(map[string]any{"home": cmp.Or(p.Home, "index.html"), "pages": nonNil(p.Pages), "files": nonNil(p.Files)})
	if err != nil {
		panic(err) // strings can always be encoded
	}
	return string(text)
}

func nonNil(m map[string]string) map[string]string {
	if m == nil {
		return map[string]string{}
	}
	return m
}

// needHostBase reports whether a document loads //host/path. In a srcdoc such a URL has
// the scheme of the page around it, which a base of about:srcdoc would take away.
func (p preludeParts) needHostBase(document string) bool {
	if hasSchemeless(document) {
		return true
	}
	for _, page := range p.Pages {
		if hasSchemeless(page) {
			return true
		}
	}
	return false
}

// hasSchemeless looks for URLs without a scheme where "//" stands: a regular expression
// takes ten times as long over a whole document.
func hasSchemeless(document string) bool {
	for at := 0; ; {
		i := strings.Index(document[at:], "//")
		if i < 0 {
			return false
		}
		at += i
		begin := strings.LastIndexAny(document[max(0, at-8):at], "=(\"'`")
		if begin >= 0 && schemeless().MatchString(document[max(0, at-8)+begin:min(len(document), at+80)]) {
			return true
		}
		at += 2
	}
}

// schemeless finds a URL without a scheme as the value of an attribute, in a style or
// in a script. What it finds besides does little harm.
var schemeless = compiled("[=(\"'`][ \\t]*//[\\w-]+\\.")

// lead comes before the name of a page to which a script goes, as in location.href =
// "about.html": no frame without an origin could go there, nor could the prelude know
// of it. So the script goes to a fragment of the document, and the prelude goes on.
const (
	lead          = "#set:"
	leadAttribute = ` data-lead`
)

// lead puts the lead into the scripts of the pages, and of the rest of the document.
func (p preludeParts) lead(rest string) (preludeParts, string) {
	home := cmp.Or(p.Home, "index.html")
	isPage := func(name string) bool {
		_, ok := p.Pages[name]
		return ok || name == home
	}
	pages := make(map[string]string, len(p.Pages))
	for name, page := range p.Pages {
		pages[name] = leadToPages(page, path.Dir(name), isPage)
	}
	p.Pages = pages
	return p, leadToPages(rest, path.Dir(home), isPage)
}

func leadToPages(document, dir string, isPage func(name string) bool) string {
	var b strings.Builder
	done := 0
	for _, m := range going().FindAllStringSubmatchIndex(document, -1) {
		start, name := m[2], document[m[2]:m[3]]
		if strings.HasPrefix(name, "/") {
			name = path.Clean(name)[1:]
		} else {
			name = path.Join(dir, name)
		}
		if isPage(name) || isPage(name+".html") || isPage(path.Join(name, "index.html")) {
			b.WriteString(document[done:start] + lead)
			done = start
		}
	}
	b.WriteString(document[done:])
	return b.String()
}

// going finds where a script goes to a page whose name begins a string.
var going = compiled("\\blocation(?:(?:\\.href)?\\s*=|\\.(?:assign|replace)\\()\\s*[\"'`]([^\"'`$?#:\\s]+)")

// preludePlace returns where the prelude goes, in bytes: before all of the head that
// loads, runs or sets a policy, but after a declaration of the charset that comes
// before all that. charsetAfter tells that the declaration comes after the place.
func preludePlace(document string) (at int, charsetAfter bool) {
	const prescan = 1024 // bytes in which a browser looks for the charset
	if strings.HasPrefix(document, "\ufeff") {
		at = len("\ufeff")
	}
	passing := true // nothing has come yet that the prelude must come before
	read := 0
	z := html.NewTokenizer(strings.NewReader(document))
	for z.Next() != html.ErrorToken && (passing || read < prescan) {
		read += len(z.Raw())
		t := z.Token()
		tag := ""
		if t.Type == html.StartTagToken || t.Type == html.SelfClosingTagToken {
			tag = t.Data
		}
		switch {
		case tag == "meta" && declaresCharset(t):
			if passing {
				return read, false
			}
			return at, true
		case !passing:
		case t.Type == html.DoctypeToken, tag == "html", tag == "head":
			if document[read-1] != '>' {
				return at, false // it never ends
			}
			at = read
		case t.Type == html.CommentToken, tag == "meta" && attribute(t, "http-equiv") == "":
		case t.Type == html.TextToken && strings.Trim(t.Data, "\ufeff \t\r\n\f") == "":
		default:
			passing = false
		}
	}
	return at, false
}

func declaresCharset(meta html.Token) bool {
	return has(meta, "charset") || strings.EqualFold(attribute(meta, "http-equiv"), "content-type")
}

// Strip takes the prelude out of a page that is a document, as a client may save it:
// what is left is what the document was made of, byte for byte. Other pages stay as
// they are, whatever of their text looks like a prelude.
func Strip(page string) string {
	if !strings.Contains(page, markAttribute) {
		return page
	}
	end := 0
	z := html.NewTokenizer(strings.NewReader(page))
	for z.Next() != html.ErrorToken {
		start := end
		raw := string(z.Raw()) // reading the token may change what Raw returns
		end += len(raw)
		if !strings.HasPrefix(raw, "<script ") || !strings.Contains(raw, markAttribute) {
			continue
		}
		// It comes before all other scripts.
		t := z.Token()
		z.Next()
		script := string(z.Raw())
		if z.Next() != html.EndTagToken {
			return page
		}
		end += len(script) + len(z.Raw())
		length, _, _ := strings.Cut(attribute(t, markAttribute), "-")
		n, err := strconv.Atoi(length)
		if err != nil || n < 0 || n > start || attribute(t, markAttribute) != mark(page[start-n:start], script) {
			return page
		}
		rest := page[end:]
		if has(t, strings.TrimSpace(leadAttribute)) {
			rest = strings.ReplaceAll(rest, lead, "")
		}
		return page[:start-n] + rest
	}
	return page
}
