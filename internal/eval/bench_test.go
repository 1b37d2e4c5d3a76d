package eval_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"dreambuild.dev/backend/internal/worker/workertest"
)

// What the worker says to the tasks of testdata/bench: everything is right at once in
// tally; in birds the first task is, the second one after its error was told, and the third
// one never.
var benchAnswers = []struct{ prompt, answer string }{
	{"(id 'count') that shows 0", tally(`<p id="count">0</p><button id="more" onclick="count.textContent++">More</button>`)},
	{"(id 'again')", tally(`<p id="count">0</p><button id="more" onclick="count.textContent++">More</button><button id="again" onclick="if (confirm('Again?')) count.textContent = 0">Again</button>`)},
	{"(id 'by')", tally(`<p id="count">0</p><button id="more" onclick="count.textContent++">More</button><button id="again" onclick="if (confirm('Again?')) count.textContent = 0">Again</button>
<form id="f"><input id="by" type="number"><button>Add</button></form>
<script>f.onsubmit = (e) => { e.preventDefault(); count.textContent = Number(count.textContent) + Number(by.value); };</script>`)},
	{"help.html", tally(`<p id="count">0</p><button id="more" onclick="show(now() + 1)">More</button><button id="again" onclick="if (confirm('Again?')) show(0)">Again</button>
<form id="f"><input id="by" type="number"><button>Add</button></form><a href="help.html">Help</a>
<script>
const now = () => Number(localStorage.getItem("count") ?? 0);
const show = (n) => { count.textContent = n; localStorage.setItem("count", n); };
f.onsubmit = (e) => { e.preventDefault(); show(now() + Number(by.value)); };
show(now());
</script>`) + fence("html help.html", "<!DOCTYPE html><html><head><title>Help</title></head><body><h1>Help</h1><p>Press More.</p><a href=\"index.html\">Back</a></body></html>")},
	{"Create a page about birds", fence("html index.html", `<!DOCTYPE html><html><head><title>Birds</title><link rel="stylesheet" href="style.css"></head>
<body><h1>Birds</h1><input id="search"><button id="add">Add</button><ul id="birds"><li>Robin</li><li>Wren</li><li>Owl</li></ul><script src="script.js"></script></body></html>`) +
		fence("css style.css", "h1 { color: green }") + fence("js script.js", "console.log('birds');")},
	{"(id 'search')", fence("js script.js", searching)},
	{"(id 'add')", fence("js script.js", searching+"\ndocument.querySelector('#add').title = 'Add a bird';")},
	{"about.html", fence("css style.css", "h1 { color: red }")},
}

const searching = `document.querySelector("#search").oninput = (e) => {
  for (const li of document.querySelectorAll("#birds li")) li.hidden = !li.textContent.toLowerCase().includes(e.target.value);
};`

func fence(info, text string) string { return "```" + info + "\n" + text + "\n```\n" }

func tally(body string) string {
	return fence("html index.html", "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>Tally</title></head>\n<body><main class=\"root\">"+body+"</main></body>\n</html>")
}

// TestBench runs a bench in Web-Bench's form.
func TestBench(t *testing.T) {
	t.Parallel()
	worker := workertest.Start("llamacpp")
	t.Cleanup(worker.Close)
	const retried = "This was tried, and the tests of the app fail:"
	worker.Choose(func(c workertest.Call) (workertest.Reply, bool) {
		last := c.Messages[len(c.Messages)-1].Content
		switch again := strings.Contains(last, retried); {
		case again && strings.Contains(last, "about.html"):
			return workertest.Reply{Text: []string{fence("css style.css", "h1 { color: blue }")}}, true
		case again && strings.Contains(last, "(id 'add')"):
			return workertest.Reply{Text: []string{fence("js script.js", searching+`
document.querySelector("#add").onclick = () => document.querySelector("#birds").append(Object.assign(document.createElement("li"), { textContent: prompt("Which?") }));`)}}, true
		}
		for _, a := range benchAnswers {
			if strings.Contains(last, a.prompt) {
				return workertest.Reply{Text: []string{a.answer}}, true
			}
		}
		return workertest.Reply{}, false
	})
	bench, err := filepath.Abs("testdata/bench")
	if err != nil {
		t.Fatal(err)
	}
	out, err := eval(t, "WORKER_URL="+worker.URL, "BENCH="+bench, "REPAIRS=0").output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	want := regexp.MustCompile(`^project           task     attempt  passes  files  repaired  seconds  tokens *
birds             init     1        yes     3      –         \d+\.\d +\d+
birds             task-1   1        yes     3      –         \d+\.\d +\d+
birds             task-2   1        no      3      –         \d+\.\d +\d+ +task-2\.spec\.js › a bird is added .*
birds             task-2   2        yes     3      –         \d+\.\d +\d+
birds             task-3   1        no      3      –         \d+\.\d +\d+ +task-3\.spec\.js › another page .*
birds             task-3   2        no      3      –         \d+\.\d +\d+ +task-3\.spec\.js › another page .*
tally             task-1   1        yes     1      –         \d+\.\d +\d+
tally             task-2   1        yes     1      –         \d+\.\d +\d+
tally             task-3   1        yes     1      –         \d+\.\d +\d+
tally             task-4   1        yes     2      –         \d+\.\d +\d+

                  pass@1      pass@2      error@1
birds             1/3         2/3         2/3
tally             4/4         4/4         0/4
all               5/7         6/7         2/7
$`)
	if !want.MatchString(out) {
		t.Errorf("it printed\n%s", out)
	}
	told := ""
	for _, c := range worker.Calls() {
		if last := c.Messages[len(c.Messages)-1].Content; strings.Contains(last, "(id 'add')") && strings.Contains(last, retried) {
			told = last[strings.Index(last, retried):]
		}
	}
	for _, what := range []string{"task-2.spec.js › a bird is added\n", "Kite", "toHaveText"} {
		if !strings.Contains(told, what) {
			t.Errorf("the second attempt is not told %q:\n%s", what, told)
		}
	}
	if strings.Contains(told, os.TempDir()) || strings.ContainsRune(told, '\x1b') {
		t.Errorf("the second attempt is told of this machine:\n%s", told)
	}
}
