package reply

import (
	"path"
	"strings"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/artifact/page"
)

// explains says whether an unnamed block only shows a part of the file that is
// there: it is shorter, and either the words before it say so, or nothing in it
// is new, or it is but a few lines of many.
func (b *block) explains(content, there string) bool {
	switch {
	case 2*len(content) > len(there):
		return false
	case 20*len(content) < len(there), aPartOf.MatchString(b.lead):
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
func (p *Parser) referredTo(kind string) []string {
	i, ok := p.index["index.html"]
	if !ok || kind != "css" && kind != "js" {
		return nil
	}
	if p.refers == nil {
		styles, scripts := page.References(p.reply.Files[i].Content)
		p.refers = map[string][]string{"css": styles, "js": scripts}
	}
	return p.refers[kind]
}

// asReferredTo is the path of an unnamed style sheet or script: the one that the
// page refers to, if that is the only one and no other block has named it.
func (p *Parser) asReferredTo(usual string) string {
	kind := kindOf(path.Ext(usual))
	targets := p.referredTo(kind)
	if len(targets) != 1 {
		return usual
	}
	target := targets[0]
	clean, err := artifact.CleanPath(target)
	if file, there := p.paths.Find(target); err != nil || clean != target || kindOf(path.Ext(target)) != kind || there && !p.usual[file] {
		return usual
	}
	return target
}

// rename gives an unnamed file the path by which the page refers to it, now that
// the page is there.
func (p *Parser) rename(usual string) {
	i, there := p.index[usual]
	if !there || !p.usual[usual] {
		return
	}
	target := p.asReferredTo(usual)
	if _, there := p.paths.Find(target); there || p.paths.Clashes(target) {
		return
	}
	p.paths.Rename(usual, target)
	delete(p.index, usual)
	p.index[target], p.usual[target] = i, true
	p.reply.Files[i].Path = target
	p.reply.Events = append(p.reply.Events, Event{Path: target}, Event{Path: target, Done: true})
}
