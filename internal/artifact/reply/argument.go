package reply

import (
	"cmp"
	"path"
	"strings"

	"dreambuild.dev/backend/internal/artifact"
)

// argumentOf is one argument of a call.
type argumentOf struct {
	text []byte
	rank int  // of its key; 0: there is none
	big  bool // larger than any file
}

// ofArgument tells what an argument is for.
type ofArgument int

const (
	ofPath ofArgument = iota
	ofContent
	ofOld
	ofNew
	ofPatch   // a diff, or SEARCH/REPLACE blocks
	ofCommand // the commands of a shell, or the name of the tool
	ofFrom    // the path that a file had
	ofTo
	ofTool
)

// isName reports whether an argument is the name of a file or a tool.
func (a ofArgument) isName() bool { return a == ofPath || a >= ofFrom }

// argumentName tells what an argument of a name is for. Of two names for the same,
// the one of the higher rank counts.
type argumentName struct {
	of   ofArgument
	rank int
}

// argumentNames are the names of arguments, in lower case and without "_" and "-".
var argumentNames = func() map[string]argumentName {
	all := map[string]argumentName{}
	for _, row := range []struct {
		of    ofArgument
		names [bestKey]string // the best ones first
	}{
		{ofPath, [bestKey]string{"path filepath filename targetfile relativepath relativeworkspacepath absolutepath absolutefilepath fullpath destination", "file"}},
		{ofContent, [bestKey]string{"content contents filetext filecontent filecontents newcontent newcontents codecontent codeedit", "code source sourcecode newfiletext", "text body data"}},
		{ofOld, [bestKey]string{"oldstr oldstring oldtext oldcode oldcontent search searchtext find targetcontent original originaltext", "old"}},
		{ofNew, [bestKey]string{"newstr newstring newtext newcode replace replacement replacewith replacetext replacementcontent", "new"}},
		{ofPatch, [bestKey]string{"patch diff patchtext diffcontent"}},
		{ofFrom, [bestKey]string{"oldpath oldname oldfilepath oldfilename oldfile frompath sourcepath sourcefile originalpath originalfilepath", "from src"}},
		{ofTo, [bestKey]string{"newpath newname newfilepath newfilename newfile topath targetpath destinationpath destinationfile", "to dest target"}},
		{ofCommand, [bestKey]string{"command", "cmd commands script"}},
		{ofTool, [bestKey]string{"tool toolname function functionname", "action name type"}},
	} {
		for i, names := range row.names {
			for name := range strings.FieldsSeq(names) {
				all[name] = argumentName{row.of, bestKey - i}
			}
		}
	}
	return all
}()

// argumentKeys are the keys whose value holds the arguments of a call.
var argumentKeys = map[string]bool{"arguments": true, "parameters": true, "input": true, "args": true, "params": true, "tool_input": true, "action_input": true, "kwargs": true, "function": true, "tool_call": true}

// Parts of the names of tools that have to do with files, of those that need more than
// their arguments say, and of those that run commands.
var (
	toolForFiles = []string{"write", "create", "save", "edit", "replace", "update", "put", "insert", "append", "prepend", "delete", "remove", "unlink", "rename", "move", "artifact", "file", "patch", "diff"}
	toolThatAdds = []string{"append", "insert", "prepend"}
	toolThatRuns = []string{"command", "terminal", "bash", "shell"}
)

// deletesFile reports whether a tool deletes a file: its name is such a verb, or has
// one and speaks of files.
func deletesFile(tool string) bool {
	verb := tool[strings.LastIndexAny(tool, ".:/")+1:]
	return verb == "delete" || verb == "remove" || verb == "unlink" || strings.Contains(tool, "file") && containsAny(tool, "delete", "remove", "unlink")
}

// onlyAdds is why an addition is refused.
const onlyAdds = "a call adds to a file, and does not say which lines it replaces"

// movesFile reports whether a tool gives a file another path.
func movesFile(tool string) bool {
	return strings.Contains(tool, "rename") || strings.Contains(tool, "move") && !strings.Contains(tool, "remove")
}

// pathsOfMove returns the paths of a call that gives a file another one, by its
// arguments: {"path", "new_path"}, {"from", "to"} or {"source", "destination"}.
func pathsOfMove(value func(ofArgument) string) (from, to string) {
	from, to = cmp.Or(value(ofFrom), value(ofContent), value(ofOld)), cmp.Or(value(ofTo), value(ofNew))
	switch {
	case from == "":
		from = value(ofPath)
	case to == "":
		to = value(ofPath)
	}
	return strings.TrimSpace(from), strings.TrimSpace(to)
}

// namesFile reports whether what stands for the name of a tool is that of a file.
func namesFile(name string) bool { return kindOf(path.Ext(name)) != "" && isFileName(name) }

func plainKey(key string) string {
	var plain [32]byte
	n := 0
	for i := 0; i < len(key) && n < len(plain); i++ {
		switch c := key[i]; {
		case c == '_' || c == '-':
		case c >= 'A' && c <= 'Z':
			plain[n], n = c|0x20, n+1
		default:
			plain[n], n = c, n+1
		}
	}
	return string(plain[:n])
}

// add adds a piece of the text of an argument.
func (v *argumentOf) add(text string) {
	if v.big = v.big || len(v.text)+len(text) > artifact.MaxFileBytes; v.big {
		v.text = nil
		return
	}
	v.text = append(v.text, text...)
}
