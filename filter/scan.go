package filter

import (
	"encoding/binary"
	"math/bits"
)

const (
	// maxDepth is how deep a record's JSON may nest, as in encoding/json.
	maxDepth = 10000

	scanBroken  = -1 // the text is not JSON
	scanStopped = -2 // the answer is known
)

// document lays the fields below n on a JSON text. It reports whether the text
// is a JSON object or array, or did not have to be read to its end.
func (m *matcher) document(n *node, data []byte) bool {
	m.data = data
	i := skipSpace(data, 0)
	if i == len(data) || data[i] != '{' && data[i] != '[' {
		return false
	}
	m.pending = n.leaves
	m.arrays = 0
	if i = m.value(n, m.top(n), i, 0); i < 0 {
		return i == scanStopped
	}
	return skipSpace(data, i) == len(data)
}

// value lays n, nil for none, on the value at i, which is the value of a place
// and inside depth containers. It returns the index after it.
func (m *matcher) value(n *node, place *member, i, depth int) int {
	if i >= len(m.data) {
		return scanBroken
	}
	switch m.data[i] {
	case '{':
		return m.object(n, m.layout(place), i, depth+1)
	case '[':
		return m.array(n, place, i, depth+1)
	}
	var l *leaf
	if n != nil {
		l = n.leaf
	}
	if i = m.scalarAt(l, i); i >= 0 && l != nil && m.stopEarly() {
		return scanStopped
	}
	return i
}

// scalarAt lays a leaf, nil for none, on the string, number or literal at i.
func (m *matcher) scalarAt(l *leaf, i int) int {
	data := m.data
	switch c := data[i]; {
	case c == '"':
		start, end, escaped := i+1, plainWord(data, i+1), false
		if end >= len(data) || data[end] != '"' {
			if end, escaped = scanString(data, end); end < 0 {
				return scanBroken
			}
		}
		if l != nil {
			text := data[start:end]
			if escaped {
				m.scratch = appendUnescaped(m.scratch[:0], text)
				text = m.scratch
			}
			l.matchString(m, text)
		}
		return end + 1
	case c == '-' || c-'0' <= 9:
		end := scanNumber(data, i)
		if end < 0 {
			return scanBroken
		}
		if l != nil {
			l.matchNumber(m, data[i:end])
		}
		return end
	}
	end := scanLiteral(data, i)
	if end >= 0 && l != nil {
		l.matchLiteral(m, literalKind(string(data[i:end])))
	}
	return end
}

// object lays the children of n on the object at i.
func (m *matcher) object(n *node, all *layout, i, depth int) int {
	data := m.data
	if depth > maxDepth {
		return scanBroken
	}
	k := 0 // of the layout
	for {
		var child *node
		var place *member
		if all != nil && k < len(*all) && len(data)-i >= (*all)[k].least && (*all)[k].begins(data[i:]) {
			place = &(*all)[k]
			child = place.child
			i += place.length
			k++
		} else if k > 0 && i < len(data) && data[i] == '}' {
			return i + 1
		} else if child, place, i, k = m.member(n, all, i, k); k == none {
			return i
		}
		if i < len(data) && data[i] <= ' ' { // more of it than in the layout
			i = skipSpace(data, i)
		}
		pending := m.pending
		if i < len(data) && child == nil && data[i]|0x20 != '{' {
			i = m.scalarAt(nil, i)
		} else {
			i = m.value(child, place, i, depth)
		}
		if i < 0 {
			return i
		}
		if m.trust && child != nil && m.arrays == 0 {
			if m.pending = pending - child.leaves; m.pending <= 0 {
				return scanStopped
			}
		}
	}
}

// array lays n on the elements of the array at i.
func (m *matcher) array(n *node, place *member, i, depth int) int {
	data := m.data
	if depth > maxDepth {
		return scanBroken
	}
	i++
	if i < len(data) && data[i] <= ' ' {
		i = skipSpace(data, i)
	}
	if i < len(data) && data[i] == ']' {
		return i + 1
	}
	m.arrays++
	for {
		before := mark{set: len(m.set), completed: len(m.completed)}
		if i = m.value(n, place, i, depth); i < 0 {
			return i
		}
		if n != nil && n.scoped && len(m.set) > before.set {
			m.element(n.depth, before)
		}
		if i < len(data) && data[i] <= ' ' {
			i = skipSpace(data, i)
		}
		if i >= len(data) {
			return scanBroken
		}
		if data[i] != ',' {
			if data[i] == ']' {
				m.arrays--
				return i + 1
			}
			return scanBroken
		}
		i++
		if i < len(data) && data[i] <= ' ' {
			i = skipSpace(data, i)
		}
	}
}

// plainWord skips up to 8 bytes of a string that need no further look. It is
// small enough to be inlined.
func plainWord(data []byte, i int) int {
	if len(data)-i < 8 {
		return i
	}
	return i + bits.TrailingZeros64(special(binary.LittleEndian.Uint64(data[i:])))>>3
}
