package jsonschema

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/mskit-go/mskit/schema"
)

// Caps of one number, so that no number costs more than a few microseconds
// once the validator turns it into a fraction: 1e9999999999 is 12 bytes of
// payload and would not fit into memory.
const (
	maxNumberLen = 256
	maxExponent  = 400
)

// parser turns JSON text into the values that the validator takes: numbers as
// json.Number, the rest as encoding/json has it. It differs from encoding/json
// in refusing a repeated property name, of which validator and Go struct could
// see different values, and in its caps.
type parser struct {
	text     string
	pos      int
	limits   parseLimits
	maxWork  int
	depth    int
	pathLen  int // of the pointer to the current value
	document parsed
}

type parseLimits struct {
	depth, values int
	// subschemas is for a schema document, whose work is not limited; 0 is for
	// a payload.
	subschemas int
}

// parsed is a JSON document and what it will cost.
type parsed struct {
	value      any
	values     int
	subschemas int // objects and booleans: what a schema document may nest
	depth      int
	// work estimates what the validator spends on saying where each value is:
	// for every value it writes the pointer to it, and for every failure the
	// keywords that led there, piece by piece. Many small values below long
	// names or deep down would take quadratic time and space.
	work int
}

const (
	workAtLeast = 1 << 20
	workPerByte = 2048
)

// parseError is why a text is not taken. It tells the offset, never the text.
type parseError struct {
	kind   schema.Kind
	offset int
	msg    string
}

func (e *parseError) Error() string { return fmt.Sprintf("%s at byte %d", e.msg, e.offset) }

func parse(data []byte, limits parseLimits) (*parsed, *parseError) {
	p := &parser{
		text:    string(data), // one copy, which all strings and numbers share
		limits:  limits,
		maxWork: workAtLeast + workPerByte*len(data),
	}
	if limits.subschemas > 0 {
		p.maxWork = math.MaxInt
	}
	p.space()
	v, err := p.parseValue()
	if err != nil {
		return nil, err
	}
	p.space()
	if p.pos < len(p.text) {
		return nil, p.fail(schema.KindTrailing, "more than one JSON value")
	}
	p.document.value = v
	return &p.document, nil
}

func (p *parser) fail(k schema.Kind, msg string) *parseError {
	return &parseError{kind: k, offset: p.pos, msg: msg}
}

func (p *parser) syntax() *parseError {
	if p.pos >= len(p.text) {
		return p.fail(schema.KindTruncated, "JSON ends early")
	}
	return p.fail(schema.KindDecode, "not valid JSON")
}

func (p *parser) space() {
	for p.pos < len(p.text) {
		switch p.text[p.pos] {
		case ' ', '\t', '\n', '\r':
			p.pos++
		default:
			return
		}
	}
}

// next is the next byte, 0 at the end.
func (p *parser) next() byte {
	if p.pos < len(p.text) {
		return p.text[p.pos]
	}
	return 0
}

// parseValue parses the value that begins at pos.
func (p *parser) parseValue() (any, *parseError) {
	if err := p.charge(); err != nil {
		return nil, err
	}
	switch p.next() {
	case '{':
		if err := p.enter(); err != nil {
			return nil, err
		}
		v, err := p.object()
		p.depth--
		return v, err
	case '[':
		if err := p.enter(); err != nil {
			return nil, err
		}
		v, err := p.array()
		p.depth--
		return v, err
	case '"':
		s, err := p.str()
		return s, err
	case 't':
		return true, p.literal("true")
	case 'f':
		return false, p.literal("false")
	case 'n':
		return nil, p.literal("null")
	default:
		n, err := p.number()
		return n, err
	}
}

// charge counts the value at pos.
func (p *parser) charge() *parseError {
	doc := &p.document
	if doc.values++; doc.values > p.limits.values {
		return p.fail(schema.KindTooLarge, fmt.Sprintf("more than %d JSON values (Limits.Values)", p.limits.values))
	}
	if c := p.next(); c == '{' || c == 't' || c == 'f' {
		if doc.subschemas++; p.limits.subschemas > 0 && doc.subschemas > p.limits.subschemas {
			return p.fail(schema.KindTooLarge, fmt.Sprintf("more than %d subschemas", p.limits.subschemas))
		}
	}
	if doc.work += 8*p.pathLen + 16*p.depth*p.depth; doc.work > p.maxWork {
		return p.fail(schema.KindTooLarge, "too many values so deep or below such long property names")
	}
	return nil
}

