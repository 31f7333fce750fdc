package kafkaevent

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// headers checks the header array at i and keeps its text for
// [Record.Headers]: half of the work on an event would be these arrays of
// numbers, and most handlers never look at them.
func (p *parser) headers(r *Record, i int) int {
	if r.state != nil {
		r.state.text = nil // a member of that name came before
	}
	if i >= len(p.b) || p.b[i] != '[' {
		kind, null := p.what(i), hasAt(p.b, i, "null")
		next := p.skip(i, p.depth())
		if next >= 0 && !null {
			p.broken(r, i, "headers", "not an array but "+kind)
		}
		return next
	}
	if hasAt(p.b, i, "[]") {
		return i + 2
	}
	var fault headerFault
	next := p.checkHeaders(i, &fault)
	switch {
	case next < 0:
	case fault.msg != "":
		p.broken(r, fault.at, "headers", fault.msg)
	default:
		p.state(r).text = p.arena.keep(p.b[i:next:next], len(p.b)-i)
	}
	return next
}

// headerFault is the first thing in a header array that is JSON but no header.
type headerFault struct {
	at  int
	msg string
}

func (f *headerFault) note(at int, msg string) {
	if f.msg == "" {
		f.at, f.msg = at, msg
	}
}

// checkHeaders goes over an array of objects from names to arrays of bytes.
func (p *parser) checkHeaders(i int, fault *headerFault) int {
	i, more := p.first(i+1, ']')
	for n := 0; more; n++ {
		if i < len(p.b) && p.b[i] == '{' {
			i = p.checkNth(n, i, fault)
		} else {
			fault.note(i, "an element that is not an object but "+p.what(i))
			i = p.skip(i, p.depth()+1)
		}
		if i < 0 {
			return i
		}
		if i, more = p.next(i, ']'); i < 0 {
			return i
		}
	}
	return i
}

// goodHeader is the last header at one place in a record that was written as
// Lambda writes ASCII text, {"name":[1,2,3]}. Most headers have the same name in
// every record, and many, a content type or a source, the same value.
type goodHeader struct {
	text []byte
	head int // how much of text comes before the first byte of the value
}

// checkNth goes over the header that is the nth of its record.
func (p *parser) checkNth(n, i int, fault *headerFault) int {
	if n >= len(p.good) {
		return p.checkHeader(i, fault)
	}
	good := &p.good[n]
	if beginsWith(p.b, i, good.text) {
		return i + len(good.text)
	}
	head := good.head
	if !beginsWith(p.b, i, good.text[:head]) {
		head = p.plainName(i)
	}
	if head == 0 {
		return p.checkHeader(i, fault)
	}
	next := plainBytes(p.b, i+head)
	if next == 0 || next >= len(p.b) || p.b[next] != '}' {
		return p.checkHeader(i, fault)
	}
	*good = goodHeader{text: p.b[i : next+1], head: head}
	return next + 1
}

// beginsWith reports whether text, which is not empty, is at i.
func beginsWith(b []byte, i int, text []byte) bool {
	return len(text) > 0 && len(b)-i >= len(text) && string(b[i:i+len(text)]) == string(text)
}

// checkHeader goes over one object. Lambda puts one header into each.
func (p *parser) checkHeader(i int, fault *headerFault) int {
	i, more := p.first(i+1, '}')
	for more {
		var name []byte
		if name, i = p.name(i); i < 0 {
			return i
		}
		p.block.sawName(name)
		switch {
		case i < len(p.b) && p.b[i] == '[':
			i = p.checkBytes(i, fault)
		case hasAt(p.b, i, "null"):
			i += len("null")
		default:
			fault.note(i, "a value that is not an array of bytes but "+p.what(i))
			i = p.skip(i, p.depth()+2)
		}
		if i < 0 {
			return i
		}
		if i, more = p.next(i, '}'); i < 0 {
			return i
		}
	}
	return i
}

