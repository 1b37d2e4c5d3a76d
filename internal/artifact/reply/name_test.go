package reply_test

import (
	"testing"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/artifact/reply"
	"github.com/google/go-cmp/cmp"
)

// only returns the path of the one file of a reply; "" if it has none.
func only(t *testing.T, text string) string {
	t.Helper()
	r := reply.Parse(text)
	switch len(r.Files) {
	case 0:
		return ""
	case 1:
		return r.Files[0].Path
	}
	t.Fatalf("%d files in %q", len(r.Files), text)
	return ""
}

func TestLineThatNamesAFile(t *testing.T) {
	for _, line := range []string{
		"### app.html", "## 1. app.html", "### File: app.html", "### `app.html`", "### 1. **app.html**", "#### `app.html` (page)", "### app.html - main page", "### app.html – main page",
		"### HTML (app.html)", "### Step 2: Create `app.html`", "### Step 2: app.html", "### 📄 app.html", "### [app.html](./app.html)", "## The complete app.html", "### Archivo `app.html`",
		"**app.html**", "**app.html:**", "**app.html**:", "**`app.html`**", "**File: `app.html`**", "**HTML (app.html):**", "**1. app.html**", "1. **app.html**:", "**📁 app.html**", "**Filename:** `app.html`",
		"- **app.html**", "- `app.html`:", "`app.html`", "`app.html`:", "`app.html` file:", "app.html", "app.html:", "File: app.html", "Filename: app.html", "Path: app.html", "Datei: `app.html`",
		"// File: app.html", "<!-- app.html -->", "HTML (`app.html`):", "Main page (app.html):", "1. `app.html`", "2) app.html:", "=== app.html ===", "--- FILE: app.html ---", "> **app.html**",
		"Here is the `app.html` file:", "Create a file named `app.html`:", "Save this as **app.html**:", "And `app.html`:", "**app.html** (updated):",
	} {
		t.Run(line, func(t *testing.T) {
			for _, between := range []string{"\n", "\n\n"} {
				if got := only(t, line+between+"```html\n<p>\n```\n"); got != "app.html" {
					t.Errorf("the file is called %q", got)
				}
			}
			if got := only(t, line+"\n```bash\nnpm start\n```\n"); got != "" {
				t.Errorf("commands became %q", got)
			}
			if got := only(t, line+"\nIt needs no server.\n"); got != "" {
				t.Errorf("prose became %q", got)
			}
		})
	}
}

func TestSentenceThatLeadsToAFile(t *testing.T) {
	for _, line := range []string{
		"Here's the updated `app.js`:", "Here is the full `app.js`:", "In `app.js`:", "In the `app.js` file:", "For `app.js`:", "In `app.js`, add this:", "Create an `app.js` file:", "Next, create an `app.js` file:",
		"Now update your `app.js` file to the following:", "Update your **app.js** to:", "Update the `app.js` file:", "Replace `app.js` with the following:", "Add this to `app.js`:", "Copy this into `app.js`:",
		"Create a file named `app.js` and add the following code:", "Create a new file called **app.js** with this content:", "Create app.js with this code:", "And here is the JavaScript file, `app.js`:",
		"Your `app.js` should look like this:", "**Now create `app.js`:**", "1. Create `app.js`, which uses Three.js:", "- In app.js:", "First, `app.js` (again `app.js`):", "Then \"app.js\":",
		"Crea un archivo llamado `app.js` con este código:", "Ahora actualiza `app.js`:", "Aquí está el archivo `app.js` completo:",
		"Erstelle die Datei `app.js`:", "Ändere deine `app.js` wie folgt:", "Lege eine Datei namens `app.js` mit diesem Inhalt an:",
		"Créez un fichier nommé `app.js` avec ce code :", "Voici le fichier `app.js` mis à jour :", "Dans `app.js` :",
		"Crie um arquivo chamado `app.js` com este código:", "Agora atualize o `app.js`:", "Aqui está o `app.js` completo:",
	} {
		t.Run(line, func(t *testing.T) {
			if got := only(t, line+"\n\n```js\nf()\n```\n"); got != "app.js" {
				t.Errorf("the file is called %q", got)
			}
			if got := only(t, line+"\n\n```css\np{}\n```\n"); got != "style.css" {
				t.Errorf("a style sheet is called %q", got)
			}
			if got := only(t, line+"\n```bash\nnpm start\n```\n"); got != "" {
				t.Errorf("commands became %q", got)
			}
			r := reply.Parse("```js app.js\nf()\n```\n" + line + "\n```js\ng()\n```\n")
			if len(r.Files) != 1 || r.Files[0].Path != "app.js" {
				t.Errorf("after the file there is %+v", r.Files)
			}
		})
	}
}

