package avro

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// plan is how the data of one writer's type becomes a value of the reader's:
// the two schemas resolved once, as the specification tells a reader to do for
// every value. Reader's unions are gone: each value has the one branch it
// resolves to. A plan does not change once it is made and may be cyclic.
type plan struct {
	w *node // what is on the wire
	r *node // what it becomes; w itself when there is no reader's schema

	items    *plan
	fields   []planField
	steps    []step  // of the fields
	branches []*plan // of a writer's union; nil where the reader has no such type
	symbols  []int   // of an enum, from the writer's index to the reader's, -1: none; nil: the same
}

// planField is a field on the wire or one that only the reader has.
type planField struct {
	name    string   // the reader's, or the writer's when it is skipped
	label   []byte   // "name": as JSON
	aliases []string // other names
	plan    *plan    // of def where that is not nil
	skip    bool     // the reader has no such field
	def     []byte   // what the writer lacks: not on the wire but here
}

// identity is the plan for data read as they were written.
func identity(n *node) *plan {
	p, err := resolve(n, n)
	if err != nil { // cannot be: a schema resolves to itself
		panic(err)
	}
	return p
}

// resolve makes the plan for data of w read as r. The error names the path.
func resolve(w, r *node) (*plan, error) {
	x := &resolver{done: make(map[pair]*plan), failed: make(map[pair]error)}
	return x.resolve(w, r)
}

type pair struct{ w, r *node }

type resolver struct {
	done   map[pair]*plan // finished or on the way
	failed map[pair]error
	trail  []pair // of done, oldest first
}

func (x *resolver) resolve(w, r *node) (*plan, error) {
	key := pair{w, r}
	if p, ok := x.done[key]; ok {
		return p, nil
	}
	if err, ok := x.failed[key]; ok {
		return nil, err
	}
	if r.kind == kindUnion && w.kind != kindUnion {
		branch, err := x.branch(w, r)
		if err != nil {
			return nil, err
		}
		return x.resolve(w, branch)
	}
	p := &plan{w: w, r: r}
	start := len(x.trail)
	x.trail = append(x.trail, key)
	x.done[key] = p
	if err := x.fill(p); err != nil {
		// What was resolved on the way may lead back to p, so it goes too.
		for _, k := range x.trail[start:] {
			delete(x.done, k)
		}
		x.trail = x.trail[:start]
		x.failed[key] = err
		return nil, err
	}
	return p, nil
}

func (x *resolver) fill(p *plan) (err error) {
	if p.w.kind == kindUnion {
		return x.union(p)
	}
	if !matches(p.w, p.r) {
		return fmt.Errorf("the writer's %s cannot be read as %s", p.w, p.r)
	}
	switch p.w.kind {
	case kindArray, kindMap:
		p.items, err = x.resolve(p.w.items, p.r.items)
	case kindRecord:
		err = x.record(p)
	case kindEnum:
		err = enum(p)
	}
	return err
}

// union resolves each branch that a writer may choose. One that the reader
// cannot read fails the record that has it, and the schema only if there is no
// other.
func (x *resolver) union(p *plan) error {
	p.branches = make([]*plan, len(p.w.branches))
	var first error
	readable := false
	for i, b := range p.w.branches {
		r := p.r
		if p.w == r {
			r = b
		}
		branch, err := x.resolve(b, r)
		if err != nil {
			first = cmp.Or(first, err)
			continue
		}
		p.branches[i] = branch
		readable = readable || b.kind != kindNull
	}
	if !readable {
		return first
	}
	return nil
}

// branch is the type of a reader's union that data of w are read as: the same
// type if there is one, else the first that w can be promoted to.
func (x *resolver) branch(w, r *node) (*node, error) {
	same := func(b *node) bool {
		return b.kind == w.kind && (!w.kind.named() || b.name == w.name)
	}
	if i := slices.IndexFunc(r.branches, same); i >= 0 {
		return r.branches[i], nil
	}
	if i := slices.IndexFunc(r.branches, func(b *node) bool { return matches(w, b) }); i >= 0 {
		return r.branches[i], nil
	}
	return nil, fmt.Errorf("the writer's %s cannot be read as any type of the reader's union", w)
}

