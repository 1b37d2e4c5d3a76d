package reply

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/artifact/markup"
)

// What a model that repeats itself can bring about is bounded.
const (
	maxWarnings    = 50
	maxEdits       = 1000
	maxRefusedText = 4 << 10 // bytes of an edit that cannot be read
	maxMore        = 20      // blocks that are not the last ones of their paths
)

// result is the reply as far as it has been read, and what the reading of the
// rest needs to know of it. The zero result is empty.
type result struct {
	reply Reply

	root      root                // of absolute paths
	paths     artifact.PathSet    // of reply.Files
	index     map[string]int      // in reply.Files, by path
	named     map[string]bool     // the kinds of the files that the text names
	unnamed   map[string]bool     // the paths of the files that it does not name
	byCommand map[string]bool     // the paths of the files that commands write
	size      int                 // bytes of all files
	last      string              // the path of the last file; "" if an edit came after it
	changes   int                 // how often something was kept, refused, renamed or deleted
	whole     bool                // index.html is there, and a whole page
	refers    map[string][]string // what index.html refers to, by kind; nil until it is asked for

	more, moreSize int // the blocks that are not the last ones of their paths, and their bytes

	editSize int             // bytes of all edits
	lastEdit string          // the path of the last edit that has begun
	broken   map[string]bool // the paths of the edits that cannot be read
}

// forget drops everything so far: it was the model's reasoning. What has begun
// and ended was told already, so events stay.
func (r *result) forget() {
	*r = result{reply: Reply{Events: r.reply.Events}, root: root{known: r.root.known}}
}

// events returns the events that were not returned before.
func (r *result) events() []Event {
	events := r.reply.Events
	if events != nil { // there are none in most pieces: writing a pointer costs time there
		r.reply.Events = nil
	}
	return events
}

// begin tells that the file of a block has begun.
func (r *result) begin(b *block) {
	b.begun = true
	r.reply.Events = append(r.reply.Events, Event{Path: b.path})
}

// end tells that the file of a block is done, if it has begun.
func (r *result) end(b *block) {
	if b.begun {
		b.begun = false
		r.reply.Events = append(r.reply.Events, Event{Path: b.path, Done: true})
	}
}

// accept checks the path of a block.
func (r *result) accept(b *block) {
	clean, err := r.find(b.path)
	if err != nil {
		r.refuse(b, err.Error())
		return
	}
	b.path = clean
	if there, ok := r.paths.Find(clean); ok && there != clean {
		r.refuse(b, fmt.Sprintf("it differs from %q by case only", there))
	} else if r.paths.Clashes(clean) {
		r.refuse(b, "it would be both a file and a folder")
	}
}

// checkSize refuses a block that has grown too large.
func (r *result) checkSize(b *block) {
	if len(b.content) > artifact.MaxFileBytes {
		r.refuse(b, fileTooLarge)
	}
}

var fileTooLarge = fmt.Sprintf("it is larger than %d KB", artifact.MaxFileBytes>>10)

// refuse makes no file of a block, and warns.
func (r *result) refuse(b *block, why string) {
	b.rejected, b.content = true, nil
	r.warn(b.path, why)
}

func (r *result) warn(path, why string) {
	if len(r.reply.Warnings) < maxWarnings {
		r.changes++
		r.tell(path, "Left out: "+why+".")
	}
}

// tell adds a warning that leaves nothing out.
func (r *result) tell(path, text string) {
	r.reply.Warnings = append(r.reply.Warnings, artifact.Warning{Path: shortened(path), Text: text})
}

// shortened cuts a path to a length that can be shown.
func shortened(path string) string {
	return strings.ToValidUTF8(path[:min(len(path), artifact.MaxPathBytes)], "")
}

// finish takes a block that has ended, and keeps its file if there is one.
func (r *result) finish(b *block) {
	if !b.rejected {
		r.keep(b)
	}
	r.end(b)
	if b.path == "index.html" && !b.rejected {
		r.rename("style.css")
		r.rename("script.js")
	}
}

