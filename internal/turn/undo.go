package turn

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/intent"
	"dreambuild.dev/backend/internal/project"
	"dreambuild.dev/backend/internal/template"
	"dreambuild.dev/backend/internal/worker"
)

// goBack answers a prompt that asks for an earlier version, without a worker: it makes
// that version current again, as a new one. Where there is none, or its contents are not
// kept any more, the answer says so in words and nothing changes.
//
// Going back twice goes further back: a version that was restored by words counts as the
// one that it repeats. One that was restored by restoreVersion is a change like any
// other, and is taken back.
func (g *generation) goBack(ctx context.Context) error {
	if g.version == nil {
		g.answerWords(template.Label, "There is nothing to take back: this project has no version yet.")
		g.notice(unchanged)
		return nil
	}
	h := &history{g.store, g.project, map[int]*project.Version{g.version.Number: g.version}, map[int]int{}}
	number, why, err := g.wanted(ctx, h, intent.ReadPast(g.turn.Prompt))
	if err != nil {
		return err
	}
	if why == "" {
		why, err = g.restore(ctx, h, number)
	}
	if err == nil && why != "" {
		g.answerWords(g.version.GeneratedBy, why)
		g.notice(unchanged)
	}
	return err
}

const unchanged = "Nothing was changed."

// wanted returns the number of the version that is asked for, or why there is none.
func (g *generation) wanted(ctx context.Context, h *history, past intent.Past) (number int, why string, err error) {
	switch newest := g.version.Number; {
	case past.Version > newest || past.Version < 0:
		return 0, fmt.Sprintf("There is no version %d. %s", past.Version, g.remaining()), nil
	case past.Version > 0:
		return past.Version, "", nil
	case len(past.Before)+len(past.With) > 0:
		return g.about(ctx, h, past)
	}
	number = g.version.Number
	for range past.Steps {
		if number, err = h.origin(ctx, number); err != nil {
			return 0, "", err
		}
		if number--; number == 0 {
			return 0, "There is nothing to take back: no version is older than that. " + g.remaining(), nil
		}
	}
	return number, "", nil
}

// about returns the version before the change that past.Before tells of, or the one
// with the change of past.With: of several the one that most of the words are about, and
// of those the newest.
func (g *generation) about(ctx context.Context, h *history, past intent.Past) (number int, why string, err error) {
	const most = 200 // turns: about as many versions are kept
	turns, _, err := g.store.Turns(ctx, g.project.ID, project.Page{Size: most})
	if err != nil {
		return 0, "", err
	}
	best := 0
	for _, t := range turns {
		if t.Version == 0 || t.Intent == nil || t.Intent.Verb == intent.Undo {
			continue
		}
		if n := intent.About(slices.Concat(past.Before, past.With), t.Prompt, *t.Intent); n > best {
			best, number = n, t.Version
		}
	}
	switch {
	case best == 0:
		return 0, "No earlier change is about that. " + g.remaining(), nil
	case len(past.With) > 0:
		return number, "", nil
	}
	if number, err = h.before(ctx, number); err != nil {
		return 0, "", err
	}
	if number == 0 {
		return 0, "That came with the first version: nothing is older. " + g.remaining(), nil
	}
	return number, "", nil
}

// restore has the turn make a version current again, or returns why it cannot.
func (g *generation) restore(ctx context.Context, h *history, number int) (why string, err error) {
	if number, err = h.origin(ctx, number); err != nil {
		return "", err
	}
	if number <= g.project.EmptiedTo() {
		return fmt.Sprintf("Version %d is not kept any more. %s", number, g.remaining()), nil
	}
	current, err := h.origin(ctx, g.version.Number)
	if err != nil {
		return "", err
	}
	if number == current {
		return fmt.Sprintf("Version %d is what the project shows already. %s", number, g.remaining()), nil
	}
	v, err := h.version(ctx, number)
	if err != nil {
		return "", err
	}
	if v == nil { // deleted meanwhile
		return "", project.Authorize(nil, g.turn.OwnerUID, g.project.ID)
	}
	if g.files, g.changed, err = bothFiles(ctx, g.store, g.project.ID, g.version, v); err != nil {
		return "", err
	}
	g.restored = v
	later := fmt.Sprintf("version %d", g.version.Number)
	if number+1 < g.version.Number {
		later = fmt.Sprintf("versions %d to %d", number+1, g.version.Number)
	}
	g.answerWords(v.GeneratedBy, fmt.Sprintf("This is version %d again. What came after it is kept as %s.", number, later))
	return "", nil
}

// remaining says which versions there are to go to.
func (g *generation) remaining() string {
	oldest, newest := g.project.EmptiedTo()+1, g.version.Number
	if oldest == newest {
		return fmt.Sprintf("Version %d is the only one.", newest)
	}
	return fmt.Sprintf(`Versions %d to %d are kept: ask for one by its number, as in "version %d".`, oldest, newest, newest)
}