func (x *resolver) record(p *plan) error {
	byName := make(map[string]int, len(p.r.fields))
	for at := len(p.r.fields) - 1; at >= 0; at-- {
		for _, alias := range p.r.fields[at].aliases {
			byName[alias] = at
		}
	}
	for at := range p.r.fields {
		byName[p.r.fields[at].name] = at // a name wins over an alias
	}
	taken := make([]bool, len(p.r.fields))
	add := func(f planField) {
		f.label = append(appendString(nil, f.name), ':')
		p.fields = append(p.fields, f)
		if f.def != nil {
			p.steps = append(p.steps, slow)
		} else {
			p.steps = append(p.steps, stepOf(f.plan))
		}
	}
	for i := range p.w.fields {
		wf := &p.w.fields[i]
		at, ok := byName[wf.name]
		if !ok || taken[at] {
			skipped, err := x.resolve(wf.typ, wf.typ)
			if err != nil {
				return err
			}
			add(planField{name: wf.name, plan: skipped, skip: true})
			continue
		}
		taken[at] = true
		rf := &p.r.fields[at]
		fp, err := x.resolve(wf.typ, rf.typ)
		if err != nil {
			return fmt.Errorf("%s: %w", rf.name, err)
		}
		add(planField{name: rf.name, aliases: rf.aliases, plan: fp})
	}
	for at := range taken {
		if taken[at] {
			continue
		}
		rf := &p.r.fields[at]
		if rf.def == nil {
			return fmt.Errorf("%s: the writer has no such field and the reader no default for it", rf.name)
		}
		def, err := x.resolve(rf.typ, rf.typ)
		if err != nil {
			return err
		}
		add(planField{name: rf.name, aliases: rf.aliases, plan: def, def: rf.def})
	}
	return nil
}

func enum(p *plan) error {
	if slices.Equal(p.w.symbols, p.r.symbols) {
		return nil
	}
	p.symbols = make([]int, len(p.w.symbols))
	def := slices.Index(p.r.symbols, p.r.symbolDefault)
	readable := false
	for i, s := range p.w.symbols {
		at := slices.Index(p.r.symbols, s)
		if at < 0 {
			at = def
		}
		p.symbols[i] = at
		readable = readable || at >= 0
	}
	if !readable {
		return fmt.Errorf("the reader's %s has no symbol of the writer's and no default", p.r)
	}
	return nil
}

// matches reports whether data of w may be read as r, parts not considered.
func matches(w, r *node) bool {
	if w.kind == r.kind {
		switch {
		case w.kind.named() && !sameName(w, r):
			return false
		case w.kind == kindFixed:
			return w.size == r.size && sameScale(w, r)
		case w.kind == kindBytes:
			return sameScale(w, r)
		}
		return true
	}
	switch w.kind {
	case kindInt:
		return r.kind == kindLong || r.kind == kindFloat || r.kind == kindDouble
	case kindLong:
		return r.kind == kindFloat || r.kind == kindDouble
	case kindFloat:
		return r.kind == kindDouble
	case kindString:
		return r.kind == kindBytes && r.logical != logicalDecimal
	case kindBytes:
		return r.kind == kindString && w.logical != logicalDecimal
	default:
		return false
	}
}

// sameScale keeps decimals of another scale apart: their bytes would be read as
// another number.
func sameScale(w, r *node) bool {
	return w.logical != logicalDecimal || r.logical != logicalDecimal || w.scale == r.scale
}

// sameName compares without namespaces, as the specification does, and by the
// reader's aliases.
func sameName(w, r *node) bool {
	return unqualified(w.name) == unqualified(r.name) || slices.Contains(r.aliases, w.name)
}

func unqualified(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }
