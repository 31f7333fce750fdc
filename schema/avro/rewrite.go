package avro

import (
	"encoding/binary"
	"math"
	"slices"
	"time"

	"github.com/mskit-go/mskit/schema"
)

// opcode is what the rewriter does with a value. Each checks it on the way.
type opcode uint8

const (
	opKeep      opcode = iota // leave it
	opRange                   // leave it when it is within lo and hi
	opDrop                    // leave it out
	opFloat                   // a whole number or float becomes a float or double
	opEnum                    // the reader's index
	opText                    // an enum, decimal, UUID or time as a string
	opLength                  // a fixed as bytes
	opBox                     // a number of a plan and the value as bytes
	opPresent                 // a value for a pointer
	opUnion                   // a union for a pointer, a slice or a bare value
	opArray                   // its items
	opMap                     // its values
	opRecord                  // its fields, then those that only the reader has
	opRecordMap               // a record as a map
)

type op struct {
	code opcode
	p    *plan
	keep bool // this and all within leave the bytes as they are

	items    *op
	fields   []opField
	steps    []step // of the fields
	branches []*op  // of a union; nil for null and for what does not fit

	lo, hi    int64  // of opRange
	to        kind   // of opFloat
	number    int    // of opBox
	indexed   bool   // of opUnion: an index is written
	same      bool   // of opUnion: it is the one that was read
	nullFirst bool   // of opUnion
	zero      []byte // of opUnion: what null becomes without an index
}

type opField struct {
	name  string
	op    *op
	def   []byte // what is appended for a field that only the reader has
	index []int  // of the struct's field, nil behind a pointer
}

// keepsAlone reports whether the operation itself changes nothing.
func (o *op) keepsAlone() bool {
	switch o.code {
	case opKeep, opRange, opArray, opMap, opRecord:
		return true
	case opUnion:
		return o.indexed && o.same
	default:
		return false
	}
}

// keepsScalars reports whether the branches of a union need no more than a look
// at their bytes.
func (o *op) keepsScalars() bool {
	for i, b := range o.branches {
		if b == nil && o.p.w.branches[i].kind != kindNull || b != nil && b.code != opKeep {
			return false
		}
	}
	return true
}

func (o *op) partsKeep() bool {
	if o.items != nil && !o.items.keep {
		return false
	}
	for i := range o.fields {
		if !o.fields[i].op.keep || o.fields[i].def != nil {
			return false
		}
	}
	for _, b := range o.branches {
		if b != nil && !b.keep {
			return false
		}
	}
	return true
}

// rewriter walks a record and writes it as the engine shall see it. Bytes that
// stay are copied in runs.
type rewriter struct {
	cursor
	out  []byte
	mark int // data[mark:pos] is still to be copied
}

func (x *rewriter) reset(data []byte, l *Limits) {
	x.cursor.reset(data, l)
	x.out, x.mark = x.out[:0], 0
}

// flush copies what was passed; what is passed from here on is not copied until
// resume.
func (x *rewriter) flush() { x.out = append(x.out, x.data[x.mark:x.pos]...) }

func (x *rewriter) resume() bool {
	x.mark = x.pos
	return true
}

func appendVarint(dst []byte, v int64) []byte { return binary.AppendVarint(dst, v) }

func (x *rewriter) putString(s []byte) {
	x.out = append(appendVarint(x.out, int64(len(s))), s...)
}

func (o *op) run(x *rewriter) bool {
	switch o.code {
	case opKeep:
		return o.p.skip(&x.cursor)
	case opRange:
		return o.within(x)
	case opDrop:
		x.flush()
		return o.p.skip(&x.cursor) && x.resume()
	case opFloat:
		return o.float(x)
	case opEnum:
		x.flush()
		i, ok := o.p.symbol(&x.cursor)
		if !ok {
			return false
		}
		x.out = appendVarint(x.out, int64(i))
		return x.resume()
	case opText:
		return o.text(x)
	case opLength:
		x.flush()
		x.out = appendVarint(x.out, int64(o.p.w.size))
		return x.resume() && o.p.skip(&x.cursor)
	case opBox:
		return o.box(x)
	case opPresent:
		x.flush()
		x.out = append(x.out, 2)
		return x.resume() && o.items.run(x)
	case opUnion:
		return o.union(x)
	case opArray, opMap:
		return o.each(x)
	case opRecord:
		return o.record(x)
	default:
		return o.recordMap(x)
	}
}

func (o *op) within(x *rewriter) bool {
	start := x.pos
	v, ok := o.integer(x)
	if ok && (v < o.lo || v > o.hi) {
		x.pos = start
		return x.failed(schema.KindDecode, "the number is out of the Go type's range")
	}
	return ok
}

func (o *op) integer(x *rewriter) (int64, bool) {
	if o.p.w.kind == kindInt {
		return x.int32()
	}
	return x.varint()
}

