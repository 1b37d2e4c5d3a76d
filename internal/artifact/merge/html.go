package merge

import (
	"strings"

	"dreambuild.dev/backend/internal/artifact/markup"
	"golang.org/x/net/html"
)

// element is an element of a page: its extent in the text.
type element struct {
	tag, id   string
	start     string // its start tag as it stands
	from, to  int
	open, end int  // where its content begins and ends
	top       bool // nothing is around it
	other     bool // a script or style that is no JavaScript or CSS, or is elsewhere
}

// readElements reads the elements of a page. stray is the text outside of all of them.
func readElements(text string) (all []element, stray string) {
	z := html.NewTokenizer(strings.NewReader(text))
	var open []int // indexes in all
	at := 0
	var outside strings.Builder
	for {
		kind := z.Next()
		from := at
		raw := string(z.Raw())
		at += len(raw)
		switch kind {
		case html.ErrorToken:
			for _, i := range open { // nothing ends them: they end with what is around them
				all[i].to = -1
			}
			if at < len(text) {
				outside.WriteString(text[at:])
			}
			return all, outside.String()
		case html.TextToken:
			if len(open) == 0 {
				outside.WriteString(raw)
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			t := z.Token()
			e := element{tag: t.Data, start: raw, from: from, to: at, open: at, end: at, top: len(open) == 0}
			for _, a := range t.Attr {
				switch {
				case a.Key == "id":
					e.id = a.Val
				case t.Data == "script" && (a.Key == "src" || a.Key == "type" && !isScriptType(a.Val)):
					e.other = true
				}
			}
			all = append(all, e)
			if kind == html.StartTagToken && !markup.IsVoid(t.Data) && len(open) < maxOpen {
				open = append(open, len(all)-1)
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			i := len(open) - 1
			for i >= 0 && all[open[i]].tag != string(name) {
				i--
			}
			if i < 0 {
				continue
			}
			for _, o := range open[i+1:] {
				all[o].to = -1
			}
			all[open[i]].end, all[open[i]].to = from, at
			open = open[:i]
		}
	}
}

// maxElements bounds how many elements of a part are put into their places.
const maxElements = 30

// maxOpen bounds how many elements may be open at once.
const maxOpen = 500

func isScriptType(t string) bool {
	t = strings.ToLower(strings.TrimSpace(t))
	return t == "" || t == "module" || strings.HasSuffix(t, "javascript")
}

// intoPage puts a part of a page into a whole one: each element in the place of the
// only one of its id, or of its start tag if that has a class; head, body and title
// have their places, and what is in style and script elements goes into those of the
// page.
func intoPage(whole, part string) (merged string, ok bool) {
	fragment, stray := readElements(part)
	top := 0
	for _, e := range fragment {
		if e.top {
			top++
		}
	}
	if strings.TrimSpace(stray) != "" || top == 0 || top > maxElements {
		return "", false
	}
	merged = whole
	placed := 0
	for _, e := range fragment {
		if !e.top {
			continue
		}
		if e.to < 0 {
			return "", false
		}
		if merged, ok = placeElement(merged, part, e, fragment); !ok {
			return "", false
		}
		placed++
	}
	return merged, placed > 0
}

func placeElement(whole, part string, e element, fragment []element) (string, bool) {
	if e.id == "" && (e.tag == "style" || e.tag == "script") && !e.other {
		return intoInline(whole, part[e.open:e.end], e.tag)
	}
	elements, _ := readElements(whole)
	var found []element
	for _, o := range elements {
		switch {
		case o.tag != e.tag:
		case e.id != "":
			if o.id == e.id {
				found = append(found, o)
			}
		case e.tag == "head", e.tag == "body", e.tag == "title", strings.Contains(e.start, "class=") && o.start == e.start:
			found = append(found, o)
		}
	}
	if len(found) != 1 || found[0].to < 0 {
		return "", false
	}
	old := found[0]
	has := map[string]bool{}
	for _, o := range fragment {
		has[o.id] = true
	}
	for _, o := range elements { // what code finds by its id must not go
		if o.from >= old.from && o.to <= old.to && o.to > 0 && o.id != "" && !has[o.id] {
			return "", false
		}
	}
	if losesMuch(whole[old.from:old.to], part[e.from:e.to]) {
		return "", false
	}
	text := moved(part[e.from:e.to], indentAt(part, e.from), indentAt(whole, old.from), nil)
	return whole[:old.from] + text + whole[old.to:], true
}

// intoInline puts a part of a script or style sheet into the only element of a page
// where it fits. tag is "script" or "style".
func intoInline(whole, part, tag string) (merged string, ok bool) {
	elements, _ := readElements(whole)
	for _, e := range elements {
		if e.tag != tag || e.other || e.to < 0 {
			continue
		}
		into := intoScript
		if tag == "style" {
			into = intoSheet
		}
		text, fits := into(whole[e.open:e.end], part)
		if !fits {
			continue
		}
		if ok {
			return "", false // there is a second place
		}
		merged, ok = whole[:e.open]+text+whole[e.end:], true
	}
	return merged, ok
}

// inline returns what the scripts of a page hold, one after the other.
func inline(page, tag string) string {
	elements, _ := readElements(page)
	var b strings.Builder
	for _, e := range elements {
		if e.tag == tag && !e.other && e.to > 0 {
			b.WriteString(page[e.open:e.end] + "\n")
		}
	}
	return b.String()
}
