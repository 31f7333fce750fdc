package kafkaevent

import (
	"slices"
	"sync"
	"sync/atomic"
)

// recordState is what a record knows beyond its fields. Records point into a
// slab of states, so they stay copyable and small; most of an event's records
// need theirs only for headers.
type recordState struct {
	// text is the header array, checked but not decoded; nil when there is
	// none.
	text  []byte
	block *headerBlock
	// decoded is set by the first call of Headers.
	decoded atomic.Pointer[Headers]
	more    *recordMore
}

// recordMore is what few records have.
type recordMore struct {
	err    error
	faults int // what err is made of, and what was too much for it
	extra  []member
}

// Headers are the record's headers, nil when it has none. They are decoded on
// the first call, which cannot fail: shape and range were checked while
// parsing. Do not write to the values; [Headers.Set] does not.
func (r *Record) Headers() Headers {
	st := r.state
	if st == nil {
		return nil
	}
	if h := st.decoded.Load(); h != nil {
		return *h
	}
	if st.text == nil {
		return nil
	}
	return st.block.decode(st)
}

// LastHeader is Headers().Last(name), and costs next to nothing where no record
// of the event has a header of that name: then nothing is decoded.
func (r *Record) LastHeader(name string) ([]byte, bool) {
	if st := r.state; st != nil && st.block != nil && !st.block.mayName(name) && st.decoded.Load() == nil {
		return nil, false
	}
	return r.Headers().Last(name)
}

// SetHeaders gives this record, and no copy of it, other headers.
func (r *Record) SetHeaders(h Headers) {
	next := &recordState{}
	if r.state != nil {
		next.more = r.state.more
	}
	next.decoded.Store(&h)
	r.state = next
}

// headerBlock holds the decoded headers of all records of an event, so that
// reading them costs a few allocations an event, not a few a record.
type headerBlock struct {
	// seen are the names of all headers of the event, unless they are too many:
	// then tooMany is set. They do not change after parsing.
	seen    [16]string
	n       int
	tooMany bool

	mu      sync.Mutex
	names   interner
	headers []Header
	lists   []Headers
	bytes   []byte
}

// sawName notes the name of a header while the event is parsed.
func (hb *headerBlock) sawName(name []byte) {
	if hb.tooMany {
		return
	}
	s := hb.names.intern(name, "")
	switch {
	case slices.Contains(hb.seen[:hb.n], s):
	case hb.n == len(hb.seen):
		hb.tooMany = true
	default:
		hb.seen[hb.n] = s
		hb.n++
	}
}

// mayName is false when no header of the event has that name.
func (hb *headerBlock) mayName(name string) bool {
	return hb.tooMany || slices.Contains(hb.seen[:hb.n], name)
}

// decode fills st.decoded.
func (hb *headerBlock) decode(st *recordState) Headers {
	hb.mu.Lock()
	defer hb.mu.Unlock()
	if h := st.decoded.Load(); h != nil {
		return *h
	}
	list := hb.parse(st.text)
	hb.lists = grown(hb.lists, 1)
	hb.lists = append(hb.lists, list)
	st.decoded.Store(&hb.lists[len(hb.lists)-1])
	return list
}

// grown is s, or an empty slice of twice its capacity when n more elements do
// not fit: what s holds stays where it is.
func grown[T any](s []T, n int) []T {
	if cap(s)-len(s) >= n {
		return s
	}
	return make([]T, 0, max(n, min(2*cap(s), 4096)))
}

// parse decodes a header array. The scanner checked it, and checks it again
// while it walks: in place, the text is gone once the invocation is over, and
// a record that was kept too long must not be able to do worse than to have
// other headers.
func (hb *headerBlock) parse(text []byte) Headers {
	s := scanner{b: text, record: -1}
	hb.bytes = grown(hb.bytes, len(text)/2)
	start := len(hb.headers)
	i, more := s.first(1, ']')
	for more && i < len(text) && text[i] == '{' {
		var inner bool
		i, inner = s.first(i+1, '}')
		for inner {
			var name []byte
			if name, i = s.name(i); i < 0 {
				break
			}
			var value []byte
			if value, i = hb.value(&s, i); i < 0 {
				break
			}
			if len(hb.headers) == cap(hb.headers) {
				// Take along what this record has so far.
				next := grown(hb.headers[:0:0], max(8, 2*(len(hb.headers)-start), min(2*cap(hb.headers), 4096)))
				next = append(next, hb.headers[start:]...)
				hb.headers, start = next, 0
			}
			hb.headers = append(hb.headers, Header{Key: hb.names.intern(name, ""), Value: value})
			if i, inner = s.next(i, '}'); i < 0 {
				break
			}
		}
		if i < 0 {
			break
		}
		if i, more = s.next(i, ']'); i < 0 {
			break
		}
	}
	return hb.headers[start:len(hb.headers):len(hb.headers)]
}

// value decodes one header value: null or an array of bytes.
func (hb *headerBlock) value(s *scanner, i int) ([]byte, int) {
	if i >= len(s.b) || s.b[i] != '[' {
		return nil, s.word(i, "null")
	}
	start, n, digits, sign := len(hb.bytes), 0, 0, 1
	for i++; i < len(s.b); i++ {
		switch c := s.b[i]; {
		case isDigit(c):
			n = n*10 + int(c-'0')
			digits++
		case c == ',' || c == ']':
			if digits > 0 {
				hb.bytes = append(hb.bytes, byte(sign*n))
			}
			if c == ']' {
				return hb.bytes[start:len(hb.bytes):len(hb.bytes)], i + 1
			}
			n, digits, sign = 0, 0, 1
		case c == '-':
			sign = -1
		}
	}
	return nil, -1
}
