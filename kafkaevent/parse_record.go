package kafkaevent

import (
	"bytes"
	"encoding/base64"
	"errors"
	"time"
)

// layout is how the last record began, so that the next one can be compared
// with it instead of being taken apart: Lambda writes all records of a
// partition alike.
type layout struct {
	// head is topic and partition and nothing else, from the brace to the
	// offset's digits; empty: unknown.
	head []byte
	tp   TopicPartition
}

// parseRecord reads the record at i.
func (p *parser) parseRecord(r *Record, i int) int {
	if i >= len(p.b) || p.b[i] != '{' {
		return p.fail(i, "not a record but "+p.what(i))
	}
	start := i
	i, hasOffset := p.predicted(r, i)
	var more bool
	if hasOffset {
		if i < 0 {
			return i
		}
		i, more = p.next(i, '}')
	} else {
		i, more = p.first(i+1, '}')
	}
	placed := 0 // members that say where the record is from
	for n := 0; more; n++ {
		var name []byte
		if name, i = p.name(i); i < 0 {
			return i
		}
		switch string(name) {
		case "topic":
			placed++
			i = p.recordText(r, i, "topic", &r.Topic)
		case "partition":
			placed++
			i = p.partitionNumber(r, i)
		case "offset":
			if n == 2 && placed == 2 && !hasOffset && r.state == nil && r.Topic != "" {
				p.last = layout{head: p.b[start:i], tp: r.TopicPartition}
			}
			i = p.offset(r, i)
			hasOffset = true
		case "timestamp":
			i = p.timestamp(r, i)
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
	if i >= 0 && !hasOffset {
		p.fail(start, `a record without "offset"`)
		p.err.Hint = "without it the record cannot be named in a reply"
		return -1
	}
	return i
}

// predicted reads as much of the record at i as is written in Lambda's order,
// and stops behind the last member it read. Where the record begins otherwise
// than the last one it reads nothing, and ok is false.
func (p *parser) predicted(r *Record, i int) (next int, ok bool) {
	head := p.last.head
	if len(head) == 0 || len(p.b)-i < len(head) || string(p.b[i:i+len(head)]) != string(head) {
		return i, false
	}
	r.TopicPartition = p.last.tp
	i = p.offset(r, p.space(i+len(head)))
	const (
		timestamp  = `,"timestamp":`
		createTime = `,"timestampType":"CREATE_TIME"`
		key        = `,"key":`
		value      = `,"value":`
		headers    = `,"headers":`
	)
	if i >= 0 && hasAt(p.b, i, timestamp) {
		i = p.timestamp(r, p.space(i+len(timestamp)))
	}
	if i >= 0 && hasAt(p.b, i, createTime) {
		i, r.TimestampType = i+len(createTime), "CREATE_TIME"
	}
	if i >= 0 && hasAt(p.b, i, key) {
		i = p.binary(r, p.space(i+len(key)), "key", &r.Key)
	}
	if i >= 0 && hasAt(p.b, i, value) {
		i = p.binary(r, p.space(i+len(value)), "value", &r.Value)
	}
	if i >= 0 && hasAt(p.b, i, headers) {
		i = p.headers(r, p.space(i+len(headers)))
	}
	return i, true
}

// state is the record's state, made if it has none yet.
func (p *parser) state(r *Record) *recordState {
	if r.state == nil {
		p.makeState(r)
	}
	return r.state
}

//go:noinline // inlined it is a kilobyte of every function
func (p *parser) makeState(r *Record) {
	if len(p.states) == 0 {
		// As many as there is room for in the records, since most have headers
		// or none has.
		p.states = make([]recordState, max(1, cap(p.records)-len(p.records)))
	}
	r.state, p.states = &p.states[0], p.states[1:]
	r.state.block = p.block
}

func (p *parser) more(r *Record) *recordMore {
	st := p.state(r)
	if st.more == nil {
		st.more = &recordMore{}
	}
	return st.more
}

// maxFaults is how many errors of one record are kept: more than it has members,
// unless they are repeated without end.
const maxFaults = 16

// broken notes what of the record cannot be decoded.
func (p *parser) broken(r *Record, i int, field, msg string) {
	m := p.more(r)
	if m.faults++; m.faults > maxFaults {
		return
	}
	p.field = field
	err := p.errorAt(i, msg)
	p.field = ""
	if m.err == nil {
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

// partitionNumber reads the partition, an int32.
func (p *parser) partitionNumber(r *Record, i int) int {
	n, next, msg := p.integer(i)
	switch {
	case next < 0 || msg == isNull:
	case msg != "":
		p.broken(r, i, "partition", msg)
	case n != int64(int32(n)):
		p.broken(r, i, "partition", outOfRange)
	default:
		r.Partition = int32(n)
	}
	return next
}

// timestamp reads milliseconds since 1970; -1 is Kafka's "none".
func (p *parser) timestamp(r *Record, i int) int {
	n, next, msg := p.integer(i)
	switch {
	case next < 0 || msg == isNull:
	case msg != "":
		p.broken(r, i, "timestamp", msg)
	case n == -1:
		r.Timestamp = time.Time{}
	default:
		r.Timestamp = time.UnixMilli(n).UTC()
	}
	return next
}

// offset reads the one member that no record can do without.
func (p *parser) offset(r *Record, i int) int {
	n, next, msg := p.integer(i)
	if next >= 0 && msg != "" {
		p.field = "offset"
		return p.fail(i, msg)
	}
	r.Offset = n
	return next
}

// binary reads a base64 string or null.
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
// it is looked at: what is in the alphabet is no backslash, no quote and no
// control character.
func (p *parser) base64(i int) (value []byte, next int) {
	start := i + 1
	size := bytes.IndexByte(p.b[start:], '"')
	if size < 0 {
		_, _, next = p.str(i) // for the right error
		return nil, next
	}
	src := p.b[start : start+size]
	dst := p.arena.room(size/4*3, len(p.b)-start)
	n, ok := decodeBase64(dst, src)
	if !ok {
		return p.escapedBase64(i)
	}
	return p.arena.take(n, src), start + size + 1
}

// escapedBase64 is base64 for a string with escapes in it, or one that is not
// base64 at all.
func (p *parser) escapedBase64(i int) (value []byte, next int) {
	raw, _, next := p.str(i)
	if next < 0 {
		return nil, next
	}
	text := appendUnquoted(nil, raw)
	value = make([]byte, base64.StdEncoding.DecodedLen(len(text)))
	n, err := base64.StdEncoding.Decode(value, text)
	if err != nil {
		return nil, next
	}
	return value[:n:n], next
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
