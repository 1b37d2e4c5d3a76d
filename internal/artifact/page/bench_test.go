package page_test

import (
	"fmt"
	"strings"
	"testing"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/artifact/page"
)

// app returns an app of modules in so many files of so many bytes each, with React.
func app(files, size int) []artifact.File {
	all := []artifact.File{
		{Path: "index.html", Content: `<!DOCTYPE html><html><head></head><body><div id="root"></div><script type="module" src="/src/main.tsx"></script></body></html>`},
	}
	var main strings.Builder
	main.WriteString("import { createRoot } from 'react-dom/client';\n")
	for i := range files - 2 {
		fmt.Fprintf(&main, "import { Part%d } from './part%d';\n", i, i)
		var part strings.Builder
		fmt.Fprintf(&part, "import { useState } from 'react';\nexport function Part%d() {\n  const [n, setN] = useState<number>(%d);\n", i, i)
		for j := 0; part.Len() < size-200; j++ {
			fmt.Fprintf(&part, "  const handle%d = (event: MouseEvent) => { if (event.button === %d) setN(n + %d); };\n", j, j, j)
		}
		part.WriteString("  return <div className=\"part\" onClick={() => handle0(null!)}>{n}</div>;\n}\n")
		all = append(all, artifact.File{Path: fmt.Sprintf("src/part%d.tsx", i), Content: part.String()})
	}
	main.WriteString("createRoot(document.getElementById('root')!).render(<main>")
	for i := range files - 2 {
		fmt.Fprintf(&main, "<Part%d />", i)
	}
	main.WriteString("</main>);\n")
	return append(all, artifact.File{Path: "src/main.tsx", Content: main.String()})
}

// plainPage returns a page of many elements, a style and a script, of about 200 KB.
func plainPage() []artifact.File {
	rows := strings.Repeat("<li class=\"row\"><a href=\"#x\">Item</a> <button onclick=\"add(1)\">Add</button></li>\n", 1500)
	js := strings.Repeat("function add(n) { document.getElementById('o').textContent += `${n} ${new Date()}`; }\n", 700)
	return []artifact.File{{Path: "index.html", Content: "<!DOCTYPE html><html><head><style>li { color: red }</style></head><body><ul>" + rows + "</ul><p id=o></p><script>" + js + "</script></body></html>"}}
}

func BenchmarkBuild(b *testing.B) {
	for _, bc := range []struct {
		name  string
		files []artifact.File
	}{
		{"20 files 200 KB", app(20, 10<<10)},
		{"190 files 2 MB", app(190, 10<<10)},
	} {
		b.Run(bc.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if built := page.Build(bc.files); len(built.Diagnostics) > 0 || built.Code == "" {
					b.Fatal(built.Diagnostics)
				}
			}
		})
	}
}

func BenchmarkPlain(b *testing.B) {
	b.ReportAllocs()
	files := plainPage()
	for b.Loop() {
		if _, ok := page.Plain(files); !ok {
			b.Fatal("it needs esbuild")
		}
	}
}
