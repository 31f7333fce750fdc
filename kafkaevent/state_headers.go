package kafkaevent

import (
	"encoding/binary"
	"math/bits"
)

// lastHeader is the last header at one place in a record that stood alone in
// its object and has a value. Lambda writes all headers so, most have the same
// name in every record, and many the same value.
type lastHeader struct {
	text   []byte // the object
	head   int    // how much of text comes before the first byte of the value
	header Header
}

// parse decodes a header array. The scanner checked it, and checks it again
// while it walks: in place, the text is gone once the invocation is over, and
// a record that was kept too long must not be able to do worse than to have
// other headers.
func (hb *headerBlock) parse(text []byte) Headers {
	s := scanner{b: text, record: -1}
	hb.bytes = grown(hb.bytes, len(text)/2)
	start := len(hb.headers)
	i, more := s.first(1, ']')
	for n := 0; more && i < len(text) && text[i] == '{'; n++ {
		if start, i = hb.object(&s, i, start, &hb.last[n%len(hb.last)]); i < 0 {
			break
		}
		if i, more = s.next(i, ']'); i < 0 {
			break
		}
	}
	return hb.headers[start:len(hb.headers):len(hb.headers)]
}

// object decodes the object at i, as the last one at its place if it is like
// that. The record's headers begin at start, and then at newStart.
func (hb *headerBlock) object(s *scanner, i, start int, last *lastHeader) (newStart, next int) {
	if beginsWith(s.b, i, last.text) {
		return hb.add(start, last.header), i + len(last.text)
	}
	begin, more := i, true
	named := beginsWith(s.b, i, last.text[:last.head])
	if named {
		i += last.head - 1
	} else {
		i, more = s.first(i+1, '}')
	}
	for n := 0; more; n++ {
		h := Header{Key: last.header.Key}
		if n > 0 || !named {
			var name []byte
			if name, i = s.name(i); i < 0 {
				return start, i
			}
			h.Key = hb.names.intern(name, "")
		}
		head := i + 1 - begin
		if h.Value, i = hb.value(s, i); i < 0 {
			return start, i
		}
		start = hb.add(start, h)
		if i, more = s.next(i, '}'); i < 0 {
			return start, i
		}
		if n == 0 && !more && h.Value != nil {
			*last = lastHeader{text: s.b[begin:i], head: head, header: h}
		}
	}
	return start, i
}

// add appends a header to those of the record that begin at start, which
// move, to newStart, when their block is full. Inline it would be a kilobyte.
//
//go:noinline
func (hb *headerBlock) add(start int, h Header) (newStart int) {
	n := len(hb.headers)
	if n == cap(hb.headers) {
		next := make([]Header, max(8, 2*(n-start), min(2*n, 4096)))
		n, start = copy(next, hb.headers[start:]), 0
		hb.headers = next
	}
	hb.headers = hb.headers[:n+1]
	hb.headers[n] = h
	return start
}

// value decodes one header value: null or an array of bytes.
func (hb *headerBlock) value(s *scanner, i int) ([]byte, int) {
	if i >= len(s.b) || s.b[i] != '[' {
		return nil, s.word(i, "null")
	}
	start := len(hb.bytes)
	bytes, i := appendPlain(hb.bytes, s.b, i+1)
	n, digits, sign := 0, 0, 1
	for ; i < len(s.b); i++ {
		switch c := s.b[i]; {
		case isDigit(c):
			n = n*10 + int(c-'0')
			digits++
		case c == ',' || c == ']':
			if digits > 0 {
				bytes = append(bytes, byte(sign*n))
			}
			if c == ']' {
				hb.bytes = bytes
				return bytes[start:len(bytes):len(bytes)], i + 1
			}
			n, digits, sign = 0, 0, 1
		case c == '-':
			sign = -1
		}
	}
	return nil, -1
}

// appendPlain decodes the numbers from i on, two at a time, and stops at or
// behind one of them: before a sign or white space, near the end of b, at the
// closing bracket. It relies on what the scanner checked: of all that stands in
// an array of bytes only digits have both of the bits 4 and 5.
func appendPlain(dst, b []byte, i int) ([]byte, int) {
	const bit5 = lowBits << 5
	for len(b)-i >= 8 && cap(dst)-len(dst) >= 2 {
		x := binary.LittleEndian.Uint64(b[i:])
		stops := ^(x & (x << 1)) & bit5
		// Where the first two numbers end, in bits.
		first := bits.TrailingZeros64(stops) &^ 7
		stops &= stops - 1
		second := bits.TrailingZeros64(stops) &^ 7
		if first == 0 {
			break
		}
		n, end := len(dst), first
		dst = dst[:n+2]
		dst[n], dst[n+1] = upToThree(x, first), upToThree(x>>((first+8)&63), second-first-8)
		if byte(x>>(first&63)) == ',' && second > first+8 && second < 64 {
			end = second
		} else {
			dst = dst[:n+1]
		}
		i += end / 8
		if i >= len(b) || b[i] != ',' {
			break
		}
		i++
	}
	return dst, i
}

// upToThree is the number of one to three digits in the lowest bits of x,
// modulo 256.
func upToThree(x uint64, bits int) byte {
	const nibbles = 0x0f0f0f0f
	digits := uint32(x) << ((32 - bits) & 31) & nibbles
	return byte(digits * (100<<16 + 10<<8 + 1) >> 24)
}