// keep makes a file of a block, unless it is empty or does not fit.
func (r *result) keep(b *block) {
	if !b.begun {
		if b.path != "" {
			r.refuse(b, "it is empty")
		}
		return
	}
	content := strings.TrimRight(string(b.content), "\n") + "\n"
	kind := kindOf(path.Ext(b.path))
	if ext := strings.ToLower(path.Ext(b.path)); ext != ".svg" && ext != ".xml" && ext != ".xhtml" { // there, escapes are undone everywhere
		content = unescape(kind, content)
	}
	whole := b.path == "index.html" && markup.IsPage(content)
	i, again := r.index[b.path]
	before := ""
	if again {
		before = r.reply.Files[i].Content
	}
	why := ""
	switch {
	case b.heredoc != nil && again && !r.unnamed[b.path] && !r.byCommand[b.path]:
		if content == before {
			b.rejected = true
			return
		}
		why = "a command writes it, and it has a block of its own"
	case b.unnamed && !whole:
		why = r.redundant(b, kind, content, before)
	}
	if why != "" {
		if utf8.ValidString(content) {
			r.note(Block{File: artifact.File{Path: b.path, Content: content}, Unnamed: b.unnamed, Aside: why})
		}
		r.refuse(b, why)
		return
	}
	size := r.size - len(before) + len(content)
	switch {
	case !utf8.ValidString(content):
		r.refuse(b, "it is not text (UTF-8)")
		return
	case holdsEdit(content):
		b.rejected = true
		r.refuseEdit(artifact.Edit{Path: b.path}, inFile)
		return
	case len(content) > artifact.MaxFileBytes:
		r.refuse(b, fileTooLarge)
		return
	case !again && len(r.reply.Files) == artifact.MaxFiles:
		r.refuse(b, fmt.Sprintf("there are more than %d files", artifact.MaxFiles))
		return
	case size > artifact.MaxSetBytes:
		r.refuse(b, fmt.Sprintf("the files together are larger than %d KB", artifact.MaxSetBytes>>10))
		return
	}
	r.put(artifact.File{Path: b.path, Content: content})
	r.note(Block{File: artifact.File{Path: b.path, Content: content}, Unnamed: b.unnamed})
	r.size = size
	r.unnamed[b.path] = b.unnamed
	r.setByCommand(b.path, b.heredoc != nil)
	r.named[kind] = r.named[kind] || !b.unnamed
	if b.path == "index.html" {
		r.whole, r.refers = whole, nil
	}
}

// setByCommand notes whether a command writes a file: few replies have any.
func (r *result) setByCommand(path string, is bool) {
	switch {
	case !is:
		delete(r.byCommand, path)
	case r.byCommand == nil:
		r.byCommand = map[string]bool{path: true}
	default:
		r.byCommand[path] = true
	}
}

// note keeps a block. If there are many that are not the last ones of their paths, or
// they are long, only the last ones are kept.
func (r *result) note(b Block) {
	i := slices.IndexFunc(r.reply.Blocks, func(o Block) bool { return o.Path == b.Path && o.Aside == "" })
	if more := i >= 0 || b.Aside != ""; more {
		switch full := r.more == maxMore || r.moreSize+len(b.Content) > artifact.MaxFileBytes; {
		case !full:
			r.more++
			r.moreSize += len(b.Content)
		case b.Aside != "":
			return
		default:
			r.reply.Blocks = slices.Delete(r.reply.Blocks, i, i+1)
		}
	}
	r.reply.Blocks = append(r.reply.Blocks, b)
}

// put adds a file, or replaces the one that has its path.
func (r *result) put(f artifact.File) {
	r.last = f.Path
	r.changes++
	if i, ok := r.index[f.Path]; ok {
		r.reply.Files[i].Content = f.Content
		return
	}
	if r.index == nil {
		r.index, r.named, r.unnamed = map[string]int{}, map[string]bool{}, map[string]bool{}
	}
	r.paths.Add(f.Path)
	r.index[f.Path] = len(r.reply.Files)
	r.reply.Files = append(r.reply.Files, f)
}

// keepEdit adds an edit that has been read, unless it does not fit.
func (r *result) keepEdit(e artifact.Edit) {
	r.last = ""
	e = unescapeEdit(kindOf(path.Ext(e.Path)), e)
	size := r.editSize + len(e.Search) + len(e.Replace)
	if size > artifact.MaxSetBytes {
		r.refuseEdit(e, fmt.Sprintf("the edits together are larger than %d KB", artifact.MaxSetBytes>>10))
		return
	}
	r.changes++
	r.editSize = size
	r.reply.Edits = append(r.reply.Edits, e)
}

// refuseEdit keeps an edit that cannot be read: without it the edits of its file
// are incomplete. If there are a great many it keeps at least each path.
func (r *result) refuseEdit(e artifact.Edit, why string) {
	r.last = ""
	if why != cutEdit { // Reply.Truncated says so
		r.warn(e.Path, why)
	}
	many := len(r.reply.Refused) >= maxWarnings
	if many && r.broken[e.Path] || len(r.reply.Refused) == maxEdits {
		return
	}
	if many || len(e.Search)+len(e.Replace) > maxRefusedText || !utf8.ValidString(e.Search+e.Replace) {
		e.Search, e.Replace = "", ""
	}
	r.changes++
	if r.broken == nil {
		r.broken = map[string]bool{}
	}
	r.broken[e.Path] = true
	r.reply.Refused = append(r.reply.Refused, artifact.Refusal{Edit: e, Why: why})
}
