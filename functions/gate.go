package functions

import (
	"net/http"

	"dreambuild.dev/backend/internal/admission"
	"dreambuild.dev/backend/internal/callable"
	"dreambuild.dev/backend/internal/config"
	"dreambuild.dev/backend/internal/errs"
	"dreambuild.dev/backend/internal/quota"
)

// gate decides which calls go on. Each instance counts for itself, in memory: a call
// that is refused costs the database nothing.
type gate struct {
	plans         quota.Plans
	strangerCalls int // a minute; 0: any number
	addresses     addresses

	users     *admission.Rates // by uid
	guests    *admission.Rates // users without an account, by address: accounts like that can be made without end
	strangers *admission.Rates // who has no good token, by address

	calls, streaming *admission.Room
	streams          *admission.Streams
	memory           *admission.Memory // nil: nothing bounds what calls hold
}

const (
	// mostBuckets bounds each of the gate's Rates: to some 4 MB.
	mostBuckets = 20_000
	// household is how many users without an account may come from one address.
	household = 10
)

func newGate(cfg config.Config, memory *admission.Memory) *gate {
	return &gate{
		plans:         cfg.Plans,
		strangerCalls: cfg.StrangerCalls,
		addresses:     addresses{behindPlatform: cfg.OnCloudRun, proxies: cfg.TrustedProxies},
		users:         admission.NewRates(mostBuckets),
		guests:        admission.NewRates(mostBuckets),
		strangers:     admission.NewRates(mostBuckets),
		calls:         admission.NewRoom(cfg.MaxCalls),
		streaming:     admission.NewRoom((4*cfg.MaxCalls + 4) / 5), // so that streams never keep all other calls out
		streams:       admission.NewStreams(),
		memory:        memory,
	}
}

// door is the gate of one function.
type door struct {
	*gate
	class admission.Class
	runs  bool // it is about a turn that runs
}

// Admit implements callable.Admission.
func (d door) Admit(r *http.Request, caller *callable.Caller) (callable.Place, error) {
	if err := d.rate(r, caller); err != nil {
		return callable.Place{}, err
	}
	priority := d.priority(caller)
	leave, err := d.enter(caller, priority)
	place := callable.Place{Leave: leave}
	if d.memory != nil {
		place.Memory = d.memory.For(priority)
	}
	return place, err
}

// enter finds room for a call.
func (d door) enter(caller *callable.Caller, priority admission.Priority) (func(), error) {
	leave, err := d.calls.Enter(priority)
	if err != nil || d.class != admission.Stream && d.class != admission.Generate {
		return leave, err
	}
	end, err := d.stream(caller, priority)
	if err != nil {
		leave()
		return nil, err
	}
	return func() { end(); leave() }, nil
}

// rate counts a call, and refuses one too many.
func (d door) rate(r *http.Request, caller *callable.Caller) error {
	if caller == nil {
		_, err := d.trial(r)
		return err
	}
	plan := planOf(caller)
	most := perMinute(d.plans[plan], d.class)
	if plan == quota.Anonymous {
		if err := d.guests.Take(admission.Key{Class: d.class, Who: d.addresses.of(r)}, household*most); err != nil {
			return err
		}
	}
	return d.users.Take(admission.Key{Class: d.class, Who: caller.UID}, most)
}

// stream counts a stream of a caller until its end.
func (d door) stream(caller *callable.Caller, priority admission.Priority) (func(), error) {
	end, err := d.streams.Open(caller.UID, d.plans[planOf(caller)].ConcurrentStreams)
	if err != nil {
		return nil, err
	}
	leave, err := d.streaming.Enter(priority)
	if err != nil {
		end()
		return nil, err
	}
	return func() { leave(); end() }, nil
}

func (d door) priority(caller *callable.Caller) admission.Priority {
	switch {
	case d.runs:
		return admission.Running
	case caller == nil:
		return admission.Anonymous
	}
	switch planOf(caller) {
	case quota.Premium:
		return admission.Premium
	case quota.Anonymous:
		return admission.Anonymous
	default:
		return admission.SignedIn
	}
}

// Refuse implements callable.Admission: it counts the call as a stranger's, unless its
// token cannot be checked just now.
func (g *gate) Refuse(r *http.Request, why error) error {
	if e := errs.Of(why); e.Code == errs.Unavailable {
		return why
	}
	if _, err := g.trial(r); err != nil {
		return err
	}
	return why
}

// trial counts a call as a stranger's. If it turns out that it is not, known takes it
// back.
func (g *gate) trial(r *http.Request) (known func(), err error) {
	if g.strangerCalls == 0 {
		return func() {}, nil
	}
	key := admission.Key{Who: g.addresses.of(r)}
	if err := g.strangers.Take(key, g.strangerCalls); err != nil {
		return nil, err
	}
	return func() { g.strangers.Return(key, g.strangerCalls) }, nil
}

// callsOf is how many calls of a class a user has had within a minute.
func (g *gate) callsOf(caller *callable.Caller, class admission.Class) used {
	limit := perMinute(g.plans[planOf(caller)], class)
	return used{Used: int64(g.users.Used(admission.Key{Class: class, Who: caller.UID}, limit)), Limit: int64(limit)}
}

// perMinute is how many calls of a class a plan allows within a minute.
func perMinute(l quota.Limits, class admission.Class) int {
	return [...]int{admission.Read: l.ReadsPerMinute, admission.Write: l.WritesPerMinute, admission.Stream: l.StreamsPerMinute, admission.Generate: l.PromptsPerMinute}[class]
}
