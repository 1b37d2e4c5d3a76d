package turn

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/artifact/edit"
	"dreambuild.dev/backend/internal/artifact/merge"
	"dreambuild.dev/backend/internal/artifact/reply"
)

// draft is what the replies of a turn make of the files.
type draft struct {
	base    []artifact.File // the files as they are
	changes bool            // the replies change base; otherwise they bring new files
	wish    merge.Wish

	changed  []artifact.File // files that are new, or that a reply brings
	gone     []string        // paths of base that are deleted, or have another name
	refused  []artifact.Refusal
	elided   []string        // paths of new files that leave something out
	reads    bool            // changed depends on what base holds
	shrunk   map[string]bool // paths that were asked about because much of them goes
	stays    map[string]bool // paths that were asked about because they were to go
	warnings []artifact.Warning
}

// take adds what a reply holds. A file that was refused before stays refused, unless
// the reply brings it.
func (d *draft) take(r reply.Reply) {
	d.warnings = append(d.warnings, r.Warnings...)
	settled, refused := d.move(&r)
	before := d.now()
	m := d.match(before, r)
	d.locate(&r, overlay(before, m.Files))
	edited, unfit := d.apply(r, m.Files)
	e := merge.Edited(before, edited)
	d.warnings = append(d.warnings, e.Warnings...)
	refused = slices.Concat(refused, m.Refused, unfit, e.Refused)
	brought := slices.Concat(m.Files, e.Files)
	for _, f := range brought {
		settled[f.Path] = true
	}
	open := slices.DeleteFunc(d.refused, func(f artifact.Refusal) bool {
		// An edit that named no existing file has found its place in one of brought. A
		// file that is not deleted again stays.
		return settled[f.Edit.Path] || d.stays[f.Edit.Path] || len(brought) > 0 && !holds(d.base, f.Edit.Path)
	})
	d.stays = nil
	again := pathsOf(slices.Concat(m.Refused, e.Refused))
	for _, f := range refused {
		if again[f.Edit.Path] || !settled[f.Edit.Path] && !holds(d.changed, f.Edit.Path) { // otherwise it is more than was asked for
			open = append(open, f)
		}
	}
	d.refused = open
	d.changed = overlay(d.changed, slices.DeleteFunc(brought, func(f artifact.File) bool { return again[f.Path] }))
	d.elided = slices.DeleteFunc(d.elided, func(p string) bool { return settled[p] })
	d.elided = append(d.elided, slices.Concat(m.Elisions, e.Elisions)...)
	d.reads = d.reads || len(r.Edits)+len(r.Renames)+len(m.Warnings) > 0
	d.delete(r.Deletions, settled)
	d.askAboutShrunk()
}

// now is the files as they have become.
func (d *draft) now() []artifact.File {
	base := d.base
	if !d.changes {
		base = nil
	}
	return overlay(slices.DeleteFunc(slices.Clone(base), func(f artifact.File) bool { return slices.Contains(d.gone, f.Path) }), d.changed)
}

// after is all files as the draft leaves them.
func (d *draft) after() []artifact.File {
	return overlay(slices.DeleteFunc(slices.Clone(d.base), func(f artifact.File) bool { return slices.Contains(d.gone, f.Path) }), d.changed)
}

// changesNothing reports whether the files are as they were.
func (d *draft) changesNothing() bool {
	return len(d.gone) == 0 && len(d.differing()) == 0
}

// differing returns the changed files that are not as they were.
func (d *draft) differing() []artifact.File {
	return slices.DeleteFunc(slices.Clone(d.changed), func(f artifact.File) bool { return slices.Contains(d.base, f) })
}

