package check

import "github.com/tdewolff/parse/v2/js"

// wait runs a function later.
func (r *runner) wait(when phase, x js.IExpr) {
	when = max(when, r.when)
	f, ok := r.known(x)
	if !ok {
		return
	}
	class := r.class
	if _, keepsThis := ungrouped(x).(*js.ArrowFunc); !keepsThis {
		class = nil
	}
	r.later = append(r.later, func() {
		r.when, r.class = when, class
		r.enter(f)
	})
}

// handler runs a function later that becomes a property such as onload.
func (r *runner) handler(target, x js.IExpr) {
	name := nameOf(target)
	dot, ok := target.(*js.DotExpr)
	if ok {
		name, _ = propertyOf(dot)
	}
	switch {
	case name == "onload" && (!ok || isWindow(dot.X)):
		r.wait(loading, x)
	case ok && isControlEvent(name):
		r.wait(acting, x)
	}
}

func isControlEvent(name string) bool {
	switch name {
	case "onclick", "onsubmit", "onchange", "oninput", "click", "submit", "change", "input":
		return true
	}
	return false
}

// schedule runs the functions later that a call hands over for that.
func (r *runner) schedule(name string, of js.IExpr, x *js.CallExpr) {
	list := x.Args.List
	if len(list) == 0 {
		return
	}
	first := list[0].Value
	switch name {
	case "setTimeout", "requestAnimationFrame", "queueMicrotask", "requestIdleCallback":
		if of == nil || isWindow(of) {
			r.wait(loading, first)
		}
	case "$", "jQuery":
		if of == nil {
			r.wait(loading, first)
		}
	case "ready":
		if made, ok := of.(*js.CallExpr); ok && (nameOf(made.X) == "$" || nameOf(made.X) == "jQuery") {
			r.wait(loading, first)
		}
	case "addEventListener":
		if len(list) < 2 {
			return
		}
		lit, ok := first.(*js.LiteralExpr)
		if !ok {
			return
		}
		onPage := of == nil || isWindow(of) || nameOf(of) == "document"
		switch event := unquoted(lit.Data); {
		case onPage && event == "DOMContentLoaded":
			r.wait(complete, list[1].Value)
		case onPage && event == "load":
			r.wait(loading, list[1].Value)
		case isControlEvent(event):
			r.wait(acting, list[1].Value)
		}
	}
}
