package quota

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
)

//go:embed plans.json
var builtin []byte

// Builtin returns the plans of plans.json.
func Builtin() Plans {
	p := Plans{}
	if err := p.read(builtin); err != nil {
		panic(err) // the file is part of the program
	}
	return p
}

// ReadPlans returns the built-in plans with single limits overridden by text: JSON
// such as {"free": {"dailyTurns": 100}}. Limits that it leaves out stay as they
// are; "" changes nothing.
func ReadPlans(text string) (Plans, error) {
	p := Builtin()
	if text == "" {
		return p, nil
	}
	return p, p.read([]byte(text))
}

func (p Plans) read(text []byte) error {
	var plans map[Plan]json.RawMessage
	if err := json.Unmarshal(text, &plans); err != nil {
		return err
	}
	for name, limits := range plans {
		if !slices.Contains(PlanNames(), name) {
			return fmt.Errorf("there is no plan %q, only %q", name, PlanNames())
		}
		l := p[name]
		d := json.NewDecoder(bytes.NewReader(limits))
		d.DisallowUnknownFields()
		if err := d.Decode(&l); err != nil {
			return fmt.Errorf("plan %s: %w", name, err)
		}
		if min(l.DailyTurns, l.DailyTokens, l.DailyInputTokens, l.ConcurrentTurns, l.TurnsPerMinute, l.Projects, l.SavesPerDay,
			l.ReadsPerMinute, l.WritesPerMinute, l.StreamsPerMinute, l.PromptsPerMinute, l.ConcurrentStreams) < 0 || min(l.MonthlyBytes, l.StoredBytes) < 0 {
			return fmt.Errorf("plan %s: a limit is not below 0", name)
		}
		p[name] = l
	}
	return nil
}
