package kafkaevent

import (
	"encoding/binary"

	simd "github.com/segmentio/asm/base64"
)

// simdMin is where vector code begins to pay. Keys are mostly shorter.
const simdMin = 64

// decodeBase64 decodes src, the standard alphabet with padding, into dst, as
// encoding/base64's StdEncoding does, non-zero trailing bits included, but
// without skipping line ends. dst does not overlap src and has room for
// len(src)/4*3 bytes; what it has beyond n may be overwritten.
func decodeBase64(dst, src []byte) (n int, ok bool) {
	if len(src) < simdMin {
		return decodeShort(dst, src)
	}
	if len(src)%4 != 0 {
		return 0, false
	}
	n, err := simd.StdEncoding.Decode(dst, src)
	// The decoder skips line ends, which JSON does not allow in a string as
	// they are. Then fewer bytes come out than the length stands for.
	return n, err == nil && n == len(src)/4*3-padding(src)
}

// padding is how many of the last two characters are padding.
func padding(src []byte) int {
	switch n := len(src); {
	case src[n-1] != '=':
		return 0
	case src[n-2] != '=':
		return 1
	default:
		return 2
	}
}

// base64Tables give, for each of the four characters of a quantum, its six
// bits where they belong in the 24-bit group; base64Bad for all that is not in
// the alphabet. One OR joins the four lookups and their check.
var base64Tables = makeBase64Tables()

const base64Bad = 1 << 24

func makeBase64Tables() *[4][256]uint32 {
	var t [4][256]uint32
	for i := range t {
		for c := range t[i] {
			t[i][c] = base64Bad
		}
	}
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	for v, c := range []byte(alphabet) {
		for i := range t {
			t[i][c] = uint32(v) << (18 - 6*i)
		}
	}
	return &t
}

// decodeShort is decodeBase64 without vector code.
func decodeShort(dst, src []byte) (n int, ok bool) {
	t := base64Tables
	// Eight characters to six bytes, written as a word of eight.
	for len(src) >= 8 && len(dst)-n >= 8 {
		x := binary.LittleEndian.Uint64(src)
		a := t[0][byte(x)] | t[1][byte(x>>8)] | t[2][byte(x>>16)] | t[3][byte(x>>24)]
		b := t[0][byte(x>>32)] | t[1][byte(x>>40)] | t[2][byte(x>>48)] | t[3][byte(x>>56)]
		if a|b >= base64Bad {
			break
		}
		binary.BigEndian.PutUint64(dst[n:], uint64(a)<<40|uint64(b)<<16)
		src, n = src[8:], n+6
	}
	for ; len(src) > 4; src, n = src[4:], n+3 {
		v := t[0][src[0]] | t[1][src[1]] | t[2][src[2]] | t[3][src[3]]
		if v >= base64Bad {
			return n, false
		}
		dst[n], dst[n+1], dst[n+2] = byte(v>>16), byte(v>>8), byte(v)
	}
	if len(src) == 0 {
		return n, true
	}
	k, ok := lastQuantum(dst[n:], src)
	return n + k, ok
}

// lastQuantum decodes the quantum that may be padded.
func lastQuantum(dst, src []byte) (n int, ok bool) {
	if len(src) != 4 {
		return 0, false
	}
	t := base64Tables
	v := t[0][src[0]] | t[1][src[1]]
	n = 1
	if src[2] != '=' {
		v |= t[2][src[2]]
		n = 2
	}
	if src[3] != '=' {
		v |= t[3][src[3]]
		n = 3
	}
	if v >= base64Bad || src[2] == '=' && src[3] != '=' {
		return 0, false
	}
	for i := range n {
		dst[i] = byte(v >> (16 - 8*i))
	}
	return n, true
}
