package filter

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Finding is one thing about a pattern that Lambda refuses or reads otherwise,
// or that is hardly meant.
type Finding struct {
	// Pattern is the pattern's number, from 1; 0 when it is none of them.
	Pattern int
	// Line and Col are the position in the pattern's text, from 1; 0 when
	// there is none.
	Line, Col int
	// Path leads to the field; empty at the top.
	Path string
	// Refused: Lambda does not accept the pattern.
	Refused bool
	// Msg is what was found.
	Msg string
	// Hint is the next step, where one is known.
	Hint string
}

// String is the finding in one line.
func (f Finding) String() string {
	e := Error{Pattern: f.Pattern, Line: f.Line, Col: f.Col, Path: f.Path, Msg: f.Msg, Hint: f.Hint}
	return strings.TrimPrefix(e.Error(), "filter: ")
}

// The limits are in the AWS Lambda developer guide, "Control which events Lambda
// sends to your function", and in the API reference of Filter.
const (
	maxPatternLength = 4096
	defaultFilters   = 5
	raisedFilters    = 10
)

// Lint says what Lambda would refuse of a pattern, or read otherwise than
// [Compile], and what is always or never true. A pattern without findings does
// in an event source mapping what it does here.
func Lint(pattern string) []Finding {
	l := &linter{p: patternParser{text: pattern, number: 1}}
	l.lint()
	return l.findings
}

// LintCriteria lints the FilterCriteria of an event source mapping, as
// [FromCriteria] reads it, and each pattern in it.
func LintCriteria(criteriaJSON []byte) []Finding {
	var criteria struct {
		Filters []struct{ Pattern *string }
	}
	if err := json.Unmarshal(criteriaJSON, &criteria); err != nil {
		e, _ := errors.AsType[*Error](criteriaError(err))
		return []Finding{{Path: e.Path, Refused: true, Msg: e.Msg, Hint: e.Hint}}
	}
	var all []Finding
	switch n := len(criteria.Filters); {
	case n > raisedFilters:
		all = append(all, Finding{Refused: true, Msg: fmt.Sprintf("%d filters; Lambda allows %d at most", n, raisedFilters)})
	case n > defaultFilters:
		all = append(all, Finding{Refused: true, Msg: fmt.Sprintf("%d filters; Lambda allows %d unless the quota was raised to %d", n, defaultFilters, raisedFilters)})
	}
	for i, filter := range criteria.Filters {
		if filter.Pattern == nil {
			all = append(all, Finding{Pattern: i + 1, Msg: "the filter has no Pattern"})
			continue
		}
		l := &linter{p: patternParser{text: *filter.Pattern, number: i + 1}}
		l.lint()
		all = append(all, l.findings...)
	}
	return all
}

type linter struct {
	p        patternParser
	findings []Finding
}

func (l *linter) add(at int, path []string, refused bool, msg, hint string) {
	line, col := position(l.p.text, at)
	l.findings = append(l.findings, Finding{
		Pattern: l.p.number, Line: line, Col: col, Path: strings.Join(path, "."), Refused: refused, Msg: msg, Hint: hint,
	})
}

func (l *linter) lint() {
	if n := utf8.RuneCountInString(l.p.text); n > maxPatternLength {
		l.add(0, nil, true, fmt.Sprintf("the pattern has %d characters; Lambda allows %d", n, maxPatternLength), "")
	}
	all := l.p.parse()
	for _, err := range l.p.errs {
		e, _ := errors.AsType[*Error](err)
		l.findings = append(l.findings, Finding{
			Pattern: e.Pattern, Line: e.Line, Col: e.Col, Path: e.Path, Refused: true, Msg: e.Msg, Hint: e.Hint,
		})
	}
	if root, err := parseSyntax(l.p.text); err == nil && root.kind == syntaxObject {
		l.tops(root)
		l.repeated(nil, root)
	}
	for _, f := range l.p.replacing {
		l.add(f.at, f.path, false, "this list replaces an earlier one of the same path", "put all alternatives into one list")
	}
	for i := range l.p.lists {
		l.list(&l.p.lists[i])
	}
	for _, c := range all {
		l.forms(c)
	}
}

// tops are the names at the top, of which Lambda knows one. Source: developer
// guide, "Using event filtering with a Kafka event source".
func (l *linter) tops(n *syntaxNode) {
	for _, m := range n.members {
		if m.name == "$or" && isAlternative(m.value) {
			for _, item := range m.value.items {
				l.tops(item)
			}
			continue
		}
		if name, _, _ := strings.Cut(m.name, "."); name != "value" {
			l.add(m.at, []string{m.name}, true, "Lambda filters Kafka records on value only", "filter on this in the function")
		}
	}
}

