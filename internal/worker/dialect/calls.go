package dialect

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
)

// toolCall is a call of a tool, or a piece of one. OpenAI's streams have the
// arguments as pieces of a string, Ollama's have them as one object.
type toolCall struct {
	Index    int      `json:"index"`
	ID       string   `json:"id"`
	Function function `json:"function"`
}

type function struct {
	Name      string    `json:"name"`
	Arguments arguments `json:"arguments"`
}

// arguments is JSON: that of an object as it is, or that in a string.
type arguments string

func (a *arguments) UnmarshalJSON(raw []byte) error {
	if raw[0] == '"' || string(raw) == "null" {
		return json.Unmarshal(raw, (*string)(a))
	}
	*a = arguments(raw)
	return nil
}

// calls makes a model's calls of tools part of its reply's text. We offer no tools, so
// a model that calls one all the same writes its answer that way, and each call is text
// in the form that models write themselves, on a line of its own:
//
//	<tool_call>{"name": "write_file", "arguments": {"path": "index.html"}}</tool_call>
type calls struct {
	open   []openCall
	bytes  int
	inLine bool // the text before does not end with a line end
}

type openCall struct {
	index     int
	id, name  string
	arguments []byte
}

// newCalls begins after the reply so far or the prefill, if there is one.
func newCalls(q question) calls {
	c := calls{}
	if q.has&begun != 0 {
		c.after(q.Reply + q.Prefill)
	}
	return c
}

// mostCalls is how many bytes of calls are held: more than a turn keeps of a reply.
const (
	mostCalls = 1 << 20
	leastCall = 1 << 10 // what a call without a name counts
)

var errEndlessCalls = errors.New("the reply calls tools with more than 1 MiB")

// after notes the text that precedes the next call.
func (c *calls) after(text string) {
	if text != "" {
		c.inLine = !strings.HasSuffix(text, "\n")
	}
}

// add takes a call or a piece of one. Pieces of several calls are told apart by the
// index, or by the id where a server gives all calls the same index.
func (c *calls) add(piece toolCall) error {
	f := piece.Function
	at := len(c.open) - 1
	for at >= 0 && c.open[at].index != piece.Index {
		at--
	}
	if at < 0 || piece.ID != "" && c.open[at].id != "" && piece.ID != c.open[at].id {
		c.open = append(c.open, openCall{index: piece.Index})
		c.bytes += leastCall
		at = len(c.open) - 1
	}
	if c.bytes += len(f.Name) + len(f.Arguments); c.bytes > mostCalls {
		return errEndlessCalls
	}
	call := &c.open[at]
	if piece.ID != "" {
		call.id = piece.ID
	}
	if f.Name != call.name { // some servers repeat it with each piece
		call.name += f.Name
	}
	call.arguments = append(call.arguments, f.Arguments...)
	return nil
}

// take returns the calls as text, and forgets them. In a reply that was cut the last
// one may have no end.
func (c *calls) take(wasCut bool) string {
	if c.open == nil {
		return ""
	}
	var text strings.Builder
	for i := range c.open {
		call := &c.open[i]
		if c.inLine {
			text.WriteByte('\n')
		}
		written, whole := oneLine(call.arguments)
		text.WriteString(`<tool_call>{"name": ` + quoted(call.name) + `, "arguments": `)
		if !whole && wasCut && i == len(c.open)-1 {
			text.Write(call.arguments)
			c.inLine = true
			break
		}
		text.WriteString(written + "}</tool_call>\n")
		c.inLine = false
	}
	c.open = nil
	return text.String()
}

// oneLine returns a call's arguments as JSON on one line, without anything that reads
// as the call's end. What is no JSON becomes a string, and is not whole.
func oneLine(arguments []byte) (text string, whole bool) {
	if len(bytes.TrimSpace(arguments)) == 0 {
		return "{}", true
	}
	var line bytes.Buffer
	if whole = json.Compact(&line, arguments) == nil; whole {
		text = line.String()
	} else {
		text = quoted(string(arguments))
	}
	return strings.ReplaceAll(text, "</tool_call", `<\/tool_call`), whole
}

// quoted returns text as a JSON string that people can read.
func quoted(text string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(text) // a string always is JSON
	return strings.TrimSuffix(b.String(), "\n")
}
