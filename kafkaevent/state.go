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
// parsing. Do not write to the values, which records can share; [Headers.Set]
// does not.
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
	last    [8]lastHeader // by the place in a record
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
