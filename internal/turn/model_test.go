package turn_test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"dreambuild.dev/backend/internal/artifact"
	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/project"
	"dreambuild.dev/backend/internal/quota"
	"dreambuild.dev/backend/internal/store/memstore"
	"dreambuild.dev/backend/internal/turn"
	"dreambuild.dev/backend/internal/worker"
	"github.com/google/go-cmp/cmp"
)

// model plays three instances that do to a user's turns whatever may be done,
// in any order, each step perhaps twice since its answer was lost, and some by
// owners that have lost their turn long ago.
type model struct {
	t    *testing.T
	dice *rand.Rand
	db   *memstore.Store
	log  []string // what was done, for a failure

	turns  map[turn.Key]*owned
	order  []turn.Key
	ended  map[turn.Key]turn.Turn // as they were first seen ended
	early  []turn.Key             // that were cancelled before they came
	purged map[string]bool
}

// owned is what an owner knows of its turn.
type owned struct {
	request   turn.Request
	run       string
	text      string // that it has said
	segments  string // of which is stored
	confirmed turn.State
}

var projects = []string{"p1", "p2", "p3"}

// apply runs a step once or, when its answer is lost, twice.
func (m *model) apply(what string, on turn.Scope, step turn.Step) (turn.Change, error) {
	m.log = append(m.log, fmt.Sprintf("%s %v", what, on.Key))
	c, err := m.db.Apply(m.t.Context(), on, what, step)
	if err == nil && m.dice.IntN(4) == 0 {
		m.log = append(m.log, "  again: the answer was lost")
		c, err = m.db.Apply(m.t.Context(), on, what, step)
	}
	return c, err
}

// scope has a lease that is over at times.
func (m *model) scope(k turn.Key) turn.Scope {
	lease := time.Hour
	if m.dice.IntN(5) == 0 {
		lease = 0
	}
	return turn.Scope{Key: k, UID: "ann", Lease: lease, Early: true}
}

func (m *model) someone() (turn.Key, *owned) {
	if len(m.order) == 0 {
		return turn.Key{}, nil
	}
	k := m.order[m.dice.IntN(len(m.order))]
	return k, m.turns[k]
}

