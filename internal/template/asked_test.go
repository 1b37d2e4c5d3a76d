package template_test

import (
	"fmt"
	"strings"
	"testing"

	"dreambuild.dev/backend/internal/intent"
	"dreambuild.dev/backend/internal/template"
)

// TestNamedAndCounted: a place, a currency or a number of a prompt is in the app.
func TestNamedAndCounted(t *testing.T) {
	for _, tc := range []struct {
		prompt string
		want   string // app, what is named, numbers, and * if nothing else is asked for
		script string // stands in the script
	}{
		{"weather app for Paris", "weather [paris] map[] *", "const places = [\n  {id: \"paris\""},
		{"a weather app for Berlin and New York", "weather [berlin new-york] map[] *", "const places = [\n  {id: \"berlin\""},
		{"une météo pour Lisbonne et Séville", "weather [lisbon] map[]", "const places = [\n  {id: \"lisbon\", name: \"Lisbonne\""},
		{"a weather app in my city", "weather [] map[] *", "const places = [\n  {id: \"london\""},
		{"clock with Tokyo and New York", "clock [Asia/Tokyo America/New_York] map[] *", "places.slice(0, 2)"},
		{"a currency converter from dollars to yen", "currency-converter [USD JPY] map[] *", `kept.from ?? "USD", kept.to ?? "JPY"`},
		{"conversor de dólares canadienses a euros", "currency-converter [CAD EUR] map[]", `kept.from ?? "CAD", kept.to ?? "EUR"`},
		{"an euro converter", "currency-converter [EUR] map[] *", `kept.from ?? "EUR", kept.to ?? "USD"`},
		{"currency converter", "currency-converter [] map[] *", `kept.from ?? "USD", kept.to ?? "EUR"`},
		{"a timer for 10 minutes", "timer [] map[seconds:600] *", "total: 600_000, left: 600_000"},
		{"a 90-second timer", "timer [] map[seconds:90] *", "total: 90_000"},
		{"ein Timer für 1,5 Stunden", "timer [] map[seconds:5400] *", "total: 5400_000"},
		{"un temporizador de 1 hora y 30 minutos", "timer [] map[seconds:5400] *", "total: 5400_000"},
		{"a 25min timer", "timer [] map[seconds:1500] *", "total: 1500_000"},
		{"a timer for 10000 hours", "timer [] map[] *", "total: 300_000"},
		{"pomodoro 50 minutes with breaks of 10 minutes", "pomodoro [] map[minutes:50]", "focus: 50,"},
		{"a tip calculator with 18%", "tip [] map[percent:18] *", "rate = 18"},
		{"tip calculator for 4 people, 20 percent", "tip [] map[people:4 percent:20] *", "rate = 20, people = 4"},
		{"Trinkgeldrechner mit 12,5 % für 3 Personen", "tip [] map[people:3 percent:12] *", "people = 3"},
		{"calculadora de propinas del 20 por ciento", "tip [] map[percent:20] *", "rate = 20"},
		{"a loan calculator for $300,000 at 4.5% over 20 years", "loan [] map[amount:300000 hundredths:450 months:240] *", ""},
		{"bmi in pounds and feet", "bmi [units=imperial] map[] *", `units: "imperial"`},
		{"weather for Rome in fahrenheit", "weather [rome unit=F] map[] *", `load("weather-unit", "F")`},
		{"monthly budget planner, I earn 3000", "budget [] map[income:3000] *", "amount: 3000,"},
		{"invoice generator with 21% vat", "invoice [] map[tax:21] *", `tax = "21"`},
		{"an expense tracker in euros", "expenses [EUR] map[] *", `load("expenses-currency", "EUR")`},
		{"a fast snake game", "snake [speed=fast] map[] *", "usual * 0.7"},
		{"split the bill with friends, 18% tip", "tip [] map[percent:18]", "rate = 18"},
		{"plan my 5 day trip to Rome", "trip-planner [] map[days:5] *", "dayAfter(start, 5 - 1)"},
		{"a drum machine at 140 bpm", "drum-machine [] map[tempo:140] *", "tempo: 140,"},
		{"Create a scientific calculator with sin and cos", "calculator [] map[]", "Math.sin"},
		{"countdown to Christmas", "countdown [christmas] map[] *", ""},
		{"password generator with 24 characters", "password-generator [] map[length:24] *", "usual: 24,"},
	} {
		t.Run(tc.prompt, func(t *testing.T) {
			c, _ := template.Choose(intent.Read(tc.prompt, false))
			got := fmt.Sprintf("%s %v %v", c.Recipe.App, c.Recipe.Named, c.Recipe.Numbers)
			if c.Whole {
				got += " *"
			}
			if got != tc.want {
				t.Errorf("read as %s, want %s; left are %q", got, tc.want, intent.Read(tc.prompt, false).Rest)
			}
			files, _ := template.Render(c.Recipe)
			if script := files[2].Content; !strings.Contains(script, tc.script) {
				t.Errorf("the script lacks %s", tc.script)
			}
		})
	}
}

// TestNamedLater: a follow-up names more, or gives another number.
func TestNamedLater(t *testing.T) {
	for _, tc := range []struct{ prompts, want, says string }{
		{"clock with Tokyo / add Berlin", "[Europe/Berlin Asia/Tokyo] map[]", "Done: + Berlin."},
		{"a timer for 10 minutes / make it 15 minutes", "[] map[seconds:900]", "Done: 15 minutes."},
		{"a timer / make it 1 hour 30 minutes and dark", "[] map[seconds:5400]", "Done: dark, 90 minutes."},
		{"weather for Rome / show Oslo first", "[oslo rome] map[]", "Done: + Oslo."},
		{"weather for Rome / in fahrenheit", "[unit=F rome] map[]", "Done: + fahrenheit."},
		{"an expense tracker / use euros", "[EUR] map[]", "Done: + EUR."},
		{"a shop for candles / prices in pounds", "[GBP] map[]", "Done: + GBP."},
		{"snake / make it faster", "[speed=fast] map[]", "Done: + fast."},
		{"snake, and fast / make it slower", "[speed=slow] map[]", "Done: + slow."},
	} {
		t.Run(tc.prompts, func(t *testing.T) {
			first, then, _ := strings.Cut(tc.prompts, " / ")
			was, _ := template.Choose(intent.Read(first, false))
			c, ok := was.Recipe.Change(intent.Read(then, true))
			if got := fmt.Sprintf("%v %v", c.Recipe.Named, c.Recipe.Numbers); !ok || got != tc.want {
				t.Errorf("%v is changed: %v; want %s", got, ok, tc.want)
			}
			if got := c.Recipe.Changed(was.Recipe); got != tc.says {
				t.Errorf("it says %q, want %q", got, tc.says)
			}
		})
	}
}