func (l *linter) repeated(path []string, n *syntaxNode) {
	names := map[string]bool{}
	for _, m := range n.members {
		steps := slices.Concat(path, []string{m.name})
		if names[m.name] && m.value.kind == syntaxObject {
			l.add(m.at, steps, false, "the name is repeated; here both objects count, AWS documents that only the last does", "merge them")
		}
		names[m.name] = true
		switch m.value.kind {
		case syntaxObject:
			l.repeated(steps, m.value)
		case syntaxArray:
			if m.name == "$or" {
				for _, item := range m.value.items {
					l.repeated(path, item)
				}
			}
		}
	}
}

// forms finds a value that would have to be text and JSON at once.
func (l *linter) forms(c *conjunction) {
	for _, f := range c.fields {
		if len(f.path) != 1 || f.path[0] != "value" && f.path[0] != "key" {
			continue
		}
		for _, g := range c.fields {
			if g.path[0] == f.path[0] && len(g.path) > 1 {
				l.add(g.at, g.path, false, "the "+f.path[0]+" would have to be text and a JSON object at once", "")
				return
			}
		}
	}
}

func (l *linter) list(f *field) {
	for i := range f.tests {
		l.test(f, &f.tests[i])
	}
	if len(f.tests) > 1 && alwaysPresent(f.tests) {
		l.add(f.at, f.path, false, "whatever value is present meets this list: its elements are alternatives",
			`put all that is excluded into one anything-but: [{"anything-but":["a","b"]}]`)
	}
	if hasOp(f.tests, opAbsent) && hasOp(f.tests, opExists) {
		l.add(f.at, f.path, false, "the list is always met: the field exists or it does not", "leave it out")
	}
}

// alwaysPresent reports whether any scalar meets the list, as far as that can
// be told from anything-but.
func alwaysPresent(tests []test) bool {
	for i := range tests {
		if tests[i].op != opNot {
			continue
		}
		for k := range tests {
			if k != i && coversAll(&tests[k], tests[i].not) {
				return true
			}
		}
	}
	return false
}

// coversAll reports whether t holds for everything that a list of exact values
// excludes.
func coversAll(t *test, excluded []test) bool {
	for i := range excluded {
		e := &excluded[i]
		s := scalar{text: e.text, number: e.number}
		switch e.op {
		case opText:
			s.kind = scalarString
		case opNumber:
			s.kind = scalarNumber
		default:
			return false
		}
		if !t.match(&s) {
			return false
		}
	}
	return true
}

func (l *linter) test(f *field, t *test) {
	const table = "the operator is not among those that Lambda documents; EventBridge has it"
	say := func(msg, hint string) { l.add(f.at, f.path, false, t.source+": "+msg, hint) }
	switch t.op {
	case opText:
		if strings.HasPrefix(t.source, "{") {
			say(table, "write the text itself")
		}
	case opWildcard:
		say(table, "use prefix or suffix if they do")
		if len(t.glob.middles) > 3 {
			say("AWS may refuse a wildcard with this many stars as too complex", "")
		}
		if t.glob.star && t.glob.min == 0 {
			say("every string matches", "")
		}
	case opNetwork:
		say(table, "")
		if t.network.IsSingleIP() {
			l.add(f.at, f.path, true, t.source+": AWS refuses a cidr of one address", "write the address itself")
		}
	case opFoldPrefix, opFoldSuffix:
		say(table, "")
	case opPrefix, opSuffix:
		if len(t.text) == 0 {
			say("every string matches", "")
		}
	case opNot:
		for _, n := range t.not {
			if n.op != opText && n.op != opNumber {
				say(table, "")
				break
			}
		}
	case opAddress:
		say("the text looks like an IP address, so other spellings of that address match too", `use {"exactly":...} for the text alone`)
	case opNumber:
		l.number(f, t)
	}
	if t.folded != nil && t.folded.beyond {
		say("EventBridge never matches characters beyond U+FFFF ignoring case", "")
	}
}

func (l *linter) number(f *field, t *test) {
	text := t.source
	if strings.HasPrefix(text, "{") {
		return // numeric: always by value
	}
	switch {
	case !isDouble(text):
		l.add(f.at, f.path, false, shorten(text)+": a double does not hold this number; here it is matched exactly, in AWS by its text only", "")
	case strings.ContainsAny(text, "eE") || strings.Contains(text, ".") && strings.HasSuffix(text, "0"):
		l.add(f.at, f.path, false, text+": AWS documents that numbers are compared as text; the service, like this package, compares their values",
			`use {"numeric":["=",`+text+`]} to be sure`)
	}
}