// enter goes into the object or array whose first byte is at pos.
func (p *parser) enter() *parseError {
	if p.depth++; p.depth > p.limits.depth {
		return p.fail(schema.KindTooLarge, fmt.Sprintf("JSON nested deeper than %d (Limits.Depth)", p.limits.depth))
	}
	p.document.depth = max(p.document.depth, p.depth)
	p.pos++
	p.space()
	return nil
}

func (p *parser) object() (any, *parseError) {
	m := make(map[string]any)
	if p.next() == '}' {
		p.pos++
		return m, nil
	}
	for {
		if p.next() != '"' {
			return nil, p.syntax()
		}
		start := p.pos
		name, err := p.str()
		if err != nil {
			return nil, err
		}
		if _, twice := m[name]; twice {
			p.pos = start
			return nil, p.fail(schema.KindDecode, "an object has two properties of the same name")
		}
		p.space()
		if p.next() != ':' {
			return nil, p.syntax()
		}
		p.pos++
		p.space()
		p.pathLen += len(name) + 1
		v, err := p.parseValue()
		if err != nil {
			return nil, err
		}
		p.pathLen -= len(name) + 1
		m[name] = v
		p.space()
		switch p.next() {
		case ',':
			p.pos++
			p.space()
		case '}':
			p.pos++
			return m, nil
		default:
			return nil, p.syntax()
		}
	}
}

func (p *parser) array() (any, *parseError) {
	a := []any{}
	if p.next() == ']' {
		p.pos++
		return a, nil
	}
	p.pathLen += 2
	for {
		v, err := p.parseValue()
		if err != nil {
			return nil, err
		}
		a = append(a, v)
		p.space()
		switch p.next() {
		case ',':
			p.pos++
			p.space()
		case ']':
			p.pos++
			p.pathLen -= 2
			return a, nil
		default:
			return nil, p.syntax()
		}
	}
}

// str parses the string whose quote is at pos. Escapes and invalid UTF-8 are
// left to encoding/json, so that validator and struct see the same text.
func (p *parser) str() (string, *parseError) {
	start := p.pos
	plain := true
	for p.pos++; p.pos < len(p.text); p.pos++ {
		switch c := p.text[p.pos]; {
		case c == '"':
			p.pos++
			quoted := p.text[start:p.pos]
			if plain {
				if s := quoted[1 : len(quoted)-1]; utf8.ValidString(s) {
					return s, nil
				}
			}
			var s string
			if err := json.Unmarshal([]byte(quoted), &s); err != nil {
				p.pos = start
				return "", p.fail(schema.KindDecode, "not a valid JSON string")
			}
			return s, nil
		case c == '\\':
			plain = false
			p.pos++
		case c < ' ':
			return "", p.syntax()
		}
	}
	p.pos = len(p.text)
	return "", p.syntax()
}

func (p *parser) literal(word string) *parseError {
	rest := p.text[p.pos:]
	if strings.HasPrefix(rest, word) {
		p.pos += len(word)
		return nil
	}
	if strings.HasPrefix(word, rest) {
		p.pos = len(p.text)
	}
	return p.syntax()
}

// number parses by the grammar of RFC 8259 section 6.
func (p *parser) number() (json.Number, *parseError) {
	start := p.pos
	if p.next() == '-' {
		p.pos++
	}
	if p.next() == '0' {
		p.pos++
	} else if !p.digits() {
		return "", p.syntax()
	}
	if p.next() == '.' {
		p.pos++
		if !p.digits() {
			return "", p.syntax()
		}
	}
	if c := p.next(); c == 'e' || c == 'E' {
		p.pos++
		if c := p.next(); c == '+' || c == '-' {
			p.pos++
		}
		exponent := p.pos
		if !p.digits() {
			return "", p.syntax()
		}
		if tooBig(p.text[exponent:p.pos]) {
			p.pos = start
			return "", p.fail(schema.KindTooLarge, fmt.Sprintf("a number with an exponent beyond %d", maxExponent))
		}
	}
	if n := p.pos - start; n > maxNumberLen {
		p.pos = start
		return "", p.fail(schema.KindTooLarge, fmt.Sprintf("a number of %d bytes, at most %d are taken", n, maxNumberLen))
	}
	return json.Number(p.text[start:p.pos]), nil
}

func (p *parser) digits() bool {
	start := p.pos
	for p.pos < len(p.text) && '0' <= p.text[p.pos] && p.text[p.pos] <= '9' {
		p.pos++
	}
	return p.pos > start
}

// tooBig reports whether a run of digits is more than maxExponent.
func tooBig(digits string) bool {
	n := 0
	for i := range len(digits) {
		if n = n*10 + int(digits[i]-'0'); n > maxExponent {
			return true
		}
	}
	return false
}
