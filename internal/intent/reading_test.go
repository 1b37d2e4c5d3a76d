package intent

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// readings lists prompts, and all that they are read as; what is empty is left out.
var readings = []struct {
	name, prompt string
	project      bool
	want         string
}{
	{"nothing but an app", "snake", false, "create snake"},
	{"an app as people ask for it", "please create me a nice simple calculator with dark mode and a history, for my kids", false, "create calculator dark with [history]"},
	{"the same in Spanish", "Crea una calculadora sencilla y bonita con modo oscuro e historial para mis hijos", false, "create calculator dark with [history] es"},
	{"the same in French", "Crée une jolie calculatrice simple avec un mode sombre et un historique pour mes enfants", false, "create calculator dark with [history] fr"},
	{"the same in German", "Erstelle bitte einen schönen einfachen Taschenrechner mit Dunkelmodus und Verlauf für meine Kinder", false, "create calculator dark with [history] de"},
	{"the same in Portuguese", "Crie uma calculadora simples e bonita com modo escuro e histórico para os meus filhos", false, "create calculator dark with [history] pt"},
	{"what no list of words knows", "calculator that also shows the phase of the moon", false, "create calculator rest [phase moon]"},
	{"a number", "a timer for 10 minutes", false, "create timer rest [10]"},
	{"numbers of a list", "1. a stopwatch\n2. with laps", false, "create stopwatch with [laps]"},
	{"a place that is named like a colour", "weather in Peru", false, "create weather rest [peru]"},
	{"what every app of a kind has", "a kanban board with three columns and cards", false, "create kanban rest [three]"},
	{"what no app has", "a todo app, no ads and no account please", false, "create todo"},
	{"what is asked for where it is often taken back", "a todo app with an account", false, "create todo rest [account]"},

	{"a name", `a quiz called "Bright Minds"`, false, `create quiz name "Bright Minds"`},
	{"a name of small letters", "call it abacus", true, `edit name "abacus"`},
	{"a name that is the title", "a timer called Timer", false, `create timer name "Timer"`},
	{"a name with a word in small letters", "a todo list called Groceries by Ana", false, `create todo name "Groceries by Ana"`},
	{"a name of two things", "call it Xs and Os", true, `edit name "Xs and Os"`},
	{"a name that is an app's", "call it Saturday Shop", true, `edit name "Saturday Shop"`},
	{"who a page is about", "my cv, I'm Tom Becker", false, `create resume name "Tom Becker"`},
	{"the same in French", "un portfolio, je suis Marie Curie", false, `create portfolio name "Marie Curie" fr`},
	{"who an app is not about", "a timer, I'm Tom Becker", false, "create timer rest [tom becker]"},
	{"the name of a business", "menu for my pizza place Da Gino", false, `create restaurant-menu name "Da Gino" rest [pizza]`},
	{"a place is no name", "landing page for our shop in Paris", false, `create landing-page about "shop in Paris"`},
	{"a topic in quotation marks is no name", "Quiz über „Der Herr der Ringe“", false, `create quiz about "Der Herr der Ringe" de`},

	{"a topic", "a quiz about European capitals", false, `create quiz about "European capitals"`},
	{"a topic, and whom it is for", "a quiz about space for my kids", false, `create quiz about "space"`},
	{"a colour on a background", "snake, green on black", false, "create snake dark green"},
	{"a topic, and a feature", "Create a quiz about cats and dogs with a timer", false, `create quiz with [timer] about "cats and dogs"`},
	{"a topic, and a language", "a quiz about European capitals in Spanish, dark", false, `create quiz dark about "European capitals" speaks es`},
	{"a topic, and a story", "a todo list for my wedding and I love cheese", false, `create todo about "wedding" rest [cheese]`},
	{"what cards are for", "flashcards for Spanish verbs", false, `create flashcards about "Spanish verbs"`},
	{"what cards are for learning", "flashcards for learning Japanese words", false, `create flashcards about "Japanese words"`},
	{"whom a page is for, and its name", "landing page for a coffee shop called Bean", false, `create landing-page name "Bean" about "coffee shop"`},
	{"a topic before the app", "a world capitals quiz", false, `create quiz about "world capitals"`},
	{"pictures of a game", "a memory game with animals", false, `create memory about "animals"`},
	{"a topic that is called one", "a quiz on the topic of space", false, `create quiz about "space"`},
	{"what a calculator is for is no topic", "calculator for moon phases", false, "create calculator rest [moon phases]"},
	{"another topic", "change the topic to dinosaurs", true, `edit about "dinosaurs"`},
	{"a topic in Spanish", "página de aterrizaje para una cafetería llamada Grano", false, `create landing-page name "Grano" about "cafetería" es`},
	{"a topic in French", "un quiz sur les capitales d'Europe", false, `create quiz about "capitales d'Europe" fr`},
	{"a topic in German", "Karteikarten für spanische Verben", false, `create flashcards about "spanische Verben" de`},
	{"a topic in Portuguese", "um quiz sobre capitais europeias", false, `create quiz about "capitais europeias" pt`},
	{"what is waited for", "a countdown to our wedding on 12 June with music", false, `create countdown with [sound] about "wedding" rest [12 june]`},
	{"what is waited for, before the app", "Christmas countdown", false, `create countdown about "Christmas"`},
	{"what is waited for in Spanish", "cuenta atrás para las vacaciones", false, `create countdown about "vacaciones" es`},
	{"what is waited for in French", "compte à rebours jusqu'au bac", false, `create countdown about "bac" fr`},
	{"what is waited for in German", "Countdown bis zu unserer Hochzeit", false, `create countdown about "Hochzeit" de`},
	{"what is waited for in Portuguese", "contagem regressiva para o natal", false, `create countdown about "natal" pt`},
	{"minutes are nothing to wait for", "a countdown of 10 minutes", false, "create timer"},
	{"where somebody goes", "plan my trip to Rome", false, `create trip-planner about "Rome"`},
	{"how long somebody goes", "roteiro de viagem de 5 dias", false, "create trip-planner rest [5] pt"},
	{"what a table shows", "a table of the planets", false, `create data-table about "planets"`},
	{"a term of years is no topic", "calculateur de prêt sur 20 ans", false, "create loan rest [20] fr"},

	{"two apps", "a timer and a stopwatch", false, "create timer others [stopwatch]"},
	{"three apps", "a calculator, a todo list and a notes app", false, "create todo others [calculator notes]"},
	{"an app beside another", "a pomodoro timer with a todo list", false, "create pomodoro others [todo]"},
	{"an app that is a feature", "a todo app with a built-in timer", false, "create todo with [timer]"},
	{"this app, not that", "a todo list, not a kanban", false, "create todo"},

	{"a feature that is left out", "a calculator without a history", false, "create calculator without [history]"},
	{"one is left out, one is not", "a snake game, no sound, with big buttons and a violet accent", false, "create snake purple without [sound] large"},
	{"a theme that is left out", "no dark mode, just a calculator", false, "create calculator not dark"},
	{"a colour of CSS", "use rebeccapurple as the accent", true, "edit #663399"},
	{"a colour of CSS that is an everyday word", "a tomato accent", true, "edit #ff6347"},
	{"the word alone is no colour", "a notes app, tomato", false, "create notes rest [tomato]"},
	{"a colour by its parts", "make the accent rgb(12, 34, 56)", true, "edit #0c2238"},
	{"a colour by its hue", "accent hsl(210, 50%, 40%) please", true, "edit #336699"},
	{"a colour by its digits", "a stopwatch with a #ff0066 accent", false, "create stopwatch #ff0066"},
	{"a colour that people name otherwise", "accent crimson", true, "edit red"},

	{"a dark look that goes", "remove dark mode", true, "remove not dark"},
	{"one thing for another", "remove the history and add a search", true, "edit with [search] without [history]"},
	{"what can go", "the history can go", true, "remove without [history]"},
	{"what is switched off", "turn the sound off", true, "edit without [sound]"},
	{"what should be off", "sound off", true, "edit without [sound]"},
	{"what nobody asked to take out", "make the history optional", true, "edit rest [history optional]"},
	{"a part that no list of words knows", "add a footer", true, "edit rest [footer]"},

	{"larger, of a part", "make the title bigger", true, "edit rest [title bigger]"},
	{"larger", "bigger", true, "edit large"},
	{"too small", "the text is too small", true, "edit large"},
	{"smaller", "make everything smaller", true, "edit small"},
	{"a small app", "a small calculator", false, "create calculator"},

	{"a language by its name", "Spanish, please", true, "edit speaks es"},
	{"a language without texts", "a calculator in Dutch", false, "create calculator speaks other"},
	{"a language before its noun", "a German version of a calculator", false, "create calculator with [translation] speaks de"},
	{"two languages", "from English to Spanish", true, "edit with [translation] rest [english]"},
	{"translate from one to another", "translate it into German", true, "edit with [translation] speaks de"},
	{"a language by a word for it", "switch the language to Portuguese", true, "edit with [translation] speaks pt"},

	{"look", "make it light with a green accent", true, "edit light green"},
	{"another app", "now a stopwatch instead", true, "create stopwatch"},
	{"rename", "rename it to Abacus", true, `edit name "Abacus"`},
	{"rename the app by its kind", "rename the calculator to Abacus", true, `edit calculator name "Abacus"`},
	{"rename, and more", `change the accent to orange and the name to "Mix"`, true, `edit orange name "Mix"`},
	{"add", "add a history", true, "edit with [history]"},
	{"remove", "remove the history", true, "remove without [history]"},
	{"no", "no sound", true, "edit without [sound]"},
	{"language", "in Spanish please", true, "edit speaks es"},
	{"size", "bigger buttons", true, "edit large"},
	{"undo", "undo", true, "undo"},

	{"look in Spanish", "hazlo claro con un acento verde", true, "edit light green es"},
	{"another app in Spanish", "ahora un cronómetro en su lugar", true, "create stopwatch es"},
	{"rename in Spanish", "cámbiale el nombre a Ábaco", true, `edit name "Ábaco" es`},
	{"add in Spanish", "añade un historial", true, "edit with [history] es"},
	{"remove in Spanish", "quita el historial", true, "remove without [history] es"},
	{"no in Spanish", "sin sonido", true, "edit without [sound] es"},
	{"switch off in Spanish", "apaga el sonido", true, "edit without [sound] es"},
	{"language in Spanish", "en francés por favor", true, "edit with [translation] speaks fr es"},
	{"size in Spanish", "botones más grandes", true, "edit large es"},
	{"undo in Spanish", "deshacer", true, "undo es"},

	{"look in French", "mets-le en clair avec un accent vert", true, "edit light green fr"},
	{"another app in French", "maintenant un chronomètre à la place", true, "create stopwatch fr"},
	{"rename in French", "renomme-le en Abaque", true, `edit name "Abaque" fr`},
	{"add in French", "ajoute un historique", true, "edit with [history] fr"},
	{"remove in French", "enlève l'historique", true, "remove without [history] fr"},
	{"no in French", "pas de son", true, "edit without [sound] fr"},
	{"switch off in French", "coupe le son", true, "edit without [sound] fr"},
	{"language in French", "en espagnol s'il te plaît", true, "edit with [translation] speaks es fr"},
	{"size in French", "des boutons plus grands", true, "edit large fr"},
	{"undo in French", "annule", true, "undo fr"},

	{"look in German", "mach es hell mit grünem Akzent", true, "edit light green de"},
	{"another app in German", "jetzt stattdessen eine Stoppuhr", true, "create stopwatch de"},
	{"rename in German", "benenne es in Abakus um", true, `edit name "Abakus" de`},
	{"add in German", "füge einen Verlauf hinzu", true, "edit with [history] de"},
	{"remove in German", "entferne den Verlauf", true, "remove without [history] de"},
	{"no in German", "kein Ton", true, "edit without [sound] de"},
	{"switch off in German", "schalte den Ton aus", true, "edit without [sound] de"},
	{"language in German", "auf Englisch bitte", true, "edit with [translation] speaks en de"},
	{"size in German", "größere Knöpfe", true, "edit large de"},
	{"undo in German", "rückgängig", true, "undo de"},

	{"look in Portuguese", "deixa claro com destaque verde", true, "edit light green pt"},
	{"another app in Portuguese", "agora um cronômetro em vez disso", true, "create stopwatch pt"},
	{"rename in Portuguese", "renomeie para Ábaco", true, `edit name "Ábaco" pt`},
	{"add in Portuguese", "adicione um histórico", true, "edit with [history] pt"},
	{"remove in Portuguese", "remova o histórico", true, "remove without [history] pt"},
	{"no in Portuguese", "sem som", true, "edit without [sound] pt"},
	{"switch off in Portuguese", "desliga o som", true, "edit without [sound] pt"},
	{"language in Portuguese", "em inglês por favor", true, "edit with [translation] speaks en pt"},
	{"size in Portuguese", "botões maiores", true, "edit large pt"},
	{"undo in Portuguese", "desfazer", true, "undo pt"},
}

