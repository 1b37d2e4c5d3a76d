package reply

// block is a part of the text that may become a file.
type block struct {
	shape    shape
	fence    *fence // of a fenced block, or within tags
	tag      string // the end tag that is awaited
	language string // as the fence says, in lower case
	content  []byte
	lastLine []byte // the last line that is not blank, if it may be a path

	path       string // "" until it is known
	unnamed    bool   // the path is the usual one of its language
	nameBefore string // the path that stands before the block
	nameFar    bool   // there are words between that path and the block
	lineBefore string // the line right before the block

	begun    bool // an event says so
	rejected bool // it is no file, or no longer one
	ended    bool // what follows is no content

	html       bool   // the block holds HTML
	pageEnded  bool   // the end tag of its page was there
	rawEnd     string // what ends the raw text or comment that the last line is in; "" outside
	escaped    bool   // its first line begins with an escaped tag
	afterBlank bool   // the last line of a part of a page is blank
	cdata      bool   // what the tags hold begins with <![CDATA[

	diff *diff // that it holds; nil for none
}

// shape says what encloses a block.
type shape int

const (
	fenced   shape = iota // a fence
	tagged                // tags
	barePage              // nothing: a whole page
	pagePart              // nothing: a part of a page
	thought               // <think> and </think>
	loose                 // nothing: an edit
	bareDiff              // nothing: a diff
)
