package filter

// leaf has the tests that patterns make of one field.
type leaf struct {
	tests []leafTest
	// absent are the branches that want no such field.
	absent []int32
}

type leafTest struct {
	test test
	at   []fieldBit
}

func (l *leaf) add(t test, at fieldBit) {
	l.tests = append(l.tests, leafTest{t, []fieldBit{at}})
}

func (l *leaf) finish() {}

// match meets the fields whose tests hold for s.
func (l *leaf) match(m *matcher, s *scalar) {
	if len(l.absent) > 0 && s.kind != scalarMissing {
		m.kill(l.absent)
	}
	for i := range l.tests {
		if l.tests[i].test.match(s) {
			m.meet(l.tests[i].at)
		}
	}
}

// fields are the fields of all tests, each once.
func (l *leaf) fields() []fieldBit {
	var all []fieldBit
	for _, t := range l.tests {
		for _, at := range t.at {
			if !contains(all, at) {
				all = append(all, at)
			}
		}
	}
	return all
}

// exists are the fields that any value meets.
func (l *leaf) exists() []fieldBit {
	var all []fieldBit
	for _, t := range l.tests {
		if t.test.op == opExists {
			all = append(all, t.at...)
		}
	}
	return all
}
