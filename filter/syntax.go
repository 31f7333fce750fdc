package filter

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// syntaxNode is one JSON value of a pattern's text, with its place in it.
type syntaxNode struct {
	kind    syntaxKind
	at, end int    // byte offsets in the text
	text    string // strings unescaped, numbers and literals as written
	members []syntaxMember
	items   []*syntaxNode
}

type syntaxMember struct {
	name  string
	at    int
	value *syntaxNode
}

type syntaxKind uint8

const (
	syntaxObject syntaxKind = iota
	syntaxArray
	syntaxString
	syntaxNumber
	syntaxLiteral // true, false, null
)

func (k syntaxKind) String() string {
	return [...]string{"an object", "a list", "a string", "a number", "true, false or null"}[k]
}

// maxPatternDepth bounds the nesting of a pattern; ordinary ones need five.
const maxPatternDepth = 64

// syntaxError is where a text stops being JSON, and why.
type syntaxError struct {
	at  int
	msg string
}

func (e *syntaxError) Error() string { return e.msg }

// parseSyntax reads one JSON text into a tree that keeps repeated members,
// their order and every offset, which encoding/json does not.
func parseSyntax(text string) (*syntaxNode, *syntaxError) {
	p := &syntaxParser{text: []byte(text)}
	if !utf8.ValidString(text) {
		for i, r := range text {
			if _, n := utf8.DecodeRuneInString(text[i:]); r == utf8.RuneError && n == 1 {
				return nil, &syntaxError{i, "the pattern is not UTF-8"}
			}
		}
	}
	p.space()
	n, err := p.value(0)
	if err != nil {
		return nil, err
	}
	p.space()
	if p.i < len(p.text) {
		return nil, &syntaxError{p.i, "there is text after the pattern's end"}
	}
	return n, nil
}

type syntaxParser struct {
	text []byte
	i    int
}

func (p *syntaxParser) space() { p.i = skipSpace(p.text, p.i) }

func (p *syntaxParser) peek() byte {
	if p.i < len(p.text) {
		return p.text[p.i]
	}
	return 0
}

func (p *syntaxParser) fail(msg string) *syntaxError {
	if p.i >= len(p.text) {
		return &syntaxError{len(p.text), "the pattern ends too early"}
	}
	return &syntaxError{p.i, msg}
}

func (p *syntaxParser) value(depth int) (*syntaxNode, *syntaxError) {
	if depth > maxPatternDepth {
		return nil, &syntaxError{p.i, fmt.Sprintf("the pattern nests deeper than %d levels", maxPatternDepth)}
	}
	n := &syntaxNode{at: p.i}
	var err *syntaxError
	switch c := p.peek(); {
	case c == '{':
		n.kind = syntaxObject
		err = p.object(n, depth)
	case c == '[':
		n.kind = syntaxArray
		err = p.array(n, depth)
	case c == '"':
		n.kind = syntaxString
		n.text, err = p.string()
	case c == '-' || '0' <= c && c <= '9':
		n.kind = syntaxNumber
		end := scanNumber(p.text, p.i)
		if end < 0 {
			return nil, p.fail("this is not a JSON number")
		}
		n.text = string(p.text[p.i:end])
		p.i = end
	default:
		n.kind = syntaxLiteral
		end := scanLiteral(p.text, p.i)
		if end < 0 {
			return nil, p.fail("a JSON value must start here")
		}
		n.text = string(p.text[p.i:end])
		p.i = end
	}
	n.end = p.i
	return n, err
}

func (p *syntaxParser) object(n *syntaxNode, depth int) *syntaxError {
	p.i++
	for first := true; ; first = false {
		p.space()
		if first && p.peek() == '}' {
			break
		}
		m := syntaxMember{at: p.i}
		if p.peek() != '"' {
			return p.fail(`a field name in double quotes must stand here`)
		}
		var err *syntaxError
		if m.name, err = p.string(); err != nil {
			return err
		}
		p.space()
		if p.peek() != ':' {
			return p.fail("a colon must stand here")
		}
		p.i++
		p.space()
		if m.value, err = p.value(depth + 1); err != nil {
			return err
		}
		n.members = append(n.members, m)
		p.space()
		if p.peek() == ',' {
			p.i++
			continue
		}
		if p.peek() != '}' {
			return p.fail("a comma or } must stand here")
		}
		break
	}
	p.i++
	return nil
}

func (p *syntaxParser) array(n *syntaxNode, depth int) *syntaxError {
	p.i++
	for first := true; ; first = false {
		p.space()
		if first && p.peek() == ']' {
			break
		}
		item, err := p.value(depth + 1)
		if err != nil {
			return err
		}
		n.items = append(n.items, item)
		p.space()
		if p.peek() == ',' {
			p.i++
			continue
		}
		if p.peek() != ']' {
			return p.fail("a comma or ] must stand here")
		}
		break
	}
	p.i++
	return nil
}

func (p *syntaxParser) string() (string, *syntaxError) {
	end, escaped := scanString(p.text, p.i+1)
	if end < 0 {
		return "", p.fail("this string is not closed, or holds a control character or a bad escape")
	}
	raw := p.text[p.i+1 : end]
	p.i = end + 1
	if !escaped {
		return string(raw), nil
	}
	return string(appendUnescaped(nil, raw)), nil
}

// position turns a byte offset into a line and a column, both from 1.
func position(text string, at int) (line, col int) {
	before := text[:min(at, len(text))]
	start := strings.LastIndexByte(before, '\n') + 1
	return strings.Count(before, "\n") + 1, utf8.RuneCountInString(before[start:]) + 1
}
