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
	for i := range steps {
		s := &steps[i]
		c.pos = pos
		if s.nullable {
			if pos >= len(data) {
				return i
			}
			switch data[pos] {
			case s.null:
				pos++
				continue
			case s.value:
				pos++
			default:
				return i
			}
		}
		switch s.kind {
		case kindBoolean:
			if pos >= len(data) || data[pos] > 1 {
				return i
			}
			pos++
		case kindInt:
			if pos >= len(data) || data[pos] >= 0x80 {
				if pos+1 >= len(data) || data[pos+1] >= 0x80 {
					return i
				}
				pos++
			}
			pos++
		case kindLong:
			end := min(pos+9, len(data)) // of the ten bytes the last is special
			for pos < end && data[pos] >= 0x80 {
				pos++
			}
			if pos == end {
				return i
			}
			pos++
		case kindString:
			if pos >= len(data) || data[pos] >= 0x80 || data[pos]&1 != 0 {
				return i
			}
			n := int(data[pos] >> 1)
			pos++
			if n > len(data)-pos {
				return i
			}
			pos += n
		case kindFixed:
			if int(s.limit) > len(data)-pos {
				return i
			}
			pos += int(s.limit)
		case kindEnum:
			if pos >= len(data) || data[pos] >= 0x80 || data[pos]&1 != 0 || int32(data[pos]>>1) >= s.limit {
				return i
			}
			pos++
		default:
			return i
		}
	}
	c.pos = pos
	return len(steps)
}
