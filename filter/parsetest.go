package filter

import (
	"fmt"
	"strings"
)

// isReserved reports whether a name inside a $or makes it an ordinary field:
// event-ruler's operators and the words it keeps for later.
func isReserved(name string) bool {
	switch name {
	case "exactly", "equals-ignore-case", "prefix", "suffix", "anything-but", "exists", "wildcard", "numeric", "cidr",
		"=", "<", "<=", ">", ">=",
		"regex", "not-wildcard", "not-equals-ignore-case",
		"date-after", "date-on-or-after", "date-before", "date-on-or-before", "in-date-range",
		"ip-address-in-range", "ip-address-not-in-range":
		return true
	}
	return false
}

var operatorNames = [...]string{
	"prefix", "suffix", "equals-ignore-case", "wildcard", "numeric", "cidr", "anything-but", "exists", "exactly",
}

// test reads one element of a field's list.
func (p *patternParser) test(path []string, n *syntaxNode) (test, bool) {
	t := test{source: p.text[n.at:n.end]}
	switch n.kind {
	case syntaxString:
		t.op, t.text = opText, []byte(n.text)
		if addr, ok := parseAddress(t.text); ok {
			t.op, t.address = opAddress, addr
		}
	case syntaxNumber:
		t.op, t.number = opNumber, parseDecimal([]byte(n.text))
	case syntaxLiteral:
		t.op = opLiteral
	case syntaxArray:
		p.fail(n.at, path, "a list inside a list is not allowed", "name the wanted values themselves; arrays of the record match element by element")
		return t, false
	case syntaxObject:
		return p.operator(path, n)
	}
	return t, true
}

func (p *patternParser) operator(path []string, n *syntaxNode) (test, bool) {
	t := test{source: p.text[n.at:n.end]}
	m, ok := p.single(path, n)
	if !ok {
		return t, false
	}
	before := len(p.errs)
	v := m.value
	switch m.name {
	case "exactly":
		t.op, t.text = opText, p.operand(path, m)
	case "prefix":
		p.affix(&t, path, m, opPrefix, opFoldPrefix)
	case "suffix":
		p.affix(&t, path, m, opSuffix, opFoldSuffix)
	case "equals-ignore-case":
		t.op, t.folded = opFold, foldText(string(p.operand(path, m)))
	case "wildcard":
		t.op = opWildcard
		p.glob(&t, path, m)
	case "numeric":
		p.numeric(&t, path, v)
	case "cidr":
		t.op = opNetwork
		if text := p.operand(path, m); text != nil {
			network, msg := parseNetwork(string(text))
			if msg != "" {
				p.fail(v.at, path, msg, `such as "10.0.0.0/24"`)
			}
			t.network = network.Masked()
		}
	case "anything-but":
		t.op = opNot
		p.anythingBut(&t, path, v)
	case "exists":
		switch {
		case v.kind == syntaxLiteral && v.text == "true":
			t.op = opExists
		case v.kind == syntaxLiteral && v.text == "false":
			t.op = opAbsent
		default:
			p.fail(v.at, path, "exists wants true or false, got "+v.kind.String(), "")
		}
	default:
		p.fail(m.at, path, fmt.Sprintf("%q is not an operator", m.name), operatorHint(m.name))
	}
	return t, len(p.errs) == before
}

// single is the one member an operator object must have.
func (p *patternParser) single(path []string, n *syntaxNode) (syntaxMember, bool) {
	if len(n.members) != 1 {
		p.fail(n.at, path, fmt.Sprintf("an operator is an object with one name, got %d", len(n.members)),
			"list elements are alternatives; for several conditions on one field use several patterns or other operators")
		return syntaxMember{}, false
	}
	return n.members[0], true
}

func operatorHint(name string) string {
	wanted := strings.ToLower(strings.NewReplacer("_", "-", " ", "-").Replace(name))
	for _, known := range operatorNames {
		if wanted == known || strings.ReplaceAll(wanted, "-", "") == strings.ReplaceAll(known, "-", "") {
			return fmt.Sprintf("did you mean %q? operators are case-sensitive", known)
		}
	}
	switch wanted {
	case "or":
		return `did you mean "$or"? it stands beside the fields, not inside a list`
	case "not", "anything-but-prefix", "not-equals":
		return `did you mean "anything-but"?`
	case "equals", "eq":
		return "an equal value stands in the list by itself"
	}
	return "operators are " + strings.Join(operatorNames[:], ", ")
}

// operand is a string operand, nil after an error.
func (p *patternParser) operand(path []string, m syntaxMember) []byte {
	if m.value.kind != syntaxString {
		p.fail(m.value.at, path, m.name+" wants a string, got "+m.value.kind.String(), "")
		return nil
	}
	return []byte(m.value.text)
}

// affix reads prefix or suffix: a string, or an object with equals-ignore-case.
func (p *patternParser) affix(t *test, path []string, m syntaxMember, plain, fold operator) {
	if m.value.kind != syntaxObject {
		t.op, t.text = plain, p.operand(path, m)
		return
	}
	t.op = fold
	inner, ok := p.single(path, m.value)
	switch {
	case !ok:
	case inner.name != "equals-ignore-case":
		p.fail(inner.at, path, fmt.Sprintf("%s can hold equals-ignore-case only, got %q", m.name, inner.name), "")
	default:
		t.folded = foldText(string(p.operand(path, inner)))
	}
}