// match finds out which of a reply's files are whole, and where parts belong. What the
// reply only explains counts if it is a part that fits.
func (d *draft) match(before []artifact.File, r reply.Reply) merge.Match {
	before = slices.DeleteFunc(slices.Clone(before), func(f artifact.File) bool { return slices.Contains(d.elided, f.Path) })
	var blocks []merge.Block
	for _, b := range r.Blocks {
		if b.Aside == "" {
			blocks = append(blocks, merge.Block{File: b.File, Unnamed: b.Unnamed})
		}
	}
	m := merge.Blocks(before, blocks, d.wish)
	if !d.changes {
		return m
	}
	for _, b := range r.Blocks {
		// A whole file is explained; a part that comes beside another part is not.
		if b.Aside == "" || !slices.ContainsFunc(m.Warnings, func(w artifact.Warning) bool { return w.Path == b.Path }) && len(m.Files) > 0 {
			continue
		}
		more := merge.Blocks(overlay(before, m.Files), []merge.Block{{File: b.File, Unnamed: true}}, d.wish)
		if len(more.Refused) > 0 || len(more.Files) == 0 {
			continue
		}
		m.Files, m.Warnings = overlay(m.Files, more.Files), append(m.Warnings, more.Warnings...)
		aside := artifact.Warning{Path: b.Path, Text: "Left out: " + b.Aside + "."}
		if i := slices.Index(d.warnings, aside); i >= 0 {
			d.warnings = slices.Delete(d.warnings, i, i+1)
		}
	}
	for _, w := range m.Warnings {
		if !slices.Contains(d.warnings, w) {
			d.warnings = append(d.warnings, w)
		}
	}
	return m
}

// mostSearched bounds how many bytes of files are searched for edits that name none.
const mostSearched = 8 << 20

// locate finds the file for edits that name none, where only one has their lines.
func (d *draft) locate(r *reply.Reply, files []artifact.File) {
	var unread []artifact.Refusal
	searched, named := 0, len(r.Files)+len(r.Edits) > 0
	for _, u := range r.Refused {
		if u.Why != reply.NoDiffName {
			unread = append(unread, u)
			continue
		}
		var places []artifact.Edit
		for _, f := range files {
			if searched += len(f.Content); searched > mostSearched {
				places = nil
				break
			}
			e := u.Edit
			e.Path = f.Path
			if _, refused := edit.Apply([]artifact.File{f}, []artifact.Edit{e}, nil); len(refused) == 0 && e.Search != "" {
				places = append(places, e)
			}
		}
		switch {
		case len(places) == 1:
			r.Edits = append(r.Edits, places[0])
			left := artifact.Warning{Text: "Left out: " + u.Why + "."}
			if i := slices.Index(d.warnings, left); i >= 0 {
				d.warnings = slices.Delete(d.warnings, i, i+1)
			}
		case !named: // otherwise it explains these
			unread = append(unread, u)
		}
	}
	r.Refused = unread
}

// apply carries out a reply's edits on the files as they have become. A file
// where they do not fit is tried again as it was: a model that is asked again may
// mean either.
func (d *draft) apply(r reply.Reply, files []artifact.File) (edited []artifact.File, refused []artifact.Refusal) {
	edited, refused = edit.Apply(overlay(d.after(), files), r.Edits, r.Refused)
	again := pathsOf(refused)
	edits := slices.DeleteFunc(slices.Clone(r.Edits), func(e artifact.Edit) bool { return !again[e.Path] })
	unread := slices.DeleteFunc(slices.Clone(r.Refused), func(u artifact.Refusal) bool { return !again[u.Edit.Path] })
	onBase, refusedAgain := edit.Apply(d.base, edits, unread)
	still := pathsOf(refusedAgain)
	refused = slices.DeleteFunc(refused, func(f artifact.Refusal) bool { return !still[f.Edit.Path] })
	return slices.Concat(edited, onBase), refused
}

func pathsOf(all []artifact.Refusal) map[string]bool {
	paths := map[string]bool{}
	for _, f := range all {
		paths[f.Edit.Path] = true
	}
	return paths
}

