package reply

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/artifact/markup"
)

// root finds the files of the project behind paths that are no relative ones.
// Models write "/index.html", "/home/project/index.html", `C:\clock\index.html`
// and "file:///app/index.html", since they learned in such workspaces. All such
// paths of a reply are below one root, which the first of them suggests and later
// ones may widen. The zero root is ready.
type root struct {
	known   artifact.PathSet  // of the project's files
	volume  string            // of the first absolute path, in lower case: "/", "c:" or "~"; "" for none
	tree    []string          // the folders that are no part of a project, whichever its root is
	dir     []string          // the folders of the root; begins with tree
	slash   bool              // a path below "/" itself was there
	escapes bool              // a path with ".." was there
	below   map[string]string // the absolute paths of the paths that were found below dir
}

// A tree is a folder of a machine that holds projects.
type tree struct {
	folders string // "*" is any folder
	exact   bool   // it is a project's root itself
}

// trees are searched in this order.
var trees = []tree{
	{"home/project", true}, {"home/user/project", true}, {"home/user/app", true}, {"home/sandbox", true},
	{"workspace", true}, {"workspaces/*", true}, {"project", true}, {"repo", true}, {"code", true}, {"sandbox", true}, {"app", true},
	{"mnt/data", true}, {"mnt/user-data/outputs", true}, {"usr/src/app", true}, {"var/www/html", true}, {"usr/share/nginx/html", true},
	{"home/*", false}, {"users/*", false}, {"root", false}, {"tmp", false}, {"opt", false}, {"srv", false}, {"var/www", false}, {"mnt/*", false}, {"private/tmp", false},
}

// ofTheSystem matches paths that no project has, on any system.
var ofTheSystem = compiled(`(?i)^(?:etc|proc|sys|dev|boot|bin|sbin|lib(?:32|64)|usr|var|run|system|library/\w+|applications|windows|winnt|program files[^/]*|programdata)/`)

// The folders that projects have within.
var within = compiled(`(?i)^(?:src|public|static|assets|css|js|styles?|scripts?|libs?|components|pages|views|templates|images?|img|fonts|utils|hooks|tests?|docs|modules|server|client|api)$`)

// find returns the path of the project's file that a model calls name.
func (r *result) find(name string) (string, error) {
	clean, err := r.root.find(r, name)
	if err == nil {
		return clean, nil
	}
	if _, plain := artifact.CleanPath(name); plain != nil && errors.Is(err, errAbsolute) {
		return "", plain
	}
	return "", err
}

var errAbsolute = errors.New("the path is absolute")

func (t *root) find(r *result, name string) (string, error) {
	volume, rest := "", name
	if isRooted(name) || strings.IndexByte(name, '\\') >= 0 {
		volume, rest = splitVolume(name)
	}
	t.escapes = t.escapes || strings.Contains(rest, "../")
	if volume == "" || len(name) > 4*artifact.MaxPathBytes {
		return artifact.CleanPath(strings.TrimPrefix(rest, "home/project/"))
	}
	folders := strings.Split(rest, "/")
	if slices.Contains(folders, "..") || slices.Contains(folders, ".") || slices.Contains(folders, "") {
		return "", errors.New(`the path has a part that is empty, "." or ".."`)
	}
	t.volume = cmp.Or(t.volume, volume)
	kept, exact := treeOf(volume, folders)
	switch {
	case volume == "//", kept == nil && ofTheSystem().MatchString(rest), len(volume) == 2 && len(folders) == 1:
		return "", errAbsolute
	case kept == nil || t.isFolder(kept, folders):
		if t.escapes && !t.slash { // who knows where such a reply takes "/" for
			return "", errAbsolute
		}
		if volume != t.volume || len(t.dir) > 0 && len(folders) > 1 && !within().MatchString(folders[0]) && !t.known.Clashes(folders[0]) {
			return "", t.outside()
		}
		t.slash = true
		return artifact.CleanPath(rest)
	case !exact && strings.HasPrefix(folders[len(kept)], "."): // such as ~/.ssh
		return "", errAbsolute
	case volume != t.volume, t.dir != nil && !slices.Equal(kept, t.tree):
		return "", t.outside()
	case t.dir == nil:
		t.tree, t.dir = kept, t.guess(kept, exact, folders)
	case !hasPrefix(folders, t.dir):
		if n := t.common(folders); exact || n > len(kept) {
			t.widen(r, n)
		} else {
			return "", t.outside()
		}
	}
	clean, err := artifact.CleanPath(strings.Join(folders[len(t.dir):], "/"))
	if err == nil {
		if t.below == nil {
			t.below = map[string]string{}
		}
		t.below[clean] = rest
	}
	return clean, err
}

