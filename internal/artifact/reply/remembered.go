package reply

import (
	"maps"
	"slices"

	"dreambuild.dev/backend/internal/artifact"
)

// remembered is what was read before the mark of a thought.
type remembered struct {
	thoughtMark
	open   bool // nothing has ended it yet
	out    result
	before before
}

func (p *Parser) remember(m thoughtMark) {
	p.channels = p.channels || m.sure
	if p.mark != nil && p.mark.out.changes == p.out.changes {
		p.mark.thoughtMark, p.mark.open, p.mark.before = m, !m.sure, p.before
		return
	}
	p.mark = &remembered{thoughtMark: m, open: !m.sure, out: p.out.clone(), before: p.before}
}

// recall forgets what was read since the mark.
func (p *Parser) recall() {
	events := p.out.reply.Events
	p.out = p.mark.out.clone()
	p.out.reply.Events = events
	p.before = p.mark.before
	p.mark.open = false
}

// unquote forgets the blocks within quotations, once a block outside of them comes:
// some programs show thoughts as quotations.
func (p *Parser) unquote() {
	if p.quote == nil {
		return
	}
	dropped := p.out
	p.out, p.quote = p.quote.out, nil
	p.out.reply.Events = dropped.reply.Events
	for _, f := range dropped.reply.Files {
		if !dropped.unnamed[f.Path] && len(p.quoted) < maxWarnings {
			p.quoted = append(p.quoted, f.Path)
		}
	}
}

// warnOfQuoted tells of the files with names that stand in quotations only.
func (p *Parser) warnOfQuoted() {
	if len(p.out.reply.Files) == 0 {
		return
	}
	for _, path := range p.quoted {
		if _, ok := p.out.paths.Find(path); !ok {
			p.out.warn(path, "it stands in a quotation, and other files do not")
		}
	}
}

// clone returns a copy that shares nothing that changes.
func (r *result) clone() result {
	c := *r
	c.reply.Files, c.reply.Edits, c.reply.Refused = slices.Clone(r.reply.Files), slices.Clone(r.reply.Edits), slices.Clone(r.reply.Refused)
	c.reply.Blocks, c.reply.Renames, c.reply.Deletions = slices.Clone(r.reply.Blocks), slices.Clone(r.reply.Renames), slices.Clone(r.reply.Deletions)
	c.reply.Warnings, c.reply.Events = slices.Clone(r.reply.Warnings), nil
	c.index, c.named, c.broken = maps.Clone(r.index), maps.Clone(r.named), maps.Clone(r.broken)
	c.unnamed, c.byCommand = maps.Clone(r.unnamed), maps.Clone(r.byCommand)
	c.root.below = maps.Clone(r.root.below)
	c.paths = artifact.PathSet{}
	for _, f := range r.reply.Files {
		c.paths.Add(f.Path)
	}
	return c
}
