package avro

import (
	"reflect"
	"strings"
	"time"
)

// A cell is one field of one Go value, for the values of one writer's type.
// Reading is the walk and the decoding in one: what it leaves in the field
// counts only if the whole record is sound.
type cell interface {
	read(r *reader) bool
}

// reader reads records for cells.
type reader struct {
	cursor
	slab  strings.Builder
	ahead []string
}

const (
	slabSize = 4 << 10 // of what short strings are cut from
	slabPart = 1 << 10 // the longest string that shares memory with others
	fewAhead = 16      // strings made at once for pointers to them
)

// text reads a string. It copies it into a slab, since an allocation for each
// costs more than all else.
func (r *reader) text() (string, bool) {
	b, ok := r.bytes()
	if !ok || len(b) > slabPart {
		return string(b), ok
	}
	if r.slab.Cap()-r.slab.Len() < len(b) {
		r.slab = strings.Builder{}
		r.slab.Grow(slabSize)
	}
	start := r.slab.Len()
	_, _ = r.slab.Write(b)
	return r.slab.String()[start:], true
}

type recordCell struct {
	p     *plan
	names []string
	cells []cell
}

func (c *recordCell) read(r *reader) bool {
	if !c.p.enterRecord(&r.cursor) {
		return false
	}
	for i, f := range c.cells {
		if !f.read(r) {
			return r.in(c.names[i])
		}
	}
	r.leave()
	return true
}

// dropCell passes what the struct lacks.
type dropCell struct{ p *plan }

func (c dropCell) read(r *reader) bool { return c.p.skip(&r.cursor) }

// nullCell is a value or null, which leaves the zero value.
type nullCell struct {
	of   cell
	null int
}

func (c *nullCell) read(r *reader) bool {
	i, ok := r.index(2, "the branch of a union")
	return ok && (i == c.null || c.of.read(r))
}

type stringCell struct{ to *string }

func (c stringCell) read(r *reader) (ok bool) {
	*c.to, ok = r.text()
	return ok
}

// pointedCell is a string behind a pointer.
type pointedCell struct{ to **string }

func (c pointedCell) read(r *reader) bool {
	s, ok := r.text()
	if len(s) > slabPart { // its neighbours must not keep it in memory
		*c.to = new(s)
		return ok
	}
	if len(r.ahead) == 0 {
		r.ahead = make([]string, fewAhead)
	}
	r.ahead[0] = s
	*c.to = &r.ahead[0]
	r.ahead = r.ahead[1:]
	return ok
}

type bytesCell struct{ to *[]byte }

func (c bytesCell) read(r *reader) bool {
	b, ok := r.bytes()
	*c.to = append(make([]byte, 0, len(b)), b...)
	return ok
}

type enumCell struct {
	to *string
	p  *plan
}

func (c enumCell) read(r *reader) bool {
	i, ok := c.p.symbol(&r.cursor)
	if ok {
		*c.to = c.p.r.symbols[i]
	}
	return ok
}

type longCell[T int | int64] struct{ to *T }

func (c longCell[T]) read(r *reader) bool {
	v, ok := r.varint()
	*c.to = T(v)
	return ok
}

type intCell[T int | int32 | int64] struct{ to *T }

func (c intCell[T]) read(r *reader) bool {
	v, ok := r.int32()
	*c.to = T(v)
	return ok
}

type boolCell struct{ to *bool }

func (c boolCell) read(r *reader) (ok bool) {
	*c.to, ok = r.boolean()
	return ok
}

type floatCell struct{ to *float32 }

func (c floatCell) read(r *reader) (ok bool) {
	*c.to, ok = r.float()
	return ok
}

type doubleCell struct{ to *float64 }

func (c doubleCell) read(r *reader) (ok bool) {
	*c.to, ok = r.double()
	return ok
}

// timeCell is a date or timestamp.
type timeCell struct {
	to *time.Time
	p  *plan
}

func (c timeCell) read(r *reader) bool {
	var (
		v  int64
		ok bool
	)
	if c.p.w.kind == kindInt {
		v, ok = r.int32()
	} else {
		v, ok = r.varint()
	}
	*c.to = timeOf(c.p.r.logical, v)
	return ok
}

// pointerCell is a value behind a pointer, which is read into a place that does
// not move and copied.
type pointerCell struct {
	to, value reflect.Value
	of        cell
}

func (c *pointerCell) read(r *reader) bool {
	ok := c.of.read(r)
	p := reflect.New(c.value.Type())
	p.Elem().Set(c.value)
	c.to.Set(p)
	c.value.SetZero()
	return ok
}
