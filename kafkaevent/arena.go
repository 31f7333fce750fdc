package kafkaevent

import (
	"slices"
	"strings"
)

// arena is where the decoded bytes of an event live: in memory of their own,
// or, in place, in the payload, over the text they were decoded from.
type arena struct {
	inPlace bool
	buf     []byte
}

// room is where n bytes can be decoded to; left is how much payload is still
// to come, this text included, so that a chunk is never larger than what it
// can be needed for. What was decoded is kept with take. Room for nothing is
// not nil, as an empty value is not.
//
// Nothing is decoded in place straight away: a text that proves to be no
// base64 halfway must still be there to be looked at.
func (a *arena) room(n, left int) []byte {
	if a.buf == nil || cap(a.buf)-len(a.buf) < n {
		size := n
		if !a.inPlace {
			// Base64 shrinks by a quarter and header arrays are most of the rest,
			// so three quarters of the payload nearly always hold all of it.
			size = max(n, left/4*3)
		}
		a.buf = make([]byte, 0, size)
	}
	return a.buf[len(a.buf):cap(a.buf)]
}

// take keeps the first n bytes of the room; in place they move to src.
func (a *arena) take(n int, src []byte) []byte {
	start := len(a.buf)
	if a.inPlace {
		copy(src, a.buf[start:start+n])
		return src[:n:n]
	}
	a.buf = a.buf[:start+n]
	return a.buf[start : start+n : start+n]
}

// keep makes a part of the payload last as long as the event.
func (a *arena) keep(text []byte, left int) []byte {
	if a.inPlace {
		return slices.Clip(text)
	}
	copy(a.room(len(text), left), text)
	return a.take(len(text), nil)
}

// interner gives equal texts one string. Events repeat a few topics, header
// names and schema ids; after maxInterned distinct ones it stops looking, so
// that a hostile event costs no more than its length.
//
// The strings are cut from a few larger ones, which is what the builder is for:
// what it has given out stays as it is while it is appended to.
type interner struct {
	list [maxInterned]string
	n    int
	text strings.Builder
}

const maxInterned = 32

// intern is text as a string; guess is what it probably is.
func (in *interner) intern(text []byte, guess string) string {
	if string(text) == guess {
		return guess
	}
	for _, s := range in.list[:in.n] {
		if string(text) == s {
			return s
		}
	}
	s := in.copy(text)
	if in.n < maxInterned {
		in.list[in.n] = s
		in.n++
	}
	return s
}

// copy is text as a string that is not looked for again.
func (in *interner) copy(text []byte) string {
	const chunk = 512
	if in.text.Cap()-in.text.Len() < len(text) {
		in.text = strings.Builder{}
		in.text.Grow(max(chunk, len(text)))
	}
	start := in.text.Len()
	in.text.Write(text)
	return in.text.String()[start:]
}
