package reply_test

import (
	"strings"
	"testing"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/artifact/reply"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// TestCalls reads calls of tools that models write as text.
func TestCalls(t *testing.T) {
	page := []artifact.File{{Path: "index.html", Content: "<p class=\"a\">\n"}}
	two := append(page[:1:1], artifact.File{Path: "css/a.css", Content: "p{}\n"})
	edit := []artifact.Edit{{Path: "app.js", Search: "f(1)\n", Replace: "f(2)\n"}}
	const object = `{"path": "index.html", "content": "<p class=\"a\">\n"}`
	const text = `"{\"path\": \"index.html\", \"content\": \"<p class=\\\"a\\\">\\n\"}"`
	for _, tc := range []struct {
		name, text string
		files      []artifact.File
		edits      []artifact.Edit
	}{
		{"as a server's calls are told", `<tool_call>{"name": "write_file", "arguments": ` + object + "}</tool_call>\n" + `<tool_call>{"name": "write_file", "arguments": {"path": "css/a.css", "content": "p{}"}}</tool_call>`, two, nil},
		{"on lines of their own", "I write it.\n<tool_call>\n" + `{"name": "write_file", "arguments": ` + object + "}\n</tool_call>\nDone.", page, nil},
		{"alone", `{"name": "write_file", "arguments": ` + object + "}", page, nil},
		{"as parameters", `{"name": "create_file", "parameters": ` + object + "}", page, nil},
		{"as an input", `{"type": "tool_use", "id": "x", "name": "Write", "input": {"file_path": "index.html", "content": "<p class=\"a\">\n"}}`, page, nil},
		{"arguments as text", `{"name": "write_file", "arguments": ` + text + "}", page, nil},
		{"a function with arguments as text", `{"id": "x", "type": "function", "function": {"name": "write_file", "arguments": ` + text + "}}", page, nil},
		{"tool_calls", `{"content": null, "tool_calls": [{"function": {"name": "w", "arguments": ` + text + "}}]}", page, nil},
		{"flat", object, page, nil},
		{"flat, with a name", `{"name": "index.html", "content": "<p class=\"a\">\n"}`, page, nil},
		{"flat, with a tool", `{"tool": "write_file", "file": "index.html", "code": "<p class=\"a\">\n"}`, page, nil},
		{"an action", `{"action": "write_file", "action_input": {"filename": "index.html", "text": "<p class=\"a\">\n"}}`, page, nil},
		{"an agent's words", "Thought: I write it\nAction: write_file\nAction Input: " + object + "\nObservation: done", page, nil},
		{"the content first", `{"name": "write_file", "arguments": {"content": "<p class=\"a\">\n", "path": "index.html"}}`, page, nil},
		{"the name last", `{"arguments": ` + object + `, "name": "write_file"}`, page, nil},
		{"an array", `[{"name": "write_file", "arguments": ` + object + `}, {"name": "write_file", "arguments": {"path": "css/a.css", "content": "p{}"}}]`, two, nil},
		{"an array over lines", "[\n  {\n    \"name\": \"write_file\",\n    \"arguments\": " + object + "\n  },\n  " + `{"name": "write_file", "arguments": {"path": "css/a.css", "content": "p{}"}}` + "\n]\n", two, nil},
		{"an array in a fence", "```json\n[\n  " + object + ",\n  " + `{"path": "css/a.css", "content": "p{}"}` + "\n]\n```\n", two, nil},
		{"objects in a fence", "```json\n" + object + "\n" + `{"path": "css/a.css", "content": "p{}"}` + "\n```\n", two, nil},
		{"objects in one line", object + "; " + `{"path": "css/a.css", "content": "p{}"}`, two, nil},
		{"a fence of calls", "```tool_call\n" + `{"name": "w", "arguments": ` + object + "}\n```\n", page, nil},
		{"Mistral", `[TOOL_CALLS] [{"name": "write_file", "arguments": ` + object + "}]", page, nil},
		{"Mistral, later", `[TOOL_CALLS]write_file[ARGS]` + object, page, nil},
		{"Llama", `<function=write_file>` + object + "</function>", page, nil},
		{"Llama with a tag", `<|python_tag|>{"type": "function", "name": "write_file", "parameters": ` + object + "}<|eom_id|>", page, nil},
		{"Kimi", `<|tool_calls_section_begin|><|tool_call_begin|>functions.write_file:0<|tool_call_argument_begin|>` + object + "<|tool_call_end|><|tool_calls_section_end|>", page, nil},
		{"DeepSeek", "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>write_file\n```json\n" + object + "\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>", page, nil},
		{"Harmony", `<|channel|>analysis<|message|>I write it.<|end|><|start|>assistant<|channel|>commentary to=functions.write_file <|constrain|>json<|message|>` + object + "<|call|>", page, nil},
		{"Harmony over lines", "<|channel|>analysis<|message|>I see.\nI write it.<|end|><|start|>assistant<|channel|>commentary to=functions.write_file <|constrain|>json<|message|>" + object + "<|call|>", page, nil},
		{"after a thought", "<think>\nI write it.\n</think>" + `<tool_call>{"name": "write_file", "arguments": ` + object + "}</tool_call>", page, nil},
		{"after the end of a thought", "I write it:\n```html\n<p>draft\n```\nSo.</think>" + object, page, nil},
		{"a call in words of a program", "write_file(" + object + ")", page, nil},
		{"line breaks that nobody escaped", "{\"name\": \"write_file\", \"arguments\": {\"path\": \"index.html\", \"content\": \"<p class=\\\"a\\\">\n\"}}", page, nil},
		{"files in arguments", `{"name": "create_files", "arguments": {"files": [` + object + `, {"path": "css/a.css", "content": "p{}"}]}}`, two, nil},
		{"a map of files in arguments", `{"name": "create_files", "arguments": {"files": {"index.html": "<p class=\"a\">", "css/a.css": "p{}"}}}`, two, nil},
		{"keys of Windsurf", `{"name": "write_to_file", "arguments": {"TargetFile": "index.html", "CodeContent": "<p class=\"a\">", "EmptyFile": false}}`, page, nil},
		{"an absolute path", `{"name": "write_file", "arguments": {"path": "/home/project/index.html", "content": "<p class=\"a\">"}}`, page, nil},

		{"a change", `{"name": "str_replace", "arguments": {"path": "app.js", "old_str": "f(1)", "new_str": "f(2)"}}`, nil, edit},
		{"a change by the editor's command", `{"name": "str_replace_editor", "input": {"command": "str_replace", "path": "app.js", "old_str": "f(1)", "new_str": "f(2)"}}`, nil, edit},
		{"a file by the editor's command", `{"name": "str_replace_editor", "input": {"command": "create", "path": "index.html", "file_text": "<p class=\"a\">"}}`, page, nil},
		{"a change of Claude's", `<tool_call>{"name": "Edit", "arguments": {"file_path": "app.js", "old_string": "f(1)", "new_string": "f(2)", "replace_all": false}}</tool_call>`, nil, edit},
		{"several changes", `{"name": "MultiEdit", "arguments": {"file_path": "app.js", "edits": [{"old_string": "f(1)", "new_string": "f(2)"}]}}`, nil, edit},
		{"several changes before the path", `{"name": "edit_file", "arguments": {"edits": [{"oldText": "f(1)", "newText": "f(2)"}], "path": "app.js"}}`, nil, edit},
		{"a search", `{"file": "app.js", "search": "f(1)", "replace": "f(2)"}`, nil, edit},

		{"Cline", "<write_to_file>\n<path>index.html</path>\n<content>\n<p class=\"a\">\n</content>\n</write_to_file>\n", page, nil},
		{"Cline, in a line", `<write_to_file><path>index.html</path><content><p class="a"></content></write_to_file><write_to_file><path>css/a.css</path><content>p{}</content></write_to_file>`, two, nil},
		{"Cline's change", "<replace_in_file>\n<path>app.js</path>\n<diff>\n------- SEARCH\nf(1)\n=======\nf(2)\n+++++++ REPLACE\n</diff>\n</replace_in_file>\n", nil, edit},
		{"Roo's change", "<apply_diff>\n<path>app.js</path>\n<diff>\n<<<<<<< SEARCH\n:start_line:1\n-------\nf(1)\n=======\nf(2)\n>>>>>>> REPLACE\n</diff>\n</apply_diff>\n", nil, edit},
		{"Roo's arguments", "<apply_diff>\n<args>\n<file>\n<path>app.js</path>\n<diff>\n<content><![CDATA[\n<<<<<<< SEARCH\nf(1)\n=======\nf(2)\n>>>>>>> REPLACE\n]]></content>\n</diff>\n</file>\n</args>\n</apply_diff>\n", nil, edit},
		{"Anthropic", "<function_calls>\n<invoke name=\"write_file\">\n<parameter name=\"path\">index.html</parameter>\n<parameter name=\"content\"><p class=\"a\">\n</parameter>\n</invoke>\n<invoke name=\"write_file\">\n<parameter name=\"path\">css/a.css</parameter>\n<parameter name=\"content\">p{}</parameter>\n</invoke>\n</function_calls>\n", two, nil},
		{"a namespace", "<ns:function_calls>\n<ns:invoke name=\"Write\">\n<ns:parameter name=\"file_path\">index.html</ns:parameter>\n<ns:parameter name=\"content\"><p class=\"a\"></ns:parameter>\n</ns:invoke>\n</ns:function_calls>\n", page, nil},
		{"Qwen", "<tool_call>\n<function=write_file>\n<parameter=path>\nindex.html\n</parameter>\n<parameter=content>\n<p class=\"a\">\n</parameter>\n</function>\n</tool_call>\n", page, nil},
		{"Qwen, the content first", "<function=write_file>\n<parameter=content>\n<p class=\"a\">\n</parameter>\n<parameter=path>\nindex.html\n</parameter>\n</function>\n", page, nil},
		{"Qwen, without ends", "<function=write_file>\n<parameter=path>\nindex.html\n<parameter=content>\n<p class=\"a\">\n</function>\n", page, nil},
		{"a path without an end", "<write_to_file>\n<path>\nindex.html\n<content>\n<p class=\"a\">\n</content>\n</write_to_file>\n", page, nil},
		{"GLM", "<tool_call>write_file\n<arg_key>path</arg_key>\n<arg_value>index.html</arg_value>\n<arg_key>content</arg_key>\n<arg_value><p class=\"a\">\n</arg_value>\n</tool_call>\n", page, nil},
		{"elements of a file", "<create_file>\n<file_path>index.html</file_path>\n<file_text>\n<p class=\"a\">\n</file_text>\n</create_file>\n", page, nil},
		{"files of elements", "<files>\n<file>\n<path>index.html</path>\n<content>\n<p class=\"a\">\n</content>\n</file>\n<file>\n<name>css/a.css</name>\n<content>\np{}\n</content>\n</file>\n</files>\n", two, nil},
		{"a change of elements", "<str_replace>\n<path>app.js</path>\n<old_str>f(1)</old_str>\n<new_str>\nf(2)\n</new_str>\n</str_replace>\n", nil, edit},
		{"a use of a tool", "<tool_use>\n<tool_name>write_file</tool_name>\n<parameters>" + object + "</parameters>\n</tool_use>\n", page, nil},
		{"in a fence of xml", "```xml\n<write_to_file>\n<path>index.html</path>\n<content>\n<p class=\"a\">\n</content>\n</write_to_file>\n```\n", page, nil},

		{"Python", "```tool_code\nprint(default_api.write_file(path=\"index.html\", content=\"\"\"<p class=\"a\">\n\"\"\"))\nprint(default_api.write_file(path='css/a.css', content='p{}\\n'))\n```\n", two, nil},
		{"a change in Python", "```tool_code\nedit_file(file_path='app.js', old_string='f(1)', new_string='f(2)')\n```\n", nil, edit},
		{"data", "```json\n{\"index.html\": 3, \"style.css\": \"a\"}\n```\n{\"index.html\": 3}\n", nil, nil},
		{"data with paths", "```json\n[{\"path\": \"/users\", \"content\": \"x\"}, {\"file\": \"app.js\", \"line\": 3, \"code\": \"no-undef\", \"text\": \"is not defined\"}]\n```\n", nil, nil},
		{"a call that writes nothing", `<tool_call>{"name": "read_file", "arguments": {"path": "app.js"}}</tool_call>`, nil, nil},
		{"data in a page", "```html\n<p class=\"a\">\n```\n{\"name\": \"x\", \"version\": \"1.0.0\"}\n", page, nil},
		{"package.json", "```json package.json\n{\"name\": \"a\", \"files\": [\"index.html\"]}\n```\n", []artifact.File{{Path: "package.json", Content: "{\"name\": \"a\", \"files\": [\"index.html\"]}\n"}}, nil},
		{"a file of calls", "```json calls.json\n" + object + "\n```\n", []artifact.File{{Path: "calls.json", Content: object + "\n"}}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := reply.Parse(tc.text + "\n")
			if diff := cmp.Diff(tc.files, r.Files, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("files (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.edits, r.Edits, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("edits (-want +got):\n%s", diff)
			}
			if len(r.Warnings) > 0 || r.Truncated {
				t.Errorf("warnings %v, truncated: %v", r.Warnings, r.Truncated)
			}
			checkEvents(t, r)
			if diff := cmp.Diff(r, inPieces(tc.text+"\n", func() int { return 1 })); diff != "" {
				t.Errorf("in pieces (-whole +pieces):\n%s", diff)
			}
		})
	}
}

// TestCallsThatCannotBeDone expects a warning for each.
func TestCallsThatCannotBeDone(t *testing.T) {
	for _, tc := range []struct{ name, text, path, why string }{
		{"an insertion", `{"name": "insert", "arguments": {"path": "a.js", "insert_line": 3, "new_str": "x"}}`, "a.js", "a call adds to a file, and does not say which lines it replaces"},
		{"an addition without files", `{"name": "append", "arguments": {"path": "a.js", "content": "x"}}`, "a.js", "a call adds to a file, and does not say which lines it replaces"},
		{"an addition", `{"name": "append_to_file", "arguments": {"path": "a.js", "content": "x"}}`, "a.js", "a call adds to a file, and does not say which lines it replaces"},
		{"elements without new lines", "<str_replace>\n<path>a.js</path>\n<old_str>x</old_str>\n</str_replace>", "a.js", "a call does not say which lines it replaces, and by what"},
		{"a diff of its own", "<apply_diff>\n<path>a.js</path>\n<diff>\nLine 3: x\n</diff>\n</apply_diff>", "a.js", "a change is in a form that cannot be read"},
		{"an escape", `{"name": "write_file", "arguments": {"path": "../a.js", "content": "x"}}`, "../a.js", `the path has a part that is empty, "." or ".."`},
		{"an empty file of elements", "<write_to_file>\n<content>\n</content>\n<path>a.js</path>\n</write_to_file>", "a.js", "it is empty"},
		{"an escape of elements", "<write_to_file>\n<path>../a.js</path>\n<content>\nx\n</content>\n</write_to_file>", "../a.js", `the path has a part that is empty, "." or ".."`},
		{"a change that escapes", `{"name": "edit", "arguments": {"path": "/etc/a.js", "old_str": "x", "new_str": "y"}}`, "/etc/a.js", "the path is absolute"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := reply.Parse(tc.text + "\n")
			want := []artifact.Warning{{Path: tc.path, Text: "Left out: " + tc.why + "."}}
			if diff := cmp.Diff(want, r.Warnings); diff != "" || len(r.Files)+len(r.Edits) > 0 {
				t.Errorf("%d files, %d edits; warnings (-want +got):\n%s", len(r.Files), len(r.Edits), diff)
			}
			checkEvents(t, r)
		})
	}
}

// TestCutCalls expects that half a call is never whole.
func TestCutCalls(t *testing.T) {
	for _, text := range []string{
		`{"name": "write_file", "arguments": {"path": "a.js", "content": "f(1)\ng(2)"}}`,
		`{"name": "write_file", "arguments": "{\"path\": \"a.js\", \"content\": \"f(1)\\ng(2)\"}"}`,
		"<write_to_file>\n<path>a.js</path>\n<content>\nf(1)\ng(2)\n</content>\n</write_to_file>\n",
		`{"name": "edit", "arguments": {"path": "a.js", "old_str": "f(1)\n", "new_str": "g(2)"}}`,
		"<str_replace>\n<path>a.js</path>\n<old_str>\nf(1)\n</old_str>\n<new_str>\ng(2)\n</new_str>\n</str_replace>\n",
	} {
		from, to := strings.Index(text, "f(1)")+4, strings.Index(text, "g(2)")+4
		for at := from; at < to; at++ {
			r := reply.Parse(text[:at])
			if !r.Truncated && len(r.Refused) == 0 || len(r.Edits) > 0 {
				t.Errorf("%q is whole: %+v", text[:at], r)
			}
			checkEvents(t, r)
		}
	}
}
