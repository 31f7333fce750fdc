package filter

// scanner walks one JSON text beside the tree of fields.
type scanner struct {
	data []byte
	nest []uint64 // of skip: one bit per open container
}

const (
	// maxDepth is how deep a record's JSON may nest, as in encoding/json.
	maxDepth = 10000

	scanBroken  = -1 // the text is not JSON
	scanStopped = -2 // the answer is known
)

// document lays the fields below n on a JSON text. It reports whether the text
// is a JSON object or array, or did not have to be read to its end.
func (m *matcher) document(n *node, data []byte) bool {
	m.scan.data = data
	i := skipSpace(data, 0)
	if i == len(data) || data[i] != '{' && data[i] != '[' {
		return false
	}
	if i = m.value(n, i, 0); i < 0 {
		return i == scanStopped
	}
	return skipSpace(data, i) == len(data)
}

func (m *matcher) value(n *node, i, depth int) int {
	data := m.scan.data
	if i >= len(data) || depth > maxDepth {
		return scanBroken
	}
	switch c := data[i]; {
	case c == '{':
		return m.object(n, i, depth)
	case c == '[':
		return m.array(n, i, depth)
	case c == '"':
		end, escaped := scanString(data, i+1)
		if end < 0 {
			return scanBroken
		}
		if n.leaf != nil {
			text := data[i+1 : end]
			if escaped {
				m.scratch = appendUnescaped(m.scratch[:0], text)
				text = m.scratch
			}
			m.scalar = scalar{kind: scalarString, text: text}
			n.leaf.match(m, &m.scalar)
		}
		i = end + 1
	case c == '-' || '0' <= c && c <= '9':
		end := scanNumber(data, i)
		if end < 0 {
			return scanBroken
		}
		if n.leaf != nil {
			m.scalar = scalar{kind: scalarNumber, text: data[i:end], number: parseDecimal(data[i:end])}
			n.leaf.match(m, &m.scalar)
		}
		i = end
	default:
		end := scanLiteral(data, i)
		if end < 0 {
			return scanBroken
		}
		if n.leaf != nil {
			m.scalar = scalar{kind: literalKind(string(data[i:end])), text: data[i:end]}
			n.leaf.match(m, &m.scalar)
		}
		i = end
	}
	if m.stopEarly() {
		return scanStopped
	}
	return i
}

func (m *matcher) object(n *node, i, depth int) int {
	data := m.scan.data
	i = skipSpace(data, i+1)
	if i < len(data) && data[i] == '}' {
		return i + 1
	}
	for {
		if i >= len(data) || data[i] != '"' {
			return scanBroken
		}
		end, escaped := scanString(data, i+1)
		if end < 0 {
			return scanBroken
		}
		key := data[i+1 : end]
		if escaped {
			m.scratch = appendUnescaped(m.scratch[:0], key)
			key = m.scratch
		}
		child := n.find(key)
		if child == nil {
			child = nothing
		}
		i = skipSpace(data, end+1)
		if i >= len(data) || data[i] != ':' {
			return scanBroken
		}
		if i = m.value(child, skipSpace(data, i+1), depth+1); i < 0 {
			return i
		}
		i = skipSpace(data, i)
		switch {
		case i < len(data) && data[i] == ',':
			i = skipSpace(data, i+1)
		case i < len(data) && data[i] == '}':
			return i + 1
		default:
			return scanBroken
		}
	}
}

// nothing is a field that no pattern names.
var nothing = &node{}

func (m *matcher) array(n *node, i, depth int) int {
	data := m.scan.data
	i = skipSpace(data, i+1)
	if i < len(data) && data[i] == ']' {
		return i + 1
	}
	for {
		before := len(m.met)
		if i = m.value(n, i, depth+1); i < 0 {
			return i
		}
		if n.scoped && len(m.met) > before {
			m.element(n, before)
		}
		i = skipSpace(data, i)
		switch {
		case i < len(data) && data[i] == ',':
			i = skipSpace(data, i+1)
		case i < len(data) && data[i] == ']':
			return i + 1
		default:
			return scanBroken
		}
	}
}
