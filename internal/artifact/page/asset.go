package page

import (
	"fmt"
	"maps"
	"net/url"
	"path"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"dreambuild.dev/backend/internal/artifact"
)

// loading names the attributes by which an element loads something.
var loading = map[string][]string{
	"img": {"src", "srcset"}, "source": {"src", "srcset"}, "video": {"src", "poster"}, "audio": {"src"}, "track": {"src"},
	"embed": {"src"}, "object": {"data"}, "image": {"href", "xlink:href"}, "input": {"src"}, "link": {"href"}, "iframe": {"src"},
}

// putAssets puts the files that an element shows into its attributes.
func (d *document) putAssets(e element) {
	t, changed := e.tag, false
	if t.Data == "link" && !loads(attribute(t, "rel")) {
		return
	}
	for i, a := range t.Attr {
		value := a.Val
		switch {
		case a.Key == "style" && strings.Contains(a.Val, "url("):
			value = d.inlineURLs(d.dir, a.Val)
		case !isLoading(t.Data, a.Key):
			continue
		case a.Key == "srcset":
			value = d.sources(a.Val)
		case t.Data == "iframe" && isHTML(strings.TrimSpace(a.Val)):
			if text := d.frame(a.Val); text != "" {
				t.Attr[i].Key, value = "srcdoc", text
			}
		default:
			uri := ""
			if t.Data != "link" || extension(strings.TrimSpace(a.Val)) == ".svg" {
				uri = d.dataURI(d.dir, a.Val)
			}
			if uri != "" {
				value = uri
			} else {
				d.loads(a.Val)
			}
		}
		changed = changed || value != a.Val
		t.Attr[i].Val = value
	}
	if changed {
		end := ">"
		if t.Type == html.SelfClosingTagToken {
			end = "/>"
		}
		d.replace(e, "<"+t.Data+attributes(t, func(string) bool { return true })+end)
	}
}

func isLoading(tag, key string) bool { return slices.Contains(loading[tag], key) }

// loads reports whether a link of a relation makes a browser load something, or
// connect, by itself.
func loads(rel string) bool {
	for r := range strings.FieldsSeq(strings.ToLower(rel)) {
		switch r {
		case "icon", "apple-touch-icon", "mask-icon", "preload", "prefetch", "modulepreload", "preconnect", "dns-prefetch", "stylesheet":
			return true
		}
	}
	return false
}

// sources puts the files of the set into a srcset.
func (d *document) sources(srcset string) string {
	candidates := strings.Split(srcset, ", ")
	for i, c := range candidates {
		ref, descriptor, _ := strings.Cut(strings.TrimSpace(c), " ")
		if uri := d.dataURI(d.dir, ref); uri != "" {
			candidates[i] = strings.TrimSpace(strings.ReplaceAll(uri, " ", "%20") + " " + descriptor)
		} else {
			d.loads(ref)
		}
	}
	return strings.Join(candidates, ", ")
}

// frame returns the document of a page of the set that is shown within this one; "" if
// the reference leads to none.
func (d *document) frame(reference string) string {
	target, there := d.find(d.dir, reference)
	if !there || !isHTML(target) || d.frames[target] || target == d.name || d.isOver() {
		return ""
	}
	text, made := d.framed[target]
	if !made {
		outer := maps.Clone(d.frames)
		d.frames[d.name], d.frames[target] = true, true // no page within itself, nor within what is beside it
		inner := d.document(target, d.set[target])
		text = withPrelude(inner.text, d.beside(inner))
		d.frames = outer
		d.used[target] = true
		d.framed[target] = text
	}
	if !d.copied(2 * len(text)) { // in an attribute it takes more room
		d.tooLarge(target)
		return ""
	}
	return text
}

// dataURI returns a file of the set as a URL that holds it; "" if the reference leads
// to no file that can be shown.
func (d *document) dataURI(dir, reference string) string {
	target, there := d.find(dir, reference)
	if !there || isHTML(target) {
		return ""
	}
	d.used[target] = true
	uri, made := d.uris[target]
	if !made {
		uri = dataURI(target, d.set[target])
		d.uris[target] = uri
	}
	if !d.copied(len(uri)) {
		d.tooLarge(target)
		return ""
	}
	if ref, err := url.Parse(reference); err == nil && ref.Fragment != "" {
		uri += "#" + ref.EscapedFragment()
	}
	return uri
}

func dataURI(name, content string) string {
	return "data:" + mediaType(name) + "," + inURL.Replace(content)
}

// mediaType returns the type under which a browser takes a text of the set.
func mediaType(name string) string {
	switch extension(name) {
	case ".svg":
		return "image/svg+xml"
	case ".css":
		return "text/css"
	case ".js", ".mjs":
		return "text/javascript"
	case ".json", ".webmanifest":
		return "application/json"
	case ".vtt":
		return "text/vtt"
	}
	return "text/plain;charset=utf-8"
}

func (b *build) tooLarge(name string) {
	b.report(artifact.Diagnostic{Kind: KindTooLarge, Severity: artifact.SeverityWarning, Path: name,
		Text: fmt.Sprintf("%s is used so often that the page would hold more than %d MB of copies, so some places go without it.", path.Base(name), maxCopies>>20)})
}
