package builder_test

import (
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/builder"
)

// app is a set of TypeScript modules that import one another, with a style sheet.
func app(modules, bytes int, stamp string) []artifact.File {
	files := []artifact.File{
		{Path: "index.html", Content: `<!doctype html><link rel=stylesheet href=style.css><div id=root></div><script type=module src=m0.tsx></script>`},
		{Path: "style.css", Content: strings.Repeat(".card { color: #333; & > p { margin: 1rem } }\n", bytes/20/46)},
	}
	for i := range modules {
		var b strings.Builder
		if i+1 < modules {
			fmt.Fprintf(&b, "import { total as next } from './m%d'\n", i+1)
		} else {
			fmt.Fprintf(&b, "const next = %q.length\n", stamp)
		}
		b.WriteString("export let total: number = next\n")
		for n := 0; b.Len() < bytes/modules; n++ {
			fmt.Fprintf(&b, "export function card%d(title: string, items: string[]) {\n  total += items.filter(item => item.includes(title)).length\n  return <section className=\"card\"><h2>{title}</h2>{items.map(item => <p key={item}>{item}: {total}</p>)}</section>\n}\n", n)
		}
		files = append(files, artifact.File{Path: fmt.Sprintf("m%d.tsx", i), Content: b.String()})
	}
	return files
}

// BenchmarkBuild measures sets that no child has seen, and what the parent allocates.
func BenchmarkBuild(b *testing.B) {
	for _, size := range []struct {
		name           string
		modules, bytes int
	}{{"20-files-200KB", 20, 200 << 10}, {"150-files-2MB", 150, 1900 << 10}} {
		b.Run(size.name, func(b *testing.B) {
			pages := builder.Open(slog.New(slog.NewTextHandler(os.Stderr, nil)))
			defer pages.Close()
			pages.Build(b.Context(), app(1, 100, "")) // so there is a child
			b.ReportAllocs()
			var times []time.Duration
			for i := 0; b.Loop(); i++ {
				set := app(size.modules, size.bytes, fmt.Sprint(i))
				begun := time.Now()
				for _, d := range pages.Build(b.Context(), set).Diagnostics {
					b.Fatal(d)
				}
				times = append(times, time.Since(begun))
			}
			report(b, times)
		})
	}
}

// BenchmarkPlain measures a page that needs no child.
func BenchmarkPlain(b *testing.B) {
	var pages builder.Builder
	set := []artifact.File{
		{Path: "index.html", Content: "<!doctype html><link rel=stylesheet href=style.css><body>" + strings.Repeat("<p>text</p>\n", 2000) + "<script src=app.js></script>"},
		{Path: "style.css", Content: strings.Repeat("p { margin: 1rem }\n", 2000)},
		{Path: "app.js", Content: strings.Repeat("console.log('text')\n", 5000)},
	}
	for b.Loop() {
		if got := pages.Build(b.Context(), set); len(got.Diagnostics) > 0 {
			b.Fatal(got.Diagnostics)
		}
	}
}

// BenchmarkChild measures from the start of a child to its first answer.
func BenchmarkChild(b *testing.B) {
	set := app(1, 100, "")
	var times []time.Duration
	for b.Loop() {
		pages := builder.Open(slog.New(slog.DiscardHandler))
		begun := time.Now()
		pages.Build(b.Context(), set)
		times = append(times, time.Since(begun))
		pages.Close()
	}
	report(b, times)
}

// report reports the median, the least and the most.
func report(b *testing.B, times []time.Duration) {
	slices.Sort(times)
	for unit, d := range map[string]time.Duration{"ms-min": times[0], "ms-p50": times[len(times)/2], "ms-max": times[len(times)-1]} {
		b.ReportMetric(float64(d.Microseconds())/1000, unit)
	}
	b.ReportMetric(0, "ns/op")
}