func (m *model) step() {
	limits := quota.Limits{DailyTurns: 1000, DailyTokens: 1e6, DailyInputTokens: 1e9, ConcurrentTurns: 2, TurnsPerMinute: 1000, StoredBytes: 1e9, Projects: 1e3, SavesPerDay: 1e3}
	k, mine := m.someone()
	switch op := m.dice.IntN(12); {
	case op <= 2: // a new turn, or the same one on another instance
		id := fmt.Sprint("t", len(m.log))
		if mine != nil && m.dice.IntN(3) == 0 {
			id = k.TurnID
		}
		r := turn.Request{Key: turn.Key{ProjectID: projects[m.dice.IntN(3)], TurnID: id}, UID: "ann", Kind: turn.Generate,
			Prompt: "x", PayloadHash: "v1:" + id, NewProject: true, Limits: limits}
		on := m.scope(r.Key)
		if mine != nil && k.ProjectID == r.ProjectID && k.TurnID != id && m.dice.IntN(3) == 0 {
			r.Continues, on.Continues = k.TurnID, k.TurnID
		}
		run := fmt.Sprint("run", len(m.log))
		c, err := m.apply("accept", on, turn.Accept(r, run, "i", 10))
		if err == nil && c.Turn.Run == run && c.Turn.State == turn.Running {
			m.turns[r.Key] = &owned{request: r, run: run}
			if c.Turn.Carried > 0 { // a worker's answer is continued
				prior, _ := m.db.Turn(m.t.Context(), k)
				m.turns[r.Key].text = prior.Reply
			}
			m.order = append(m.order, r.Key)
		}
	case mine == nil:
	case op <= 4: // the owner says something, and perhaps stores it
		mine.text += fmt.Sprintf("what comes after %d steps, ", len(m.log))
		if m.dice.IntN(2) == 0 {
			m.log = append(m.log, fmt.Sprint("append ", k))
			at := len(mine.segments)
			end := at + 1 + m.dice.IntN(len(mine.text)-at) // not always all of it
			if t, _ := m.db.Turn(m.t.Context(), k); t != nil && t.State == turn.Running && t.Run == mine.run {
				mine.segments = mine.text[:end]
			}
			m.db.Append(m.t.Context(), k, []turn.Segment{{Offset: at, Text: mine.text[at:end], Source: project.Worker}})
		}
	case op == 5:
		m.apply("renew", turn.Scope{Key: k}, turn.Renew(mine.run, m.dice.IntN(4) == 0, time.Hour))
	case op <= 7:
		e := turn.Ending{State: turn.Complete, Reply: mine.text, Source: project.Worker, GeneratedBy: "m", FinishReason: worker.Stop,
			Meter: turn.Meter{Calls: m.dice.IntN(3), InputTokens: m.dice.IntN(10), OutputTokens: m.dice.IntN(10)}}
		made := &turn.NewVersion{Files: []artifact.File{{Path: "index.html", Content: mine.text}}}
		switch m.dice.IntN(5) {
		case 0:
			e.State, made, e.Error = turn.Failed, nil, &turn.Failure{Code: errs.Unavailable, Reason: errs.WorkerLost}
		case 1:
			e.State, made, e.FinishReason = turn.Partial, nil, worker.Length
		case 2:
			e.Source = project.Template
		}
		c, err := m.apply("finish", m.scope(k), turn.Finish(mine.run, e, made))
		if err == nil {
			if mine.confirmed != "" && mine.confirmed != c.Turn.State {
				m.fail("%v was confirmed as %s and then as %s", k, mine.confirmed, c.Turn.State)
			}
			if mine.confirmed = c.Turn.State; c.Turn.State == turn.Interrupted {
				m.fail("%v was interrupted, and its owner may finish", k)
			}
		} else if mine.confirmed != "" && !m.purged[k.ProjectID] {
			m.fail("%v was confirmed as %s, and refused later: %v", k, mine.confirmed, err)
		}
	case op == 8 && m.dice.IntN(3) == 0:
		k.TurnID = fmt.Sprint("t", len(m.log)+1) // perhaps the next one
		if c, err := m.apply("cancel", m.scope(k), turn.Cancel(k, "ann")); err == nil && c.Early != nil {
			m.early = append(m.early, k)
		}
	case op == 8:
		m.apply("cancel", m.scope(k), turn.Cancel(k, "ann"))
	case op == 9:
		m.apply("interrupt", m.scope(k), turn.Interrupt())
	case op == 10 && m.dice.IntN(2) == 0:
		r := turn.Request{Key: turn.Key{ProjectID: k.ProjectID, TurnID: fmt.Sprint("s", len(m.log))}, UID: "ann", Kind: turn.Save, PayloadHash: "v1:s", NewProject: true, Limits: limits}
		e, made := turn.Ending{State: turn.Complete, Source: project.Edit}, &turn.NewVersion{Files: []artifact.File{{Path: "a.css", Content: r.TurnID}}}
		if v, _ := m.db.Version(m.t.Context(), k.ProjectID, 1); v != nil && m.dice.IntN(2) == 0 {
			r.Kind, e.Source, made = turn.Restore, project.Restore, &turn.NewVersion{Restored: v}
		}
		m.apply(string(r.Kind), m.scope(r.Key), turn.Settle(r, "s", e, made))
	case op == 11 && m.dice.IntN(6) == 0:
		on := m.scope(turn.Key{ProjectID: k.ProjectID})
		c, err := m.apply("delete", on, turn.Delete("ann", k.ProjectID))
		if err == nil && (c.Turn == nil || c.Turn.State != turn.Running) && m.dice.IntN(2) == 0 {
			m.db.Purge(m.t.Context(), k.ProjectID, 1e6)
			m.purged[k.ProjectID] = true
			m.apply("purged", on, turn.Purged())
		}
	}
}

func (m *model) fail(format string, args ...any) {
	m.t.Helper()
	m.t.Fatalf("%s\nafter\n%s", fmt.Sprintf(format, args...), strings.Join(m.log, "\n"))
}