func (o *op) float(x *rewriter) bool {
	x.flush()
	var f float64
	if o.p.w.kind == kindFloat {
		v, ok := x.cursor.float()
		if !ok {
			return false
		}
		f = float64(v)
	} else {
		v, ok := o.integer(x)
		if !ok {
			return false
		}
		f = float64(v)
		if o.to == kindFloat || o.p.r.kind == kindFloat {
			f = float64(float32(v)) // rounded once, not twice
		}
	}
	if o.to == kindFloat {
		x.out = binary.LittleEndian.AppendUint32(x.out, math.Float32bits(float32(f)))
	} else {
		x.out = binary.LittleEndian.AppendUint64(x.out, math.Float64bits(f))
	}
	return x.resume()
}

func (o *op) text(x *rewriter) bool {
	x.flush()
	var buf [64]byte
	text := buf[:0]
	switch p := o.p; {
	case p.r.kind == kindEnum:
		i, ok := p.symbol(&x.cursor)
		if !ok {
			return false
		}
		text = append(text, p.r.symbols[i]...)
	case p.r.kind == kindLong:
		v, ok := o.integer(x)
		if !ok {
			return false
		}
		// RFC 3339 wants a zone; a local time gets UTC for want of one.
		text = timeOf(p.r.logical, v).AppendFormat(text, time.RFC3339Nano)
	default:
		b, ok := p.raw(&x.cursor)
		if !ok {
			return false
		}
		if p.r.logical == logicalUUID {
			text = appendUUID(text, b)
		} else {
			text = appendDecimal(text, b, p.r.scale)
		}
	}
	x.putString(text)
	return x.resume()
}

// box writes the number of the plan, by which the engine's converter finds it
// again, and the bytes of the value.
func (o *op) box(x *rewriter) bool {
	x.flush()
	start := x.pos
	if !o.p.skip(&x.cursor) {
		return false
	}
	var buf [binary.MaxVarintLen64]byte
	number := appendVarint(buf[:0], int64(o.number))
	raw := x.data[start:x.pos]
	x.out = appendVarint(x.out, int64(len(number)+len(raw)))
	x.out = append(append(x.out, number...), raw...)
	return x.resume()
}

func (o *op) union(x *rewriter) bool {
	if !o.same {
		x.flush()
	}
	start := x.pos
	i, ok := x.index(len(o.branches), "the branch of a union")
	if !ok {
		return false
	}
	if o.p.branches[i] == nil || o.branches[i] == nil && o.p.w.branches[i].kind != kindNull {
		x.pos = start
		return x.failed(schema.KindTypeMismatch, "the value is a "+o.p.w.branches[i].String()+", which the reader or the Go type has no place for")
	}
	null := o.branches[i] == nil
	if !o.same {
		switch {
		case !o.indexed && null:
			x.out = append(x.out, o.zero...)
		case !o.indexed:
		case null == o.nullFirst:
			x.out = append(x.out, 0)
		default:
			x.out = append(x.out, 2)
		}
		x.resume()
	}
	return null || o.branches[i].run(x)
}

func (o *op) each(x *rewriter) bool {
	if o.keep && o.items.code == opKeep {
		return o.p.skipItems(&x.cursor)
	}
	if !x.enter() {
		return false
	}
	var b blocks
	for {
		more, ok := x.more(&b)
		if !more {
			x.leave()
			return ok
		}
		if o.code == opMap {
			if _, ok := x.bytes(); !ok {
				return x.inItem(b.n - 1)
			}
		}
		if !o.items.run(x) {
			return x.inItem(b.n - 1)
		}
	}
}

func (o *op) record(x *rewriter) bool {
	if !o.p.enterRecord(&x.cursor) {
		return false
	}
	for i := 0; ; i++ {
		if i += x.quick(o.steps[i:]); i == len(o.fields) {
			break
		}
		f := &o.fields[i]
		if f.def != nil {
			x.flush()
			x.out = append(x.out, f.def...)
			x.resume()
			continue
		}
		if !f.op.run(x) {
			return x.in(f.name)
		}
	}
	x.leave()
	return true
}

func (o *op) recordMap(x *rewriter) bool {
	if !o.p.enterRecord(&x.cursor) {
		return false
	}
	x.flush()
	x.resume()
	n := 0
	for i := range o.fields {
		if o.fields[i].op.code != opDrop {
			n++
		}
	}
	if n > 0 {
		x.out = appendVarint(x.out, int64(n))
	}
	for i := range o.fields {
		f := &o.fields[i]
		if f.op.code != opDrop {
			x.flush()
			x.putString([]byte(f.name))
			x.resume()
		}
		if f.def != nil {
			x.out = append(x.out, f.def...)
		} else if !f.op.run(x) {
			return x.in(f.name)
		}
	}
	x.flush()
	x.out = append(x.out, 0)
	x.leave()
	return x.resume()
}

// rewriteDefault rewrites the bytes of a default, which are a value of the
// reader's type and cannot fail.
func rewriteDefault(o *op, def []byte) []byte {
	var x rewriter
	x.reset(def, &trusted)
	o.run(&x)
	x.flush()
	return slices.Clip(append([]byte{}, x.out...))
}
