package avro

import (
	"github.com/mskit-go/mskit/schema"
)

// value reads one value as a plain Go value, by the table in the package
// comment.
func (p *plan) value(c *cursor) (any, bool) {
	switch p.w.kind {
	case kindNull:
		return nil, c.nothing()
	case kindBoolean:
		b, ok := c.boolean()
		return b, ok
	case kindInt:
		v, ok := c.int32()
		if !ok {
			return nil, false
		}
		return p.integer(c, v)
	case kindLong:
		v, ok := c.varint()
		if !ok {
			return nil, false
		}
		return p.integer(c, v)
	case kindFloat:
		f, ok := c.float()
		if p.r.kind == kindDouble {
			return float64(f), ok
		}
		return f, ok
	case kindDouble:
		f, ok := c.double()
		return f, ok
	case kindString:
		b, ok := c.bytes()
		if p.r.kind == kindBytes {
			return append([]byte{}, b...), ok
		}
		return string(b), ok
	case kindBytes, kindFixed:
		b, ok := p.raw(c)
		if !ok {
			return nil, false
		}
		return p.opaque(b), true
	case kindEnum:
		i, ok := p.symbol(c)
		if !ok {
			return nil, false
		}
		return p.r.symbols[i], true
	case kindUnion:
		branch, ok := p.branch(c)
		if !ok || branch.w.kind == kindNull {
			return nil, ok
		}
		return branch.value(c)
	case kindArray:
		return p.array(c)
	case kindMap:
		return p.mapping(c)
	default:
		return p.record(c)
	}
}

// integer is an int or long as its promotion or its meaning wants it.
func (p *plan) integer(c *cursor, v int64) (any, bool) {
	switch l := p.r.logical; {
	case l.isTime():
		return timeOf(l, v), true
	case l.isClock():
		d, ok := clockOf(l, v)
		if !ok {
			return nil, c.failed(schema.KindDecode, "a time of day is out of range")
		}
		return d, true
	}
	switch p.r.kind {
	case kindInt:
		return int32(v), true
	case kindLong:
		return v, true
	case kindFloat:
		return float32(v), true
	default:
		return float64(v), true
	}
}

func (p *plan) opaque(b []byte) any {
	switch p.r.logical {
	case logicalDecimal:
		return ratOf(b, p.r.scale)
	case logicalUUID:
		if p.r.kind == kindFixed {
			return string(appendUUID(nil, b))
		}
	case logicalDuration:
		return durationOf(b)
	}
	if p.r.kind == kindString {
		return string(b)
	}
	return append([]byte{}, b...)
}

func (p *plan) array(c *cursor) (any, bool) {
	if !c.enter() {
		return nil, false
	}
	list := []any{}
	var b blocks
	for {
		more, ok := c.more(&b)
		if !more {
			c.leave()
			return list, ok
		}
		v, ok := p.items.value(c)
		if !ok {
			return nil, c.inItem(b.n - 1)
		}
		list = append(list, v)
	}
}

func (p *plan) mapping(c *cursor) (any, bool) {
	if !c.enter() {
		return nil, false
	}
	m := make(map[string]any)
	var b blocks
	for {
		more, ok := c.more(&b)
		if !more {
			c.leave()
			return m, ok
		}
		key, ok := c.bytes()
		if !ok {
			return nil, c.inItem(b.n - 1)
		}
		name := string(key)
		if m[name], ok = p.items.value(c); !ok {
			return nil, c.inItem(b.n - 1)
		}
	}
}

func (p *plan) record(c *cursor) (any, bool) {
	if !p.enterRecord(c) {
		return nil, false
	}
	m := make(map[string]any, len(p.fields))
	for i := range p.fields {
		f := &p.fields[i]
		var ok bool
		switch {
		case f.skip:
			ok = f.plan.skip(c)
		case f.def != nil:
			m[f.name] = f.defaultValue()
			ok = true
		default:
			m[f.name], ok = f.plan.value(c)
		}
		if !ok {
			return nil, c.in(f.name)
		}
	}
	c.leave()
	return m, true
}

// defaultValue is made anew for each record, so that none shares a map or slice
// with another.
func (f *planField) defaultValue() any {
	var c cursor
	c.reset(f.def, &trusted)
	v, _ := f.plan.value(&c)
	return v
}