// truths looks at all that is stored.
func (m *model) truths() {
	m.t.Helper()
	ctx := m.t.Context()
	want := quota.Account{Running: map[string]string{}, Days: map[string]quota.Day{}}
	day := quota.Day{}
	purged := false
	stored, living := int64(0), 0
	for _, id := range projects {
		p, _ := m.db.Project(ctx, id)
		if p == nil {
			continue
		}
		stored += p.StoredBytes
		if p.DeletedAt == nil {
			living++
		}
		if bytes := m.bytes(id); p.StoredBytes < bytes {
			m.fail("%s counts %d bytes and holds %d", id, p.StoredBytes, bytes)
		}
		purged = purged || m.purged[id]
		all, _, _ := m.db.Turns(ctx, id, project.Page{Size: 1000})
		madeBy := map[int]string{}
		running := ""
		for _, t := range all {
			k := turn.Key{ProjectID: id, TurnID: t.ID}
			if t.State == turn.Running {
				if running != "" {
					m.fail("%s has two running turns, %s and %s", id, running, t.ID)
				}
				running = t.ID
				want.Running[id] = t.ID
				day.Held += t.Held
				day.HeldInput += t.HeldInput
				continue
			}
			if t.Version > 0 {
				if madeBy[t.Version] != "" {
					m.fail("version %d of %s was made by %s and %s", t.Version, id, madeBy[t.Version], t.ID)
				}
				madeBy[t.Version] = t.ID
				v, _ := m.db.Version(ctx, id, t.Version)
				if v == nil || v.TurnID != t.ID || len(v.Files) == 0 {
					m.fail("version %d of %s: %+v", t.Version, id, v)
				}
				if files, err := m.db.Files(ctx, id, v.Files); err != nil || files[0].Content == "" && t.Reply != "" {
					m.fail("files of version %d of %s: %v, %v", t.Version, id, files, err)
				}
			}
			if t.Kind != turn.Generate {
				day.Saves++
			}
			day.Turns += min(1, t.Meter.Calls)
			day.InputTokens += t.Meter.InputTokens
			day.OutputTokens += t.Meter.OutputTokens
			if o := m.turns[k]; o != nil && t.State == turn.Interrupted {
				// What was stored is charged, without what it continues.
				want := turn.Meter{OutputTokens: worker.ReplyTokens(o.segments[min(t.Carried, len(o.segments)):])}
				if t.Meter != want {
					m.fail("%v was interrupted and charged %+v, want %+v", k, t.Meter, want)
				}
			}
			if o := m.turns[k]; o != nil && t.State == turn.Interrupted && t.Reply != o.segments {
				m.fail("%v was interrupted with %q; stored before was %q", k, t.Reply, o.segments)
			}
			if o := m.turns[k]; o != nil && o.confirmed != "" && t.State != o.confirmed {
				m.fail("%v is %s and was confirmed as %s", k, t.State, o.confirmed)
			}
			before, seen := m.ended[k]
			if m.ended[k] = t; seen {
				before.ContinuedBy = t.ContinuedBy
				if diff := cmp.Diff(before, t); diff != "" {
					m.fail("%v had ended, and changed (-before +after):\n%s", k, diff)
				}
			}
		}
		if p.ActiveTurn != running {
			m.fail("the active turn of %s is %q, running is %q", id, p.ActiveTurn, running)
		}
		if !m.purged[id] && len(madeBy) != p.CurrentVersion {
			m.fail("%s has version %d, made by %v", id, p.CurrentVersion, madeBy)
		}
	}
	for _, k := range m.early {
		if t, _ := m.db.Turn(ctx, k); t != nil {
			m.fail("%v was cancelled early, and is %s", k, t.State)
		}
	}
	got, _ := m.db.Account(ctx, "ann", "")
	if got.StoredBytes != stored || got.Projects != living {
		m.fail("%d bytes in %d projects are counted, and %d bytes in %d are there", got.StoredBytes, got.Projects, stored, living)
	}
	if !maps.Equal(got.Running, want.Running) {
		m.fail("running: %v, want %v", got.Running, want.Running)
	}
	for _, d := range got.Days {
		// What purged turns have cost is not to be counted any more.
		if d.Held != day.Held || d.HeldInput != day.HeldInput || !purged && d != day {
			m.fail("usage %+v, want %+v", d, day)
		}
	}
}

// bytes is about what lies below a project: turns that have ended, versions, and each
// content of these once.
func (m *model) bytes(id string) (sum int64) {
	turns, _, _ := m.db.Turns(m.t.Context(), id, project.Page{Size: 1000})
	for _, t := range turns {
		if t.State != turn.Running {
			sum += int64(t.Bytes())
		}
	}
	versions, _, _ := m.db.Versions(m.t.Context(), id, project.Page{Size: 1000})
	once := map[string]bool{}
	for _, v := range versions {
		sum += int64(v.Bytes())
		for _, f := range v.Files {
			if !once[f.SHA256] {
				sum += int64(f.Size)
			}
			once[f.SHA256] = true
		}
	}
	return sum
}

// TestModel: MODEL_RUNS and MODEL_SEED set how many and which.
func TestModel(t *testing.T) {
	runs, steps := 300, 60
	if n, err := strconv.Atoi(os.Getenv("MODEL_RUNS")); err == nil {
		runs = n
	}
	seed := uint64(time.Now().UnixNano())
	if n, err := strconv.ParseUint(os.Getenv("MODEL_SEED"), 10, 64); err == nil {
		seed = n
	}
	t.Logf("MODEL_SEED=%d", seed)
	done := map[string]int{}
	for run := range runs {
		m := &model{t: t, dice: rand.New(rand.NewPCG(seed, uint64(run))), db: memstore.New(),
			turns: map[turn.Key]*owned{}, ended: map[turn.Key]turn.Turn{}, purged: map[string]bool{}}
		for range steps {
			m.step()
			m.truths()
		}
		for _, l := range m.log {
			done[strings.Fields(l)[0]]++
		}
		for _, end := range m.ended {
			done[string(end.State)]++
		}
	}
	t.Logf("%d interleavings of %d steps: %v", runs, steps, done)
	for _, must := range []string{"accept", "finish", "cancel", "interrupt", "delete", "save", "restore", "complete", "cancelled", "interrupted", "failed", "partial"} {
		if done[must] == 0 {
			t.Error(errors.New(must + " never happened"))
		}
	}
}