// Commands, and the output of programs, stand between a heading and its file.
func TestBlockBeforeTheFileOfAHeading(t *testing.T) {
	const file = "```js\nf()\n```\n"
	for _, tc := range []struct{ name, text string }{
		{"commands", "### app.js\n\nInstall first:\n\n```\nnpm install express\n```\n\n" + file},
		{"commands right below", "### app.js\n```\n$ npm install express\n```\n" + file},
		{"commands as text", "**app.js**\n```text\nnode app.js\n```\n" + file},
		{"output", "### app.js\n\nIt prints:\n\n```text\nHello\n```\n" + file},
		{"a tree", "### app.js\n\nThe folder:\n\n```\n.\n└── app.js\n```\n" + file},
		{"a command in a sentence", "### app.js\n\nInstall for `app.js`:\n```\nnpm install express\n```\n" + file},
	} {
		t.Run(tc.name, func(t *testing.T) {
			want := []artifact.File{{Path: "app.js", Content: "f()\n"}}
			if diff := cmp.Diff(want, reply.Parse(tc.text).Files); diff != "" {
				t.Errorf("files (-want +got):\n%s", diff)
			}
		})
	}
	for _, text := range []string{
		"### index.html\n\nOpen it in a browser:\n\n```\nopen index.html\n```\n",
		"### server.js\n\nStart it with:\n\n```\nnode server.js\n```\n",
		"`package.json`:\n```\nnpm init -y\n```\n",
	} {
		if got := only(t, text); got != "" {
			t.Errorf("%q became %q", text, got)
		}
	}
	for path, text := range map[string]string{
		"app.js":     "### app.js\n```\nf()\n```\n",
		"setup.sh":   "### setup.sh\n```\nnpm install\n```\n",
		"about.html": "### about.html\n\nThe page:\n\n```\n<!DOCTYPE html>\n```\n",
	} {
		if got := only(t, text); got != path {
			t.Errorf("%q became %q, want %q", text, got, path)
		}
	}
}

func TestLineThatSpeaksAboutAFile(t *testing.T) {
	for _, line := range []string{
		"### Using Three.js", "### Three.js", "**Node.js**", "### Explanation of app.js", "### How `app.js` works", "### Changes to app.js", "### Update `app.js`", "### Example: app.js", "### app.js and b.js",
		"**Note: app.js must be in the same folder**", "**Usage: app.js**", "Open `app.js` in your editor:", "In `app.js` and `b.js`:", "Ejecuta `app.js`:", "How `app.js` works:", "Then import `app.js`:", "As in `app.js`.",
		"Then run `node app.js`:", "Save the file as app.js and open it.", "app.js is the main file.", "`app.js` has a bug:", "- `page.html` loads app.js:", "The function in `app.js`:",
		"To use three.js or chart.js:", "Uses Three.js:", "see example.com", "**example.com**", "### v2.js1", "https://cdn.example.com/app.js", "### app.css", "**README.md**",
	} {
		t.Run(line, func(t *testing.T) {
			if got := only(t, line+"\n\n```js\nf()\n```\n"); got != "script.js" {
				t.Errorf("the file is called %q", got)
			}
		})
	}
}

func TestSentenceWithANameThatIsAWord(t *testing.T) {
	for _, name := range []string{"example.js", "run.js", "function.js"} {
		if got := only(t, "Now update `"+name+"` to this:\n```js\nf()\n```\n"); got != name {
			t.Errorf("%s is called %q", name, got)
		}
	}
}

func TestFileWithoutExtension(t *testing.T) {
	if got := only(t, "### Dockerfile\n```dockerfile\nFROM x\n```\n"); got != "Dockerfile" {
		t.Errorf("the file is called %q", got)
	}
	if got := only(t, "### Dockerfile\n```bash\ndocker build .\n```\n"); got != "" {
		t.Errorf("commands became %q", got)
	}
}

