package filter

import (
	"fmt"
	"slices"
	"strings"
)

// field is one path of a pattern and the list it has to meet.
type field struct {
	path  []string
	tests []test // any may hold
	at    int    // byte offset of the list in the pattern
}

func (f *field) name() string { return strings.Join(f.path, ".") }

// conjunction is a set of fields that have to hold together; a pattern is one
// or, with $or, several of which any may hold. Paths are unique: a later list
// of the same path replaces an earlier one.
type conjunction struct {
	fields []field
	byPath map[string]int
}

// put reports whether the field replaced another.
func (c *conjunction) put(f field) bool {
	name := f.name()
	if i, ok := c.byPath[name]; ok {
		c.fields[i] = f
		return true
	}
	c.byPath[name] = len(c.fields)
	c.fields = append(c.fields, f)
	return false
}

func (c *conjunction) clone() *conjunction {
	copied := newConjunction()
	for _, f := range c.fields {
		copied.put(f)
	}
	return copied
}

func newConjunction() *conjunction { return &conjunction{byPath: map[string]int{}} }

const (
	// maxConjunctions bounds what one pattern's $or may expand to.
	maxConjunctions = 1024
	// maxFields bounds the fields of all those together.
	maxFields = 1 << 16
)

// patternParser turns one pattern's tree into conjunctions. It goes on after
// an error, so that all are reported.
type patternParser struct {
	text   string
	number int // of the pattern, from 1
	errs   []error
	full   bool // an expansion cap was hit and reported

	// strangers are the lists that no record can meet; see CheckRecord.
	strangers []error
	// For Lint: all lists, and those that took the place of an earlier one.
	lists, replacing []field
}

// parse returns the conjunctions any of which may hold.
func (p *patternParser) parse() []*conjunction {
	root, err := parseSyntax(p.text)
	if err != nil {
		p.fail(err.at, nil, err.msg, "")
		return nil
	}
	if root.kind != syntaxObject {
		p.fail(root.at, nil, "a pattern must be an object, got "+root.kind.String(),
			`write {"value":{"field":["wanted"]}}`)
		return nil
	}
	all := p.object([]*conjunction{newConjunction()}, nil, root)
	return p.splitAbsent(all)
}

func (p *patternParser) fail(at int, path []string, msg, hint string) {
	line, col := position(p.text, at)
	p.errs = append(p.errs, &Error{
		Pattern: p.number, Line: line, Col: col, Path: strings.Join(path, "."), Msg: msg, Hint: hint,
	})
}

// object adds the fields of one object to every conjunction so far, in
// document order, as event-ruler does.
func (p *patternParser) object(all []*conjunction, path []string, n *syntaxNode) []*conjunction {
	if len(n.members) == 0 {
		p.fail(n.at, path, "an object without fields matches nothing", `name a field, or use [{"exists":true}]`)
	}
	for _, m := range n.members {
		if m.name == "$or" && isAlternative(m.value) {
			all = p.alternative(all, path, m.value)
			continue
		}
		steps := slices.Concat(path, strings.Split(m.name, "."))
		switch m.value.kind {
		case syntaxObject:
			all = p.object(all, steps, m.value)
		case syntaxArray:
			if m.name == "$or" && isLoneAlternative(m.value) {
				p.fail(m.value.at, steps, "$or wants a list of at least two objects", "leave $or out where there is one")
				break
			}
			p.list(all, steps, m.value)
		default:
			p.fail(m.value.at, steps, "must be a list or an object, got "+m.value.kind.String(),
				"write ["+p.text[m.value.at:m.value.end]+"]")
		}
		if len(steps) > maxPatternDepth {
			p.fail(m.at, steps, fmt.Sprintf("the path has more than %d names", maxPatternDepth), "")
		}
	}
	return all
}

func (p *patternParser) list(all []*conjunction, path []string, n *syntaxNode) {
	f := field{path: path, at: n.at, tests: make([]test, 0, len(n.items))}
	if len(n.items) == 0 {
		p.fail(n.at, path, "an empty list matches nothing", "name at least one wanted value")
	}
	for _, item := range n.items {
		if t, ok := p.test(path, item); ok {
			f.tests = append(f.tests, t)
		}
	}
	if !p.room(all, len(all), n.at, path) {
		return
	}
	p.lists = append(p.lists, f)
	if !isRecordName(path[0]) {
		line, col := position(p.text, n.at)
		p.strangers = append(p.strangers, &Error{
			Pattern: p.number, Line: line, Col: col, Path: f.name(), Msg: fmt.Sprintf("a record has no %q", path[0]),
			Hint: `put fields of the value under "value"; there are also key, headers, topic, partition, offset, timestamp and timestampType`,
		})
	}
	replaced := false
	for _, c := range all {
		replaced = c.put(f) || replaced
	}
	if replaced {
		p.replacing = append(p.replacing, f)
	}
}

