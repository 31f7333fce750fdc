package filter

import "encoding/binary"

// layout is the order in which a node's objects had their names, as far as
// this matcher has seen. Records of a topic are written by one program, mostly,
// so the name at hand is first compared with the one that came at this place
// before, which takes two words; only where it differs is it looked up. A
// layout that is wrong costs time and never an answer.
type layout []member

// member is a name with its quotes and the colon after it, and where it leads.
type member struct {
	first, last uint64 // its first and its last 8 bytes, under the mask
	mask        uint64
	middle      uint64 // bytes 8 to 16, of one longer than that
	from        int32  // where the last 8 bytes start
	length      int32
	child       *node // nil for none
}

const (
	// maxMember is the length of the longest name a layout holds, quotes and
	// colon included.
	maxMember = 24
	// maxLayout bounds a layout and maxMembers all layouts of a matcher, for
	// records whose names are data.
	maxLayout  = 64
	maxMembers = 1024
	// ahead is how many members may be missing from an object before its
	// next name is looked up.
	ahead = 3
)

// at reports whether the member stands at i. There have to be maxMember bytes.
func (e *member) at(data []byte, i int) bool {
	return binary.LittleEndian.Uint64(data[i:])&e.mask == e.first &&
		binary.LittleEndian.Uint64(data[i+int(e.from):])&e.mask == e.last &&
		(e.length <= 16 || binary.LittleEndian.Uint64(data[i+8:]) == e.middle)
}

// member finds where the name at i leads, given that it is not the k-th of the
// layout. It returns the index after the colon, or scanBroken, and the place in the
// layout of the name that should come next.
func (m *matcher) member(n *node, i, k int) (child *node, after, next int) {
	data := m.data
	all := m.layouts[n.id]
	if len(data)-i >= maxMember {
		for k := k + 1; k < min(len(all), k+1+ahead); k++ {
			if e := &all[k]; e.at(data, i) {
				return e.child, i + int(e.length), k + 1
			}
		}
	}
	if i >= len(data) || data[i] != '"' {
		return nil, scanBroken, k
	}
	start := i + 1
	end, escaped := plainRun(data, start), false
	if end >= len(data) || data[end] != '"' {
		if end, escaped = scanString(data, start); end < 0 {
			return nil, scanBroken, k
		}
	}
	i = end + 1
	if i < len(data) && data[i] <= ' ' {
		i = skipSpace(data, i)
	}
	if i >= len(data) || data[i] != ':' {
		return nil, scanBroken, k
	}
	i++
	key := data[start:end]
	if escaped {
		m.scratch = appendUnescaped(m.scratch[:0], key)
		key = m.scratch
	}
	child = n.find(key)
	if text := data[start-1 : i]; len(text) == end-start+3 && len(text) <= maxMember {
		m.learn(n, k, text, child)
		k++
	}
	return child, i, k
}

// learn puts a name into a layout.
func (m *matcher) learn(n *node, k int, text []byte, child *node) {
	all := m.layouts[n.id]
	if len(all) < maxLayout && m.members < maxMembers {
		m.members++
		all = append(all, member{})
		copy(all[k+1:], all[k:])
		m.layouts[n.id] = all
	}
	if k >= len(all) {
		return
	}
	e := member{mask: ^uint64(0), length: int32(len(text)), child: child}
	if len(text) < 8 {
		e.mask >>= 64 - 8*len(text)
	} else {
		e.from = int32(len(text) - 8)
	}
	var padded [maxMember]byte
	copy(padded[:], text)
	e.first = binary.LittleEndian.Uint64(padded[:])
	e.middle = binary.LittleEndian.Uint64(padded[8:])
	e.last = binary.LittleEndian.Uint64(padded[e.from:])
	all[k] = e
}
