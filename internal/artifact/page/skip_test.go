package page

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

func TestSilent(t *testing.T) {
	for _, tc := range []struct{ skipped, rest string }{
		{"text", ""},
		{"<p class=\"a > b\" id='c'>text<br/></p>\n", "<script>"},
		{"<li hidden data-n=1><LI>", "<IMG src=a.png>"},
		{"<i></i>", "<!-- <p> -->"},
		{"<i></i>", "<textarea><img></textarea>"},
		{"<i></i>", "<p style=\"background: url(a.png)\">"},
		{"<i>1 ", "< 2</i>"},
		{"<i>", "<3 =\"<img>\">"},
		{"<i>", "<p title=\"<img>"},
		{"<i>", "<p a=b/c=\"d><img>\">"},
		{"<i>", "<p a = \"b\">"},
		{"<i>", "</ i>"},
		{"", "</head>"},
	} {
		if n := silent(tc.skipped + tc.rest); n != len(tc.skipped) {
			t.Errorf("%q is skipped of %q, want %q", (tc.skipped + tc.rest)[:n], tc.skipped+tc.rest, tc.skipped)
		}
	}
}

// FuzzSilent: of what is skipped the tokenizer says nothing that tells survey anything,
// and it reads what follows alike, whether or not it has read that.
func FuzzSilent(f *testing.F) {
	f.Add("<p class=\"a > b\">text<br/></p><script>a < b</script>")
	f.Add("<i>1 < 2</i><p a=b/c=\"d><img>\"><title><p></title><3></ i><!-- -->")
	f.Add("<p a = 'b'/=\"<img>\"><xmp><p></xmp><P HIDDEN\tdata-n=1></p/><img")
	f.Fuzz(func(t *testing.T, page string) {
		n := silent(page)
		at := 0
		rest := tokensOf(page)
		for len(rest) > 0 && at+len(rest[0].raw) <= n {
			if rest[0].kind == html.CommentToken || rest[0].kind == html.DoctypeToken || rest[0].kind != html.TextToken && tells(rest[0].raw, tagName(rest[0].raw)) {
				t.Errorf("%q is skipped of %q", rest[0].raw, page)
			}
			at += len(rest[0].raw)
			rest = rest[1:]
		}
		if at < n && len(rest) > 0 {
			if rest[0].kind != html.TextToken {
				t.Fatalf("%q is skipped up to %q, within a token", page, page[n:])
			}
			rest[0].raw = rest[0].raw[n-at:]
		}
		if fresh := tokensOf(page[n:]); !slices.Equal(fresh, rest) {
			t.Errorf("behind %q follow %v, want %v", page[:n], fresh, rest)
		}
	})
}

type rawToken struct {
	kind html.TokenType
	raw  string
}

func tokensOf(page string) (all []rawToken) {
	z := html.NewTokenizer(strings.NewReader(page))
	for kind := z.Next(); kind != html.ErrorToken; kind = z.Next() {
		all = append(all, rawToken{kind, string(z.Raw())})
	}
	return all
}