// isAlternative reports whether a $or is the relation: a list of two or more
// objects none of which names an operator. Otherwise it is a field of that
// name, as in event-ruler.
func isAlternative(n *syntaxNode) bool {
	if n.kind != syntaxArray || len(n.items) < 2 {
		return false
	}
	for _, item := range n.items {
		if item.kind != syntaxObject || namesOperator(item) {
			return false
		}
	}
	return true
}

func namesOperator(n *syntaxNode) bool {
	for _, m := range n.members {
		if m.name == "$or" {
			continue // judged on its own
		}
		if isReserved(m.name) || m.value.kind == syntaxObject && namesOperator(m.value) {
			return true
		}
	}
	return false
}

// isLoneAlternative reports whether a $or that is not the relation looks meant
// as one: its only element names a field.
func isLoneAlternative(n *syntaxNode) bool {
	return len(n.items) == 1 && n.items[0].kind == syntaxObject && !namesOperator(n.items[0])
}

func (p *patternParser) alternative(all []*conjunction, path []string, n *syntaxNode) []*conjunction {
	var next []*conjunction
	for _, item := range n.items {
		if !p.room(all, len(all), item.at, path) || len(next)+len(all) > maxConjunctions {
			p.tooMany(item.at, path)
			return all
		}
		copies := make([]*conjunction, len(all))
		for i, c := range all {
			copies[i] = c.clone()
		}
		next = append(next, p.object(copies, path, item)...)
	}
	if len(next) > maxConjunctions {
		p.tooMany(n.at, path)
		return all
	}
	return next
}

// room reports whether the conjunctions may grow by extra fields.
func (p *patternParser) room(all []*conjunction, extra, at int, path []string) bool {
	total := extra
	for _, c := range all {
		total += len(c.fields)
	}
	if total <= maxFields {
		return true
	}
	p.tooMany(at, path)
	return false
}

func (p *patternParser) tooMany(at int, path []string) {
	if p.full {
		return
	}
	p.full = true
	p.fail(at, path,
		fmt.Sprintf("the alternatives expand to more than %d combinations or %d fields", maxConjunctions, maxFields),
		"split the pattern: several patterns are alternatives too")
}

// splitAbsent gives a list that mixes exists false with other tests a
// conjunction each, because absence is judged over the whole record and the
// rest within an array element.
func (p *patternParser) splitAbsent(all []*conjunction) []*conjunction {
	var next []*conjunction
	for i := 0; i < len(all); i++ {
		c := all[i]
		mixed := -1
		for k, f := range c.fields {
			if len(f.tests) > 1 && hasOp(f.tests, opAbsent) && !allOp(f.tests, opAbsent) {
				mixed = k
			}
		}
		if mixed < 0 {
			next = append(next, c)
			continue
		}
		if len(all) >= maxConjunctions {
			p.tooMany(c.fields[mixed].at, c.fields[mixed].path)
			return next
		}
		present, absent := c, c.clone()
		f, g := &present.fields[mixed], &absent.fields[mixed]
		tests := f.tests
		f.tests, g.tests = nil, nil
		for _, t := range tests {
			if t.op == opAbsent {
				g.tests = append(g.tests, t)
			} else {
				f.tests = append(f.tests, t)
			}
		}
		all = append(all, absent)
		i--
	}
	return next
}

func hasOp(tests []test, op operator) bool {
	for i := range tests {
		if tests[i].op == op {
			return true
		}
	}
	return false
}

func allOp(tests []test, op operator) bool {
	for i := range tests {
		if tests[i].op != op {
			return false
		}
	}
	return true
}

// isRecordName reports whether a record has a field of that name.
func isRecordName(name string) bool {
	switch name {
	case "topic", "partition", "offset", "timestamp", "timestampType", "headers", "key", "value":
		return true
	}
	return false
}
