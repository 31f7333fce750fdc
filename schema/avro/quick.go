package avro

// step is how to pass a field in the usual case: a scalar, perhaps behind a
// nullable union, whose varints take one byte or few. Most fields of most
// records are such, and passing them in one loop is several times as fast as
// one call for each.
type step struct {
	kind     kind  // what is read; kindUnion: no quick way
	limit    int32 // symbols of an enum, bytes of a fixed
	nullable bool
	null     byte // the index of null and of the value, as on the wire
	value    byte
}

var slow = step{kind: kindUnion}

// stepOf is the step for a plan whose bytes are only checked.
func stepOf(p *plan) step {
	switch k := p.w.kind; k {
	case kindBoolean, kindInt, kindLong, kindString:
		return step{kind: k}
	case kindFloat:
		return step{kind: kindFixed, limit: 4}
	case kindDouble:
		return step{kind: kindFixed, limit: 8}
	case kindBytes:
		if p.w.logical != logicalDecimal {
			return step{kind: kindString}
		}
	case kindFixed:
		if p.w.logical != logicalDecimal && !p.w.zeroWidth {
			return step{kind: k, limit: int32(p.w.size)}
		}
	case kindEnum:
		if p.symbols == nil {
			return step{kind: k, limit: int32(len(p.w.symbols))}
		}
	case kindUnion:
		null := p.w.nullable()
		if len(p.branches) != 2 || null < 0 || p.branches[0] == nil || p.branches[1] == nil {
			return slow
		}
		s := stepOf(p.branches[1-null])
		if s.nullable || s.kind == kindUnion {
			return slow
		}
		s.nullable, s.null, s.value = true, byte(null<<1), byte((1-null)<<1)
		return s
	}
	return slow
}

// quick passes fields as long as it can and returns how many. It changes nothing
// for the one it stops at, which may be sound or not.
func (c *cursor) quick(steps []step) int {
	data, pos := c.data, c.pos
	i, start := 0, pos
loop:
	for ; i < len(steps); i++ {
		s := &steps[i]
		start = pos
		if pos >= len(data) {
			break
		}
		b := data[pos]
		if s.nullable {
			if b == s.null {
				pos++
				continue
			}
			pos++
			if b != s.value || pos >= len(data) {
				break
			}
			b = data[pos]
		}
		switch s.kind {
		case kindString:
			n := int(b)
			pos++
			if b >= 0x80 {
				if pos >= len(data) || data[pos] >= 0x80 {
					break loop
				}
				n = n&0x7f | int(data[pos])<<7
				pos++
			}
			if n&1 != 0 || n>>1 > len(data)-pos {
				break loop
			}
			pos += n >> 1
		case kindInt:
			if pos++; b < 0x80 {
				continue
			}
			if pos >= len(data) || data[pos] >= 0x80 {
				break loop
			}
			pos++
		case kindLong:
			end := min(pos+9, len(data)) // of the ten bytes the last is special
			for b >= 0x80 {
				if pos++; pos == end {
					break loop
				}
				b = data[pos]
			}
			pos++
		case kindFixed:
			if int(s.limit) > len(data)-pos {
				break loop
			}
			pos += int(s.limit)
		case kindEnum:
			if b >= 0x80 || b&1 != 0 || int32(b>>1) >= s.limit {
				break loop
			}
			pos++
		case kindBoolean:
			if b > 1 {
				break loop
			}
			pos++
		default:
			break loop
		}
	}
	if i == len(steps) {
		start = pos
	}
	c.pos = start
	return i
}