func TestRead(t *testing.T) {
	for _, r := range readings {
		t.Run(r.name, func(t *testing.T) {
			if got := describe(Read(r.prompt, r.project)); got != r.want {
				t.Errorf("%q is\n%s, want\n%s", r.prompt, got, r.want)
			}
		})
	}
}

// describe writes all that a reading says, in one line, but for how sure its verb is.
func describe(r Reading) string {
	said := []string{string(r.Verb)}
	add := func(label string, value any) {
		if text := fmt.Sprint(value); text != "" && text != "[]" {
			said = append(said, strings.TrimSpace(label+" "+text))
		}
	}
	quote := func(text string) string {
		if text == "" {
			return ""
		}
		return `"` + text + `"`
	}
	add("", r.Subject)
	add("", r.Theme)
	add("not", r.Unthemed)
	add("", r.Accent)
	add("with", r.Features)
	add("without", r.Without)
	if r.Named {
		add("name", quote(r.Name))
	}
	add("about", quote(r.Topic))
	add("speaks", r.Speak)
	add("", r.Size)
	add("others", r.Others)
	add("rest", r.Rest)
	if r.Language != languages[english] {
		add("", r.Language)
	}
	return strings.Join(said, " ")
}

// TestReadKeepsIntent: a reading says what Parse says, and its other parts keep their
// bounds, for every prompt of the corpus.
func TestReadKeepsIntent(t *testing.T) {
	for _, file := range []string{"intent", "heldout", "heldout2", "blind"} {
		for _, e := range readCorpus(t, "testdata/"+file+".jsonl") {
			checkReading(t, e.Prompt, e.HasProject)
		}
	}
}

