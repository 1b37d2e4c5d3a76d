package template_test

import (
	"strings"
	"testing"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/artifact/page"
	"dreambuild.dev/backend/internal/artifact/reply"
	"dreambuild.dev/backend/internal/template"
	"github.com/google/go-cmp/cmp"
)

func TestNeutral(t *testing.T) {
	files := template.Neutral("a <b>clock</b>\n</script> & " + strings.Repeat("long ", 1000))
	if err := artifact.Check(files); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(files, reply.Parse(reply.Format(files)).Files); diff != "" {
		t.Errorf("as a reply (-want +got):\n%s", diff)
	}
	built, _ := page.Plain(files)
	document := built.Code
	for _, want := range []string{"<h1>a &lt;b&gt;clock&lt;/b&gt; &lt;/script&gt; &amp; long", " …</h1>", "No model has written code", "<style>", "addEventListener"} {
		if !strings.Contains(document, want) {
			t.Errorf("the document lacks %q", want)
		}
	}
	for _, not := range []string{"<b>", "PROMPT", "style.css", "script.js"} {
		if strings.Contains(document, not) {
			t.Errorf("the document holds %q", not)
		}
	}
}
