package filter

import (
	"bytes"
	"cmp"
	"slices"
	"unicode"
)

// folded is the operand of an ignore-case test. Each character of it, and only
// of it, may stand in lower or upper case, full mappings included (ß and SS).
// So k does not meet U+212A (the Kelvin sign), yet a pattern with U+212A meets
// k. Characters beyond U+FFFF have one case mapping each here; event-ruler
// never matches them.
type folded struct {
	chars  []foldedChar
	ascii  []byte // the operand in lower case when it is all ASCII
	beyond bool   // some character is beyond U+FFFF
}

// foldedChar is one character of an operand; lower and upper are the same where
// it has no case.
type foldedChar struct{ lower, upper []byte }

func foldText(operand string) *folded {
	f := &folded{}
	ascii := true
	for _, r := range operand {
		lower, upper := string(unicode.ToLower(r)), string(unicode.ToUpper(r))
		if r == 'İ' {
			lower = "i\u0307"
		}
		if i, ok := slices.BinarySearchFunc(longUpper[:], r, longMapping.compare); ok {
			upper = longUpper[i].upper
		}
		ascii = ascii && r < 0x80
		f.beyond = f.beyond || r > 0xffff
		f.chars = append(f.chars, foldedChar{[]byte(lower), []byte(upper)})
	}
	if ascii {
		f.ascii = bytes.ToLower([]byte(operand))
	}
	return f
}

// prefix returns how much of the start of text the operand covers, or -1. No
// lower case is the start or the end of its upper case, so the first of the
// two that fits is the only one.
func (f *folded) prefix(text []byte) int {
	n := 0
	for i := range f.chars {
		switch c := &f.chars[i]; {
		case bytes.HasPrefix(text[n:], c.lower):
			n += len(c.lower)
		case bytes.HasPrefix(text[n:], c.upper):
			n += len(c.upper)
		default:
			return -1
		}
	}
	return n
}

func (f *folded) hasPrefix(text []byte) bool { return f.prefix(text) >= 0 }

func (f *folded) equal(text []byte) bool { return f.prefix(text) == len(text) }

func (f *folded) hasSuffix(text []byte) bool {
	for i := len(f.chars) - 1; i >= 0; i-- {
		switch c := &f.chars[i]; {
		case bytes.HasSuffix(text, c.lower):
			text = text[:len(text)-len(c.lower)]
		case bytes.HasSuffix(text, c.upper):
			text = text[:len(text)-len(c.upper)]
		default:
			return false
		}
	}
	return true
}

func (m longMapping) compare(r rune) int { return cmp.Compare(m.char, r) }
