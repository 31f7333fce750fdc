package filter

import "slices"

// leaf has the tests that patterns make of one field, by what they need to be
// found: equal texts, prefixes and numbers are looked up, the rest is tried.
type leaf struct {
	texts     table[[]fieldBit]
	folded    table[[]fieldBit] // ignoring ASCII case, keys in lower case
	prefixes  []affixes
	suffixes  []affixes
	strings   []leafTest // other tests that only a string can pass
	numbers   map[numberKey][]fieldBit
	ranges    []leafTest // other tests that only a number can pass
	null      []fieldBit
	yes, no   []fieldBit
	nots      []leafTest
	exists    []fieldBit
	onlyTexts bool // there is nothing but texts
	// absent are the branches that want no such field.
	absent []int32
	// fields are those of all tests, each once.
	fields []fieldBit
}

// affixes are the prefixes, or suffixes, of one length.
type affixes struct {
	length int
	texts  table[[]fieldBit]
}

type leafTest struct {
	test test
	at   []fieldBit
}

// numberKey is a decimal without tail as a map's key.
type numberKey struct {
	mant uint64
	exp  int64
	neg  bool
}

func (d *decimal) key() numberKey { return numberKey{d.mant, d.exp, d.neg} }

func (l *leaf) add(t test, at fieldBit) {
	if !contains(l.fields, at) {
		l.fields = append(l.fields, at)
	}
	put := func(fields *[]fieldBit) { *fields = append(*fields, at) }
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
		if l.numbers == nil {
			l.numbers = map[numberKey][]fieldBit{}
		}
		l.numbers[t.number.key()] = append(l.numbers[t.number.key()], at)
	case t.op == opNumber || t.op == opRange:
		l.ranges = append(l.ranges, leafTest{t, []fieldBit{at}})
	case t.op == opLiteral:
		put(map[string]*[]fieldBit{"null": &l.null, "true": &l.yes, "false": &l.no}[t.source])
	case t.op == opExists:
		put(&l.exists)
	case t.op == opNot:
		l.nots = append(l.nots, leafTest{t, []fieldBit{at}})
	default:
		l.strings = append(l.strings, leafTest{t, []fieldBit{at}})
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
		len(l.exists)+len(l.nots)+len(l.absent) == 0
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
	l.present(m)
}

// matchNumber is the same for a valid JSON number.
func (l *leaf) matchNumber(m *matcher, text []byte) {
	if l.numbers != nil || len(l.ranges) > 0 || len(l.nots) > 0 {
		m.scalar = scalar{kind: scalarNumber, text: text, number: parseDecimal(text)}
		if d := &m.scalar.number; d.tail == nil {
			if at, ok := l.numbers[d.key()]; ok {
				m.meet(at)
			}
		}
		l.try(m, l.ranges)
		l.try(m, l.nots)
	}
	l.present(m)
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
		l.present(m)
	}
}

// present meets what any value meets, also one that is no scalar.
func (l *leaf) present(m *matcher) {
	m.meet(l.exists)
	if len(l.absent) > 0 {
		m.kill(l.absent)
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
