package reply

import (
	"path"
	"strings"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/artifact/page"
)

// redundant says why an unnamed block that is no whole page adds nothing to the
// files that are there; "" if it adds something. before is the content of the
// file that has its path, "" if there is none.
func (r *result) redundant(b *block, kind, content, before string) string {
	switch {
	case r.whole && b.path == "index.html":
		return "it is a part of a page, and the whole page is there"
	case before != "" && b.explains(content, before):
		return "it explains a part of the file that is there"
	case r.named[kind]:
		return "it has no name, and others of its kind have"
	}
	return ""
}

// explains says whether an unnamed block only shows a part of the file that is
// there. The block is shorter, and either the line before it says so, or nothing
// in it is new, or it has a few lines and the file has many.
func (b *block) explains(content, there string) bool {
	switch {
	case 2*len(content) > len(there):
		return false
	case 20*len(content) < len(there), aPartOf().MatchString(b.lineBefore):
		return true
	}
	lines := map[string]bool{}
	for line := range strings.Lines(there) {
		lines[strings.TrimSpace(line)] = true
	}
	for line := range strings.Lines(content) {
		if !lines[strings.TrimSpace(line)] {
			return false
		}
	}
	return true
}

// referredTo returns the style sheets (css) or scripts (js) that index.html
// refers to, at most two. The page is read once, however many blocks follow it.
func (r *result) referredTo(kind string) []string {
	there, ok := r.paths.Find("index.html")
	if !ok || kind != "css" && kind != "js" {
		return nil
	}
	if r.refers == nil {
		styles, scripts := page.References(r.reply.Files[r.index[there]].Content)
		r.refers = map[string][]string{"css": styles, "js": scripts}
	}
	return r.refers[kind]
}

// asReferredTo returns the path of an unnamed style sheet or script: the one that
// the page refers to, if that is the only one and no other block has named it,
// else the usual one.
func (r *result) asReferredTo(usual string) string {
	kind := kindOf(path.Ext(usual))
	targets := r.referredTo(kind)
	if len(targets) != 1 {
		return usual
	}
	target := targets[0]
	clean, err := artifact.CleanPath(target)
	if err != nil || clean != target || kindOf(path.Ext(target)) != kind {
		return usual
	}
	if there, ok := r.paths.Find(target); ok && !r.unnamed[there] {
		return usual
	}
	return target
}

// rename gives an unnamed file the path by which the page refers to it, now that
// the page is there.
func (r *result) rename(usual string) {
	from, ok := r.paths.Find(usual)
	if !ok || !r.unnamed[from] {
		return
	}
	target := r.asReferredTo(usual)
	if _, there := r.paths.Find(target); there || r.paths.Clashes(target) {
		return
	}
	r.move(from, target)
}
