package turn

import (
	"cmp"
	"slices"
	"strings"

	"dreambuild.dev/backend/internal/artifact"
)

// draft is what the replies of a turn make of the files.
type draft struct {
	base     []artifact.File // as they are
	changed  []artifact.File // new ones, and those of base that are others now
	refused  []artifact.Refusal
	warnings []artifact.Warning
}

// take adds what a reply holds. A file whose edits were refused before, and that
// the reply does not bring, stays refused.
func (d *draft) take(r artifact.Reply) {
	edited, refused := d.apply(r)
	brought := slices.Concat(r.Files, edited)
	open := slices.DeleteFunc(d.refused, func(r artifact.Refusal) bool {
		// A change of a file that there is not has found its place in another one.
		return holds(brought, r.Edit.Path) || len(brought) > 0 && !holds(d.base, r.Edit.Path)
	})
	for _, r := range refused {
		if !holds(brought, r.Edit.Path) && !holds(d.changed, r.Edit.Path) { // else more than was asked for
			open = append(open, r)
		}
	}
	d.refused = open
	d.changed = overlay(d.changed, brought)
	d.warnings = append(d.warnings, r.Warnings...)
}

// apply carries out a reply's edits on the files as they have become, or else, a
// file at a time, as they were: a model that is asked again may mean either.
func (d *draft) apply(r artifact.Reply) (edited []artifact.File, refused []artifact.Refusal) {
	edited, refused = r.Apply(overlay(overlay(d.base, d.changed), r.Files))
	var still []artifact.Refusal
	for _, one := range refused {
		if holds(edited, one.Edit.Path) { // with another one of its edits
			continue
		}
		of := artifact.Reply{
			Edits:   slices.DeleteFunc(slices.Clone(r.Edits), func(e artifact.Edit) bool { return e.Path != one.Edit.Path }),
			Refused: slices.DeleteFunc(slices.Clone(r.Refused), func(r artifact.Refusal) bool { return r.Edit.Path != one.Edit.Path }),
		}
		again, why := of.Apply(d.base)
		edited = append(edited, again...)
		if len(why) > 0 {
			still = append(still, one)
		}
	}
	return edited, still
}

// ask is what the worker is asked again: why, and the files as they are.
func (d *draft) ask(how, prompt string) string {
	var text strings.Builder
	text.WriteString(told(how) + "\n\n")
	var files []artifact.File
	for _, r := range d.refused {
		text.WriteString("- " + cmp.Or(r.Edit.Path, "a change that names no file") + ": " + r.Why + ".\n")
		if !holds(d.base, r.Edit.Path) { // which one may it have meant?
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
	return text.String() + "\nThe files as they are now:\n\n" + artifact.Format(files) + "\nWhat was asked for: " + prompt
}

// startOver is what a new page makes of a project: of the old files only those
// stay that it refers to, itself or by others that stay.
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

// overlay is base with files of the same path replaced, and the others added.
func overlay(base, files []artifact.File) []artifact.File {
	all := slices.Clone(base)
	for _, f := range files {
		if i := slices.IndexFunc(all, func(o artifact.File) bool { return o.Path == f.Path }); i >= 0 {
			all[i] = f
		} else {
			all = append(all, f)
		}
	}
	return all
}
