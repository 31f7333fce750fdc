package avro

import (
	"math"
	"strconv"
	"unicode/utf8"
)

// appendJSON appends one value as JSON text, straight from the wire. It reads
// with the writer's eyes: p is an identity.
func (p *plan) appendJSON(dst []byte, c *cursor) ([]byte, bool) {
	switch p.w.kind {
	case kindNull:
		return append(dst, "null"...), c.nothing()
	case kindBoolean:
		b, ok := c.boolean()
		return strconv.AppendBool(dst, b), ok
	case kindInt:
		v, ok := c.int32()
		return p.appendInteger(dst, v), ok
	case kindLong:
		v, ok := c.varint()
		return p.appendInteger(dst, v), ok
	case kindFloat:
		f, ok := c.float()
		return appendFloat(dst, float64(f), 32), ok
	case kindDouble:
		f, ok := c.double()
		return appendFloat(dst, f, 64), ok
	case kindString:
		s, ok := c.bytes()
		if !ok {
			return dst, false
		}
		return appendString(dst, s), true
	case kindBytes, kindFixed:
		b, ok := p.raw(c)
		if !ok {
			return dst, false
		}
		return p.appendBytes(dst, b), true
	case kindEnum:
		i, ok := p.symbol(c)
		if !ok {
			return dst, false
		}
		return appendString(dst, []byte(p.w.symbols[i])), true
	case kindUnion:
		branch, ok := p.branch(c)
		if !ok {
			return dst, false
		}
		if branch.w.kind == kindNull {
			return append(dst, "null"...), true
		}
		return branch.appendJSON(dst, c)
	case kindRecord:
		return p.appendRecord(dst, c)
	default:
		return p.appendItems(dst, c)
	}
}

func (p *plan) appendRecord(dst []byte, c *cursor) ([]byte, bool) {
	if !p.enterRecord(c) {
		return dst, false
	}
	dst = append(dst, '{')
	for i := range p.fields {
		f := &p.fields[i]
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, f.label...)
		var ok bool
		if dst, ok = f.plan.appendJSON(dst, c); !ok {
			return dst, c.in(f.name)
		}
	}
	c.leave()
	return append(dst, '}'), true
}

func (p *plan) appendItems(dst []byte, c *cursor) ([]byte, bool) {
	if !c.enter() {
		return dst, false
	}
	isMap := p.w.kind == kindMap
	left, right := byte('['), byte(']')
	if isMap {
		left, right = '{', '}'
	}
	dst = append(dst, left)
	var b blocks
	for {
		more, ok := c.more(&b)
		if !more {
			c.leave()
			return append(dst, right), ok
		}
		if b.n > 1 {
			dst = append(dst, ',')
		}
		if isMap {
			key, ok := c.bytes()
			if !ok {
				return dst, c.inItem(b.n - 1)
			}
			dst = append(appendString(dst, key), ':')
		}
		if dst, ok = p.items.appendJSON(dst, c); !ok {
			return dst, c.inItem(b.n - 1)
		}
	}
}

// raw reads the bytes of a fixed or bytes, which alias the data.
func (p *plan) raw(c *cursor) ([]byte, bool) {
	if p.w.kind == kindBytes {
		b, ok := c.bytes()
		return b, ok && p.decimalFits(c, len(b))
	}
	start := c.pos
	if !p.skip(c) {
		return nil, false
	}
	return c.data[start:c.pos], true
}

func (p *plan) appendBytes(dst, b []byte) []byte {
	switch p.w.logical {
	case logicalDecimal:
		dst = append(dst, '"')
		dst = appendDecimal(dst, b, p.w.scale)
	case logicalUUID:
		dst = append(dst, '"')
		dst = appendUUID(dst, b)
	case logicalDuration:
		d := durationOf(b)
		dst = append(dst, `{"months":`...)
		dst = strconv.AppendUint(dst, uint64(d.Months), 10)
		dst = append(dst, `,"days":`...)
		dst = strconv.AppendUint(dst, uint64(d.Days), 10)
		dst = append(dst, `,"milliseconds":`...)
		dst = strconv.AppendUint(dst, uint64(d.Milliseconds), 10)
		return append(dst, '}')
	default:
		return appendLatin1(dst, b)
	}
	return append(dst, '"')
}

// appendLatin1 appends bytes as a JSON string with one character for each, as
// Avro's own JSON encoding has them.
func appendLatin1(dst, b []byte) []byte {
	text := make([]byte, 0, 2*len(b))
	for _, c := range b {
		text = utf8.AppendRune(text, rune(c))
	}
	return appendString(dst, text)
}

func (p *plan) appendInteger(dst []byte, v int64) []byte {
	if p.w.logical != logicalNone {
		if out, ok := appendTime(append(dst, '"'), p.w.logical, v); ok {
			return append(out, '"')
		}
	}
	return strconv.AppendInt(dst, v, 10)
}

// appendFloat appends the shortest number that reads back the same, and as text
// what JSON has no number for.
func appendFloat(dst []byte, f float64, bits int) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, `"NaN"`...)
	case math.IsInf(f, 1):
		return append(dst, `"Infinity"`...)
	case math.IsInf(f, -1):
		return append(dst, `"-Infinity"`...)
	}
	format := byte('f')
	if abs := math.Abs(f); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		format = 'e'
	}
	return strconv.AppendFloat(dst, f, format, -1, bits)
}

// appendString appends s as a JSON string; what is not UTF-8 becomes U+FFFD.
func appendString[S []byte | string](dst []byte, s S) []byte {
	const digits = "0123456789abcdef"
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		b := s[i]
		if b >= ' ' && b != '"' && b != '\\' && b < utf8.RuneSelf {
			i++
			continue
		}
		if b >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(string(s[i:min(i+utf8.UTFMax, len(s))]))
			if r != utf8.RuneError || n != 1 {
				i += n
				continue
			}
			dst = append(dst, s[start:i]...)
			dst = append(dst, "\ufffd"...)
		} else {
			dst = append(dst, s[start:i]...)
			switch b {
			case '"', '\\':
				dst = append(dst, '\\', b)
			case '\n':
				dst = append(dst, '\\', 'n')
			case '\r':
				dst = append(dst, '\\', 'r')
			case '\t':
				dst = append(dst, '\\', 't')
			default:
				dst = append(dst, '\\', 'u', '0', '0', digits[b>>4], digits[b&15])
			}
		}
		i++
		start = i
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}
