package kafkaevent

// headers checks the header array at i and keeps its text for
// [Record.Headers]: half of the work on an event would be these arrays of
// numbers, and most handlers never look at them.
func (p *parser) headers(r *Record, i int) int {
	if r.state != nil {
		r.state.text = nil // a member of that name came before
	}
	if i >= len(p.b) || p.b[i] != '[' {
		kind, null := p.what(i), hasAt(p.b, i, "null")
		next := p.skip(i, p.depth())
		if next >= 0 && !null {
			p.broken(r, i, "headers", "not an array but "+kind)
		}
		return next
	}
	if hasAt(p.b, i, "[]") {
		return i + 2
	}
	var fault headerFault
	next := p.checkHeaders(i, &fault)
	switch {
	case next < 0:
	case fault.msg != "":
		p.broken(r, fault.at, "headers", fault.msg)
	default:
		p.state(r).text = p.arena.keep(p.b[i:next:next], len(p.b)-i)
	}
	return next
}

// headerFault is the first thing in a header array that is JSON but no header.
type headerFault struct {
	at  int
	msg string
}

func (f *headerFault) note(at int, msg string) {
	if f.msg == "" {
		f.at, f.msg = at, msg
	}
}

// checkHeaders goes over an array of objects from names to arrays of bytes.
func (p *parser) checkHeaders(i int, fault *headerFault) int {
	i, more := p.first(i+1, ']')
	for more {
		if i < len(p.b) && p.b[i] == '{' {
			i = p.checkHeader(i, fault)
		} else {
			fault.note(i, "an element that is not an object but "+p.what(i))
			i = p.skip(i, p.depth()+1)
		}
		if i < 0 {
			return i
		}
		if i, more = p.next(i, ']'); i < 0 {
			return i
		}
	}
	return i
}

// checkHeader goes over one object. Lambda puts one header into each.
func (p *parser) checkHeader(i int, fault *headerFault) int {
	i, more := p.first(i+1, '}')
	for more {
		if _, i = p.name(i); i < 0 {
			return i
		}
		switch {
		case i < len(p.b) && p.b[i] == '[':
			i = p.checkBytes(i, fault)
		case hasAt(p.b, i, "null"):
			i += len("null")
		default:
			fault.note(i, "a value that is not an array of bytes but "+p.what(i))
			i = p.skip(i, p.depth()+2)
		}
		if i < 0 {
			return i
		}
		if i, more = p.next(i, '}'); i < 0 {
			return i
		}
	}
	return i
}

// checkBytes goes over one header value, an array of numbers. Lambda writes
// Java's signed bytes, emulators write unsigned ones: -128 to 255 are bytes.
func (p *parser) checkBytes(i int, fault *headerFault) int {
	if next := plainBytes(p.b, i+1); next > 0 {
		return next
	}
	i, more := p.first(i+1, ']')
	for more {
		next := i
		if i < len(p.b) && (p.b[i] == '-' || isDigit(p.b[i])) {
			var whole bool
			if whole, next = p.number(i); next < 0 {
				return next
			}
			if _, ok := parseByte(p.b[i:next]); !whole || !ok {
				fault.note(i, "a number that is not a byte, -128 to 255")
			}
		} else {
			fault.note(i, "an element that is not a byte but "+p.what(i))
			if next = p.skip(i, p.depth()+3); next < 0 {
				return next
			}
		}
		if i, more = p.next(next, ']'); i < 0 {
			return i
		}
	}
	return i
}

// parseByte is the byte that an integer stands for, signed or not.
func parseByte(text []byte) (byte, bool) {
	if len(text) > len("-128") {
		return 0, false
	}
	n, _ := parseInt(text)
	return byte(n), n >= -128 && n <= 255
}

// plainBytes goes over an array of numbers from 0 to 199 without white space,
// as all ASCII text is; i is behind its bracket. It is 0 for any other array.
func plainBytes(b []byte, i int) int {
	for {
		if i+3 >= len(b) || !isDigit(b[i]) {
			return 0
		}
		n := 1
		if isDigit(b[i+1]) {
			n = 2
			if b[i] == '0' {
				return 0
			}
			if isDigit(b[i+2]) {
				n = 3
				if b[i] != '1' {
					return 0
				}
			}
		}
		switch i += n; b[i] {
		case ',':
			i++
		case ']':
			return i + 1
		default:
			return 0
		}
	}
}
