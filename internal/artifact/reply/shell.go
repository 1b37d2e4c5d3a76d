package reply

import (
	"bytes"
	"cmp"
	"path"
	"strings"

	"dreambuild.dev/backend/internal/artifact"
)

// heredoc is what commands of a shell write into a file:
//
//	cat > index.html <<'EOF'
//	…
//	EOF
//
// https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_07_04
type heredoc struct {
	path    string
	mark    string // the line that ends it
	strips  bool   // tabs at the beginning of its lines go
	expands bool   // the shell replaces variables in it: a $ that is meant has a backslash
	adds    bool   // it is added to the file
	around  *block // the commands
}

var (
	// The command may follow others: "mkdir -p css && cat > css/style.css <<EOF".
	writeCommand  = compiled(`(?:^\s*(?:[$%]\s+)?|&&\s*|[;|(]\s*)(?:cat|tee)\s`)
	heredocMark   = compiled(`(?:^|[^<])<<(-?)\s*(?:(\\?)([\w.-]+)|'([^']+)'|"([^"]+)")`)
	heredocTarget = compiled(`(?:(?:^|[^0-9&>])(>>?)\|?|\btee\s+(-a\s|--append\s)?)\s*(?:"([^"]+)"|'([^']+)'|((?:\\ |[^\s<>|&;()"'-])(?:\\ |[^\s<>|&;()"'])*))`)
	shellVariable = compiled(`^\$(?:\w+|\{\w+\}|\(pwd\))/`)
	shellEscapes  = strings.NewReplacer(`\$`, "$", "\\`", "`")
)

// heredocOf reads a command that writes a file. It returns nil for any other.
func heredocOf(line []byte) *heredoc {
	if len(line) > maxNameLine || !bytes.Contains(line, []byte("<<")) || !writeCommand().Match(line) {
		return nil
	}
	text := string(line)
	at := heredocMark().FindStringSubmatchIndex(text)
	if at == nil {
		return nil
	}
	part := func(i int) string { return text[max(0, at[2*i]):max(0, at[2*i+1])] }
	bare := part(3)
	h := &heredoc{mark: bare + part(4) + part(5), strips: part(1) != "", expands: bare != "" && part(2) == ""}
	for _, m := range heredocTarget().FindAllStringSubmatch(text[:at[0]]+" "+text[at[1]:], -1) {
		name := shellVariable().ReplaceAllString(m[3]+m[4]+strings.ReplaceAll(m[5], `\ `, " "), "")
		if !strings.HasPrefix(name, "/dev/") {
			h.path, h.adds = name, m[1] == ">>" || m[2] != ""
			break
		}
	}
	if h.path == "" {
		return nil
	}
	return h
}

// isCommands reports whether a block holds commands, and is no file itself.
func (b *block) isCommands() bool {
	return b.shape == fenced && b.path == "" && !b.begun && b.diff == nil && (b.language == "" || kinds[b.language] == "shell")
}

// opensHeredoc begins the file that a command in a block writes.
func (p *Parser) opensHeredoc(line []byte) bool {
	b := p.open
	if p.edit != nil || !b.isCommands() {
		return false
	}
	h := heredocOf(line)
	if h == nil || !b.rejected && b.nameBefore != "" && b.isFile(line) {
		return false
	}
	h.around, b.rejected = b, true
	fence := *b.fence
	kind := kindOf(path.Ext(h.path))
	fence.nests, fence.depth = kind == "markdown", 0
	file := &block{fence: &fence, language: cmp.Or(kind, "text"), path: h.path, heredoc: h, html: kind == "html", wrapped: b.wrapped}
	if h.adds {
		p.out.refuseEdit(artifact.Edit{Path: p.out.pathOf(h.path)}, "a command adds to a file, and does not say which lines it replaces")
		file.rejected = true
	} else {
		p.out.accept(file)
	}
	p.open = file
	return true
}

// inHeredoc returns a line of a file that a command writes as the shell reads it. The
// line of the mark ends the file.
func (p *Parser) inHeredoc(line []byte) (text []byte, ended bool) {
	b := p.open
	h := b.heredoc
	rest := bytes.TrimSpace(line)
	if mark, fence := bytes.CutSuffix(rest, b.fence.mark); string(rest) == h.mark || fence && string(mark) == h.mark {
		p.close()
		if p.open = h.around; fence {
			p.close()
		}
		return nil, true
	}
	if h.strips {
		line = bytes.TrimLeft(line, "\t")
	}
	if h.expands && bytes.IndexByte(line, '\\') >= 0 {
		line = []byte(shellEscapes.Replace(string(line)))
	}
	return line, false
}
