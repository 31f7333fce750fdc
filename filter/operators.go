package filter

import "net/netip"

// operator is what one element of a field's list asks for.
type operator uint8

const (
	opText       operator = iota // a string literal, or exactly
	opAddress                    // a string literal that is an IP address
	opNumber                     // a number literal, or numeric with =
	opLiteral                    // true, false, null
	opPrefix                     //
	opSuffix                     //
	opFold                       // equals-ignore-case
	opFoldPrefix                 // prefix with equals-ignore-case
	opFoldSuffix                 //
	opWildcard                   //
	opRange                      // numeric with bounds
	opNetwork                    // cidr
	opExists                     // exists true
	opAbsent                     // exists false
	opNot                        // anything-but
)

// test is one element of a field's list.
type test struct {
	op      operator
	text    []byte
	number  decimal
	low     *bound
	high    *bound
	folded  *folded
	glob    *glob
	address netip.Addr
	network netip.Prefix
	not     []test // what anything-but excludes
	source  string // as the pattern spells it
}

type bound struct {
	number decimal
	open   bool // the bound itself is outside
}

// scalarKind is the form of a scalar in a record.
type scalarKind uint8

const (
	scalarString scalarKind = iota
	scalarNumber
	scalarNull
	scalarTrue
	scalarFalse
	// scalarMissing is the key or value a record does not have: null to
	// lists, absent to exists.
	scalarMissing
)

// scalar is one leaf of a record: text unescaped for strings, as written
// otherwise.
type scalar struct {
	kind   scalarKind
	text   []byte
	number decimal // of numbers

	addressKnown, isAddress bool
	addr                    netip.Addr
}

// address parses a string once, however many tests ask.
func (s *scalar) address() (netip.Addr, bool) {
	if !s.addressKnown {
		s.addressKnown = true
		s.addr, s.isAddress = parseAddress(s.text)
	}
	return s.addr, s.isAddress
}

func (t *test) match(s *scalar) bool {
	switch t.op {
	case opExists:
		return s.kind != scalarMissing
	case opAbsent:
		return s.kind == scalarMissing
	case opNot:
		return !t.excludes(s)
	case opLiteral:
		return s.kind == literalKind(t.source) || s.kind == scalarMissing && t.source == "null"
	case opNumber:
		return s.kind == scalarNumber && t.number.equal(&s.number)
	case opRange:
		return s.kind == scalarNumber && t.inRange(&s.number)
	}
	return s.kind == scalarString && t.matchText(s)
}

// excludes reports whether an anything-but names s.
func (t *test) excludes(s *scalar) bool {
	for i := range t.not {
		if t.not[i].match(s) {
			return true
		}
	}
	return false
}

func (t *test) inRange(n *decimal) bool {
	if t.low != nil {
		if c := n.compare(&t.low.number); c < 0 || c == 0 && t.low.open {
			return false
		}
	}
	if t.high != nil {
		if c := n.compare(&t.high.number); c > 0 || c == 0 && t.high.open {
			return false
		}
	}
	return true
}

func (t *test) matchText(s *scalar) bool {
	switch t.op {
	case opText:
		return string(s.text) == string(t.text)
	case opAddress:
		addr, ok := s.address()
		return ok && addr == t.address
	case opNetwork:
		addr, ok := s.address()
		return ok && t.network.Contains(addr)
	case opPrefix:
		return len(s.text) >= len(t.text) && string(s.text[:len(t.text)]) == string(t.text)
	case opSuffix:
		return len(s.text) >= len(t.text) && string(s.text[len(s.text)-len(t.text):]) == string(t.text)
	case opFold:
		return t.folded.equal(s.text)
	case opFoldPrefix:
		return t.folded.hasPrefix(s.text)
	case opFoldSuffix:
		return t.folded.hasSuffix(s.text)
	case opWildcard:
		return t.glob.match(s.text)
	}
	return false
}

func literalKind(text string) scalarKind {
	switch text {
	case "true":
		return scalarTrue
	case "false":
		return scalarFalse
	}
	return scalarNull
}
