package avro

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// target is a field of a Go struct that takes a value.
type target struct {
	name   string // as the engine finds it: the tag, else the Go name
	tagged bool
	typ    reflect.Type
	index  []int // as reflect.Value.FieldByIndex takes it; nil: behind a pointer
}

// structFields are the fields of t in the order in which the engine looks for
// them: breadth first through embedded structs, so that of two of the same name
// the outer one counts.
func structFields(t reflect.Type) ([]target, error) {
	var fields []target
	seen := make(map[reflect.Type]bool)
	for level := []target{{typ: t, index: []int{}}}; len(level) > 0; {
		var next []target
		for _, at := range level {
			t := at.typ
			if seen[t] {
				continue
			}
			seen[t] = true
			for f := range t.Fields() {
				var index []int
				if at.index != nil {
					index = slices.Concat(at.index, f.Index)
				}
				if f.Anonymous {
					embedded := target{typ: f.Type, index: index}
					if f.Type.Kind() == reflect.Pointer {
						embedded = target{typ: f.Type.Elem()}
					}
					if embedded.typ.Kind() == reflect.Struct {
						next = append(next, embedded)
					}
					continue
				}
				if !f.IsExported() {
					continue
				}
				tag, tagged := f.Tag.Lookup("avro")
				name := f.Name
				if tagged {
					if name, _, _ = strings.Cut(tag, ","); name == "" {
						return nil, fmt.Errorf("the avro tag of %s.%s has no name", t, f.Name)
					}
				}
				fields = append(fields, target{name, tagged, f.Type, index})
			}
		}
		level = next
	}
	return fields, nil
}

// targets finds for each field of p the field of t that takes it, nil for none:
// by tag or name, by an alias, or, where there is no tag, by name whatever the
// case.
func targets(p *plan, t reflect.Type) ([]*target, error) {
	fields, err := structFields(t)
	if err != nil {
		return nil, err
	}
	byName := make(map[string]*target, len(fields))
	byFold := make(map[string]*target, len(fields))
	for i := len(fields) - 1; i >= 0; i-- { // the first of a name counts
		f := &fields[i]
		byName[f.name] = f
		if !f.tagged {
			byFold[strings.ToLower(f.name)] = f
		}
	}
	found := make([]*target, len(p.fields))
	taken := make(map[*target]bool, len(fields))
	pass := func(find func(f *planField) *target) {
		for i := range p.fields {
			f := &p.fields[i]
			if f.skip || found[i] != nil {
				continue
			}
			if to := find(f); to != nil && !taken[to] {
				found[i], taken[to] = to, true
			}
		}
	}
	pass(func(f *planField) *target { return byName[f.name] })
	pass(func(f *planField) *target {
		for _, alias := range f.aliases {
			if to := byName[alias]; to != nil {
				return to
			}
		}
		return nil
	})
	pass(func(f *planField) *target {
		// What the tag names elsewhere is not this field.
		if to := byFold[strings.ToLower(f.name)]; to != nil && byName[to.name] == to {
			return to
		}
		return nil
	})
	if len(taken) == 0 && len(fields) > 0 && len(p.fields) > 0 {
		return nil, errNoFields(p, t)
	}
	return found, nil
}

func errNoFields(p *plan, t reflect.Type) error {
	if t.Name() == "" {
		return errors.New("the Go struct has none of the fields of " + p.r.String() + ": give it avro tags")
	}
	return fmt.Errorf("%s has none of the fields of %s: give it avro tags", t, p.r)
}