func (p *patternParser) glob(t *test, path []string, m syntaxMember) {
	text := p.operand(path, m)
	g, at, msg := parseGlob(string(text))
	if msg != "" {
		p.fail(m.value.at, path, fmt.Sprintf("%s at byte %d of the wildcard", msg, at+1), `write \\* for a star and \\\\ for a backslash`)
	}
	t.glob = &g
}

func (p *patternParser) numeric(t *test, path []string, v *syntaxNode) {
	const usage = `such as ["=",5], [">",0] or [">=",0,"<",10]`
	if v.kind != syntaxArray {
		p.fail(v.at, path, "numeric wants a list, got "+v.kind.String(), usage)
		return
	}
	if len(v.items) != 2 && len(v.items) != 4 {
		p.fail(v.at, path, fmt.Sprintf("numeric wants an operator and a number, or two of each, got %d elements", len(v.items)), usage)
		return
	}
	t.op = opRange
	for i := 0; i < len(v.items); i += 2 {
		sign, number := v.items[i], v.items[i+1]
		if sign.kind != syntaxString {
			p.fail(sign.at, path, "a comparison of numeric must be a string, got "+sign.kind.String(), usage)
			return
		}
		if number.kind != syntaxNumber {
			p.fail(number.at, path, fmt.Sprintf("the operand of %q must be a number, got %s", sign.text, number.kind), "")
			return
		}
		p.representable(path, number)
		b := bound{number: parseDecimal([]byte(number.text))}
		switch {
		case sign.text == "=" && len(v.items) == 2:
			t.op, t.number = opNumber, b.number
		case (sign.text == ">" || sign.text == ">=") && i == 0:
			b.open = sign.text == ">"
			t.low = &b
		case (sign.text == "<" || sign.text == "<=") && (i == 2 || len(v.items) == 2):
			b.open = sign.text == "<"
			t.high = &b
		case sign.text == "=" || sign.text == "<" || sign.text == "<=" || sign.text == ">" || sign.text == ">=":
			p.fail(sign.at, path, fmt.Sprintf("a numeric range is a lower bound, then an upper bound; %q cannot stand here", sign.text), usage)
			return
		default:
			p.fail(sign.at, path, fmt.Sprintf("%q is not a comparison; there are =, <, <=, > and >=", sign.text), usage)
			return
		}
	}
	if t.low != nil && t.high != nil && t.low.number.compare(&t.high.number) >= 0 {
		p.fail(v.at, path, "the numeric range is empty or a single point; the lower bound must be below the upper", `for one number use ["=",n]`)
	}
}

// representable refuses the operands that AWS refuses.
func (p *patternParser) representable(path []string, n *syntaxNode) {
	if !isDouble(n.text) {
		p.fail(n.at, path, "the number "+shorten(n.text)+" cannot be compared: a double does not hold it exactly (AWS refuses it too)",
			"as a plain element of the list it is matched exactly")
	}
}

func shorten(text string) string {
	if len(text) > 40 {
		return text[:37] + "..."
	}
	return text
}

func (p *patternParser) anythingBut(t *test, path []string, v *syntaxNode) {
	const usage = `such as "a", ["a","b"], [1,2], or {"prefix":"a"}`
	name, operands := "", v
	if v.kind == syntaxObject {
		m, ok := p.single(path, v)
		if !ok {
			return
		}
		name, operands = m.name, m.value
		switch name {
		case "prefix", "suffix", "wildcard", "equals-ignore-case":
		default:
			p.fail(m.at, path, fmt.Sprintf("anything-but can hold prefix, suffix, wildcard or equals-ignore-case, not %q", name), "")
			return
		}
	}
	items := []*syntaxNode{operands}
	if operands.kind == syntaxArray {
		items = operands.items
	}
	if len(items) == 0 {
		p.fail(operands.at, path, "anything-but wants at least one value", usage)
		return
	}
	for _, item := range items {
		p.excluded(t, path, name, item, items[0].kind, usage)
	}
}

// excluded adds one value to what an anything-but excludes.
func (p *patternParser) excluded(t *test, path []string, name string, item *syntaxNode, first syntaxKind, usage string) {
	switch {
	case item.kind != syntaxString && (name != "" || item.kind != syntaxNumber):
		wants := "strings or numbers"
		if name != "" {
			wants = "strings"
		}
		p.fail(item.at, path, "anything-but wants "+wants+" here, got "+item.kind.String(), usage)
		return
	case item.kind != first:
		p.fail(item.at, path, "anything-but wants all strings or all numbers, not both", usage)
		return
	}
	not := test{source: p.text[item.at:item.end], text: []byte(item.text)}
	switch {
	case item.kind == syntaxNumber:
		p.representable(path, item)
		not.op, not.number = opNumber, parseDecimal([]byte(item.text))
	case name == "":
		not.op = opText
	case name == "prefix" || name == "suffix":
		if not.op = opPrefix; name == "suffix" {
			not.op = opSuffix
		}
		if item.text == "" {
			p.fail(item.at, path, "anything-but with an empty "+name+" matches no string", "leave it out, or name what to exclude")
		}
	case name == "wildcard":
		not.op = opWildcard
		p.glob(&not, path, syntaxMember{name: name, value: item})
	default:
		not.op, not.folded = opFold, foldText(item.text)
	}
	t.not = append(t.not, not)
}