func checkReading(t *testing.T, prompt string, project bool) {
	t.Helper()
	r := Read(prompt, project)
	in := Parse(prompt, project)
	if r.Instead && project && r.Subject != "" && r.Subject != Other {
		in.Subject = r.Subject // the app that is wanted instead, which a part of the project may be called, too
	}
	if !reflect.DeepEqual(r.Intent, in) {
		t.Errorf("%q is read as %+v, and parsed as %+v", prompt, r.Intent, in)
	}
	if utf8.RuneCountInString(r.Topic) > maxTopic || !utf8.ValidString(r.Topic) {
		t.Errorf("%q has the topic %q", prompt, r.Topic)
	}
	if !slices.IsSorted(r.Without) || slices.ContainsFunc(r.Without, func(f string) bool { return slices.Contains(r.Features, f) }) {
		t.Errorf("%q is without %v, with %v", prompt, r.Without, r.Features)
	}
	if r.Without == nil || r.Others == nil || r.Rest == nil {
		t.Errorf("%q: a list is nil: %+v", prompt, r)
	}
}

func FuzzRead(f *testing.F) {
	for _, r := range readings {
		f.Add(r.prompt, r.project)
	}
	f.Add("üBer„\xdd“", false)
	f.Add("0 chrono à 0 à la place", true)
	f.Add("\xff\xfe```\x00\"“ quiz about \"", true)
	f.Fuzz(func(t *testing.T, prompt string, project bool) { checkReading(t, prompt, project) })
}

