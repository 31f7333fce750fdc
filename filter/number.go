package filter

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"math"
	"strconv"
)

// decimal is a JSON number as an exact, comparable value: sign, then
// 0.mant * 10^exp with mant scaled to 19 digits, then the digits that did not
// fit. event-ruler compares doubles instead and never matches a number that a
// double cannot hold; see PATTERNS.md.
type decimal struct {
	mant uint64 // 19 significant digits, the first not zero; 0 for zero
	exp  int64
	tail []byte // digits after the 19th, perhaps with a point among them
	neg  bool
}

const mantDigits = 19

// parseDecimal reads a valid JSON number.
func parseDecimal(text []byte) decimal {
	var d decimal
	i := 0
	if text[i] == '-' {
		d.neg = true
		i++
	}
	digits, seen := 0, false // significant digits so far, a point seen
	start := i
	for ; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '.':
			seen = true
			continue
		case c == 'e' || c == 'E':
			d.exp += parseExponent(text[i+1:])
		case digits == mantDigits:
			if d.tail == nil {
				start = i
				d.tail = text[i:i]
			}
			if !seen {
				d.exp++
			}
			d.tail = text[start : i+1]
			continue
		case digits == 0 && c == '0':
			if seen {
				d.exp--
			}
			continue
		default:
			d.mant = d.mant*10 + uint64(c-'0')
			digits++
			if !seen {
				d.exp++
			}
			continue
		}
		break
	}
	if d.mant == 0 {
		return decimal{}
	}
	d.mant *= pow10[mantDigits-digits]
	d.tail = bytes.TrimRight(d.tail, "0.")
	if len(d.tail) == 0 {
		d.tail = nil
	}
	return d
}

var pow10 = [mantDigits + 1]uint64{
	1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
}

// parseExponent reads what follows the e. Exponents too large for any use
// are all the same.
func parseExponent(text []byte) int64 {
	sign := int64(1)
	switch text[0] {
	case '-':
		sign = -1
		text = text[1:]
	case '+':
		text = text[1:]
	}
	n := int64(0)
	for _, c := range text {
		if n = n*10 + int64(c-'0'); n > math.MaxInt32 {
			n = math.MaxInt32
		}
	}
	return sign * n
}

// key is the number as a text of a table, which tells numbers without tail
// apart. What differs most comes first.
func (d *decimal) key() (key [16]byte) {
	rest := d.exp << 1
	if d.neg {
		rest |= 1
	}
	binary.BigEndian.PutUint64(key[:], d.mant)
	binary.LittleEndian.PutUint64(key[8:], uint64(rest))
	return key
}

func (d *decimal) equal(e *decimal) bool {
	return d.mant == e.mant && d.exp == e.exp && d.neg == e.neg && compareTails(d.tail, e.tail) == 0
}

func (d *decimal) compare(e *decimal) int {
	if d.mant == 0 || e.mant == 0 || d.neg != e.neg {
		return cmp.Compare(d.sign(), e.sign())
	}
	c := cmp.Or(cmp.Compare(d.exp, e.exp), cmp.Compare(d.mant, e.mant))
	if c == 0 {
		c = compareTails(d.tail, e.tail)
	}
	if d.neg {
		return -c
	}
	return c
}

func (d *decimal) sign() int {
	switch {
	case d.mant == 0:
		return 0
	case d.neg:
		return -1
	}
	return 1
}

// compareTails compares two runs of digits as fractions, points left out.
func compareTails(a, b []byte) int {
	for {
		if len(a) > 0 && a[0] == '.' {
			a = a[1:]
		}
		if len(b) > 0 && b[0] == '.' {
			b = b[1:]
		}
		switch {
		case len(a) == 0 || len(b) == 0:
			return cmp.Compare(len(a), len(b))
		case a[0] != b[0]:
			return cmp.Compare(a[0], b[0])
		}
		a, b = a[1:], b[1:]
	}
}

// isDouble reports whether event-ruler can compare the number: the shortest
// text of the nearest double is the number itself.
func isDouble(text string) bool {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return false
	}
	d := parseDecimal([]byte(text))
	s := parseDecimal(strconv.AppendFloat(nil, f, 'e', -1, 64))
	return d.equal(&s)
}
