package e2etest

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"strings"
)

// Frame is one frame of a stream: a message, the result or an error.
type Frame struct {
	Message *struct{ Type, TurnID, ProjectID, Text, Cursor string }
	Result  *struct{ State, ProjectID, Code string }
	Error   *struct {
		Status  string
		Details map[string]any
	}
}

// Frames reads the frames of a stream. It ends with the stream, or with an error if a
// frame is no JSON.
func Frames(body io.Reader) iter.Seq2[Frame, error] {
	return func(yield func(Frame, error) bool) {
		lines := bufio.NewScanner(body)
		lines.Buffer(nil, 16<<20)
		for lines.Scan() {
			text, ok := strings.CutPrefix(lines.Text(), "data: ")
			if !ok {
				continue
			}
			var f Frame
			err := json.Unmarshal([]byte(text), &f)
			if err != nil {
				err = fmt.Errorf("%w in the frame %s", err, text)
			}
			if !yield(f, err) || err != nil {
				return
			}
		}
	}
}
