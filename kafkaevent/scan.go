package kafkaevent

import (
	"encoding/binary"
	"math/bits"
	"strconv"
)

// maxDepth is how deep arrays and objects may nest: encoding/json's limit.
const maxDepth = 10000

// scanner walks a payload once, from front to back. Its methods take a
// position and return the next one, or -1 after fail: the position stays in a
// register, and a caller cannot go on after an error by accident.
//
// What is behind the position may be overwritten already (see
// [ParseInPlace]), so nothing ever goes back.
type scanner struct {
	b       []byte
	err     *Error
	scratch []byte                   // the last name with escapes in it
	stack   *[maxDepth/64 + 1]uint64 // for skip: a bit a level, set for objects

	// Where the scanner is, for error paths.
	partition string
	record    int // -1 outside records
	field     string
}

// fail keeps the first error of the payload as a whole.
func (s *scanner) fail(i int, msg string) int {
	if s.err == nil {
		s.err = s.errorAt(i, msg)
	}
	return -1
}

func (s *scanner) errorAt(i int, msg string) *Error {
	return &Error{Offset: i, Path: s.path(), Msg: msg}
}

func (s *scanner) path() string {
	if s.record < 0 {
		return s.field
	}
	p := "records[" + quoted(s.partition) + "][" + strconv.Itoa(s.record) + "]"
	if s.field != "" {
		p += "." + s.field
	}
	return p
}

// quoted is a partition's key in an error. Kafka's are at most 260 bytes long,
// and an event with many broken records has it in as many errors.
func quoted(key string) string {
	const most = 300
	if len(key) > most {
		return strconv.Quote(key[:most]) + "..."
	}
	return strconv.Quote(key)
}

// space skips white space.
func (s *scanner) space(i int) int {
	for i < len(s.b) && s.b[i] <= ' ' {
		switch s.b[i] {
		case ' ', '\t', '\r', '\n':
			i++
		default:
			return i
		}
	}
	return i
}

// first goes from behind an opening bracket to the first element; more is
// false when there is none.
func (s *scanner) first(i int, closing byte) (next int, more bool) {
	i = s.space(i)
	if i < len(s.b) && s.b[i] == closing {
		return i + 1, false
	}
	return i, true
}

// next goes from behind an element to the next one; more is false when the
// closing bracket came instead.
func (s *scanner) next(i int, closing byte) (next int, more bool) {
	i = s.space(i)
	if i < len(s.b) {
		switch s.b[i] {
		case ',':
			return s.space(i + 1), true
		case closing:
			return i + 1, false
		}
	}
	return s.unexpected(i, "a comma or "+strconv.QuoteRune(rune(closing))), false
}

// name reads a member's name up to its value. The name is valid until the
// next call.
func (s *scanner) name(i int) (name []byte, next int) {
	if i >= len(s.b) || s.b[i] != '"' {
		return nil, s.unexpected(i, "a member name")
	}
	raw, plain, i := s.str(i)
	if i < 0 {
		return nil, i
	}
	if !plain {
		s.scratch = appendUnquoted(s.scratch[:0], raw)
		raw = s.scratch
	}
	i = s.space(i)
	if i >= len(s.b) || s.b[i] != ':' {
		return nil, s.unexpected(i, "a colon")
	}
	return raw, s.space(i + 1)
}

const (
	lowBits  = 0x0101010101010101
	highBits = 0x8080808080808080
)

// str reads the string that begins at i. The raw text lies between the quotes;
// plain means that it is the string as it stands: no escape, no byte outside
// ASCII.
func (s *scanner) str(i int) (raw []byte, plain bool, next int) {
	b, start := s.b, i+1
	plain = true
	for i = start; ; {
		for i+8 <= len(b) {
			x := binary.LittleEndian.Uint64(b[i:])
			quote, slash := x^(lowBits*'"'), x^(lowBits*'\\')
			stop := ((quote-lowBits)&^quote | (slash-lowBits)&^slash | (x-lowBits*' ')&^x | x) & highBits
			if stop != 0 {
				i += bits.TrailingZeros64(stop) / 8
				break
			}
			i += 8
		}
		if i >= len(b) {
			return nil, false, s.fail(i, "the payload ends inside a string")
		}
		switch c := b[i]; {
		case c == '"':
			return b[start:i], plain, i + 1
		case c == '\\':
			plain = false
			if i = s.escape(i); i < 0 {
				return nil, false, i
			}
		case c < ' ':
			return nil, false, s.fail(i, "a control character in a string")
		default:
			if c >= 0x80 {
				plain = false
			}
			i++
		}
	}
}

