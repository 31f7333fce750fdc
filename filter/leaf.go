package filter

import "slices"

// leaf has the tests that patterns make of one field, each with the bit it
// sets, by how they are found: equal texts, prefixes and numbers are looked up,
// the rest is tried.
type leaf struct {
	texts     table[[]int32]
	folded    table[[]int32] // ignoring ASCII case, keys in lower case
	prefixes  []affixes
	suffixes  []affixes
	strings   []leafTest     // other tests that only a string can pass
	numbers   table[[]int32] // by decimal.key
	ranges    []leafTest     // other tests that only a number can pass
	null      []int32
	yes, no   []int32
	nots      []leafTest
	onlyTexts bool    // strings need no look beyond texts
	fields    []int32 // the bits of all tests, each once
	present   []int32 // bits that any value sets, also one that is no scalar: of exists, and absent
	absent    []int32 // those that must not be set
}

// affixes are the prefixes, or suffixes, of one length.
type affixes struct {
	length int
	texts  table[[]int32]
}

type leafTest struct {
	test test
	at   []int32
}

func (l *leaf) add(t test, id int32) {
	put := func(fields *[]int32) { *fields = append(*fields, id) }
	switch {
	case t.op == opText:
		put(l.texts.at(string(t.text)))
	case t.op == opFold && t.folded.ascii != nil:
		put(l.folded.at(string(t.folded.ascii)))
	case t.op == opPrefix:
		put(affixesOf(&l.prefixes, len(t.text)).texts.at(string(t.text)))
	case t.op == opSuffix:
		put(affixesOf(&l.suffixes, len(t.text)).texts.at(string(t.text)))
	case t.op == opNumber && t.number.tail == nil:
		key := t.number.key()
		put(l.numbers.at(string(key[:])))
	case t.op == opNumber || t.op == opRange:
		l.ranges = append(l.ranges, leafTest{t, []int32{id}})
	case t.op == opLiteral:
		switch t.source {
		case "null":
			put(&l.null)
		case "true":
			put(&l.yes)
		default:
			put(&l.no)
		}
	case t.op == opExists:
		put(&l.present)
	case t.op == opNot:
		l.nots = append(l.nots, leafTest{t, []int32{id}})
	default:
		l.strings = append(l.strings, leafTest{t, []int32{id}})
	}
}

func affixesOf(all *[]affixes, length int) *affixes {
	i := slices.IndexFunc(*all, func(a affixes) bool { return a.length == length })
	if i < 0 {
		i = len(*all)
		*all = append(*all, affixes{length: length})
	}
	return &(*all)[i]
}

func (l *leaf) finish() {
	l.onlyTexts = l.folded.count == 0 && len(l.prefixes)+len(l.suffixes)+len(l.strings) == 0 &&
		len(l.present)+len(l.nots) == 0
}

// matchString meets the fields whose tests hold for a string.
func (l *leaf) matchString(m *matcher, text []byte) {
	if at := l.texts.get(text); at != nil {
		m.meet(*at)
	}
	if l.onlyTexts {
		return
	}
	if l.folded.count > 0 && l.folded.lengths&lengthBit(len(text)) != 0 {
		m.lower = appendLower(m.lower[:0], text)
		if at := l.folded.get(m.lower); at != nil {
			m.meet(*at)
		}
	}
	for i := range l.prefixes {
		if a := &l.prefixes[i]; len(text) >= a.length {
			if at := a.texts.get(text[:a.length]); at != nil {
				m.meet(*at)
			}
		}
	}
	for i := range l.suffixes {
		if a := &l.suffixes[i]; len(text) >= a.length {
			if at := a.texts.get(text[len(text)-a.length:]); at != nil {
				m.meet(*at)
			}
		}
	}
	if len(l.strings) > 0 || len(l.nots) > 0 {
		m.scalar = scalar{kind: scalarString, text: text}
		l.try(m, l.strings)
		l.try(m, l.nots)
	}
	m.meet(l.present)
}

// matchNumber is the same for a valid JSON number.
func (l *leaf) matchNumber(m *matcher, text []byte) {
	if l.numbers.count > 0 || len(l.ranges) > 0 || len(l.nots) > 0 {
		m.scalar = scalar{kind: scalarNumber, text: text, number: parseDecimal(text)}
		if d := &m.scalar.number; d.tail == nil {
			key := d.key()
			if at := l.numbers.get(key[:]); at != nil {
				m.meet(*at)
			}
		}
		l.try(m, l.ranges)
		l.try(m, l.nots)
	}
	m.meet(l.present)
}

// matchLiteral is the same for null, true, false and what is missing.
func (l *leaf) matchLiteral(m *matcher, kind scalarKind) {
	switch kind {
	case scalarTrue:
		m.meet(l.yes)
	case scalarFalse:
		m.meet(l.no)
	default:
		m.meet(l.null)
	}
	if len(l.nots) > 0 {
		m.scalar = scalar{kind: kind}
		l.try(m, l.nots)
	}
	if kind != scalarMissing {
		m.meet(l.present)
	}
}

func (l *leaf) try(m *matcher, tests []leafTest) {
	for i := range tests {
		if t := &tests[i]; t.test.match(&m.scalar) {
			m.meet(t.at)
		}
	}
}

func appendLower(dst, text []byte) []byte {
	for _, c := range text {
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		dst = append(dst, c)
	}
	return dst
}
