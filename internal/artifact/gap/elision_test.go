package gap

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestElisions: lines that stand for others, and lines that only look like them.
func TestElisions(t *testing.T) {
	const js = "let a = 1;\nfunction f() {\n  g();\n}\n// ... existing code ...\nlet z = 1;\n"
	for _, tc := range []struct {
		name, file, line string
		want             bool
	}{
		{"ellipsis", "a.js", "// ...", true},
		{"one character", "a.js", "// …", true},
		{"bare ellipsis", "a.js", "...", true},
		{"bare in brackets", "a.css", "[...]", true},
		{"rest of the code", "a.js", "// ... rest of the code ...", true},
		{"leading only", "a.js", "// ... rest of your event listeners", true},
		{"no space", "a.js", "//...existing code...", true},
		{"trailing only", "a.js", "// existing code...", true},
		{"sentence", "a.js", "// The rest of the code remains the same", true},
		{"sentence, unchanged", "a.js", "// (all other functions unchanged)", true},
		{"sentence with a name", "a.js", "// the rest of update() stays the same", true},
		{"keep", "a.css", "/* keep existing styles */", true},
		{"brevity", "a.css", "/* other styles omitted for brevity */", true},
		{"rest of styles", "a.css", "/* rest of styles */", true},
		{"css with ellipsis", "a.css", "/* ... other rules ... */", true},
		{"html", "a.html", "<!-- same as before -->", true},
		{"html head", "a.html", "<!-- head stays the same -->", true},
		{"html existing", "a.html", "<!-- existing markup -->", true},
		{"html inner", "a.html", "<head><!-- unchanged head content --></head>", true},
		{"jsx", "a.jsx", "{/* ... existing components ... */}", true},
		{"body of a function", "a.js", "function h() { /* ... */ }", true},
		{"body of a function, words", "a.js", "function h() { // ... existing code ...", true},
		{"names a part", "a.js", "// ... drawing code ...", true},
		{"names a part, leading", "a.js", "// ... event handlers", true},
		{"lines", "a.js", "// ... 40 lines unchanged ...", true},
		{"python", "a.py", "# ... existing code ...", true},
		{"sql", "a.sql", "-- ... rest of the file ...", true},
		{"German", "a.js", "// ... restlicher Code ...", true},
		{"German sentence", "a.js", "// Der Rest bleibt unverändert", true},
		{"German python", "a.py", "# … restliche Funktionen …", true},
		{"Spanish", "a.js", "// ... resto del código ...", true},
		{"Spanish sentence", "a.css", "/* el resto de los estilos permanece igual */", true},
		{"French", "a.js", "// ... le reste du code ...", true},
		{"French sentence", "a.html", "<!-- le reste du contenu reste inchangé -->", true},
		{"Portuguese", "a.js", "// ... restante do código ...", true},
		{"Portuguese sentence", "a.js", "// o resto do código permanece igual", true},
		{"Italian", "a.js", "// ... resto del codice ...", true},
		{"Italian sentence", "a.js", "// il resto del codice rimane invariato", true},
		{"Chinese", "a.js", "// ... 其余代码保持不变 ...", true},
		{"Chinese sentence", "a.js", "// 其他代码保持不变", true},
		{"Japanese", "a.js", "// ... 既存のコード ...", true},
		{"Japanese sentence", "a.css", "/* 残りのスタイルは変更なし */", true},
		{"Korean", "a.js", "// ... 기존 코드 ...", true},
		{"Russian", "a.js", "// ... остальной код без изменений ...", true},
		{"Russian sentence", "a.js", "// остальной код остаётся без изменений", true},
		{"bare sentence in brackets", "a.js", "(rest of the code remains unchanged)", true},
		{"bare with words", "a.html", "... rest of the page unchanged ...", true},
		{"previous code here", "a.js", "// previous code here", true},
		{"your existing code", "a.js", "// Your existing code goes here", true},

		{"a class by its name", "a.js", "// Food class unchanged", true},
		{"bare, in brackets, without a noun", "a.html", "(same as before)", true},

		{"a thing that is kept", "a.js", "// keep state", true}, // it heads nothing: what follows is new
		{"the end of a document", "a.yaml", "...", false},
		{"the file had it", "a.js", "// ... existing code ...", false},
		{"a stack", "a.js", "// keep the rest of the stack for later", false},
		{"users", "a.js", "// existing users are loaded first", false},
		{"spread", "a.js", "...args,", false},
		{"spread in brackets", "a.js", "[...items]", false},
		{"spread of a call", "a.js", "...(dark ? [a] : [b]),", false},
		{"text", "a.html", "<p>Loading...</p>", false},
		{"bare text", "a.html", "Loading...", false},
		{"loading", "a.js", "// Loading...", false},
		{"todo", "a.js", "// TODO: more", false},
		{"a value that stays", "a.css", "margin: 0; /* same as before */", false},
		{"same but", "a.js", "// same as before but with a delay", false},
		{"deck", "a.js", "// the rest of the deck", false},
		{"wait", "a.js", "// wait for the rest...", false},
		{"sentence goes on", "a.js", "// ...and then the ball falls down again", false},
		{"previous value", "a.js", "// previous value", false},
		{"heading", "a.html", "<!-- Main content -->", false},
		{"section", "a.css", "/* Header */", false},
		{"keep score", "a.js", "// keep score", false},
		{"remaining time", "a.js", "// remaining time in seconds", false},
		{"unchanged rows", "a.js", "// unchanged rows are skipped", false},
		{"other players", "a.js", "// other players", false},
		{"range", "a.js", "// 0..9", false},
		{"dots of a range", "a.js", "// from 1 ... n", false},
		{"string", "a.js", "say('... existing code ...')", false},
		{"a url", "a.js", "fetch('https://example.com/...');", false},
		{"Markdown", "a.md", "...", false},
		{"next lines", "a.js", "// add more items here...", false},
		{"German trap", "a.js", "// Der Rest des Stapels", false},
		{"Chinese trap", "a.js", "// 其他玩家的分数", false},
		{"Russian trap", "a.js", "// остальные игроки ждут", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			text := "let a = 2;\n" + tc.line + "\n}\n"
			want := []Elision(nil)
			if tc.want {
				want = []Elision{{Line: 2, Text: tc.line}}
			}
			if diff := cmp.Diff(want, Elisions(tc.file, text, js)); diff != "" {
				t.Errorf("%q (-want +got):\n%s", tc.line, diff)
			}
		})
	}
}

