package page

import (
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/evanw/esbuild/pkg/api"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"
)

var updatePrelude = flag.Bool("update-prelude", false, "make prelude.min.js of prelude.js")

func TestPreludeIsCurrent(t *testing.T) {
	source, err := os.ReadFile("prelude.js")
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ file, set, has string }{{"prelude.min.js", "false", preludeAlone}, {"preludeset.min.js", "true", preludeSet}} {
		made := api.Transform(string(source), api.TransformOptions{
			MinifyWhitespace: true, MinifyIdentifiers: true, MinifySyntax: true, Target: api.ES2022, Define: map[string]string{"SET": tc.set},
		})
		if len(made.Errors) > 0 {
			t.Fatal(made.Errors)
		}
		want := strings.TrimRight(string(made.Code), ";\n")
		if *updatePrelude {
			if err := os.WriteFile(tc.file, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if diff := cmp.Diff(want, tc.has); diff != "" {
			t.Errorf("%s is not made of prelude.js (-want +got):\n%s\nRun go generate ./internal/artifact/page.", tc.file, diff)
		}
		if strings.ContainsAny(want, "\r\n") || strings.Contains(want, "<!--") || strings.Contains(strings.ToLower(want), "<script") || strings.Contains(strings.ToLower(want), "</script") {
			t.Errorf("%s is more than one line, or ends its element", tc.file)
		}
	}
	for _, page := range []string{"", `<img src="//host.example/a.png">`} {
		if size := len(withPrelude(page, preludeParts{})) - len(page); !*updatePrelude && size > 3<<10 {
			t.Errorf("the prelude of %q has %d bytes, more than 3 KB", page, size)
		}
	}
}

// In these pages | is where the prelude goes. (utf-8) stands for the charset, which it
// then says itself.
var placed = map[string]string{
	"a whole page":                   "<!DOCTYPE html>\n<html lang=en>\n<head>\n  <meta charset=\"utf-8\">|\n  <title>x</title></head><body></body></html>",
	"no charset":                     "<!doctype html><html><head>|<title>x</title></head>",
	"no head":                        "<!DOCTYPE html>|<p>x",
	"html without head":              "<!DOCTYPE html><html>|<body>x",
	"nothing":                        "|",
	"only text":                      "|Hello",
	"no doctype":                     "<html><head>|<script>1</script>",
	"white space":                    "|\n\n  ",
	"the charset after the viewport": "<head><meta name=viewport content=x><meta charset=utf-8>|<title>x</title>",
	"the charset by http-equiv":      `<head><meta http-equiv="Content-Type" content="text/html; charset=utf-8">|<title>`,
	"a policy before the charset":    `<!DOCTYPE html><head>|(utf-8)<meta http-equiv="Content-Security-Policy" content="script-src 'none'"><meta charset="utf-8">`,
	"the charset before a policy":    `<!DOCTYPE html><head><meta charset="utf-8">|<meta http-equiv="Content-Security-Policy" content="script-src 'none'">`,
	"a title before the charset":     "<head>|(utf-8)<title>x</title><meta charset=utf-8>",
	"a script before the charset":    "<head>|(utf-8)<script>1</script><meta charset=utf-8>",
	"a charset that is too late":     "<head>|<style>" + strings.Repeat("a{}", 400) + "</style><meta charset=utf-8>",
	"a charset in a title":           "<head>|<title><meta charset=utf-8></title>",
	"comments":                       "<!-- a --><!DOCTYPE html><!-- b --><html><!-- c --><head><!-- <meta charset=x> --><meta charset=utf-8>|<!-- d -->",
	"a comment without a page":       "|<!-- a --><p>x",
	"a comment that never ends":      "<!DOCTYPE html>|<!-- <head> ",
	"a doctype that never ends":      "|<!DOCTYPE html",
	"a tag that never ends":          "<!DOCTYPE html>|<html lang=",
	"upper case":                     "<!DOCTYPE HTML><HTML><HEAD><META CHARSET=UTF-8>|<TITLE>x</TITLE>",
	"a frameset":                     "<!DOCTYPE html><html><head>|<title>x</title></head><frameset cols=*><frame src=a.html></frameset>",
	"a frameset without head":        "<html>|<frameset cols=*><frame src=a.html></frameset>",
	"a byte order mark":              "\ufeff|<p>x",
	"a byte order mark and doctype":  "\ufeff<!DOCTYPE html><html><head>|<base href=/>",
	"an XML declaration":             "<?xml version=\"1.0\"?><!DOCTYPE html><html><head>|<link>",
	"a base":                         "<head>|<base href=/app/><link href=a.css>",
}

func TestWithPrelude(t *testing.T) {
	for name, marked := range placed {
		t.Run(name, func(t *testing.T) {
			before, after, _ := strings.Cut(marked, "|")
			charset := ""
			if rest, ok := strings.CutPrefix(after, "(utf-8)"); ok {
				after, charset = rest, `<meta charset="utf-8">`
			}
			document := before + after
			want := before + charset + `<script data-dreambuild="` + mark(charset, preludeAlone) + `">` + preludeAlone + `</script>` + after
			got := withPrelude(document, preludeParts{})
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("withPrelude (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(document, Strip(got)); diff != "" {
				t.Errorf("Strip (-want +got):\n%s", diff)
			}
			if strings.Count(got, "\n") != strings.Count(document, "\n") {
				t.Error("the lines have other numbers")
			}
		})
	}
}

// What a document has of its set must neither end its element nor break the line.
func TestPreludeParts(t *testing.T) {
	nasty := "</script><!-- <script> \u2028\u2029\r\n\x00 \" ' & é \U0001F600"
	parts := preludeParts{Home: "a/b.html", Pages: map[string]string{"c.html": nasty, nasty: ""}, Files: map[string]string{"d.json": "data:," + nasty}}
	page := "<!DOCTYPE html>\n<p>x"
	got := withPrelude(page, parts)
	var tags []string
	for z := html.NewTokenizer(strings.NewReader(got)); ; {
		kind := z.Next()
		if kind == html.ErrorToken {
			break
		}
		if name, _ := z.TagName(); len(name) > 0 {
			tags = append(tags, kind.String()+" "+string(name))
		}
	}
	if diff := cmp.Diff([]string{"StartTag script", "EndTag script", "StartTag script", "EndTag script", "StartTag p"}, tags); diff != "" {
		t.Errorf("tags (-want +got):\n%s", diff)
	}
	if strings.Count(got, "\n") != 1 || strings.ContainsAny(got, "\r\u2028\u2029\x00") {
		t.Errorf("it breaks the line: %q", got)
	}
	if diff := cmp.Diff(page, Strip(got)); diff != "" {
		t.Errorf("Strip (-want +got):\n%s", diff)
	}
}

// Where a script goes to a page of the set it is led to the prelude, and saved as it was.
func TestLeadToPages(t *testing.T) {
	for script, want := range map[string]string{
		`location.href = "about.html"`:             `location.href = "#set:about.html"`,
		"window.location = `item.html?id=${id}`":   "window.location = `#set:item.html?id=${id}`",
		`location.assign('/shop/cart.html' + q)`:   `location.assign('#set:/shop/cart.html' + q)`,
		`location.replace("./about")`:              `location.replace("#set:./about")`,
		`location.href="shop/";location="x.html"`:  `location.href="shop/";location="x.html"`,
		`location.href = "index.html#top"`:         `location.href = "#set:index.html#top"`,
		`if (location.href == "about.html") f()`:   `if (location.href == "about.html") f()`,
		`location.href = "https://x.y/about.html"`: `location.href = "https://x.y/about.html"`,
		`location.hash = "about.html"`:             `location.hash = "about.html"`,
		`allocation = "about.html"`:                `allocation = "about.html"`,
	} {
		page := "<head><script>" + script + "</script>"
		document := withPrelude(page, preludeParts{Pages: map[string]string{"about.html": "", "item.html": "", "shop/cart.html": ""}})
		if !strings.HasSuffix(document, "</script><script>"+want+"</script>") {
			t.Errorf("%s is not %s", script, want)
		}
		if got := Strip(document); got != page {
			t.Errorf("saved: %s, want %s", got, page)
		}
	}
}

// A page's own text is never taken for a prelude, whatever it looks like.
func TestStripLeavesTheRest(t *testing.T) {
	whole := withPrelude("", preludeParts{})
	for name, page := range map[string]string{
		"the attribute in a text":      "<p>data-dreambuild",
		"the attribute of its own":     `<p data-dreambuild="x">a</p><meta data-dreambuild><script data-dreambuild>1</script>`,
		"another script":               `<script data-dreambuild="` + mark("", preludeAlone) + `">1</script>`,
		"a script that was changed":    strings.Replace(whole, "(", "( ", 1),
		"more than the page has":       `<script data-dreambuild="9` + mark("", "1") + `">1</script>`,
		"less than nothing":            `<script data-dreambuild="-1-x">1</script>`,
		"a script that never ends":     strings.TrimSuffix(whole, "</script>"),
		"a prelude in a comment":       "<!-- " + whole + " -->",
		"a prelude in a text area":     "<textarea>" + whole + "</textarea>",
		"a prelude in a script":        "<script>const page = `" + strings.ReplaceAll(whole, "</script", `<\/script`) + "`</script>",
		"a prelude as text":            html.EscapeString(whole),
		"a prelude in a style":         "<style>/* " + whole + " */</style>",
		"the beginning of a mark only": `<script data-dreambuild=`,
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(page, Strip(page)); diff != "" {
				t.Errorf("Strip changed it (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(page, Strip(withPrelude(page, preludeParts{Home: "x.html"}))); diff != "" {
				t.Errorf("Strip of its document (-want +got):\n%s", diff)
			}
		})
	}
}

