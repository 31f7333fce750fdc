package avro

import (
	"reflect"
	"time"
)

// cellOf makes the cell that reads what o is for into v, nil when that is the
// engine's task: whatever holds an array or a map, or a type that takes more
// than a copy. v is addressable and stays where it is.
func cellOf(o *op, v reflect.Value) cell { return cells{}.of(o, v) }

// cells are the operations whose cells are being made, by which a type within
// itself is found.
type cells map[*op]bool

func (x cells) of(o *op, v reflect.Value) cell {
	switch {
	case o.code == opUnion:
		return x.union(o, v)
	case v.Kind() == reflect.Pointer:
		if o.code == opPresent {
			o = o.items
		}
		return x.pointer(o, v)
	case textUnmarshaler(v.Type()) && v.Type() != timeType:
		return nil
	case o.code == opRecord && v.Kind() == reflect.Struct:
		return x.record(o, v)
	case o.code == opKeep || o.p.r.kind == kindEnum:
		return scalarCell(o.p, v)
	}
	return nil
}

func (x cells) record(o *op, v reflect.Value) cell {
	if x[o] {
		return nil
	}
	x[o] = true
	defer delete(x, o)
	c := &recordCell{p: o.p}
	for i := range o.fields {
		f := &o.fields[i]
		var of cell
		switch {
		case f.op.code == opDrop:
			of = dropCell{f.op.p}
		case f.def == nil && f.index != nil:
			of = x.of(f.op, v.FieldByIndex(f.index))
		}
		if of == nil {
			return nil
		}
		c.names, c.cells = append(c.names, f.name), append(c.cells, of)
	}
	return c
}

// union is for null and one other type.
func (x cells) union(o *op, v reflect.Value) cell {
	null := o.p.w.nullable()
	if len(o.branches) != 2 || null < 0 || o.p.branches[null] == nil || o.branches[1-null] == nil {
		return nil
	}
	other := o.branches[1-null]
	var of cell
	switch {
	case v.Kind() == reflect.Pointer:
		of = x.pointer(other, v)
	case other.code != opRecord: // of which null is no zero value
		of = x.of(other, v)
	}
	if of == nil {
		return nil
	}
	return &nullCell{of, null}
}

func (x cells) pointer(o *op, v reflect.Value) cell {
	value := reflect.New(v.Type().Elem()).Elem()
	of := x.of(o, value)
	if of == nil {
		return nil
	}
	if to, ok := v.Addr().Interface().(**string); ok && o.code == opKeep && o.p.r.kind != kindEnum {
		return pointedCell{to}
	}
	return &pointerCell{v, value, of}
}

func scalarCell(p *plan, v reflect.Value) cell {
	w, l := p.w.kind, p.r.logical
	if p.w.logical == logicalDecimal || l == logicalDecimal {
		return nil
	}
	text := w == kindString || w == kindBytes
	switch k := v.Kind(); {
	case p.r.kind == kindEnum && k == reflect.String:
		return enumCell{at[string](v), p}
	case text && k == reflect.String:
		return stringCell{at[string](v)}
	case text && k == reflect.Slice && v.Type().Elem() == reflect.TypeFor[byte]():
		return bytesCell{at[[]byte](v)}
	case v.Type() == timeType && l.isTime() && (w == kindInt || w == kindLong):
		return timeCell{at[time.Time](v), p}
	case w == kindBoolean && k == reflect.Bool:
		return boolCell{at[bool](v)}
	case w == kindFloat && k == reflect.Float32:
		return floatCell{at[float32](v)}
	case w == kindDouble && k == reflect.Float64:
		return doubleCell{at[float64](v)}
	case w == kindInt && k == reflect.Int32:
		return intCell[int32]{at[int32](v)}
	case w == kindInt && k == reflect.Int64:
		return intCell[int64]{at[int64](v)}
	case w == kindInt && k == reflect.Int:
		return intCell[int]{at[int](v)}
	case w == kindLong && k == reflect.Int64:
		return longCell[int64]{at[int64](v)}
	case w == kindLong && k == reflect.Int:
		return longCell[int]{at[int](v)}
	}
	return nil
}

// at is where v is, without the name that its type may have.
func at[T any](v reflect.Value) *T {
	return v.Addr().Convert(reflect.TypeFor[*T]()).Interface().(*T)
}