func (t *root) outside() error {
	if t.dir == nil {
		return errAbsolute
	}
	return fmt.Errorf("the path is absolute, and not below %q as the others", strings.TrimPrefix(t.volume+"/"+strings.Join(t.dir, "/"), "/"))
}

// splitVolume cuts a path after what makes it absolute, and makes its backslashes
// slashes. The volume of a relative path is "".
func splitVolume(name string) (volume, rest string) {
	rest = strings.ReplaceAll(name, `\ `, " ")
	if !strings.HasPrefix(rest, `\\`) {
		rest = strings.ReplaceAll(rest, `\\`, `\`) // escaped
	}
	rest = strings.ReplaceAll(rest, `\`, "/")
	if unlabelled, ok := strings.CutPrefix(rest, "///"); ok { // "file:" was read as a label
		rest = "file:/" + unlabelled
	}
	if url, ok := cutPrefixFold(rest, "file:"); ok {
		rest = "/" + strings.TrimLeft(strings.TrimPrefix(url, "//localhost"), "/")
		if drive.MatchString(rest[1:]) {
			rest = rest[1:]
		}
	}
	switch {
	case drive.MatchString(rest):
		return strings.ToLower(rest[:2]), rest[3:]
	case strings.HasPrefix(rest, "//"):
		return "//", strings.TrimLeft(rest, "/")
	case strings.HasPrefix(rest, "~/"):
		return "~", rest[2:]
	case strings.HasPrefix(rest, "/"):
		return "/", rest[1:]
	}
	return "", rest
}

var drive = regexp.MustCompile(`^[A-Za-z]:/`)

func cutPrefixFold(text, prefix string) (rest string, ok bool) {
	if len(text) < len(prefix) || !strings.EqualFold(text[:len(prefix)], prefix) {
		return text, false
	}
	return text[len(prefix):], true
}

// treeOf returns the folders of a path that are no part of a project, and whether
// exactly the rest is. They are nil for a path below "/" itself.
func treeOf(volume string, folders []string) (kept []string, exact bool) {
	for _, t := range trees {
		names := strings.Split(t.folders, "/")
		if len(names) < len(folders) && slices.EqualFunc(names, folders[:len(names)], func(a, b string) bool { return a == "*" || strings.EqualFold(a, b) }) {
			return folders[:len(names):len(names)], t.exact
		}
	}
	if volume == "/" || ofTheSystem().MatchString(strings.Join(folders, "/")) {
		return nil, false
	}
	return []string{}, false
}

// isFolder reports whether the folder that looks like a tree is one of the project:
// Next.js keeps pages in "app".
func (t *root) isFolder(kept, folders []string) bool {
	if len(kept) != 1 || t.dir != nil {
		return false
	}
	name := folders[len(folders)-1]
	return t.slash || t.known.Clashes(kept[0]) || strings.EqualFold(kept[0], "app") && pageOfRouter().MatchString(name)
}

var pageOfRouter = compiled(`^(?:page|layout|route|loading|error|not-found|globals)\.(?:tsx?|jsx?|css)$`)

// guess returns the root that one path suggests.
func (t *root) guess(kept []string, exact bool, folders []string) []string {
	last := len(folders) - 1
	at := len(kept)
	switch name := strings.ToLower(folders[last]); {
	case (name == "index.html" || name == "package.json") && (!exact || last == at+1) && (last == 0 || !within().MatchString(folders[last-1])):
		at = last
	case !exact:
		if i := slices.IndexFunc(folders[at:last], within().MatchString); i >= 0 {
			at += i
		} else {
			at = last
		}
	}
	for i := len(kept); i < at; i++ { // a longer path is known
		if _, ok := t.known.Find(strings.Join(folders[i:], "/")); ok {
			return folders[:i:i]
		}
	}
	if exact {
		for i := at + 1; i <= last; i++ {
			_, whole := t.known.Find(strings.Join(folders[at:], "/"))
			if _, ok := t.known.Find(strings.Join(folders[i:], "/")); ok && !whole && !t.known.Clashes(folders[at]) && !within().MatchString(folders[at]) {
				return folders[:i:i]
			}
		}
	}
	return folders[:at:at]
}

// common returns how many folders of the root a path is below.
func (t *root) common(folders []string) int {
	n := 0
	for n < len(t.dir) && n < len(folders)-1 && t.dir[n] == folders[n] {
		n++
	}
	return n
}

// widen leaves the first n folders of the root, and gives the files and edits so
// far the paths that they have there.
func (t *root) widen(r *result, n int) {
	t.dir = t.dir[:n:n]
	old := t.below
	t.below = map[string]string{}
	for _, from := range r.pathsInOrder() {
		rest, ok := old[from]
		if !ok {
			continue
		}
		to := strings.Join(strings.Split(rest, "/")[n:], "/")
		t.below[to] = rest
		r.move(from, to)
	}
}

func hasPrefix(folders, dir []string) bool {
	return len(folders) > len(dir) && slices.Equal(folders[:len(dir)], dir)
}

// pathsInOrder returns the paths of all files and edits.
func (r *result) pathsInOrder() (all []string) {
	seen := map[string]bool{}
	add := func(path string) {
		if !seen[path] {
			seen[path] = true
			all = append(all, path)
		}
	}
	for _, f := range r.reply.Files {
		add(f.Path)
	}
	for _, e := range r.reply.Edits {
		add(e.Path)
	}
	for _, e := range r.reply.Refused {
		add(e.Edit.Path)
	}
	for _, m := range r.reply.Renames {
		add(m.From)
		add(m.To)
	}
	for _, name := range r.reply.Deletions {
		add(name)
	}
	return all
}

// move gives a file, and the edits of its path, another path, if that is free.
func (r *result) move(from, to string) {
	if clean, err := artifact.CleanPath(to); err != nil || clean != to || from == to {
		return
	}
	r.changes++
	if i, ok := r.index[from]; ok {
		if _, there := r.paths.Find(to); there || r.paths.Clashes(to) {
			return
		}
		unnamed, byCommand := r.unnamed[from], r.byCommand[from]
		r.paths.Rename(from, to)
		delete(r.index, from)
		delete(r.unnamed, from)
		r.setByCommand(from, false)
		r.setByCommand(to, byCommand)
		r.index[to], r.unnamed[to] = i, unnamed
		r.reply.Files[i].Path = to
	}
	r.reply.Events = append(r.reply.Events, Event{Path: to}, Event{Path: to, Done: true})
	for i := range r.reply.Edits {
		if r.reply.Edits[i].Path == from {
			r.reply.Edits[i].Path = to
		}
	}
	for i := range r.reply.Refused {
		if r.reply.Refused[i].Edit.Path == from {
			r.reply.Refused[i].Edit.Path = to
			r.broken[to] = true
		}
	}
	for i := range r.reply.Blocks {
		if r.reply.Blocks[i].Path == from {
			r.reply.Blocks[i].Path = to
		}
	}
	for i, m := range r.reply.Renames {
		if m.From == from {
			r.reply.Renames[i].From = to
		}
		if m.To == from {
			r.reply.Renames[i].To = to
		}
	}
	for i, name := range r.reply.Deletions {
		if name == from {
			r.reply.Deletions[i] = to
		}
	}
	if r.lastEdit == from {
		r.lastEdit = to
	}
	if r.last == from {
		r.last = to
	}
	if from == "index.html" || to == "index.html" {
		r.whole, r.refers = false, nil
		if i, ok := r.index["index.html"]; ok {
			r.whole = markup.IsPage(r.reply.Files[i].Content)
		}
	}
}

// has reports whether the file that a model calls name is there.
func (r *result) has(name string) bool {
	volume, rest := splitVolume(name)
	if _, ok := r.paths.Find(rest); ok || volume == "" {
		return ok
	}
	for _, absolute := range r.root.below {
		if absolute == rest {
			return true
		}
	}
	return false
}
