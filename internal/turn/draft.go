package turn

import (
	"cmp"
	"slices"
	"strings"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/artifact/edit"
	"dreambuild.dev/backend/internal/artifact/reply"
)

// draft is what the replies of a turn make of the files.
type draft struct {
	base     []artifact.File // the files as they are
	changed  []artifact.File // files that are new, or differ from base
	refused  []artifact.Refusal
	warnings []artifact.Warning
}

// take adds what a reply holds. A file whose edits were refused before stays
// refused, unless the reply brings it.
func (d *draft) take(r reply.Reply) {
	edited, refused := d.apply(r)
	brought := slices.Concat(r.Files, edited)
	open := slices.DeleteFunc(d.refused, func(f artifact.Refusal) bool {
		// An edit that named no existing file has found its place in one of brought.
		return holds(brought, f.Edit.Path) || len(brought) > 0 && !holds(d.base, f.Edit.Path)
	})
	for _, f := range refused {
		if !holds(brought, f.Edit.Path) && !holds(d.changed, f.Edit.Path) { // otherwise it is more than was asked for
			open = append(open, f)
		}
	}
	d.refused = open
	d.changed = overlay(d.changed, brought)
	d.warnings = append(d.warnings, r.Warnings...)
}

// apply carries out a reply's edits on the files as they have become. A file
// where they do not fit is tried again as it was: a model that is asked again may
// mean either.
func (d *draft) apply(r reply.Reply) (edited []artifact.File, refused []artifact.Refusal) {
	edited, refused = edit.Apply(overlay(overlay(d.base, d.changed), r.Files), r.Edits, r.Refused)
	named := func(all []artifact.Refusal) map[string]bool {
		paths := map[string]bool{}
		for _, f := range all {
			paths[f.Edit.Path] = true
		}
		return paths
	}
	again := named(refused)
	edits := slices.DeleteFunc(slices.Clone(r.Edits), func(e artifact.Edit) bool { return !again[e.Path] })
	unread := slices.DeleteFunc(slices.Clone(r.Refused), func(u artifact.Refusal) bool { return !again[u.Edit.Path] })
	onBase, refusedAgain := edit.Apply(d.base, edits, unread)
	still := named(refusedAgain)
	refused = slices.DeleteFunc(refused, func(f artifact.Refusal) bool { return !still[f.Edit.Path] })
	return slices.Concat(edited, onBase), refused
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
	if files == nil {
		for _, f := range d.base {
			if slices.ContainsFunc(d.refused, func(r artifact.Refusal) bool { return r.Edit.Path == f.Path }) {
				files = append(files, f)
			}
		}
	}
	return text.String() + "\nThe files as they are now:\n\n" + reply.Format(files) + "\nWhat was asked for: " + prompt
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