// move gives files their new names. What the reply says of a file by its old name is
// of the new one. settled are the paths that it settles.
func (d *draft) move(r *reply.Reply) (settled map[string]bool, refused []artifact.Refusal) {
	settled = map[string]bool{}
	for _, m := range r.Renames {
		now := d.after()
		var paths artifact.PathSet
		i := -1
		for j, f := range now {
			if f.Path == m.From {
				i = j
				continue
			}
			paths.Add(f.Path)
		}
		_, taken := paths.Find(m.To)
		why := ""
		switch {
		case i < 0 && taken: // it was renamed before
			continue
		case i < 0:
			why = fmt.Sprintf("there is no file %q to rename", m.From)
		case taken || paths.Clashes(m.To):
			why = fmt.Sprintf("it cannot be called %q, which is there already", m.To)
		}
		if why != "" {
			refused = append(refused, artifact.Refusal{Edit: artifact.Edit{Path: m.From}, Why: why})
			continue
		}
		settled[m.From] = true
		d.changed = slices.DeleteFunc(d.changed, func(f artifact.File) bool { return f.Path == m.From })
		d.changed = append(d.changed, artifact.File{Path: m.To, Content: now[i].Content})
		if holds(d.base, m.From) {
			d.gone = append(d.gone, m.From)
		}
		d.gone = slices.DeleteFunc(d.gone, func(p string) bool { return p == m.To })
		for j := range r.Blocks {
			if r.Blocks[j].Path == m.From {
				r.Blocks[j].Path = m.To
			}
		}
		for j := range r.Edits {
			if r.Edits[j].Path == m.From {
				r.Edits[j].Path = m.To
			}
		}
	}
	return settled, refused
}

// delete deletes files. One that others still refer to stays, unless the prompt asks
// for less.
func (d *draft) delete(names []string, settled map[string]bool) {
	for _, name := range names {
		after := d.after()
		switch {
		case settled[name]:
			d.warnings = append(d.warnings, artifact.Warning{Path: name, Text: "Left as it is: the answer both writes and deletes it."})
		case !holds(after, name):
			d.warnings = append(d.warnings, artifact.Warning{Path: name, Text: "Left out: there is no such file to delete."})
		case len(after) == 1:
			d.warnings = append(d.warnings, artifact.Warning{Path: name, Text: "Left as it is: it is the only file."})
		case !d.wish.Less && referrer(after, name) != "":
			d.refused = append(d.refused, artifact.Refusal{Edit: artifact.Edit{Path: name}, Why: fmt.Sprintf("it cannot be deleted: %q refers to it", referrer(after, name))})
			if d.stays == nil {
				d.stays = map[string]bool{}
			}
			d.stays[name] = true
		default:
			settled[name] = true
			d.changed = slices.DeleteFunc(d.changed, func(f artifact.File) bool { return f.Path == name })
			if holds(d.base, name) {
				d.gone = append(d.gone, name)
			}
		}
	}
}

// referrer returns the path of a file that names another one; "" if none does.
func referrer(files []artifact.File, name string) string {
	for _, f := range files {
		if f.Path != name && names(f.Content, path.Base(name)) {
			return f.Path
		}
	}
	return ""
}

// names reports whether a text has the name of a file, and not only as a part of a
// longer one.
func names(content, name string) bool {
	for at := 0; ; {
		i := strings.Index(content[at:], name)
		if i < 0 {
			return false
		}
		at += i
		before := byte('/')
		if at > 0 {
			before = content[at-1]
		}
		if at += len(name); strings.IndexByte("/\"'`( =.\n", before) >= 0 && (at == len(content) || strings.IndexByte("\"'`) ?#>\n;,", content[at]) >= 0) {
			return true
		}
	}
}

// dead returns a warning for each file that still refers to one that is gone.
func (d *draft) dead() (warnings []artifact.Warning) {
	after := d.after()
	for _, name := range d.gone {
		if slices.ContainsFunc(after, func(f artifact.File) bool { return path.Base(f.Path) == path.Base(name) }) {
			continue // it has another folder
		}
		if from := referrer(after, name); from != "" {
			warnings = append(warnings, artifact.Warning{Path: from, Text: fmt.Sprintf("It still refers to %q, which is not there any more.", name)})
		}
	}
	return warnings
}