// escape checks the escape sequence at i.
func (s *scanner) escape(i int) int {
	b := s.b
	if i+1 >= len(b) {
		return s.fail(len(b), "the payload ends inside a string")
	}
	switch b[i+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 2
	case 'u':
		for j := i + 2; j < i+6; j++ {
			if j >= len(b) {
				return s.fail(j, "the payload ends inside a string")
			}
			if !isHex(b[j]) {
				return s.fail(j, "a \\u escape without four hexadecimal digits")
			}
		}
		return i + 6
	}
	return s.fail(i, "an unknown escape in a string")
}

func isHex(c byte) bool {
	return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f'
}

func isDigit(c byte) bool { return c-'0' <= 9 }

// number reads the number that begins at i, by JSON's grammar. whole means
// that it has neither fraction nor exponent.
func (s *scanner) number(i int) (whole bool, next int) {
	b := s.b
	if i < len(b) && b[i] == '-' {
		i++
	}
	switch {
	case i < len(b) && b[i] == '0':
		i++
	case i < len(b) && isDigit(b[i]):
		i = digits(b, i)
	default:
		return false, s.unexpected(i, "a digit")
	}
	whole = true
	if i < len(b) && b[i] == '.' {
		whole = false
		if i++; i >= len(b) || !isDigit(b[i]) {
			return false, s.unexpected(i, "a digit")
		}
		i = digits(b, i)
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		whole = false
		if i++; i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		if i >= len(b) || !isDigit(b[i]) {
			return false, s.unexpected(i, "a digit")
		}
		i = digits(b, i)
	}
	return whole, i
}

func digits(b []byte, i int) int {
	for i < len(b) && isDigit(b[i]) {
		i++
	}
	return i
}

// word reads null, true or false.
func (s *scanner) word(i int, word string) int {
	if !hasAt(s.b, i, word) {
		return s.unexpected(i, "a value")
	}
	return i + len(word)
}

func hasAt(b []byte, i int, text string) bool {
	return len(b)-i >= len(text) && string(b[i:i+len(text)]) == text
}

// skip checks the value at i, whatever it is, and goes behind it; depth is how
// many arrays and objects are open around it. It is a loop, not a recursion,
// so a payload cannot grow the goroutine's stack.
func (s *scanner) skip(i, depth int) int {
	base := depth
	for {
		// A value: all of a scalar, the opening of anything else.
		more := false
		if i < len(s.b) && (s.b[i] == '{' || s.b[i] == '[') {
			if depth++; depth > maxDepth {
				return s.fail(i, "arrays and objects nest deeper than "+strconv.Itoa(maxDepth))
			}
			s.open(depth, s.b[i] == '{')
			if i, more = s.first(i+1, s.closing(depth)); !more {
				depth--
			}
		} else if i = s.scalar(i); i < 0 {
			return i
		}
		// Out of all that ends here, up to the next value.
		for !more {
			if depth == base {
				return i
			}
			if i, more = s.next(i, s.closing(depth)); i < 0 {
				return i
			}
			if !more {
				depth--
			}
		}
		if s.closing(depth) == '}' {
			if _, i = s.name(i); i < 0 {
				return i
			}
		}
	}
}

// open notes what kind of bracket opened a level.
func (s *scanner) open(depth int, object bool) {
	if s.stack == nil {
		s.stack = new([maxDepth/64 + 1]uint64)
	}
	if bit := uint64(1) << (depth % 64); object {
		s.stack[depth/64] |= bit
	} else {
		s.stack[depth/64] &^= bit
	}
}

// closing is the bracket that closes a level.
func (s *scanner) closing(depth int) byte {
	if s.stack[depth/64]>>(depth%64)&1 == 1 {
		return '}'
	}
	return ']'
}

// scalar checks a value that is neither an array nor an object.
func (s *scanner) scalar(i int) int {
	if i >= len(s.b) {
		return s.unexpected(i, "a value")
	}
	switch c := s.b[i]; {
	case c == '"':
		_, _, i = s.str(i)
	case c == 'n':
		i = s.word(i, "null")
	case c == 't':
		i = s.word(i, "true")
	case c == 'f':
		i = s.word(i, "false")
	case c == '-' || isDigit(c):
		_, i = s.number(i)
	default:
		i = s.unexpected(i, "a value")
	}
	return i
}

// unexpected fails with what was wanted at i.
func (s *scanner) unexpected(i int, want string) int {
	if i >= len(s.b) {
		return s.fail(len(s.b), "the payload ends where "+want+" should be")
	}
	return s.fail(i, "not "+want)
}

// what names the kind of value at i, for messages.
func (s *scanner) what(i int) string {
	if i >= len(s.b) {
		return "nothing"
	}
	switch s.b[i] {
	case '{':
		return "an object"
	case '[':
		return "an array"
	case '"':
		return "a string"
	case 'n':
		return "null"
	case 't', 'f':
		return "a boolean"
	default:
		return "a number"
	}
}
