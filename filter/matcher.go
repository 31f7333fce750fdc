package filter

// matcher is the state of one match: which fields of which branches have been
// met so far. It is reused; undoing the journal makes it clean again, so a
// match costs what it meets and not what there is.
type matcher struct {
	p    *program
	all  bool // every pattern is wanted, not whether there is one
	hold bool // do not stop early: a later part may take a match back
	bits []uint64
	left []int32 // by branch: fields not met yet
	dead []bool  // by branch: an absent field was seen
	hit  []bool  // by pattern, when all are wanted

	met     []fieldBit // journal of bits
	killed  []int32    // journal of dead
	matched []int32    // patterns that matched, once each
	found   bool

	trust    bool
	mismatch *MismatchError
	views    [2][]byte // of key and value
	rendered [2]bool

	data    []byte // the JSON text being scanned
	nest    []uint64
	pending int // with trust: leaves not seen yet
	arrays  int // arrays that are open
	scalar  scalar
	scratch []byte
	lower   []byte
}

// forget drops what belongs to one record, so that a pooled matcher pins no
// payload.
func (m *matcher) forget() {
	m.mismatch = nil
	m.rendered = [2]bool{}
	m.data = nil
	m.scalar = scalar{}
}

func newMatcher(p *program) *matcher {
	m := &matcher{
		p:    p,
		bits: make([]uint64, p.words),
		left: make([]int32, len(p.branches)),
		dead: make([]bool, len(p.branches)),
		hit:  make([]bool, p.patterns),
	}
	for i := range p.branches {
		m.left[i] = p.branches[i].need
	}
	return m
}

// mark is a point to which a matcher can be rolled back.
type mark struct {
	met, killed, matched int
	found                bool
}

func (m *matcher) mark() mark { return mark{len(m.met), len(m.killed), len(m.matched), m.found} }

func (m *matcher) rollback(to mark) {
	for _, at := range m.met[to.met:] {
		m.unmeet(at)
	}
	for _, b := range m.killed[to.killed:] {
		m.dead[b] = false
	}
	for _, p := range m.matched[to.matched:] {
		m.hit[p] = false
	}
	m.met, m.killed, m.matched, m.found = m.met[:to.met], m.killed[:to.killed], m.matched[:to.matched], to.found
}

func (m *matcher) unmeet(at fieldBit) {
	m.bits[at.word] &^= at.mask
	m.left[at.branch]++
}

// meet sets single-field bits.
func (m *matcher) meet(fields []fieldBit) {
	for i := range fields {
		at := &fields[i]
		if m.bits[at.word]&at.mask != 0 {
			continue
		}
		m.bits[at.word] |= at.mask
		m.met = append(m.met, *at)
		if m.left[at.branch]--; m.left[at.branch] == 0 {
			m.complete(at.branch)
		}
	}
}

// meetSet sets bits that may be many to a word.
func (m *matcher) meetSet(set []fieldBit) {
	for _, at := range set {
		for rest := at.mask; rest != 0; rest &= rest - 1 {
			at.mask = rest & -rest
			m.meet([]fieldBit{at})
		}
	}
}

func (m *matcher) complete(id int32) {
	b := &m.p.branches[id]
	if b.absent {
		return // until the end
	}
	m.match(b.pattern)
}

func (m *matcher) match(pattern int32) {
	m.found = true
	if !m.hit[pattern] {
		m.hit[pattern] = true
		m.matched = append(m.matched, pattern)
	}
}

func (m *matcher) kill(branches []int32) {
	for _, b := range branches {
		if !m.dead[b] {
			m.dead[b] = true
			m.killed = append(m.killed, b)
		}
	}
}

// element ends an element of an array at n, given where the journal stood
// before it. A branch with several fields below n wants them all from one
// element, so it keeps what this one met only if that is all of them.
func (m *matcher) element(n *node, before int) {
	keep := before
	for _, at := range m.met[before:] {
		if set := n.below[at.branch]; contains(set, at) && !m.metAll(set) {
			m.unmeet(at)
			continue
		}
		m.met[keep] = at
		keep++
	}
	m.met = m.met[:keep]
}

func contains(set []fieldBit, at fieldBit) bool {
	for _, s := range set {
		if s.word == at.word && s.mask&at.mask != 0 {
			return true
		}
	}
	return false
}

func (m *matcher) metAll(set []fieldBit) bool {
	for _, s := range set {
		if m.bits[s.word]&s.mask != s.mask {
			return false
		}
	}
	return true
}

// finish decides the branches that want absent fields. The record has been
// seen whole.
func (m *matcher) finish() {
	for _, id := range m.p.absent {
		if m.left[id] == 0 && !m.dead[id] {
			m.match(m.p.branches[id].pattern)
		}
	}
}

func (m *matcher) stopEarly() bool { return m.found && !m.all && !m.hold }
