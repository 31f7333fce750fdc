package filter

import (
	"encoding/binary"
	"math"
)

// layout is how the objects at one place of a record were written so far: their
// names in order, each with all that stands between the values around it.
// Records of a topic come from one program, mostly, so what is at hand is first
// compared with what stood there before, a word or two at a time; only where it
// differs is it scanned and the name looked up. A layout that does not fit costs
// time and never changes an answer.
//
// The first member is what an object begins with, the brace included. The
// others are found after a value and begin with the comma.
type layout []member

// member is a name with what is around it, from the end of the value before to
// the beginning of its own.
type member struct {
	first, last uint64    // the first and the last 8 bytes, under the mask
	mask        uint64    // for what is shorter than 8 bytes
	inner       [2]uint64 // of more than 16 bytes: those from 8 on and those before the last 8
	from        int       // where the last 8 bytes start
	length      int
	least       int     // bytes there have to be for comparing
	child       *node   // where the name leads, nil for nowhere
	below       *layout // of objects in the value, nil until there is one
}

const (
	maxMember = 32 // bytes of one; what is longer is looked up each time
	// maxLayout bounds a layout, and maxMembers all layouts of a matcher, where
	// names are data.
	maxLayout  = 64
	maxMembers = 1024
	// ahead is how many members may be missing before the name at hand is
	// looked up.
	ahead = 16
	// lost is the number of the next member in an object that had another name
	// than the layout: comparing on would cost more than it gains.
	lost = maxLayout + 1
)

// begins reports whether text, which has e.least bytes at least, begins with
// the member.
func (e *member) begins(text []byte) bool {
	return ((load(text, 0)^e.first)|(load(text, e.from)^e.last))&e.mask == 0 &&
		(e.from <= 8 || (load(text, 8)^e.inner[0])|(load(text, e.from-8)^e.inner[1]) == 0)
}

func load(text []byte, i int) uint64 { return binary.LittleEndian.Uint64(text[i:]) }

// layout returns the layout of the objects in a member's value; nil where none
// is kept. A place may be nil, for a name that is in no layout.
func (m *matcher) layout(place *member) *layout {
	if place == nil {
		return nil
	}
	if place.below == nil && m.members < maxMembers {
		m.members++
		place.below = &layout{{least: math.MaxInt}}
	}
	return place.below
}

// top returns the place of whole texts that the children of n are laid on.
func (m *matcher) top(n *node) *member {
	for i := range m.tops {
		if e := &m.tops[i]; e.child == n || e.child == nil {
			e.child = n
			return e
		}
	}
	return nil
}

// member takes the index of an object's brace, with a k of 0, or that after a
// value, where the k-th member of the layout did not follow. It returns where
// the name there leads, its place, the index of its value, and the number of the
// next member; or the index after the object, and none for the number.
func (m *matcher) member(n *node, all *layout, i, k int) (child *node, place *member, value, next int) {
	data := m.data
	if all != nil && 0 < k && k < lost {
		for at := k + 1; at < min(len(*all), k+1+ahead); at++ {
			if e := &(*all)[at]; len(data)-i >= e.least && e.begins(data[i:]) {
				return e.child, e, i + e.length, at + 1
			}
		}
	}
	begin := i
	if i < len(data) && data[i] <= ' ' {
		i = skipSpace(data, i)
	}
	if i >= len(data) {
		return nil, nil, scanBroken, none
	}
	c := data[i]
	if c != '}' {
		if k > 0 && c != ',' {
			return nil, nil, scanBroken, none
		}
		if i++; i < len(data) && data[i] <= ' ' {
			i = skipSpace(data, i)
		}
	}
	if i < len(data) && data[i] == '}' && c != ',' {
		return nil, nil, i + 1, none
	}
	if i >= len(data) || data[i] != '"' {
		return nil, nil, scanBroken, none
	}
	start := i + 1
	end, escaped := plainWord(data, start), false
	if end >= len(data) || data[end] != '"' {
		if end, escaped = scanString(data, end); end < 0 {
			return nil, nil, scanBroken, none
		}
	}
	if i = end + 1; i < len(data) && data[i] <= ' ' {
		i = skipSpace(data, i)
	}
	if i >= len(data) || data[i] != ':' {
		return nil, nil, scanBroken, none
	}
	if i++; i < len(data) && data[i] <= ' ' {
		i = skipSpace(data, i)
	}
	if n != nil {
		key := data[start:end]
		if escaped {
			m.scratch = appendUnescaped(m.scratch[:0], key)
			key = m.scratch
		}
		child = n.find(key)
	}
	if all == nil || k == lost {
		return child, nil, i, lost
	}
	place, next = m.learn(all, k, data[begin:i], child)
	return child, place, i, next
}

// learn puts the k-th member into a layout, before what else stands there, and
// returns its place, and the number of the next.
func (m *matcher) learn(l *layout, k int, text []byte, child *node) (*member, int) {
	if len(text) > maxMember {
		return nil, max(k, 1)
	}
	next := k + 1
	if 0 < k && k < len(*l) {
		next = lost
	}
	if k > 0 && len(*l) < maxLayout && m.members < maxMembers {
		m.members++
		*l = append(*l, member{})
		copy((*l)[k+1:], (*l)[k:])
		(*l)[k].below = nil
	}
	if k == len(*l) {
		return nil, lost
	}
	e := &(*l)[k]
	if e.child != child {
		e.below = nil
	}
	var padded [maxMember]byte
	copy(padded[:], text)
	e.child, e.length, e.least = child, len(text), max(8, len(text))
	e.mask = ^uint64(0) >> (64 - 8*min(8, len(text)))
	e.from = e.least - 8
	e.first, e.last = load(padded[:], 0), load(padded[:], e.from)
	if e.from > 8 {
		e.inner = [2]uint64{load(padded[:], 8), load(padded[:], e.from-8)}
	}
	return e, next
}
