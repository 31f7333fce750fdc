package avro

import (
	"encoding"
	"fmt"
	"math"
	"reflect"
	"time"
)

// bound is a plan made for a Go type: what the rewriter does to the bytes, and
// the schema of what it leaves, which is what the engine decodes. That schema,
// the shape, has only types that the engine reads safely and right; everything
// else (what the struct lacks, promotions to floating point, defaults, enums of
// other symbols, decimals, values for interfaces) is settled in the bytes.
type bound struct {
	op    *op
	shape *node
}

var (
	timeType     = reflect.TypeFor[time.Time]()
	clockType    = reflect.TypeFor[time.Duration]()
	durationType = reflect.TypeFor[Duration]()
	textType     = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// bind makes p for t. boxed are the plans of values for interfaces, by number.
func bind(p *plan, t reflect.Type) (b bound, boxed []*plan, err error) {
	x := &binder{done: make(map[bindKey]bound), boxed: []*plan{nil}}
	if b, err = x.bind(p, t, false); err != nil {
		return bound{}, nil, err
	}
	x.settle()
	return b, x.boxed, nil
}

type bindKey struct {
	p    *plan
	t    reflect.Type
	zero bool
}

type binder struct {
	done    map[bindKey]bound
	ops     []*op
	records int // names given
	boxed   []*plan
}

func (x *binder) newOp(code opcode, p *plan) *op {
	o := &op{code: code, p: p}
	x.ops = append(x.ops, o)
	return o
}

func (x *binder) keep(p *plan, shape *node) (bound, error) {
	return bound{x.newOp(opKeep, p), shape}, nil
}

func misfit(p *plan, t reflect.Type) error {
	of := p.r.String()
	if p.r.logical == logicalDecimal {
		of = "decimal"
	}
	return fmt.Errorf("%s does not fit the Go type %s", of, t)
}

// bind makes p for t. With zero the zero value of t must be expressible in the
// shape, because a null may stand for it.
func (x *binder) bind(p *plan, t reflect.Type, zero bool) (bound, error) {
	if t.Kind() == reflect.Interface {
		if t.NumMethod() > 0 {
			return bound{}, fmt.Errorf("the interface %s cannot be decoded into, only any", t)
		}
		x.boxed = append(x.boxed, p)
		o := x.newOp(opBox, p)
		o.number = len(x.boxed) - 1
		return bound{o, &node{kind: kindBytes, boxed: true}}, nil
	}
	if p.w.kind == kindUnion {
		return x.union(p, t, zero)
	}
	if t.Kind() == reflect.Pointer {
		return x.pointer(p, t)
	}
	if textUnmarshaler(t) && !(t == timeType && p.r.logical.isTime() && !isNanos(p.r.logical)) {
		if b, ok, err := x.text(p, t, zero); ok || err != nil {
			return b, err
		}
	}
	switch p.r.kind {
	case kindRecord:
		return x.record(p, t, zero)
	case kindArray:
		return x.array(p, t)
	case kindMap:
		return x.mapping(p, t)
	case kindFixed, kindEnum:
		return x.named(p, t, zero)
	default:
		return x.scalar(p, t)
	}
}

func textUnmarshaler(t reflect.Type) bool { return reflect.PointerTo(t).Implements(textType) }

func isNanos(l logical) bool { return l == logicalTimestampNanos || l == logicalLocalNanos }

// text is for types that read text themselves: decimals, UUIDs, enums and what
// is text already.
func (x *binder) text(p *plan, t reflect.Type, zero bool) (bound, bool, error) {
	code := opText
	switch r := p.r; {
	case r.kind == kindString:
		code = opKeep
	case t == timeType && !isNanos(r.logical):
		return bound{}, false, nil
	case r.kind == kindEnum, r.logical == logicalDecimal, r.kind == kindFixed && r.logical == logicalUUID:
	case isNanos(r.logical) && t == timeType:
	default:
		return bound{}, false, nil
	}
	shape := &node{kind: kindString}
	switch {
	case zero && t == timeType:
		shape.logical = logicalTimestampNanos // its zero is known
	case zero:
		return bound{}, false, fmt.Errorf("a null does not fit the Go type %s: use a pointer", t)
	}
	return bound{x.newOp(code, p), shape}, true, nil
}

func (x *binder) pointer(p *plan, t reflect.Type) (bound, error) {
	if t.Elem().Kind() == reflect.Pointer {
		return bound{}, misfit(p, t)
	}
	b, err := x.bind(p, t.Elem(), false)
	if err != nil || b.shape.kind == kindRecord {
		return b, err // the engine allocates for a record by itself
	}
	o := x.newOp(opPresent, p)
	o.items = b.op
	return bound{o, nullableShape(b.shape, true)}, nil
}

func nullableShape(of *node, nullFirst bool) *node {
	null := &node{kind: kindNull}
	if nullFirst {
		return &node{kind: kindUnion, branches: []*node{null, of}}
	}
	return &node{kind: kindUnion, branches: []*node{of, null}}
}

func (x *binder) array(p *plan, t reflect.Type) (bound, error) {
	if t.Kind() != reflect.Slice {
		return bound{}, misfit(p, t)
	}
	items, err := x.bind(p.items, t.Elem(), false)
	if err != nil {
		return bound{}, err
	}
	o := x.newOp(opArray, p)
	o.items = items.op
	return bound{o, &node{kind: kindArray, items: items.shape}}, nil
}

func (x *binder) mapping(p *plan, t reflect.Type) (bound, error) {
	if t.Kind() != reflect.Map || t.Key().Kind() != reflect.String {
		return bound{}, misfit(p, t)
	}
	items, err := x.bind(p.items, t.Elem(), false)
	if err != nil {
		return bound{}, err
	}
	o := x.newOp(opMap, p)
	o.items = items.op
	return bound{o, &node{kind: kindMap, items: items.shape}}, nil
}

// named binds a fixed or an enum.
func (x *binder) named(p *plan, t reflect.Type, zero bool) (bound, error) {
	switch isString := t.Kind() == reflect.String; {
	case p.r.kind == kindEnum && isString && zero:
		return bound{x.newOp(opText, p), &node{kind: kindString}}, nil
	case p.r.kind == kindEnum && isString:
		o := x.newOp(opKeep, p)
		if p.symbols != nil {
			o.code = opEnum
		}
		return bound{o, &node{kind: kindEnum, symbols: p.r.symbols}}, nil
	case p.r.kind == kindEnum:
	case isString && (p.r.logical == logicalDecimal || p.r.logical == logicalUUID):
		return bound{x.newOp(opText, p), &node{kind: kindString}}, nil
	case t == durationType && p.r.logical == logicalDuration:
		return x.keep(p, &node{kind: kindFixed, size: 12, logical: logicalDuration})
	case t.Kind() == reflect.Array && t.Elem().Kind() == reflect.Uint8 && t.Len() == p.r.size:
		return x.keep(p, &node{kind: kindFixed, size: p.r.size})
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8:
		return bound{x.newOp(opLength, p), &node{kind: kindBytes}}, nil
	}
	return bound{}, misfit(p, t)
}

// scalar binds the rest. On the wire an int is a long and a string is bytes.
func (x *binder) scalar(p *plan, t reflect.Type) (bound, error) {
	k, l := p.r.kind, p.r.logical
	whole := k == kindInt || k == kindLong
	within := func(shape kind, lo, hi int64) (bound, error) {
		o := x.newOp(opRange, p)
		o.lo, o.hi = lo, hi
		return bound{o, &node{kind: shape}}, nil
	}
	switch t.Kind() {
	case reflect.Bool:
		if k == kindBoolean {
			return x.keep(p, &node{kind: k})
		}
	case reflect.Int8, reflect.Int16, reflect.Int32:
		if k == kindInt {
			hi := int64(1)<<(t.Bits()-1) - 1
			if t.Kind() == reflect.Int32 {
				return x.keep(p, &node{kind: k})
			}
			return within(kindInt, -hi-1, hi)
		}
	case reflect.Uint8, reflect.Uint16:
		if k == kindInt {
			return within(kindInt, 0, int64(1)<<t.Bits()-1)
		}
	case reflect.Uint32:
		if whole {
			return within(kindLong, 0, math.MaxUint32)
		}
	case reflect.Uint, reflect.Uint64:
		if whole {
			return bound{}, fmt.Errorf("%s does not fit the Go type %s: use int64", k, t)
		}
	case reflect.Int, reflect.Int64:
		if t == clockType && l.isTime() {
			break
		}
		if t == clockType && l.isClock() {
			b, err := within(k, math.MinInt64/1000, math.MaxInt64/1000)
			b.shape.logical = l
			return b, err
		}
		if whole {
			return x.keep(p, &node{kind: kindLong})
		}
	case reflect.Float32:
		if whole || k == kindFloat {
			return x.float(p, kindFloat)
		}
	case reflect.Float64:
		if whole || k == kindFloat || k == kindDouble {
			return x.float(p, kindDouble)
		}
	case reflect.String:
		if l == logicalDecimal {
			return bound{x.newOp(opText, p), &node{kind: kindString}}, nil
		}
		if k == kindString || k == kindBytes {
			return x.keep(p, &node{kind: kindString})
		}
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 && (k == kindString || k == kindBytes) {
			return x.keep(p, &node{kind: kindBytes})
		}
	case reflect.Struct:
		if t == timeType && l.isTime() {
			return x.keep(p, &node{kind: k, logical: l})
		}
	}
	return bound{}, misfit(p, t)
}

func (x *binder) float(p *plan, to kind) (bound, error) {
	o := x.newOp(opKeep, p)
	if p.w.kind != to {
		o.code, o.to = opFloat, to
	}
	return bound{o, &node{kind: to}}, nil
}

// settle finds the operations that leave their bytes as they are, and encodes
// defaults. Both need all operations to be there.
func (x *binder) settle() {
	for _, o := range x.ops {
		o.keep = o.keepsAlone()
	}
	for changed := true; changed; {
		changed = false
		for _, o := range x.ops {
			if o.keep && !o.partsKeep() {
				o.keep, changed = false, true
			}
		}
	}
	for _, o := range x.ops {
		o.steps = make([]step, len(o.fields))
		for i := range o.fields {
			f := &o.fields[i]
			o.steps[i] = slow
			if f.def == nil && f.op.keep && (f.op.code == opKeep || f.op.code == opUnion && f.op.keepsScalars()) {
				o.steps[i] = stepOf(f.op.p)
			}
		}
	}
	for _, o := range x.ops {
		for i := range o.fields {
			if f := &o.fields[i]; f.def != nil {
				f.def = rewriteDefault(f.op, f.def)
			}
		}
	}
}
