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
	around  *block // the commands; nil outside any fence
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

// opensBareHeredoc begins the file that a command outside any fence writes.
func (p *Parser) opensBareHeredoc(line []byte) bool {
	h := heredocOf(line)
	if h == nil || !command().Match(line) && !bytes.HasPrefix(line, []byte("tee ")) {
		return false
	}
	p.unquote()
	p.beginHeredoc(h, &block{shape: bareHeredoc})
	return true
}

// bareHeredoc takes a line of such a file.
func (p *Parser) bareHeredoc(line []byte) {
	if text, ended := p.inHeredoc(line); !ended {
		p.add(text)
	}
}

// beginPatch begins a patch in the form that needs no names of its own.
const beginPatch = "*** Begin Patch"

// writes reports whether commands write a file or apply a patch.
func writes(commands []byte) bool {
	if bytes.Contains(commands, []byte(beginPatch)) {
		return true
	}
	for line := range bytes.Lines(commands) {
		if heredocOf(bytes.TrimRight(line, "\r\n")) != nil {
			return true
		}
	}
	return false
}

// runCommands keeps the files that commands write, or the patch that they apply. They
// are the argument of a call. It reports whether there was any.
func (r *result) runCommands(commands string) (ran bool) {
	if at := strings.Index(commands, beginPatch); at >= 0 {
		r.changeByPatch("", commands[at:])
		return true
	}
	p := Parser{begun: true, out: *r}
	for line := range strings.Lines(commands) {
		line := []byte(strings.TrimRight(line, "\r\n"))
		if p.open != nil {
			p.bareHeredoc(line)
		} else if h := heredocOf(line); h != nil {
			p.beginHeredoc(h, &block{shape: bareHeredoc})
			ran = true
		}
	}
	if p.open != nil {
		p.close()
	}
	*r = p.out
	return ran
}

// runCutCommands does so with commands that the end of the text cut.
func (r *result) runCutCommands(commands string) {
	if at := strings.Index(commands, beginPatch); at >= 0 {
		r.refuseEdit(artifact.Edit{Path: r.pathOf(fileOfPatch([]byte(commands[at:])))}, cutEdit)
		return
	}
	r.runCommands(commands)
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
	fence.nests, fence.depth = kindOf(path.Ext(h.path)) == "markdown", 0
	p.beginHeredoc(h, &block{fence: &fence, wrapped: b.wrapped})
	return true
}

// beginHeredoc begins the file that a command writes.
func (p *Parser) beginHeredoc(h *heredoc, file *block) {
	kind := kindOf(path.Ext(h.path))
	file.heredoc, file.path, file.language, file.html = h, h.path, cmp.Or(kind, "text"), kind == "html"
	if h.adds {
		p.out.refuseEdit(artifact.Edit{Path: p.out.pathOf(h.path)}, "a command adds to a file, and does not say which lines it replaces")
		file.rejected = true
	} else {
		p.out.accept(file)
	}
	p.open = file
}

// inHeredoc returns a line of a file that a command writes as the shell reads it. The
// line of the mark ends the file.
func (p *Parser) inHeredoc(line []byte) (text []byte, ended bool) {
	b := p.open
	h := b.heredoc
	rest := bytes.TrimSpace(line)
	mark, fence := rest, false
	if b.fence != nil {
		mark, fence = bytes.CutSuffix(rest, b.fence.mark)
	}
	if string(rest) == h.mark || fence && string(mark) == h.mark {
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
