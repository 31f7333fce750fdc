package avro

import "github.com/mskit-go/mskit/schema"

// skip passes one value and checks everything about it that the wire can get
// wrong. It is the fence: the engine decodes nothing that was not walked to its
// end first.
func (p *plan) skip(c *cursor) bool {
	switch p.w.kind {
	case kindNull:
		return c.nothing()
	case kindBoolean:
		_, ok := c.boolean()
		return ok
	case kindInt:
		_, ok := c.int32()
		return ok
	case kindLong:
		_, ok := c.varint()
		return ok
	case kindFloat:
		_, ok := c.float()
		return ok
	case kindDouble:
		_, ok := c.double()
		return ok
	case kindString, kindBytes:
		b, ok := c.bytes()
		return ok && p.decimalFits(c, len(b))
	case kindFixed:
		if p.w.zeroWidth && !c.nothing() {
			return false
		}
		return c.skip(int64(p.w.size)) && p.decimalFits(c, p.w.size)
	case kindEnum:
		_, ok := p.symbol(c)
		return ok
	case kindUnion:
		branch, ok := p.branch(c)
		if !ok || branch.w.kind == kindNull {
			return ok
		}
		return branch.skip(c)
	case kindRecord:
		return p.skipRecord(c)
	default:
		return p.skipItems(c)
	}
}

func (p *plan) skipRecord(c *cursor) bool {
	if !p.enterRecord(c) {
		return false
	}
	for i := 0; ; i++ {
		if i += c.quick(p.steps[i:]); i == len(p.fields) {
			break
		}
		f := &p.fields[i]
		if f.def == nil && !f.plan.skip(c) {
			return c.in(f.name)
		}
	}
	c.leave()
	return true
}

func (p *plan) enterRecord(c *cursor) bool {
	if p.w.zeroWidth && !c.nothing() {
		return false
	}
	return c.enter()
}

func (p *plan) skipItems(c *cursor) bool {
	if !c.enter() {
		return false
	}
	var b blocks
	for {
		more, ok := c.more(&b)
		if !more {
			c.leave()
			return ok
		}
		if p.w.kind == kindMap {
			if _, ok := c.bytes(); !ok {
				return c.inItem(b.n - 1)
			}
		}
		if !p.items.skip(c) {
			return c.inItem(b.n - 1)
		}
	}
}

// branch reads the index of a writer's union.
func (p *plan) branch(c *cursor) (*plan, bool) {
	start := c.pos
	i, ok := c.index(len(p.branches), "the branch of a union")
	if !ok {
		return nil, false
	}
	if p.branches[i] == nil {
		c.pos = start
		return nil, c.failed(schema.KindIncompatible, "the value is a "+p.w.branches[i].String()+", which the reader's schema does not have there")
	}
	return p.branches[i], true
}

// symbol reads an enum as the reader's index.
func (p *plan) symbol(c *cursor) (int, bool) {
	start := c.pos
	i, ok := c.index(len(p.w.symbols), "the symbol of an enum")
	if !ok || p.symbols == nil {
		return i, ok
	}
	if p.symbols[i] < 0 {
		c.pos = start
		return 0, c.failed(schema.KindIncompatible, "the reader's enum "+p.r.String()+" has neither the writer's symbol nor a default")
	}
	return p.symbols[i], true
}

// maxDecimalSize is how many bytes a decimal may take: turning it into digits
// costs more than linear time. 1 KiB are 2,466 digits.
const maxDecimalSize = 1 << 10

func (p *plan) decimalFits(c *cursor, size int) bool {
	if p.w.logical == logicalDecimal && size > maxDecimalSize {
		return c.failed(schema.KindTooLarge, "a decimal takes more than 1024 bytes")
	}
	return true
}
