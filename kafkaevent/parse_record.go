package kafkaevent

import (
	"bytes"
	"encoding/base64"
	"errors"
	"math"
	"strconv"
	"time"
)

// layout is how the previous record of the partition was written, so that the
// next one can be compared with it instead of being taken apart. Lambda writes
// all records of an event alike.
type layout struct {
	// head is the text from the brace to the offset's digits.
	head  []byte
	topic string
	part  int32
	kind  string // the timestampType
}

func (l *layout) reset() { l.head = nil }

// parseRecord reads the record at i.
func (p *parser) parseRecord(r *Record, i int) int {
	if i >= len(p.b) || p.b[i] != '{' {
		return p.fail(i, "not a record but "+p.what(i))
	}
	start, hasOffset := i, false
	i, more := p.first(i+1, '}')
	for more {
		var name []byte
		if name, i = p.name(i); i < 0 {
			return i
		}
		switch string(name) {
		case "topic":
			i = p.recordText(r, i, "topic", &r.Topic)
		case "partition":
			i = p.recordInt(r, i, "partition", math.MinInt32, math.MaxInt32, func(n int64) { r.Partition = int32(n) })
		case "offset":
			i = p.offset(r, i)
			hasOffset = true
		case "timestamp":
			i = p.recordInt(r, i, "timestamp", math.MinInt64, math.MaxInt64, func(n int64) { r.Timestamp = timestamp(n) })
		case "timestampType":
			i = p.recordText(r, i, "timestampType", &r.TimestampType)
		case "key":
			i = p.binary(r, i, "key", &r.Key)
		case "value":
			i = p.binary(r, i, "value", &r.Value)
		case "keySchemaMetadata":
			i = p.metadata(r, i, "keySchemaMetadata", &r.KeySchema)
		case "valueSchemaMetadata":
			i = p.metadata(r, i, "valueSchemaMetadata", &r.ValueSchema)
		case "headers":
			i = p.headers(r, i)
		default:
			i = p.extra(i, p.depth(), name, &p.more(r).extra)
		}
		if i < 0 {
			return i
		}
		if i, more = p.next(i, '}'); i < 0 {
			return i
		}
	}
	if !hasOffset {
		p.fail(start, `a record without "offset"`)
		p.err.Hint = "without it the record cannot be named in a reply"
		return -1
	}
	return i
}

