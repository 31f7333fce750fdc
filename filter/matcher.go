package filter

import "slices"

// matcher is the state of one match: which bits of the program have been set
// so far. It is reused; undoing its journals makes it clean again, so a match
// costs what it meets and not what there is.
//
// A gate is looked at only when the bit it watches is set. If another of its
// members is unset it goes over to watching that one.
type matcher struct {
	p        *program
	all      bool // every pattern is wanted, not whether there is one
	hold     bool // do not stop early: a later part may take a match back
	trust    bool
	mismatch *MismatchError

	bits    []uint64
	next    []int32 // by gate: the next one that watches the same bit, for moved gates
	first   []int32 // by bit: the first gate moved there, or none
	watches []int32 // by gate: the bit it moved to, or none
	cursor  []int32 // by gate: the member last watched; a hint only
	hit     []bool  // by pattern
	done    []bool  // by branch with absent fields: all the others are met

	set       []int32 // journal of bits
	moved     []int32 // journal of gates that went over to another bit
	completed []int32 // journal of gates all of whose members were set
	matched   []int32 // patterns that matched, once each
	waiting   []int32 // branches done
	found     bool
	queue     []int32 // gates to look at; see lookAtMoved

	views    [2][]byte // of key and value
	rendered [2]bool

	data    []byte // the JSON text being scanned
	pending int    // with trust: leaves not seen yet
	arrays  int    // arrays that are open
	scalar  scalar
	scratch []byte
	lower   []byte

	tops    [3]member // key, value and document; they outlive a record
	members int       // in all layouts
}

func newMatcher(p *program) *matcher {
	m := &matcher{
		p:       p,
		bits:    make([]uint64, (len(p.levels)+63)/64),
		next:    make([]int32, len(p.gates)),
		first:   make([]int32, len(p.levels)),
		watches: make([]int32, len(p.gates)),
		cursor:  make([]int32, len(p.gates)),
		hit:     make([]bool, p.patterns),
		done:    make([]bool, len(p.branches)),
	}
	for i := range m.first {
		m.first[i] = none
	}
	for i := range m.watches {
		m.watches[i] = none
	}
	return m
}

// mark is a point to which a matcher can be rolled back.
type mark struct {
	set, completed, matched, waiting int
	found                            bool
}

func (m *matcher) mark() mark {
	return mark{len(m.set), len(m.completed), len(m.matched), len(m.waiting), m.found}
}

// rollback unsets what was set after a mark.
func (m *matcher) rollback(to mark) {
	for _, id := range m.set[to.set:] {
		m.unset(id)
	}
	for _, p := range m.matched[to.matched:] {
		m.hit[p] = false
	}
	for _, b := range m.waiting[to.waiting:] {
		m.done[b] = false
	}
	m.set, m.matched, m.waiting, m.found = m.set[:to.set], m.matched[:to.matched], m.waiting[:to.waiting], to.found
	m.reopen(to.completed)
}

// reset makes the matcher as new. It also drops what belongs to one record, so
// that a pooled matcher pins no payload.
func (m *matcher) reset() {
	m.completed = m.completed[:0]
	m.rollback(mark{})
	for _, g := range m.moved {
		if bit := m.watches[g]; bit != none {
			m.first[bit] = none
			m.watches[g] = none
		}
	}
	m.moved = m.moved[:0]
	m.mismatch = nil
	m.rendered = [2]bool{}
	m.data = nil
	m.scalar = scalar{}
}

// oversized reports whether a large record has made the matcher too big to
// keep.
func (m *matcher) oversized() bool {
	const limit = 1 << 16
	return max(cap(m.set), cap(m.moved), cap(m.completed)) > limit ||
		max(cap(m.views[0]), cap(m.views[1]), cap(m.scratch), cap(m.lower)) > 4*limit
}

func (m *matcher) isSet(id int32) bool { return m.bits[id>>6]>>(id&63)&1 != 0 }

func (m *matcher) unset(id int32) { m.bits[id>>6] &^= 1 << (id & 63) }

