package avro

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/mskit-go/mskit/schema"
)

// cursor reads Avro binary and keeps count of what the record may still cost.
// Nothing is allocated or looped over for a length that the data claim: a length
// is compared with the bytes that are left first.
//
// Reading methods report false once they have failed; fail says why.
type cursor struct {
	data []byte
	pos  int

	depth int // levels left
	items int // array items and map entries left
	empty int // values of no bytes left

	fail failure
}

// failure is why data were refused. It never holds any of them.
type failure struct {
	kind schema.Kind
	msg  string
	at   int
	path []string // innermost first
}

// emptyValues is how many values of no bytes a record may hold beyond one for
// each of its bytes: what an array<null> of 5 bytes may grow to.
const emptyValues = 1024

func (c *cursor) reset(data []byte, l *Limits) {
	c.data, c.pos = data, 0
	c.depth, c.items, c.empty = l.Depth, l.Items, emptyValues+len(data)
	c.fail.path = c.fail.path[:0]
}

func (c *cursor) failed(k schema.Kind, msg string) bool {
	c.fail.kind, c.fail.msg, c.fail.at = k, msg, c.pos
	return false
}

// in adds a step to the path of a failure, from the inside out.
func (c *cursor) in(step string) bool {
	c.fail.path = append(c.fail.path, step)
	return false
}

func (c *cursor) inItem(i int) bool { return c.in("[" + strconv.Itoa(i) + "]") }

func (f *failure) err(size int) *schema.Error {
	var path strings.Builder
	for i := len(f.path) - 1; i >= 0; i-- {
		if path.Len() > 0 && f.path[i][0] != '[' {
			path.WriteByte('.')
		}
		path.WriteString(f.path[i])
	}
	return &schema.Error{
		Kind: f.kind,
		Path: path.String(),
		Msg:  fmt.Sprintf("%s, at byte %d of %d", f.msg, f.at, size),
	}
}

func (c *cursor) truncated() bool {
	return c.failed(schema.KindTruncated, "the data end within a value")
}

// varint reads a zigzag varint of at most ten bytes.
func (c *cursor) varint() (int64, bool) {
	if c.pos < len(c.data) {
		if b := c.data[c.pos]; b < 0x80 { // one byte is the usual case
			c.pos++
			return int64(b>>1) ^ -int64(b&1), true
		}
	}
	return c.longVarint()
}

func (c *cursor) longVarint() (int64, bool) {
	v, n := binary.Varint(c.data[c.pos:])
	switch {
	case n > 0:
		c.pos += n
		return v, true
	case n == 0:
		return 0, c.truncated()
	default:
		return 0, c.failed(schema.KindDecode, "a number is longer than 64 bits")
	}
}

func (c *cursor) int32() (int64, bool) {
	start := c.pos
	v, ok := c.varint()
	if !ok {
		return 0, false
	}
	// Five bytes hold every int; the decoder behind the fence reads no more.
	if int64(int32(v)) != v || c.pos-start > 5 {
		c.pos = start
		return 0, c.failed(schema.KindDecode, "an int is longer than 32 bits")
	}
	return v, true
}

// skip passes n bytes, which the schema or the data claim to be there.
func (c *cursor) skip(n int64) bool {
	if n < 0 {
		return c.failed(schema.KindDecode, "a length is negative")
	}
	if n > int64(len(c.data)-c.pos) {
		return c.failed(schema.KindTruncated, "a value of "+strconv.FormatInt(n, 10)+" bytes is longer than the data")
	}
	c.pos += int(n)
	return true
}

// bytes reads a length and that many bytes, which alias the data.
func (c *cursor) bytes() ([]byte, bool) {
	n, ok := c.varint()
	if !ok {
		return nil, false
	}
	start := c.pos
	if uint64(n) > uint64(len(c.data)-start) {
		return nil, c.skip(n) // which says why
	}
	c.pos += int(n)
	return c.data[start:c.pos], true
}

func (c *cursor) boolean() (bool, bool) {
	if c.pos >= len(c.data) {
		return false, c.truncated()
	}
	b := c.data[c.pos]
	if b > 1 {
		return false, c.failed(schema.KindDecode, "a boolean is neither 0 nor 1")
	}
	c.pos++
	return b == 1, true
}

func (c *cursor) float() (float32, bool) {
	if len(c.data)-c.pos < 4 {
		return 0, c.truncated()
	}
	bits := binary.LittleEndian.Uint32(c.data[c.pos:])
	c.pos += 4
	return math.Float32frombits(bits), true
}

func (c *cursor) double() (float64, bool) {
	if len(c.data)-c.pos < 8 {
		return 0, c.truncated()
	}
	bits := binary.LittleEndian.Uint64(c.data[c.pos:])
	c.pos += 8
	return math.Float64frombits(bits), true
}

// index reads the branch of a union or the symbol of an enum.
func (c *cursor) index(n int, of string) (int, bool) {
	start := c.pos
	i, ok := c.int32()
	if !ok {
		return 0, false
	}
	if i < 0 || i >= int64(n) {
		c.pos = start
		return 0, c.failed(schema.KindDecode, of+" is out of range")
	}
	return int(i), true
}

// enter goes a level down; leave comes back.
func (c *cursor) enter() bool {
	if c.depth == 0 {
		return c.failed(schema.KindTooLarge, "values are nested deeper than Limits.Depth")
	}
	c.depth--
	return true
}

func (c *cursor) leave() { c.depth++ }

// nothing accounts for a value that takes no bytes.
func (c *cursor) nothing() bool {
	if c.empty--; c.empty < 0 {
		return c.failed(schema.KindTooLarge, "too many values that take no bytes")
	}
	return true
}

// blocks are those of an array or map.
type blocks struct {
	left int64 // items left in this block
	end  int   // where it has to end, -1: it does not say
	n    int   // items so far
}

// more reports whether another item follows, false also on a failure, which ok
// tells.
func (c *cursor) more(b *blocks) (more, ok bool) {
	if b.left > 0 {
		b.left--
		b.n++
		return true, true
	}
	if b.n > 0 && b.end >= 0 && c.pos != b.end {
		return false, c.failed(schema.KindDecode, "the size of a block is not that of its items")
	}
	count, ok := c.varint()
	if !ok || count == 0 {
		return false, ok
	}
	b.end = -1
	if count < 0 {
		if count == math.MinInt64 {
			return false, c.failed(schema.KindTooLarge, "a block's item count is out of range")
		}
		count = -count
		size, ok := c.varint()
		if !ok {
			return false, false
		}
		if size < 0 {
			return false, c.failed(schema.KindDecode, "the size of a block is negative")
		}
		if size > int64(len(c.data)-c.pos) {
			return false, c.failed(schema.KindTruncated, "the size of a block is more than the data")
		}
		b.end = c.pos + int(size)
	}
	if count > int64(c.items) {
		return false, c.failed(schema.KindTooLarge, "more array items and map entries than Limits.Items")
	}
	c.items -= int(count)
	b.left = count - 1
	b.n++
	return true, true
}