// answerWords answers without a worker.
func (g *generation) answerWords(generatedBy, text string) {
	g.from(project.Restore, generatedBy)
	g.say(text)
	g.ending.State, g.ending.FinishReason = Complete, worker.Stop
}

// history reads the versions of a project, each once.
type history struct {
	store interface {
		Turns
		Projects
	}
	project project.Project
	seen    map[int]*project.Version
	origins map[int]int // found by origin
}

func (h *history) version(ctx context.Context, number int) (*project.Version, error) {
	if v, ok := h.seen[number]; ok {
		return v, nil
	}
	v, err := h.store.Version(ctx, h.project.ID, number)
	if err == nil {
		h.seen[number] = v
	}
	return v, err
}

// before returns the number of the version before the turn that made a version; 0: none.
// A turn makes two where an app of the library stands in for an answer.
func (h *history) before(ctx context.Context, number int) (int, error) {
	v, err := h.version(ctx, number)
	if err != nil || v == nil || number == 1 {
		return number - 1, err
	}
	earlier, err := h.version(ctx, number-1)
	if err == nil && earlier != nil && earlier.TurnID == v.TurnID {
		return number - 2, nil
	}
	return number - 1, err
}

// origin returns the version that a version repeats, as far as users went back by words;
// its own number for any other one. It goes no further than what is kept.
func (h *history) origin(ctx context.Context, number int) (int, error) {
	if n, ok := h.origins[number]; ok {
		return n, nil
	}
	asked := number
	for {
		v, err := h.version(ctx, number)
		if err != nil {
			return 0, err
		}
		if v == nil || v.Source != project.Restore || v.Base == 0 || v.Base <= h.project.EmptiedTo() {
			break
		}
		t, err := h.store.Turn(ctx, Key{h.project.ID, v.TurnID})
		if err != nil {
			return 0, err
		}
		if t == nil || t.Kind == Restore {
			break
		}
		number = v.Base
	}
	h.origins[asked] = number
	return number, nil
}

// takeOut answers a prompt that removes files by their names and asks for nothing else,
// without a worker. It leaves to the worker what other files refer to, and the page.
func (g *generation) takeOut(ctx context.Context) (done bool, err error) {
	if g.version == nil {
		return false, nil
	}
	named, rest := namedFiles(g.version.Files, g.turn.Prompt)
	if len(named) == 0 || slices.Contains(named, "index.html") || !intent.OnlyRemoves(rest) {
		return false, nil
	}
	if g.files, err = g.store.Files(ctx, g.project.ID, g.version.Files); err != nil {
		return false, err
	}
	var kept []artifact.File
	for _, f := range g.files {
		if slices.Contains(named, f.Path) {
			continue
		}
		if slices.ContainsFunc(named, func(name string) bool { return strings.Contains(f.Content, path.Base(name)) }) {
			return false, nil
		}
		kept = append(kept, f)
	}
	if len(kept) == 0 {
		return false, nil
	}
	g.from(project.Edit, g.version.GeneratedBy)
	g.say("Removed: " + strings.Join(named, ", ") + ".")
	g.notice("No other file refers to what was removed, so no model was asked.")
	g.changed, g.ending.State, g.ending.FinishReason = kept, Complete, worker.Stop
	return true, nil
}

// namedFiles returns the files that a prompt names, and the prompt without their names.
func namedFiles(files []project.FileRef, prompt string) (named []string, rest string) {
	rest = prompt
	byLength := slices.SortedFunc(slices.Values(files), func(a, b project.FileRef) int { return len(b.Path) - len(a.Path) })
	for _, f := range byLength {
		alone := !slices.ContainsFunc(files, func(o project.FileRef) bool { return o.Path != f.Path && path.Base(o.Path) == path.Base(f.Path) })
		for _, name := range []string{f.Path, path.Base(f.Path)} {
			if name != f.Path && !alone {
				continue
			}
			if without, ok := cutName(rest, name); ok {
				named, rest = append(named, f.Path), without
				break
			}
		}
	}
	slices.Sort(named)
	return named, rest
}

// cutName cuts a file's name out of a text, where it is not a part of another name.
func cutName(text, name string) (rest string, ok bool) {
	inName := func(c byte) bool {
		return c == '/' || c == '-' || c == '_' || c >= 0x80 || '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
	}
	for at := 0; ; {
		i := strings.Index(text[at:], name)
		if i < 0 {
			return text, ok
		}
		from, to := at+i, at+i+len(name)
		before := from > 0 && (inName(text[from-1]) || text[from-1] == '.')
		after := to < len(text) && (inName(text[to]) || text[to] == '.' && to+1 < len(text) && inName(text[to+1]))
		if before || after {
			at = to
			continue
		}
		text, at, ok = text[:from]+" "+text[to:], from+1, true
	}
}