// TestHeadings: a remark that may head what follows it is one only where it does not.
func TestHeadings(t *testing.T) {
	base := "body {\n  margin: 0;\n}\nh1 {\n  color: red;\n}\n"
	for text, want := range map[string]int{
		base + "/* other elements */\np {}\n":                                      0,
		base + "/* Existing styles */\n":                                           0,
		"/* other elements */\np {}\n":                                             1,
		"/* Existing styles */\nbody {\n  margin: 0;\n}\n/* New styles */\np {}\n": 0,
		"/* Existing styles */\n\n/* New styles */\np {}\n":                        1,
		"/* Existing styles */\n":                                                  1,
	} {
		if got := Elisions("a.css", text, base); len(got) != want {
			t.Errorf("%q: %+v", text, got)
		}
	}
	for text, want := range map[string]int{
		"function f() {\n  // keep state\n  g();\n}\n":      0,
		"// same as above\nlet a = 1;\n":                    0,
		"/* Other styles */\nbody {\n  margin: 0;\n}\n":     0,
		"function f() {\n  // existing code\n}\n":           1,
		"<body>\n<!-- rest of the content -->\n</body>\n":   1,
		"/*\n * The rest of the styles stays the same\n */": 1,
	} {
		if got := Elisions("a.css", text, ""); len(got) != want {
			t.Errorf("%q: %+v", text, got)
		}
	}
}

// TestElisionsTakeLinearTime: a file may be of one kind of byte.
func TestElisionsTakeLinearTime(t *testing.T) {
	for _, unit := range []string{".", "/", "/* ", "// ...\n", "<!-- ", "`", "…", "... rest of the code "} {
		Elisions("a.js", strings.Repeat(unit, (512<<10)/len(unit)), "x")
	}
}