// askAboutShrunk takes files back that become less than half as long though the prompt
// asks for nothing like that. Each is asked about once: what comes again is meant.
func (d *draft) askAboutShrunk() {
	if !d.changes || d.wish.Less {
		return
	}
	for _, name := range merge.Shrinks(d.base, d.after()) {
		if d.shrunk[name] {
			continue
		}
		if d.shrunk == nil {
			d.shrunk = map[string]bool{}
		}
		d.shrunk[name] = true
		d.changed = slices.DeleteFunc(d.changed, func(f artifact.File) bool { return f.Path == name })
		d.refused = append(d.refused, artifact.Refusal{Edit: artifact.Edit{Path: name}, Why: "more than half of it would go, which nobody asked for. Send it whole, with the lines that are to stay; if so much is to go, send the same again"})
	}
}

// shrinks returns the paths that become much shorter because that was sent twice.
func (d *draft) shrinks() (paths []string) {
	for _, name := range merge.Shrinks(d.base, d.after()) {
		if d.shrunk[name] {
			paths = append(paths, name)
		}
	}
	return paths
}

// tellAsked warns of what is asked for again.
func (d *draft) tellAsked() {
	for _, r := range d.refused {
		d.askedAgain(r.Edit.Path, r.Why+".")
	}
	for _, p := range d.elided {
		d.askedAgain(p, "it leaves something out.")
	}
}

// maxAsked bounds how much of what was asked for again is told.
const maxAsked = 100

func (d *draft) askedAgain(path, why string) {
	w := artifact.Warning{Path: path, Text: "Asked for again: " + why}
	if len(d.warnings) < maxAsked && !slices.Contains(d.warnings, w) {
		d.warnings = append(d.warnings, w)
	}
}

// leftOut returns a warning for each new file that leaves something out.
func (d *draft) leftOut() (warnings []artifact.Warning) {
	for _, p := range d.elided {
		warnings = append(warnings, artifact.Warning{Path: p, Text: "It leaves something out: a remark stands where code belongs."})
	}
	return warnings
}

// ask returns what the worker is asked again: what was refused and why, and the
// files as they are. how names the prompt.
func (d *draft) ask(how, prompt string) string {
	var text strings.Builder
	text.WriteString(promptText(how) + "\n\n")
	var files []artifact.File
	for _, r := range d.refused {
		text.WriteString("- " + cmp.Or(r.Edit.Path, "a change that names no file") + ": " + r.Why + ".\n")
		if !holds(d.base, r.Edit.Path) { // it may have meant any file
			files = d.base
		}
	}
	if len(d.refused) == 0 {
		for _, p := range d.elided {
			text.WriteString("- " + p + "\n")
		}
		if how == "nothing" {
			files = d.base
		}
	}
	if files == nil {
		for _, f := range d.base {
			if slices.ContainsFunc(d.refused, func(r artifact.Refusal) bool { return r.Edit.Path == f.Path }) {
				files = append(files, f)
			}
		}
	}
	if len(files) > 0 {
		text.WriteString("\nThe files as they are now:\n\n" + reply.Format(files))
	}
	return text.String() + "\nWhat was asked for: " + prompt
}

// startOver returns the files of a project that gets a new page: changed, and
// those of base that a file of the result names.
func startOver(base, changed []artifact.File) []artifact.File {
	all := slices.Clone(changed)
	for i := 0; i < len(all); i++ {
		for _, old := range base {
			if !holds(all, old.Path) && strings.Contains(all[i].Content, old.Path) {
				all = append(all, old)
			}
		}
	}
	return all
}

func holds(files []artifact.File, path string) bool {
	return slices.ContainsFunc(files, func(f artifact.File) bool { return f.Path == path })
}

// overlay returns base with files in the places of those with the same paths, or
// after them.
func overlay(base, files []artifact.File) []artifact.File {
	return artifact.Overlay(base, files, func(f artifact.File) string { return f.Path })
}
