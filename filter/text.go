package filter

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

// The scanners below take a text and the index where something starts, and
// return the index after it, or -1 when it is not valid there. Together they
// accept exactly what encoding/json accepts, except that they refuse text that
// is not UTF-8.

func skipSpace(data []byte, i int) int {
	for i < len(data) && (data[i] == ' ' || data[i] == '\n' || data[i] == '\r' || data[i] == '\t') {
		i++
	}
	return i
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// special marks, in the high bit of each byte, the bytes of w at which a plain
// scan of a JSON string has to stop: quote, backslash, controls, non-ASCII. A
// byte above a marked one may be marked wrongly, so only the lowest counts.
func special(w uint64) uint64 {
	return (w | (w - ones*0x20) | ((w ^ ones*'"') - ones) | ((w ^ ones*'\\') - ones)) & highs
}

// scanString takes the index after the opening quote and returns that of the
// closing one.
func scanString(data []byte, i int) (end int, escaped bool) {
	for {
		for len(data)-i >= 8 {
			if m := special(binary.LittleEndian.Uint64(data[i:])); m != 0 {
				i += bits.TrailingZeros64(m) >> 3
				break
			}
			i += 8
		}
		if i >= len(data) {
			return -1, false
		}
		switch c := data[i]; {
		case c == '"':
			return i, escaped
		case c == '\\':
			escaped = true
			if i = scanEscape(data, i); i < 0 {
				return -1, false
			}
		case c < 0x20:
			return -1, false
		case c < utf8.RuneSelf:
			i++
		default:
			r, n := utf8.DecodeRune(data[i:])
			if r == utf8.RuneError && n == 1 {
				return -1, false
			}
			i += n
		}
	}
}

func scanEscape(data []byte, i int) int {
	if i+1 >= len(data) {
		return -1
	}
	switch data[i+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 2
	case 'u':
		if i+6 > len(data) {
			return -1
		}
		for _, c := range data[i+2 : i+6] {
			if hexDigit(c) < 0 {
				return -1
			}
		}
		return i + 6
	}
	return -1
}

// scanNumber takes the index of a digit or minus.
func scanNumber(data []byte, i int) int {
	if data[i] == '-' {
		i++
	}
	start := i
	if i = skipDigits(data, start); i == start || data[start] == '0' && i > start+1 {
		return -1
	}
	if i < len(data) && data[i] == '.' {
		start = i + 1
		if i = skipDigits(data, start); i == start {
			return -1
		}
	}
	if i < len(data) && data[i]|0x20 == 'e' {
		i++
		if i < len(data) && (data[i] == '+' || data[i] == '-') {
			i++
		}
		start = i
		if i = skipDigits(data, start); i == start {
			return -1
		}
	}
	return i
}

func skipDigits(data []byte, i int) int {
	for len(data)-i >= 8 {
		// As in special: the lowest byte marked is the first that is no digit.
		w := binary.LittleEndian.Uint64(data[i:])
		if m := ((w - ones*'0') | (w + ones*(0x7f-'9'))) & highs; m != 0 {
			return i + bits.TrailingZeros64(m)>>3
		}
		i += 8
	}
	for i < len(data) && data[i]-'0' <= 9 {
		i++
	}
	return i
}

func scanLiteral(data []byte, i int) int {
	if len(data)-i >= 4 {
		switch string(data[i : i+4]) {
		case "true", "null":
			return i + 4
		case "fals":
			if len(data)-i >= 5 && data[i+4] == 'e' {
				return i + 5
			}
		}
	}
	return -1
}

// appendUnescaped appends the text that the inside of a valid JSON string
// stands for. A lone surrogate becomes U+FFFD, as in encoding/json.
func appendUnescaped(dst, raw []byte) []byte {
	for i := 0; i < len(raw); {
		c := raw[i]
		if c != '\\' {
			dst = append(dst, c)
			i++
			continue
		}
		switch c = raw[i+1]; c {
		case 'b':
			c = '\b'
		case 'f':
			c = '\f'
		case 'n':
			c = '\n'
		case 'r':
			c = '\r'
		case 't':
			c = '\t'
		case 'u':
			r := hexRune(raw[i+2:])
			i += 6
			if utf16.IsSurrogate(r) {
				pair := rune(utf8.RuneError)
				if i+6 <= len(raw) && raw[i] == '\\' && raw[i+1] == 'u' {
					pair = utf16.DecodeRune(r, hexRune(raw[i+2:]))
				}
				if pair != utf8.RuneError {
					i += 6
				}
				r = pair
			}
			dst = utf8.AppendRune(dst, r)
			continue
		}
		dst = append(dst, c)
		i += 2
	}
	return dst
}

func hexRune(b []byte) rune {
	return rune(hexDigit(b[0])<<12 | hexDigit(b[1])<<8 | hexDigit(b[2])<<4 | hexDigit(b[3]))
}
