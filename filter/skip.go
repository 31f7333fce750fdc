package filter

// skip validates the value at i, which no pattern names, and returns the index
// after it. It does not recurse: m.nest has a bit for each open container, set
// for objects.
func (m *matcher) skip(i, depth int) int {
	data := m.data
	level := 0          // containers opened here
	inner := uint64(0)  // the bits of the innermost 64
	m.nest = m.nest[:0] // those further out
	var c byte

value:
	if i >= len(data) {
		return scanBroken
	}
	switch c = data[i]; {
	case c == '"':
		end := shortString(data, i+1)
		if end < 0 {
			if end, _ = scanString(data, i+1); end < 0 {
				return scanBroken
			}
		}
		i = end + 1
	case c == '{' || c == '[':
		if level++; level+depth > maxDepth {
			return scanBroken
		}
		if level&63 == 0 {
			m.nest = append(m.nest, inner)
		}
		inner <<= 1
		i++
		if i < len(data) && data[i] <= ' ' {
			i = skipSpace(data, i)
		}
		if i >= len(data) {
			return scanBroken
		}
		if c == '{' {
			inner |= 1
			if data[i] != '}' {
				goto key
			}
		} else if data[i] != ']' {
			goto value
		}
		goto after
	case c == '-' || c-'0' <= 9:
		if i = scanNumber(data, i); i < 0 {
			return scanBroken
		}
	default:
		if i = scanLiteral(data, i); i < 0 {
			return scanBroken
		}
	}

after:
	if level == 0 {
		return i
	}
	if i < len(data) && data[i] <= ' ' {
		i = skipSpace(data, i)
	}
	if i >= len(data) {
		return scanBroken
	}
	switch c = data[i]; {
	case c == ',':
		i++
		if i < len(data) && data[i] <= ' ' {
			i = skipSpace(data, i)
		}
		if inner&1 == 0 {
			goto value
		}
	case c == '}' && inner&1 == 1 || c == ']' && inner&1 == 0:
		i++
		inner >>= 1
		if level&63 == 0 {
			inner = m.nest[len(m.nest)-1]
			m.nest = m.nest[:len(m.nest)-1]
		}
		level--
		goto after
	default:
		return scanBroken
	}

key:
	if i >= len(data) || data[i] != '"' {
		return scanBroken
	}
	if i = plainRun(data, i+1); i >= len(data) || data[i] != '"' {
		if i, _ = scanString(data, i); i < 0 {
			return scanBroken
		}
	}
	i++
	if i < len(data) && data[i] <= ' ' {
		i = skipSpace(data, i)
	}
	if i >= len(data) || data[i] != ':' {
		return scanBroken
	}
	i++
	if i < len(data) && data[i] <= ' ' {
		i = skipSpace(data, i)
	}
	goto value
}
