package kafkaevent

import (
	"encoding/binary"
	"strconv"
)

// What integer says of something that is none.
const (
	isNull     = "null"
	outOfRange = "an integer out of range"
)

// integer reads an int64. Anything else that is JSON is skipped, and msg says
// what it is.
func (p *parser) integer(i int) (n int64, next int, msg string) {
	if n, next := plainInt(p.b, i); next > 0 {
		return n, next, ""
	}
	if i < len(p.b) && (p.b[i] == '-' || isDigit(p.b[i])) {
		whole, next := p.number(i)
		switch {
		case next < 0:
			return 0, next, ""
		case !whole:
			return 0, next, "not an integer"
		}
		n, err := strconv.ParseInt(string(p.b[i:next]), 10, 64)
		if err != nil {
			return 0, next, outOfRange
		}
		return n, next, ""
	}
	if hasAt(p.b, i, "null") {
		return 0, i + len("null"), isNull
	}
	msg = "not an integer but " + p.what(i)
	return 0, p.skip(i, p.depth()), msg
}

// plainInt reads a number of up to 18 digits that a comma or a brace follows,
// as nearly all do; next is 0 for any other.
func plainInt(b []byte, i int) (n int64, next int) {
	start := i
	if len(b)-i >= 8 && b[i] != '0' {
		if v, ok := eightDigits(binary.LittleEndian.Uint64(b[i:])); ok {
			n, i = int64(v), i+8
		}
	}
	for i < len(b) && isDigit(b[i]) {
		n = n*10 + int64(b[i]-'0')
		i++
	}
	if size := i - start; size == 0 || size > 18 || size > 1 && b[start] == '0' || i >= len(b) || b[i] != ',' && b[i] != '}' {
		return 0, 0
	}
	return n, i
}

// eightDigits is the value of eight decimal digits, the first in the lowest
// byte; false when they are not all digits. Neighbours are joined pairwise:
// digits to pairs, pairs to fours, fours to the eight.
func eightDigits(x uint64) (uint64, bool) {
	const zeros = lowBits * '0'
	if x&0xf0f0f0f0f0f0f0f0 != zeros || (x+lowBits*6)&0xf0f0f0f0f0f0f0f0 != zeros {
		return 0, false
	}
	x -= zeros
	x = x*10 + x>>8
	x = (x&0x000000ff000000ff)*(100+1000000<<32) + (x>>16&0x000000ff000000ff)*(1+10000<<32)
	return x >> 32, true
}