func TestFirstLineThatNamesAFile(t *testing.T) {
	for _, tc := range []struct{ language, line, want string }{
		{"html", "<!-- app.html -->", "app.html"},
		{"html", "<!-- File: app.html -->", "app.html"},
		{"html", "<!-- app.html (page) -->", "app.html"},
		{"html", "<!-- app.html", "index.html"},
		{"html", "<!-- app.css -->", "index.html"},
		{"css", "/* css/app.css */", "css/app.css"},
		{"css", "/* app.css - the looks */", "app.css"},
		{"css", "/* see app.css */", "style.css"},
		{"css", "#app.css", "style.css"},
		{"js", "// src/app.js", "src/app.js"},
		{"js", "// ./app.js", "app.js"},
		{"js", "// filename: app.js", "app.js"},
		{"js", "// `app.js`", "app.js"},
		{"js", "// Three.js", "script.js"},
		{"js", "// three.js - scene", "script.js"},
		{"js", "// chart.js", "chart.js"},
		{"js", "// app.js starts the game", "script.js"},
		{"js", "// https://cdn.example/app.js", "script.js"},
		{"js", "// ../app.js", ""},
		{"jsx", "{/* App.jsx */}", "App.jsx"},
		{"tsx", "// src/App.tsx", "src/App.tsx"},
		{"", "// app.js", "app.js"},
		{"", "# app.py", ""},
		{"python", "# app.py", "app.py"},
		{"python", "# file: src/app.py", "src/app.py"},
		{"python", "# README.md", ""},
		{"yaml", "# config.yml", "config.yml"},
		{"dockerfile", "# Dockerfile", "Dockerfile"},
		{"sql", "-- schema.sql", "schema.sql"},
		{"ini", "; app.ini", "app.ini"},
		{"markdown", "# README.md", ""},
		{"bash", "# setup.sh", ""},
		{"bash", "// app.js", ""},
		{"diff", "--- app.js", ""},
		{"go", "// main.go", "main.go"},
	} {
		t.Run(tc.language+" "+tc.line, func(t *testing.T) {
			if got := only(t, "```"+tc.language+"\n"+tc.line+"\nx\n```\n"); got != tc.want {
				t.Errorf("the file is called %q, want %q", got, tc.want)
			}
		})
	}
}

func TestInfoThatNamesAFile(t *testing.T) {
	for _, tc := range []struct{ info, want string }{
		{"html app.html", "app.html"}, {"html:app.html", "app.html"}, {`html title="app.html"`, "app.html"}, {"html title='app.html'", "app.html"}, {"html title=app.html", "app.html"},
		{"tsx{path=src/App.tsx}", "src/App.tsx"}, {"tsx{filename=App.tsx}", "App.tsx"}, {"tsx {path='src/App.tsx'}", "src/App.tsx"}, {"app.html", "app.html"}, {"html (app.html)", "app.html"},
		{"html [app.html]", "app.html"}, {"html file:app.html", "app.html"}, {"html // app.html", "app.html"}, {"html filePath=app.html", "app.html"}, {"HTML app.html", "app.html"}, {"html {1,3} app.html", "app.html"},
		{"html ./app.html", "app.html"}, {"src/app/page.tsx", "src/app/page.tsx"}, {`text path="LICENSE"`, "LICENSE"}, {"bash setup.sh", "setup.sh"},
		{`html title="My page"`, "index.html"}, {"html title=page", "index.html"}, {"html hl_lines=2", "index.html"}, {"html", "index.html"}, {"HTML", "index.html"}, {"css3", "style.css"}, {"JavaScript", "script.js"},
		{"console $ node app.js", ""}, {"bash app.js", ""}, {"diff app.js", ""}, {"python3.11", ""}, {"jsx", ""}, {"json", ""}, {"text", ""}, {"", ""}, {"js Node.js", "script.js"}, {"js Node.js app.js", "app.js"}, {"12:20:src/app.js", ""}, {"html ../app.html", ""},
	} {
		t.Run(tc.info, func(t *testing.T) {
			if got := only(t, "```"+tc.info+"\nx\n```\n"); got != tc.want {
				t.Errorf("the file is called %q, want %q", got, tc.want)
			}
		})
	}
}
