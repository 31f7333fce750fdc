package kafkaevent

import (
	"encoding/binary"

	simd "github.com/segmentio/asm/base64"
)

// vectorMin is where vector code begins to pay. Keys are mostly shorter.
const vectorMin = 80

// decodeBase64 decodes src, the standard alphabet with padding, into dst, as
// encoding/base64's StdEncoding does, non-zero trailing bits included, but
// without skipping line ends. dst does not overlap src and has room for
// len(src)/4*3 bytes; what it has beyond n may be overwritten.
func decodeBase64(dst, src []byte) (n int, ok bool) {
	if hasVector && len(src) >= vectorMin {
		return decodeVector(dst, src)
	}
	return decodeTable(dst, src)
}

// decodeVector is decodeBase64 with vector code where there is some, see
// hasVector; elsewhere it is slow. src is not empty.
func decodeVector(dst, src []byte) (n int, ok bool) {
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
// bits where they belong in the three bytes, the first byte lowest; base64Bad
// for all that is not in the alphabet. An OR joins lookups and their check. They
// are on the heap because the first touch of a program's zero data can cost a
// huge page, ten times what filling them does.
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
		v := uint32(v)
		t[0][c] = v << 2
		t[1][c] = v>>4 | v&0xf<<12
		t[2][c] = v>>2<<8 | v&3<<22
		t[3][c] = v << 16
	}
	return &t
}

// decodeTable is decodeBase64 without vector code. It looks for characters
// that do not belong only at the end: nothing but broken records has any.
func decodeTable(dst, src []byte) (n int, ok bool) {
	t := base64Tables
	var all uint32
	for len(src) > 16 && len(dst) >= 12 {
		s := (*[16]byte)(src)
		a := t[0][s[0]] | t[1][s[1]] | t[2][s[2]] | t[3][s[3]]
		b := t[0][s[4]] | t[1][s[5]] | t[2][s[6]] | t[3][s[7]]
		c := t[0][s[8]] | t[1][s[9]] | t[2][s[10]] | t[3][s[11]]
		d := t[0][s[12]] | t[1][s[13]] | t[2][s[14]] | t[3][s[15]]
		all |= a | b | c | d
		binary.LittleEndian.PutUint64(dst, uint64(a)|uint64(b)<<24|uint64(c)<<48)
		binary.LittleEndian.PutUint32(dst[8:], c>>16|d<<8)
		src, dst, n = src[16:], dst[12:], n+12
	}
	for len(src) > 4 && len(dst) >= 3 {
		v := t[0][src[0]] | t[1][src[1]] | t[2][src[2]] | t[3][src[3]]
		all |= v
		dst[0], dst[1], dst[2] = byte(v), byte(v>>8), byte(v>>16)
		src, dst, n = src[4:], dst[3:], n+3
	}
	if len(src) == 0 {
		return 0, true
	}
	if len(src) != 4 {
		return 0, false
	}
	// The last quantum may be padded.
	v, k := t[0][src[0]]|t[1][src[1]], 1
	if src[2] != '=' {
		v, k = v|t[2][src[2]], 2
	}
	if src[3] != '=' {
		v, k = v|t[3][src[3]], k+1
	}
	if all|v >= base64Bad || src[2] == '=' && src[3] != '=' {
		return 0, false
	}
	for i := range k {
		dst[i] = byte(v >> (8 * i))
	}
	return n + k, true
}
