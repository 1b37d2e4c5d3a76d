package builder_test

import (
	"strings"
	"testing"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/builder"
	"github.com/google/go-cmp/cmp"
)

// deep are texts that a parser takes for levels within levels.
var deep = []struct{ loader, piece string }{
	{"js", "("}, {"js", "["}, {"js", "{"}, {"js", "!"}, {"js", "a=>"}, {"js", "if(a)"}, {"js", "a?b:"}, {"js", ".a"}, {"js", "a**"},
	{"js", "a=>{"}, {"js", "class{a="}, {"js", "`${"}, {"js", "x=>function(){return "}, {"js", "a(b=>("}, {"js", "({a:"},
	{"jsx", "<a>"}, {"jsx", "<a b={"}, {"css", "a{"}, {"css", "@media{"}, {"css", ":is("}, {"css", "a{b:("},
}

// TestDeep: half a megabyte of each is built, or refused by what it is, and the next set
// of somebody else is built.
func TestDeep(t *testing.T) {
	b, log := opened(t, tricky)
	for _, tc := range deep {
		t.Run(tc.loader+" "+tc.piece, func(t *testing.T) {
			text := strings.Repeat(tc.piece, artifact.MaxFileBytes/len(tc.piece)-10)
			if tc.piece == ".a" {
				text = "a" + text
			}
			got := b.Check(builder.For(t.Context(), "mallory"), trick("transform "+tc.loader, text))
			if len(got) > 0 && got[0] != builder.DiagTooDeep && got[0] != builder.DiagTooSlow {
				t.Errorf("it is refused for %v", got)
			}
			t.Logf("%d levels: %v", strings.Count(text, tc.piece), kinds(got))
			whole := fresh()
			if diff := cmp.Diff(whole, b.Build(builder.For(t.Context(), "ann"), trick("say", whole)).Code); diff != "" {
				t.Errorf("the next one (-want +got):\n%s", diff)
			}
		})
	}
	if said := log.String(); !strings.Contains(said, "stack overflow") {
		t.Errorf("nothing was deep enough; the log says %s", said)
	}
}

// TestDeepEnough: people and models write no such depth, and it is built.
func TestDeepEnough(t *testing.T) {
	b, _ := openedFor(t, tricky, hang, hang)
	for _, tc := range []struct{ name, loader, text string }{
		{"brackets", "js", strings.Repeat("(", 2000) + "1" + strings.Repeat(")", 2000)},
		{"a chain", "js", "a" + strings.Repeat(".b(1)", 5000)},
		{"a sum", "js", "a" + strings.Repeat("+'text'+b", 5000)},
		{"else if", "js", strings.Repeat("if(a){b()}else ", 2000) + "{}"},
		{"elements", "jsx", "x=" + strings.Repeat("<a>", 1000) + strings.Repeat("</a>", 1000)},
		{"rules", "css", strings.Repeat("a{", 50) + "b:c" + strings.Repeat("}", 50)},
	} {
		if got := b.Build(t.Context(), trick("transform "+tc.loader, tc.text)); len(got.Diagnostics) > 0 || got.Code == "" {
			t.Errorf("%s: %v", tc.name, got.Diagnostics)
		}
	}
}

func kinds(all []artifact.Diagnostic) (kinds []string) {
	for _, d := range all {
		kinds = append(kinds, d.Kind)
	}
	return kinds
}