// plainName is the length of {"name":[ at i, without white space, escapes or
// bytes outside ASCII. It is 0 for anything else.
func (p *parser) plainName(i int) int {
	const before, after = `{"`, `":[`
	if !hasAt(p.b, i, before) {
		return 0
	}
	name := p.b[i+len(before):]
	name = name[:max(bytes.IndexByte(name, '"'), 0)]
	for _, c := range name {
		if c < ' ' || c >= 0x80 || c == '\\' {
			return 0
		}
	}
	if !hasAt(p.b, i+len(before)+len(name), after) {
		return 0
	}
	p.block.sawName(name)
	return len(before) + len(name) + len(after)
}

// checkBytes goes over one header value, an array of numbers. Lambda writes
// Java's signed bytes, emulators write unsigned ones: -128 to 255 are bytes.
func (p *parser) checkBytes(i int, fault *headerFault) int {
	if next := plainBytes(p.b, i+1); next > 0 {
		return next
	}
	i, more := p.first(i+1, ']')
	for more {
		if i = p.checkByte(i, fault); i < 0 {
			return i
		}
		if i, more = p.next(i, ']'); i < 0 {
			return i
		}
	}
	return i
}

// checkByte goes over one element of a header value.
func (p *parser) checkByte(i int, fault *headerFault) int {
	if i >= len(p.b) || p.b[i] != '-' && !isDigit(p.b[i]) {
		fault.note(i, "an element that is not a byte but "+p.what(i))
		return p.skip(i, p.depth()+3)
	}
	whole, next := p.number(i)
	if next < 0 {
		return next
	}
	if _, ok := parseByte(p.b[i:next]); !whole || !ok {
		fault.note(i, "a number that is not a byte, -128 to 255")
	}
	return next
}

// parseByte is the byte that an integer stands for, signed or not.
func parseByte(text []byte) (byte, bool) {
	if len(text) > len("-128") {
		return 0, false
	}
	n, digits := 0, text
	if text[0] == '-' {
		digits = text[1:]
	}
	for _, c := range digits {
		n = n*10 + int(c-'0')
	}
	if text[0] == '-' {
		n = -n
	}
	return byte(n), n >= -128 && n <= 255
}

// plainBytes goes over an array of numbers from 0 to 199 without white space,
// as all ASCII text is; i is behind its bracket. It is 0 for any other array.
//
// It looks at eight characters at a time. A mask has the high bit of each byte
// that is, say, a digit; shifted by a byte or two, and filled up from the word
// before, it says the same of the characters in front.
func plainBytes(b []byte, i int) int {
	var digitBefore, zeroBefore, oneBefore uint64
	for ; i+8 <= len(b); i += 8 {
		x := binary.LittleEndian.Uint64(b[i:])
		if x&highBits != 0 {
			return 0
		}
		digit := (x + lowBits*(0x80-'0')) &^ (x + lowBits*(0x80-'9'-1)) & highBits
		comma := equalMask(x, ',')
		zero, one := equalMask(x, '0'), equalMask(x, '1')
		d1, d2, d3 := digit<<8|digitBefore>>56, digit<<16|digitBefore>>48, digit<<24|digitBefore>>40
		z1, o2 := zero<<8|zeroBefore>>56, one<<16|oneBefore>>48
		bad := comma&^d1 | // nothing before the comma
			digit&z1&^d2 | // a leading zero
			digit&d1&d2&(d3|^o2) // more than three digits, or not 1xx
		stop := ^(digit | comma) & highBits
		end := stop & -stop // 0 when the array goes on, and then end-1 is all ones
		if bad&(end-1) != 0 {
			return 0
		}
		if end != 0 {
			i += bits.TrailingZeros64(end) / 8
			if b[i] != ']' || d1&end == 0 {
				return 0
			}
			return i + 1
		}
		digitBefore, zeroBefore, oneBefore = digit, zero, one
	}
	return 0
}

// equalMask has the high bit of each byte of x that is c; x is ASCII.
func equalMask(x uint64, c byte) uint64 {
	return ^(x ^ lowBits*uint64(c) + lowBits*0x7f) & highBits
}
