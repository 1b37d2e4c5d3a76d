package workertest

import (
	"net/http"
	"os"
	"strings"
)

// Capture is an answer of a real server, as it was on the wire.
type Capture struct {
	Notes []string // comments: the request, and what curl saw
	Head  string   // status line and header
	Body  string
}

// ReadCapture reads a recorded answer: comments, then the answer. Most were recorded
// without their chunk framing. Their header is changed to promise none, so their
// body ends with the connection, which is the harder case for a client.
func ReadCapture(file string) (Capture, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return Capture{}, err
	}
	var c Capture
	text := string(raw)
	for strings.HasPrefix(text, "#") {
		var note string
		note, text, _ = strings.Cut(text, "\n")
		c.Notes = append(c.Notes, note)
	}
	if i := strings.LastIndex(text, "\n# curl exit"); i >= 0 {
		text = text[:i+1]
	}
	head, body, found := strings.Cut(text, "\r\n\r\n")
	if !found { // some files have the line ends of a text file
		head, body, _ = strings.Cut(text, "\n\n")
		head = strings.ReplaceAll(head, "\n", "\r\n")
	}
	bare := body == "" || strings.HasPrefix(body, "data:") || strings.HasPrefix(body, "{") || strings.HasPrefix(body, ":")
	framed := !bare && strings.Contains(head, "Transfer-Encoding")
	var kept []string
	for line := range strings.SplitSeq(head, "\r\n") {
		switch name, _, _ := strings.Cut(line, ":"); http.CanonicalHeaderKey(name) {
		case "Transfer-Encoding", "Content-Length", "Connection", "Keep-Alive":
			if !framed {
				continue
			}
		}
		kept = append(kept, line)
	}
	if !framed {
		kept = append(kept, "Connection: close")
	}
	c.Head, c.Body = strings.Join(kept, "\r\n")+"\r\n\r\n", body
	return c, nil
}
