package check

import (
	"fmt"
	"strings"

	"github.com/tdewolff/parse/v2/js"
)

// phase is when code runs.
type phase int

const (
	reading  phase = iota // while the page is read
	complete              // once the page has been read
	loading               // once all is there that it loads, or later
	acting                // when somebody does something
)

// use is something that surely happens when a script runs: without what it uses, it throws.
type use struct {
	name    string // a variable that the script does not declare
	called  bool
	id      string // an element that is looked up; name is "" then
	early   bool   // the script declares it, but later
	change  bool   // the script gives it another value, and it is a constant
	member  string // the property of name, or of the element, that is used
	invoked bool   // the property is made an object of, by new
	data    []byte // where
	when    phase
}

// runner follows what surely runs of a script. It goes into a function that is surely
// called, and not into a branch. It stops where a branch may leave.
type runner struct {
	*script
	when  phase
	class *js.ClassDecl               // whose method runs
	bound map[*js.Var]*js.LiteralExpr // variables that hold nothing but an element, by what names it
	held  map[string]*js.LiteralExpr  // the same for properties of this
	been  map[*js.BlockStmt]bool
	atTop map[*js.Var]bool // the variables that let, const and class declare outside of functions
	ready map[*js.Var]bool // those of them that are declared so far
	first bool             // the script runs from its top
	later []func()
	uses  []use
}

// run returns what surely happens when a script runs, in the order in which it does.
// handlers are the functions that a page's attributes call.
func (s *script) run(when phase, handlers map[string]bool) []use {
	if s.tree == nil {
		return nil
	}
	var called []*js.Var
	key := strings.Builder{}
	fmt.Fprint(&key, when)
	for _, d := range s.tree.Declared {
		if _, ok := s.facts.functions[d]; ok && handlers[string(d.Data)] {
			called = append(called, d)
			key.WriteByte(' ')
			key.Write(d.Data)
		}
	}
	uses, ran := s.ran[key.String()]
	if !ran { // many pages may load it
		uses = s.follow(when, called)
		s.ran[key.String()] = uses
	}
	return uses
}

// follow runs a script, and then the functions that a page's attributes call.
func (s *script) follow(when phase, called []*js.Var) []use {
	r := &runner{script: s, when: when, bound: map[*js.Var]*js.LiteralExpr{}, held: map[string]*js.LiteralExpr{}, ready: map[*js.Var]bool{}, atTop: map[*js.Var]bool{}, been: map[*js.BlockStmt]bool{}}
	for _, v := range s.tree.Declared {
		if v.Decl == js.LexicalDecl { // others may be used before
			r.atTop[v] = true
		}
	}
	r.first = true
	r.statements(s.tree.List)
	r.first = false
	r.drain()
	for _, d := range called {
		r.when = acting
		r.enter(s.facts.functions[d])
		r.drain()
	}
	return r.uses
}

// drain runs what waits for something.
func (r *runner) drain() {
	for len(r.later) > 0 {
		next := r.later[0]
		r.later = r.later[1:]
		next()
	}
}

// known returns the function that an expression stands for.
func (r *runner) known(x js.IExpr) (f function, ok bool) {
	switch x := ungrouped(x).(type) {
	case *js.Var:
		v := resolved(x)
		f, ok = r.facts.functions[v]
		return f, ok && r.assigned[v] <= 1
	case *js.FuncDecl:
		return functionOf(x), true
	case *js.ArrowFunc:
		return function{&x.Params, &x.Body}, true
	}
	return function{}, false
}

// enter runs the body of a function, once.
func (r *runner) enter(f function) {
	if f.body == nil || r.been[f.body] {
		return
	}
	r.been[f.body] = true
	when := r.when
	defer func() { r.when = when }()
	for _, p := range f.params.List {
		if p.Default != nil {
			return // whether it runs depends on the call
		}
	}
	r.statements(f.body.List)
}

// callee runs what is called, if it is known.
func (r *runner) callee(x js.IExpr) {
	if v, ok := ungrouped(x).(*js.Var); ok {
		r.early(v)
	}
	if f, ok := r.known(x); ok {
		r.enter(f)
	} else if v, ok := ungrouped(x).(*js.Var); ok && isFree(v) {
		r.uses = append(r.uses, use{name: string(v.Name()), called: true, data: v.Data, when: r.when})
	}
}