// saveTenTimes saves the document that is seen, and opens it again.
func saveTenTimes(t *testing.T, page string, parts preludeParts) {
	t.Helper()
	saved := page
	for range 10 {
		if saved = Strip(withPrelude(saved, parts)); saved != page {
			t.Fatalf("saved (-want +got):\n%s", cmp.Diff(page, saved))
		}
	}
}

// Pages of random pieces keep their bytes over ten times of saving and opening.
func TestSavedTenTimes(t *testing.T) {
	whole := withPrelude("", preludeParts{Home: "a.html", Files: map[string]string{"x": "data:,y"}})
	pieces := []string{"<!DOCTYPE html>", "<html>", "<head>", "</head>", "<meta charset=utf-8>", "<meta name=a>", "<meta http-equiv=Content-Security-Policy content=x>", "<title>", "</title>", "<script>", "</script>",
		"<style>", "</style>", "<!--", "-->", "\n", " ", "text", "<body>", "<", ">", "data-dreambuild", `<script data-dreambuild="x">`, "\ufeff", "<plaintext>", whole, whole[:60], whole[60:], "<textarea>", "</textarea>", "location='a.html'", "#set:", "<svg>", "<![CDATA[", "]]>"}
	random := rand.New(rand.NewPCG(1, 2))
	for range 100 {
		var b strings.Builder
		for range 1 + random.IntN(12) {
			b.WriteString(pieces[random.IntN(len(pieces))])
		}
		saveTenTimes(t, b.String(), preludeParts{Pages: map[string]string{"a.html": ""}})
	}
}

func FuzzPrelude(f *testing.F) {
	names, _ := filepath.Glob("testdata/documents/*.txtar")
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text), "a.html", "b.json")
	}
	f.Add(withPrelude("<p>", preludeParts{Home: "a.html"}), "a.html", "</script>")
	f.Fuzz(func(t *testing.T, page, home, file string) {
		saveTenTimes(t, page, preludeParts{Home: home, Pages: map[string]string{file: page}, Files: map[string]string{home: file}})
	})
}
