package kafkaevent

import "encoding/binary"

// base64Tables give, for each of the four characters of a quantum, its six
// bits where they belong in the 24-bit group; base64Bad for all that is not in
// the standard alphabet. One OR joins the four lookups and their error check.
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

// decodeBase64 decodes src, the standard alphabet with padding, into dst as
// encoding/base64's StdEncoding does, trailing bits included. n bytes were
// written and used characters, whole quanta, were read; ok means that it was
// all of src.
//
// dst may begin where src begins. Where ok is false, src is then still intact
// from used on. dst needs len(src)/4*3 bytes; what it has beyond n may be
// overwritten.
func decodeBase64(dst, src []byte) (n, used int, ok bool) {
	t := base64Tables
	// Sixteen characters to twelve bytes, written as two overlapping words of
	// eight.
	for len(src)-used >= 16 && len(dst)-n >= 14 {
		x, y := binary.LittleEndian.Uint64(src[used:]), binary.LittleEndian.Uint64(src[used+8:])
		a := t[0][byte(x)] | t[1][byte(x>>8)] | t[2][byte(x>>16)] | t[3][byte(x>>24)]
		b := t[0][byte(x>>32)] | t[1][byte(x>>40)] | t[2][byte(x>>48)] | t[3][byte(x>>56)]
		c := t[0][byte(y)] | t[1][byte(y>>8)] | t[2][byte(y>>16)] | t[3][byte(y>>24)]
		d := t[0][byte(y>>32)] | t[1][byte(y>>40)] | t[2][byte(y>>48)] | t[3][byte(y>>56)]
		if a|b|c|d >= base64Bad {
			break
		}
		binary.BigEndian.PutUint64(dst[n:], uint64(a)<<40|uint64(b)<<16)
		binary.BigEndian.PutUint64(dst[n+6:], uint64(c)<<40|uint64(d)<<16)
		used, n = used+16, n+12
	}
	for len(src)-used >= 4 {
		q := src[used : used+4 : used+4]
		v := t[0][q[0]] | t[1][q[1]] | t[2][q[2]] | t[3][q[3]]
		if v >= base64Bad {
			k := lastQuantum(t, q)
			if k == 0 || len(src)-used != 4 {
				return n, used, false
			}
			v := t[0][q[0]] | t[1][q[1]]
			if k == 2 {
				v |= t[2][q[2]]
				dst[n+1] = byte(v >> 8)
			}
			dst[n] = byte(v >> 16)
			return n + k, used + 4, true
		}
		dst[n], dst[n+1], dst[n+2] = byte(v>>16), byte(v>>8), byte(v)
		used, n = used+4, n+3
	}
	return n, used, used == len(src)
}

// lastQuantum is how many bytes a padded quantum stands for, 0 when it is
// none.
func lastQuantum(t *[4][256]uint32, q []byte) int {
	if q[3] != '=' || t[0][q[0]]|t[1][q[1]] >= base64Bad {
		return 0
	}
	switch {
	case q[2] == '=':
		return 1
	case t[2][q[2]] < base64Bad:
		return 2
	default:
		return 0
	}
}
