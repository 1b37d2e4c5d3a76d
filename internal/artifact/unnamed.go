package artifact

import (
	"path"
	"strings"
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

// partsOfPage says what index.html has of a kind; nil of kinds that pages have
// none of, and where there is no such page. The page is read once, however many
// blocks follow it.
func (p *Parser) partsOfPage(kind string) *parts {
	i, ok := p.index["index.html"]
	if !ok || kind != "css" && kind != "js" {
		return nil
	}
	if p.parts == nil {
		p.parts = &document{}
		p.parts.survey(p.reply.Files[i].Content)
	}
	if kind == "css" {
		return &p.parts.css
	}
	return &p.parts.js
}

// asReferredTo is the path of an unnamed style sheet or script: the one that the
// page refers to, if that is the only one and no other block has named it.
func (p *Parser) asReferredTo(usual string) string {
	kind := kindOf(path.Ext(usual))
	parts := p.partsOfPage(kind)
	if parts == nil || len(parts.targets) != 1 {
		return usual
	}
	target := parts.targets[0]
	clean, err := CleanPath(target)
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