// TestRest: most prompts for an app that has no texts of its own are accounted for
// whole. With -v it names what is left of the others.
func TestRest(t *testing.T) {
	const want = 65 // in 100
	apps := []Subject{
		"calculator", "todo", "notes", "timer", "stopwatch", "pomodoro", "clock", "calendar", "weather", "quiz", "flashcards", "kanban", "expenses", "budget",
		"bmi", "tip", "unit-converter", "currency-converter", "password-generator", "color-picker", "markdown-editor", "drawing", "snake", "tic-tac-toe",
		"memory", "hangman", "typing-test", "habits", "invoice", "contacts", "inventory", "loan", "workout", "drum-machine", "2048", "tetris",
		"sorting-visualiser",
	}
	prompts, whole := 0, 0
	for _, e := range readCorpus(t, "testdata/intent.jsonl") {
		if e.Verb != Create || !slices.Contains(apps, e.Subject) {
			continue
		}
		prompts++
		if r := Read(e.Prompt, e.HasProject); len(r.Rest) == 0 {
			whole++
		} else {
			t.Logf("%q: %v", e.Prompt, r.Rest)
		}
	}
	t.Logf("%d of %d are accounted for whole", whole, prompts)
	if got := percent(whole, prompts); got < want {
		t.Errorf("%.1f %% are accounted for whole, want %d %%", got, want)
	}
}

// TestWords: numbers are whole, and a percentage is a word.
func TestWords(t *testing.T) {
	for text, want := range map[string]string{
		"A 10-minute Timer":              "a 10 minute timer",
		"1,5 Stunden":                    "1.5 stunden",
		"$300,000 at 4.5%":               "300000 at 4.5 percent",
		"2,000.50 € sind 12 % von allem": "2000.50 sind 12 percent von allem",
		"0.125 und 1, 2":                 "0.125 und 1 2",
		"São Paulo":                      "sao paulo",
	} {
		if got := strings.Join(Words(text), " "); got != want {
			t.Errorf("the words of %q are %q, want %q", text, got, want)
		}
	}
}