// statements runs statements, and returns false if those behind them may not run.
func (r *runner) statements(list []js.IStmt) bool {
	for _, s := range list {
		if !r.statement(s) {
			return false
		}
	}
	return true
}

func (r *runner) statement(s js.IStmt) bool {
	switch s := s.(type) {
	case *js.ExprStmt:
		r.value(s.Value)
	case *js.VarDecl:
		r.variables(s)
	case *js.ExportStmt:
		if s.Decl != nil {
			if d, ok := s.Decl.(*js.VarDecl); ok {
				r.variables(d)
			} else if _, isFunction := s.Decl.(*js.FuncDecl); !isFunction {
				r.value(s.Decl)
			}
		}
	case *js.BlockStmt:
		return r.statements(s.List)
	case *js.IfStmt:
		r.value(s.Cond)
		return !leaves(s.Body) && !leaves(s.Else)
	case *js.ForStmt:
		if d, ok := s.Init.(*js.VarDecl); ok {
			r.variables(d)
		} else {
			r.value(s.Init)
		}
		r.value(s.Cond)
		return !leaves(s.Body)
	case *js.ForOfStmt:
		r.value(s.Value)
		return !leaves(s.Body)
	case *js.ForInStmt:
		r.value(s.Value)
		return !leaves(s.Body)
	case *js.WhileStmt:
		r.value(s.Cond)
		return !leaves(s.Body)
	case *js.DoWhileStmt:
		return false
	case *js.SwitchStmt:
		r.value(s.Init)
		return !leaves(s)
	case *js.TryStmt:
		return !leaves(s)
	case *js.ReturnStmt:
		r.value(s.Value)
		return false
	case *js.ThrowStmt, *js.WithStmt, *js.BranchStmt, *js.LabelledStmt, *js.DebuggerStmt:
		return false
	case *js.ClassDecl:
		r.value(s.Extends)
		r.declaredClass(s)
	}
	return true
}

func (r *runner) declaredClass(c *js.ClassDecl) {
	if c.Name != nil {
		r.ready[resolved(c.Name)] = true
	}
}

// leaves reports whether a statement may end what is around it.
func leaves(s js.INode) bool {
	l := &leaver{}
	if s != nil {
		js.Walk(l, s)
	}
	return l.found
}

type leaver struct{ found bool }

func (l *leaver) Enter(n js.INode) js.IVisitor {
	switch n := n.(type) {
	case *js.ReturnStmt, *js.ThrowStmt:
		l.found = true
	case *js.BranchStmt:
		l.found = l.found || len(n.Label) > 0 // without one it ends a loop, or a switch, that is within
	case *js.FuncDecl, *js.ArrowFunc, *js.MethodDecl, *js.ClassDecl:
		return nil
	}
	return l
}

func (l *leaver) Exit(js.INode) {}

func (r *runner) variables(d *js.VarDecl) {
	for _, e := range d.List {
		r.value(e.Default)
		if name, ok := e.Binding.(*js.Var); ok {
			r.bind(name, e.Default)
		}
		r.declared(e.Binding)
	}
}

// declared notes that variables are declared from here on.
func (r *runner) declared(b js.IBinding) {
	switch b := b.(type) {
	case *js.Var:
		r.ready[resolved(b)] = true
	case *js.BindingArray:
		for _, e := range b.List {
			r.declared(e.Binding)
		}
		r.declared(b.Rest)
	case *js.BindingObject:
		for _, item := range b.List {
			r.declared(item.Value.Binding)
		}
		if b.Rest != nil {
			r.declared(b.Rest)
		}
	}
}

// bind remembers that a variable holds the element that a lookup has found.
func (r *runner) bind(name *js.Var, x js.IExpr) {
	v := resolved(name)
	delete(r.bound, v)
	if lit, _, ok := lookup(x); ok && r.assigned[v] == 1 {
		r.bound[v] = lit
	}
}