// meet sets bits.
func (m *matcher) meet(ids []int32) {
	for _, id := range ids {
		if !m.isSet(id) {
			m.meetOne(id)
		}
	}
}

func (m *matcher) meetOne(id int32) {
	m.bits[id>>6] |= 1 << (id & 63)
	m.set = append(m.set, id)
	if m.first[id] != none {
		m.lookAtMoved(id)
	}
	for _, g := range m.p.watch[id] {
		if m.watches[g] == none {
			m.look(g)
		}
	}
}

// lookAtMoved looks at the gates that moved to a bit, which is now set. Looking
// at one may look at others of them, so they are taken off the list first.
func (m *matcher) lookAtMoved(id int32) {
	start := len(m.queue)
	for g := m.first[id]; g != none; g = m.next[g] {
		m.watches[g] = none
		m.queue = append(m.queue, g)
	}
	m.first[id] = none
	for i, end := start, len(m.queue); i < end; i++ {
		if g := m.queue[i]; m.watches[g] == none {
			m.look(g)
		}
	}
	m.queue = m.queue[:start]
}

// look checks a gate whose watched bit was set.
func (m *matcher) look(id int32) {
	if m.move(id) {
		return
	}
	m.completed = append(m.completed, id)
	g := &m.p.gates[id]
	if g.bit != none {
		if !m.isSet(g.bit) {
			m.meetOne(g.bit)
		}
		return
	}
	b := &m.p.branches[g.branch]
	if len(b.absent) == 0 {
		m.match(b.pattern)
	} else if !m.done[g.branch] {
		m.done[g.branch] = true
		m.waiting = append(m.waiting, g.branch)
	}
}

// move makes a gate watch one of its unset members; false if all are set. It
// goes round from the member it watched last, so all moves together pass the
// members twice at most.
func (m *matcher) move(id int32) bool {
	members := m.p.gates[id].members
	k := int(m.cursor[id])
	for range members {
		if bit := members[k]; !m.isSet(bit) {
			m.cursor[id] = int32(k)
			m.watches[id] = bit
			m.next[id] = m.first[bit]
			m.first[bit] = id
			m.moved = append(m.moved, id)
			return true
		}
		if k++; k == len(members) {
			k = 0
		}
	}
	return false
}

func (m *matcher) match(pattern int32) {
	m.found = true
	if !m.hit[pattern] {
		m.hit[pattern] = true
		m.matched = append(m.matched, pattern)
	}
}

// element ends an element of an array at a node of that depth, given where the
// journals stood before it: what has to come from one element is unset. What
// came out of it stays.
func (m *matcher) element(depth int8, before mark) {
	keep := before.set
	for _, id := range m.set[before.set:] {
		if m.p.levels[id] >= depth {
			m.unset(id)
			continue
		}
		m.set[keep] = id
		keep++
	}
	m.set = m.set[:keep]
	m.reopen(before.completed)
}

// reopen makes gates that were complete and may no longer be watch again.
func (m *matcher) reopen(from int) {
	keep := from
	for _, id := range m.completed[from:] {
		switch {
		case m.watches[id] != none || !m.isSet(m.p.gates[id].watch):
		case m.move(id):
		default:
			m.completed[keep] = id
			keep++
		}
	}
	m.completed = m.completed[:keep]
}

// finish decides the branches that want absent fields. The record has been
// seen whole.
func (m *matcher) finish() {
	for _, ids := range [2][]int32{m.waiting, m.p.pure} {
		for _, id := range ids {
			if b := &m.p.branches[id]; !m.anySet(b.absent) {
				m.match(b.pattern)
			}
		}
	}
}

func (m *matcher) anySet(ids []int32) bool {
	return slices.ContainsFunc(ids, m.isSet)
}

func (m *matcher) allSet(ids []int32) bool {
	for _, id := range ids {
		if !m.isSet(id) {
			return false
		}
	}
	return true
}

func (m *matcher) stopEarly() bool { return m.found && !m.all && !m.hold }
