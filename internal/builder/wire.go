package builder

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/artifact/page"
)

// request is what a child gets: a byte that says what is wanted, the number of files, and
// of each its path and content. Numbers are unsigned varints, and stand before each text
// as its length in bytes.
type request struct {
	wanted wanted
	files  []artifact.File
}

// wanted is what shall become of a set.
type wanted byte

const (
	document wanted = 1 << iota // one page of it
	checks                      // what is wrong with it
)

// answer is what a child says: a JSON text of about, and the document.
type answer struct {
	about
	code string
}

// about is all of an answer but the document.
type about struct {
	Network     []string
	Diagnostics []artifact.Diagnostic // of the document
	Wrong       []artifact.Diagnostic
	Panic       string // its type and stack, and then there is nothing else
}

// key is a request, of its files the SHA-256.
type key struct {
	wanted wanted
	files  [sha256.Size]byte
}

const (
	maxText        = 64 << 20
	maxCode        = 8 << 20 // four times the largest set
	maxDiagnostics = 200     // of each kind; nobody reads more
	maxDiagnostic  = 2 << 10 // bytes of a text, which may quote a file
)

// write writes a request piece by piece: it is as large as all files together.
func (r request) write(w *bufio.Writer) error {
	if err := w.WriteByte(byte(r.wanted)); err != nil {
		return err
	}
	return writeFiles(w, r.files)
}

func writeFiles(w *bufio.Writer, files []artifact.File) error {
	if err := writeNumber(w, len(files)); err != nil {
		return err
	}
	for _, f := range files {
		for _, text := range []string{f.Path, f.Content} {
			if err := writeText(w, text); err != nil {
				return err
			}
		}
	}
	return w.Flush()
}

// size is how many bytes the files have.
func (r request) size() (n int) {
	for _, f := range r.files {
		n += len(f.Path) + len(f.Content)
	}
	return n
}

func (r request) key() key {
	h := sha256.New()
	if err := writeFiles(bufio.NewWriterSize(h, 32<<10), r.files); err != nil {
		panic(err) // a hash takes everything
	}
	k := key{wanted: r.wanted}
	h.Sum(k.files[:0])
	return k
}

func readRequest(from *bufio.Reader) (request, error) {
	flags, err := from.ReadByte()
	if err != nil {
		return request{}, err
	}
	count, err := binary.ReadUvarint(from)
	if err != nil {
		return request{}, err
	}
	r := request{wanted: wanted(flags)}
	for range count {
		path, err := readText(from, maxText)
		if err != nil {
			return request{}, err
		}
		content, err := readText(from, maxText)
		if err != nil {
			return request{}, err
		}
		r.files = append(r.files, artifact.File{Path: path, Content: content})
	}
	return r, nil
}

// answerOf makes the answer of what became of a set.
func answerOf(m made) answer {
	if len(m.Code) > maxCode {
		m.Built = verdict(tooLarge).Built
	}
	first := func(all []artifact.Diagnostic) []artifact.Diagnostic {
		all = slices.Clone(all[:min(len(all), maxDiagnostics)])
		for i, d := range all {
			all[i].Text = strings.ToValidUTF8(d.Text[:min(len(d.Text), maxDiagnostic)], "\uFFFD")
		}
		return all
	}
	return answer{about{Network: m.Network, Diagnostics: first(m.Diagnostics), Wrong: first(m.wrong)}, m.Code}
}

func (a answer) made() made {
	return made{page.Built{Code: a.code, Network: a.Network, Diagnostics: a.Diagnostics}, slices.Clip(a.Wrong)}
}

func (a answer) write(w *bufio.Writer) error {
	about, err := json.Marshal(a.about)
	if err != nil {
		return err
	}
	if err := writeText(w, string(about)); err != nil {
		return err
	}
	if err := writeText(w, a.code); err != nil {
		return err
	}
	return w.Flush()
}

func readAnswer(from *bufio.Reader) (a answer, err error) {
	about, err := readText(from, maxCode)
	if err != nil {
		return answer{}, err
	}
	if err := json.Unmarshal([]byte(about), &a.about); err != nil {
		return answer{}, err
	}
	a.code, err = readText(from, maxCode)
	return a, err
}

func writeNumber(w *bufio.Writer, n int) error {
	_, err := w.Write(binary.AppendUvarint(w.AvailableBuffer(), uint64(n)))
	return err
}

func writeText(w *bufio.Writer, text string) error {
	if err := writeNumber(w, len(text)); err != nil {
		return err
	}
	_, err := w.WriteString(text)
	return err
}

func readText(r *bufio.Reader, most uint64) (string, error) {
	n, err := binary.ReadUvarint(r)
	if err != nil {
		return "", err
	}
	if n > most {
		return "", fmt.Errorf("a text has %d bytes, and may have %d", n, most)
	}
	var text strings.Builder
	text.Grow(int(n))
	if _, err := io.CopyN(&text, r, int64(n)); err != nil {
		return "", err
	}
	return text.String(), nil
}
