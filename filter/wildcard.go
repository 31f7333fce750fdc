package filter

import "bytes"

// glob is a wildcard pattern cut at its stars: the text starts with head,
// ends with tail, and holds the middles in order between them. That takes time
// linear in the text for each middle, whatever the pattern.
type glob struct {
	head, tail []byte
	middles    [][]byte
	star       bool // there is a star at all; otherwise head is the whole text
	min        int  // length of the shortest text that matches
}

// parseGlob reads the operand of wildcard; on error it returns the byte offset
// of the fault in it and a message.
func parseGlob(pattern string) (g glob, at int, msg string) {
	var parts [][]byte
	var part []byte
	for i := 0; i < len(pattern); i++ {
		c := pattern[i]
		switch {
		case c == '*' && i+1 < len(pattern) && pattern[i+1] == '*':
			return glob{}, i, "two stars in a row"
		case c == '*':
			parts = append(parts, part)
			part = nil
			continue
		case c == '\\' && (i+1 == len(pattern) || pattern[i+1] != '*' && pattern[i+1] != '\\'):
			return glob{}, i, `a backslash must be followed by * or \`
		case c == '\\':
			i++
			c = pattern[i]
		}
		part = append(part, c)
	}
	if len(parts) == 0 {
		return glob{head: part, min: len(part)}, 0, ""
	}
	g = glob{head: parts[0], middles: parts[1:], tail: part, star: true}
	g.min = len(g.head) + len(g.tail)
	for _, m := range g.middles {
		g.min += len(m)
	}
	return g, 0, ""
}

func (g *glob) match(text []byte) bool {
	if len(text) < g.min || !bytes.HasPrefix(text, g.head) {
		return false
	}
	if !g.star {
		return len(text) == len(g.head)
	}
	if !bytes.HasSuffix(text, g.tail) {
		return false
	}
	text = text[len(g.head) : len(text)-len(g.tail)]
	for _, m := range g.middles {
		at := bytes.Index(text, m)
		if at < 0 {
			return false
		}
		text = text[at+len(m):]
	}
	return true
}