// timestamp is Kafka's milliseconds since 1970 as a time; -1 is none.
func timestamp(ms int64) time.Time {
	if ms == -1 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// state is the record's state, made if it has none yet.
func (p *parser) state(r *Record) *recordState {
	if r.state == nil {
		if len(p.states) == 0 {
			// As many as there is room for in the records, since most have
			// headers or none has.
			p.states = make([]recordState, max(1, cap(p.records)-len(p.records)))
		}
		r.state, p.states = &p.states[0], p.states[1:]
		r.state.block = p.block
	}
	return r.state
}

func (p *parser) more(r *Record) *recordMore {
	st := p.state(r)
	if st.more == nil {
		st.more = &recordMore{}
	}
	return st.more
}

// broken notes what of the record cannot be decoded.
func (p *parser) broken(r *Record, i int, field, msg string) {
	p.field = field
	err := p.errorAt(i, msg)
	p.field = ""
	if m := p.more(r); m.err == nil {
		m.err = err
	} else {
		m.err = errors.Join(m.err, err)
	}
}

func (p *parser) recordText(r *Record, i int, field string, dst *string) int {
	next, ok := p.text(i, dst)
	if !ok && next >= 0 {
		p.broken(r, i, field, "not a string but "+p.what(i))
	}
	return next
}

func (p *parser) recordInt(r *Record, i int, field string, low, high int64, set func(int64)) int {
	n, null, msg, next := p.integer(i)
	switch {
	case next < 0 || null:
	case msg == "" && (n < low || n > high):
		p.broken(r, i, field, "out of range")
	case msg != "":
		p.broken(r, i, field, msg)
	default:
		set(n)
	}
	return next
}

// offset reads the one field that no record can do without.
func (p *parser) offset(r *Record, i int) int {
	n, null, msg, next := p.integer(i)
	if null {
		msg = "null"
	}
	if next >= 0 && msg != "" {
		p.field = "offset"
		return p.fail(i, msg)
	}
	r.Offset = n
	return next
}

// integer reads an int64 or null; msg says what else was there.
func (p *parser) integer(i int) (n int64, null bool, msg string, next int) {
	b := p.b
	if i < len(b) && (b[i] == '-' || isDigit(b[i])) {
		whole, next := p.number(i)
		if next < 0 {
			return 0, false, "", next
		}
		if !whole {
			return 0, false, "not an integer", next
		}
		if n, ok := parseInt(b[i:next]); ok {
			return n, false, "", next
		}
		return 0, false, "out of range", next
	}
	if hasAt(b, i, "null") {
		return 0, true, "", i + len("null")
	}
	kind := p.what(i)
	next = p.skip(i, p.depth())
	return 0, false, "not an integer but " + kind, next
}

// parseInt is the value of an integer by JSON's grammar.
func parseInt(text []byte) (int64, bool) {
	if len(text) <= 18 {
		var n int64
		digits := text
		if text[0] == '-' {
			digits = text[1:]
		}
		for _, c := range digits {
			n = n*10 + int64(c-'0')
		}
		if text[0] == '-' {
			n = -n
		}
		return n, true
	}
	n, err := strconv.ParseInt(string(text), 10, 64)
	return n, err == nil
}

// bytes reads a base64 string or null.
func (p *parser) binary(r *Record, i int, field string, dst *[]byte) int {
	if i >= len(p.b) || p.b[i] != '"' {
		if hasAt(p.b, i, "null") {
			*dst = nil
			return i + len("null")
		}
		kind := p.what(i)
		next := p.skip(i, p.depth())
		if next >= 0 {
			*dst = []byte{}
			p.broken(r, i, field, "not a base64 string but "+kind)
		}
		return next
	}
	value, next := p.base64(i)
	if next < 0 {
		return next
	}
	if value == nil {
		value = []byte{}
		p.broken(r, i, field, "not standard base64")
	}
	*dst = value
	return next
}

// base64 decodes the string at i; nil when it is not base64.
//
// Nearly every string is plain base64 up to its quote, so it is decoded before
// it is looked at: what is not in the alphabet cannot be a backslash, a control
// character or a quote either.
func (p *parser) base64(i int) (value []byte, next int) {
	start := i + 1
	size := bytes.IndexByte(p.b[start:], '"')
	if size < 0 {
		_, _, next = p.str(i) // for the right error
		return nil, next
	}
	src := p.b[start : start+size]
	dst := src
	if p.arena.copies {
		dst = p.arena.room(size/4*3, len(p.b)-start)
	}
	n, used, ok := decodeBase64(dst, src)
	if !ok {
		return p.escapedBase64(start+used, dst[:n])
	}
	if p.arena.copies {
		return p.arena.take(n), start + size + 1
	}
	return dst[:n:n], start + size + 1
}

// escapedBase64 goes on at i inside a string that is not plain base64: it has
// escapes in it, or it is not base64 at all. head is what came before.
func (p *parser) escapedBase64(i int, head []byte) (value []byte, next int) {
	raw, _, next := p.str(i - 1)
	if next < 0 {
		return nil, next
	}
	text := appendUnquoted(nil, raw)
	value = make([]byte, len(head)+base64.StdEncoding.DecodedLen(len(text)))
	n, err := base64.StdEncoding.Decode(value[copy(value, head):], text)
	if err != nil {
		return nil, next
	}
	return value[: len(head)+n : len(head)+n], next
}

// metadata reads what the mapping's schema registry said of a key or value.
func (p *parser) metadata(r *Record, i int, field string, dst *SchemaMetadata) int {
	if i >= len(p.b) || p.b[i] != '{' {
		null := hasAt(p.b, i, "null")
		next := p.skip(i, p.depth())
		if next >= 0 && !null {
			p.broken(r, i, field, "not an object but "+p.what(i))
		}
		return next
	}
	i, more := p.first(i+1, '}')
	for more {
		var name []byte
		if name, i = p.name(i); i < 0 {
			return i
		}
		at, ok := i, true
		switch string(name) {
		case "dataFormat":
			i, ok = p.text(i, &dst.DataFormat)
		case "schemaId":
			i, ok = p.text(i, &dst.SchemaID)
		default:
			i = p.skip(i, p.depth()+1)
		}
		if i < 0 {
			return i
		}
		if !ok {
			p.broken(r, at, field, "a member that is not a string but "+p.what(at))
		}
		if i, more = p.next(i, '}'); i < 0 {
			return i
		}
	}
	return i
}
