package avro

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
)

func (x *binder) record(p *plan, t reflect.Type, zero bool) (bound, error) {
	if t.Kind() == reflect.Map && t.Key().Kind() == reflect.String && t.Elem().Kind() == reflect.Interface {
		return x.recordMap(p, t)
	}
	if t.Kind() != reflect.Struct || t == timeType {
		return bound{}, misfit(p, t)
	}
	key := bindKey{p, t, zero}
	if b, ok := x.done[key]; ok {
		return b, nil
	}
	b := bound{x.newOp(opRecord, p), &node{kind: kindRecord, name: "r" + strconv.Itoa(x.records)}}
	x.records++
	x.done[key] = b

	targets, err := targets(p, t)
	if err != nil {
		return bound{}, err
	}
	for i := range p.fields {
		f := &p.fields[i]
		target := targets[i]
		if target == nil {
			if f.def == nil {
				b.op.fields = append(b.op.fields, opField{name: f.name, op: x.newOp(opDrop, f.plan)})
			}
			continue
		}
		fb, err := x.bind(f.plan, target.typ, zero)
		if err != nil {
			return bound{}, fmt.Errorf("%s: %w", f.name, err)
		}
		b.op.fields = append(b.op.fields, opField{name: f.name, op: fb.op, def: f.def, index: target.index})
		b.shape.fields = append(b.shape.fields, field{name: target.name, typ: fb.shape})
	}
	return b, nil
}

// recordMap binds a record to a map[string]any: it becomes an Avro map of
// values for interfaces.
func (x *binder) recordMap(p *plan, t reflect.Type) (bound, error) {
	o := x.newOp(opRecordMap, p)
	for i := range p.fields {
		f := &p.fields[i]
		if f.skip {
			o.fields = append(o.fields, opField{name: f.name, op: x.newOp(opDrop, f.plan)})
			continue
		}
		fb, err := x.bind(f.plan, t.Elem(), false)
		if err != nil {
			return bound{}, fmt.Errorf("%s: %w", f.name, err)
		}
		o.fields = append(o.fields, opField{name: f.name, op: fb.op, def: f.def})
	}
	return bound{o, &node{kind: kindMap, items: &node{kind: kindBytes, boxed: true}}}, nil
}

// union binds a writer's union. Its null becomes a nil pointer or slice, else,
// as in encoding/json, the zero value.
func (x *binder) union(p *plan, t reflect.Type, zero bool) (bound, error) {
	candidates, err := candidates(p, t)
	if err != nil {
		return bound{}, err
	}
	null := p.w.nullable()
	if null >= 0 && p.branches[null] == nil {
		null = -1 // the reader's schema has no null there
	}
	of, indexed := t, t.Kind() == reflect.Slice
	if t.Kind() == reflect.Pointer {
		of, indexed = t.Elem(), true
	}
	o := x.newOp(opUnion, p)
	o.branches = make([]*op, len(p.branches))
	zero = (zero || null >= 0) && !indexed
	var shape *node
	var misfit error
	for _, i := range candidates {
		// Several branches share one shape, and an enum has its own.
		b, err := x.bind(p.branches[i], of, zero || len(candidates) > 1 && p.branches[i].r.kind == kindEnum)
		if err == nil && shape != nil && !sameShape(shape, b.shape) {
			err = fmt.Errorf("%s and another type of the union do not both fit the Go type %s: use any", p.branches[i].r, t)
		}
		if err != nil {
			if misfit == nil {
				misfit = err
			}
			continue
		}
		shape, o.branches[i] = b.shape, b.op
	}
	switch {
	case misfit != nil && shape == nil:
		return bound{}, misfit
	case shape == nil:
		return bound{}, fmt.Errorf("null alone does not fit the Go type %s: use any", t)
	case indexed:
		o.indexed = true
		o.same = null >= 0 && len(p.branches) == 2
		o.nullFirst = !o.same || null == 0
		return bound{o, nullableShape(shape, o.nullFirst)}, nil
	case null >= 0:
		o.zero, err = appendZero([]byte{}, shape)
	}
	return bound{o, shape}, err
}

// candidates are the branches of a writer's union that t may be made for. One
// struct cannot be several records, so it is the one of its name.
func candidates(p *plan, t reflect.Type) ([]int, error) {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	var all, records, called []int
	for i, b := range p.branches {
		if b == nil || b.w.kind == kindNull {
			continue
		}
		all = append(all, i)
		if b.w.kind == kindRecord {
			records = append(records, i)
			if unqualified(b.r.name) == t.Name() {
				called = append(called, i)
			}
		}
	}
	if len(records) < 2 || t.Kind() != reflect.Struct {
		return all, nil
	}
	if len(called) != 1 {
		return nil, fmt.Errorf("of the union's %d records none is the struct's: name the struct %s as one of them is, or use any", len(records), t)
	}
	return called, nil
}

func sameShape(a, b *node) bool {
	if a == b {
		return true
	}
	if a.kind != b.kind || a.logical != b.logical || a.size != b.size || a.boxed != b.boxed {
		return false
	}
	switch a.kind {
	case kindArray, kindMap:
		return sameShape(a.items, b.items)
	case kindEnum:
		return slices.Equal(a.symbols, b.symbols)
	case kindRecord:
		return false
	case kindUnion:
		return len(a.branches) == len(b.branches) && sameShape(a.branches[0], b.branches[0]) && sameShape(a.branches[1], b.branches[1])
	default:
		return true
	}
}
