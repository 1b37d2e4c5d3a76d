package check

import "github.com/tdewolff/parse/v2/js"

// value runs an expression. It returns false where an optional chain may have ended.
func (r *runner) value(x js.IExpr) bool {
	switch x := x.(type) {
	case *js.Var:
		r.read(x)
	case *js.GroupExpr:
		r.value(x.X)
	case *js.DotExpr:
		return r.member(x.X, x, x.Optional)
	case *js.IndexExpr:
		if !r.member(x.X, x, x.Optional) {
			return false
		}
		r.value(x.Y)
	case *js.CallExpr:
		return r.call(x)
	case *js.NewExpr:
		r.construct(x)
	case *js.UnaryExpr:
		if counts(x.Op) {
			r.change(x.X)
		}
		if x.Op != js.TypeofToken && x.Op != js.DeleteToken {
			r.value(x.X)
		}
		if x.Op == js.AwaitToken { // what follows in the function waits
			r.when = max(r.when, loading)
		}
	case *js.BinaryExpr:
		r.binary(x)
	case *js.CondExpr:
		r.value(x.Cond)
	case *js.CommaExpr:
		for _, item := range x.List {
			r.value(item)
		}
	case *js.TemplateExpr:
		r.value(x.Tag)
		for _, part := range x.List {
			r.value(part.Expr)
		}
	case *js.ArrayExpr:
		for _, e := range x.List {
			r.value(e.Value)
		}
	case *js.ObjectExpr:
		for _, p := range x.List {
			if p.Name != nil {
				r.value(p.Name.Computed)
			}
			if _, isMethod := p.Value.(*js.MethodDecl); !isMethod {
				r.value(p.Value)
			}
		}
	case *js.ClassDecl:
		r.value(x.Extends)
		r.declaredClass(x)
	case *js.VarDecl:
		r.variables(x)
	}
	return true
}

// read uses the value of a variable.
func (r *runner) read(v *js.Var) {
	if isFree(v) {
		r.uses = append(r.uses, use{name: string(v.Name()), data: v.Data, when: r.when})
	}
	r.early(v)
}

// early notes the use of a variable that the top of the script declares further below.
func (r *runner) early(v *js.Var) {
	v = resolved(v)
	if r.first && v.Decl == js.LexicalDecl && !r.ready[v] && r.atTop[v] {
		r.uses = append(r.uses, use{name: string(v.Data), early: true, data: v.Data, when: r.when})
	}
}

// member uses a property of something: x is the expression of the property, or nil.
func (r *runner) member(of js.IExpr, x js.IExpr, optional bool) bool {
	property, at := "", []byte(nil)
	if dot, ok := x.(*js.DotExpr); ok {
		property, _ = propertyOf(dot)
		if name, ok := dot.Y.(js.LiteralExpr); ok {
			at = name.Data // the parser keeps the place of this one, and of a variable only the first
		}
	}
	if v, ok := ungrouped(of).(*js.Var); ok {
		r.early(v)
		if isFree(v) {
			if at == nil {
				at = v.Data
			}
			r.uses = append(r.uses, use{name: string(v.Name()), member: property, data: at, when: r.when})
		} else if lit := r.bound[resolved(v)]; lit != nil && !optional {
			r.element(lit, property)
		}
		return !optional
	}
	sure := r.value(of)
	if dot, ok := ungrouped(of).(*js.DotExpr); ok && isThis(dot.X) && r.class != nil && !optional {
		name, _ := propertyOf(dot)
		if lit := r.held[name]; lit != nil {
			r.element(lit, property)
		}
	}
	if lit, _, ok := lookup(of); ok && !optional {
		r.element(lit, property)
	}
	return sure && !optional
}

// change notes that a constant gets another value.
func (r *runner) change(x js.IExpr) {
	if v, ok := x.(*js.Var); ok && r.constants[resolved(v)] {
		r.uses = append(r.uses, use{name: string(v.Name()), change: true, when: r.when})
	}
}

// invoke notes that the property that was used last is called with new.
func (r *runner) invoke(x js.IExpr) {
	if dot, ok := x.(*js.DotExpr); ok && len(r.uses) > 0 {
		last := &r.uses[len(r.uses)-1]
		name, _ := propertyOf(dot)
		last.invoked = nameOf(dot.X) == last.name && last.member == name
	}
}

func (r *runner) element(lit *js.LiteralExpr, property string) {
	id := unquoted(lit.Data)
	if len(id) > 0 && id[0] == '#' {
		id = id[1:]
	}
	r.uses = append(r.uses, use{id: id, member: property, data: lit.Data, when: r.when})
}

func (r *runner) binary(x *js.BinaryExpr) {
	switch x.Op {
	case js.AndToken, js.OrToken, js.NullishToken:
		r.value(x.X)
	case js.EqToken:
		r.target(x.X)
		r.value(x.Y)
		switch target := x.X.(type) {
		case *js.Var:
			r.early(target)
			r.change(target)
			r.bind(target, x.Y)
		case *js.DotExpr:
			name, _ := propertyOf(target)
			if lit, _, ok := lookup(x.Y); ok && isThis(target.X) && r.properties[name] == 1 {
				r.held[name] = lit
			}
		}
		r.handler(x.X, x.Y)
	case js.AndEqToken, js.OrEqToken, js.NullishEqToken:
		r.target(x.X)
	default:
		if isAssignment(x.Op) {
			r.change(x.X)
		}
		r.value(x.X)
		r.value(x.Y)
	}
}

// target runs what stands left of an equals sign.
func (r *runner) target(x js.IExpr) {
	switch x := x.(type) {
	case *js.DotExpr, *js.IndexExpr:
		r.value(x)
	case *js.GroupExpr:
		r.target(x.X)
	}
}

func (r *runner) construct(x *js.NewExpr) {
	switch callee := ungrouped(x.X).(type) {
	case *js.Var:
		r.early(callee)
		if isFree(callee) {
			r.uses = append(r.uses, use{name: string(callee.Name()), called: true, data: callee.Data, when: r.when})
		}
	default:
		r.value(x.X)
		r.invoke(x.X)
	}
	if x.Args != nil {
		r.arguments(x.Args.List)
	}
	if v, ok := ungrouped(x.X).(*js.Var); ok {
		if class := r.classes[resolved(v)]; class != nil && class.Extends == nil {
			r.method(class, "constructor")
		}
	}
}

// method runs a method of a class.
func (r *runner) method(class *js.ClassDecl, name string) {
	for _, e := range class.List {
		if m := e.Method; m != nil && !m.Static && string(m.Name.Literal.Data) == name {
			r.inClass(class, function{&m.Params, &m.Body})
		}
	}
}

// inClass runs the body of a method, with the methods that it calls of its own object.
func (r *runner) inClass(class *js.ClassDecl, f function) {
	before := r.class
	r.class = class
	r.enter(f)
	r.class = before
}

func (r *runner) arguments(list []js.Arg) {
	for _, a := range list {
		r.value(a.Value)
	}
}

func (r *runner) call(x *js.CallExpr) bool {
	switch callee := ungrouped(x.X).(type) {
	case *js.Var:
		if !x.Optional {
			r.arguments(x.Args.List)
			r.callee(callee)
			r.schedule(string(callee.Name()), nil, x)
			return true
		}
		r.read(callee)
		return false
	case *js.FuncDecl, *js.ArrowFunc:
		r.arguments(x.Args.List)
		r.callee(callee)
		return true
	case *js.DotExpr:
		if !r.member(callee.X, callee, callee.Optional) || x.Optional {
			return false
		}
		r.arguments(x.Args.List)
		name, _ := propertyOf(callee)
		if isThis(callee.X) && r.class != nil {
			r.method(r.class, name)
		}
		r.schedule(name, callee.X, x)
		return true
	}
	if !r.value(x.X) || x.Optional {
		return false
	}
	r.arguments(x.Args.List)
	return true
}
