package reply

import (
	"bytes"
	"cmp"
	"fmt"
	"strings"

	"dreambuild.dev/backend/internal/artifact"
)

const noRename = "it does not say what the new name is"

// maxMoves bounds how many files a reply may rename or delete.
const maxMoves = 200

// renameFile gives a file another path.
func (r *result) renameFile(from, to string) {
	f, errFrom := r.find(headerName(from))
	t, errTo := r.find(headerName(to))
	switch {
	case errFrom != nil || errTo != nil || len(r.reply.Renames) == maxMoves:
		why := noRename
		if err := cmp.Or(errFrom, errTo); err != nil && to != "" && from != "" {
			why = err.Error()
		}
		r.refuseEdit(artifact.Edit{Path: shortened(headerName(from))}, why)
	case f != t && !r.moves(f):
		r.changes++
		r.reply.Renames = append(r.reply.Renames, artifact.Rename{From: f, To: t})
	}
}

// moves reports whether the reply renames a file.
func (r *result) moves(from string) bool {
	for _, m := range r.reply.Renames {
		if m.From == from {
			return true
		}
	}
	return false
}

// deleteFile deletes a file.
func (r *result) deleteFile(name string) {
	clean, err := r.find(headerName(name))
	if err != nil || len(r.reply.Deletions) == maxMoves {
		if err == nil {
			err = fmt.Errorf("more than %d files would be deleted", maxMoves)
		}
		r.warn(headerName(name), err.Error())
		return
	}
	r.changes++
	r.reply.Deletions = append(r.reply.Deletions, clean)
}

var (
	// <dyad-rename from="a" to="b">, <lov-delete file_path="a" />, <delete_file path="a"> …
	moveTag   = compiled(`(?i)^<([\w-]*(?:delete|remove|rename|move)[\w-]*|boltAction)((?:\s+[\w:-]+\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'>]+))*)\s*/?>`)
	moveFrom  = compiled(`(?i)\s(?:from|source|src|old|original|old_?path|old_?name|from_?path|source_?path|original_?file_?path|original_?path|old_?file_?path)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))`)
	moveTo    = compiled(`(?i)\s(?:to|target|dest|destination|new|new_?path|new_?name|to_?path|target_?path|destination_?path|new_?file_?path)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))`)
	changeTag = compiled(`(?i)delete|remove`)
)

// opensMove takes a line that begins with a tag which deletes or renames a file.
func (p *Parser) opensMove(line []byte) bool {
	m := moveTag().FindSubmatch(line)
	if m == nil {
		return false
	}
	what, attributes := string(m[1]), string(m[2])
	if strings.EqualFold(what, "boltAction") {
		kind := typeOfTag().FindStringSubmatch(attributes)
		if kind == nil || !moveTag().MatchString("<"+kind[1]+">") {
			return false
		}
		what = kind[1]
	}
	rest := line[len(m[0]):]
	content, _, ended := cutFold(rest[:min(len(rest), maxNameLine)], endTag(m[1]))
	if ended {
		rest = rest[len(content)+len(endTag(m[1])):]
	}
	from, to := attribute(moveFrom().FindStringSubmatch(attributes)), attribute(moveTo().FindStringSubmatch(attributes))
	name := cmp.Or(attribute(pathOfTag().FindStringSubmatch(attributes)), from)
	if name == "" && ended && to == "" {
		name = string(bytes.TrimSpace(content))
	}
	switch {
	case strings.HasPrefix(name, "<"): // the elements of a call
		return false
	case changeTag().MatchString(what) && name != "":
		p.out.deleteFile(name)
	case !changeTag().MatchString(what) && name != "" && to != "":
		p.out.renameFile(name, to)
	default:
		return false
	}
	if rest = bytes.TrimSpace(rest); len(rest) > 0 {
		p.outside(rest)
	}
	return true
}

// attribute returns the value that a tag gives an attribute.
func attribute(m []string) string {
	if m == nil {
		return ""
	}
	return m[1] + m[2] + m[3]
}
