package kafkaevent

import (
	"encoding/base64"
	"strconv"
	"unicode/utf8"
)

// MarshalJSON writes the event as Lambda does: compact, members in Lambda's
// order, keys and values in base64, header bytes signed (-128 to 127, as Java
// has them), -1 for a zero timestamp. Members that Lambda leaves out stay out:
// a null key, a null value, an absent ARN, metadata nobody attached. Members
// this package does not know follow the known ones, as they came. Parsing the
// result gives an equal event; times lose what is finer than a millisecond.
//
// A record whose [Record.Err] is set makes it fail with an [*Error] that names
// the record: the bytes it was made of are gone, and writing what is left would
// turn a record that must fail into one that succeeds with an empty value.
//
// Characters stand as they are, as in Lambda's own JSON. json.Marshal, but not
// a call of MarshalJSON, escapes <, > and & in the result.
func (e Event) MarshalJSON() ([]byte, error) {
	return e.appendJSON(make([]byte, 0, e.sizeJSON()))
}

// sizeJSON estimates the length of the JSON text, so that writing an event with
// few headers takes one allocation.
func (e *Event) sizeJSON() int {
	const perRecord = 192 // the member names, four integers, the timestamp type
	n := 256 + len(e.SourceARN)
	for _, s := range e.BootstrapServers {
		n += len(s) + 1
	}
	for i := range e.Partitions {
		p := &e.Partitions[i]
		n += len(p.Key) + 8
		for j := range p.Records {
			r := &p.Records[j]
			n += perRecord + len(r.Topic) +
				base64.StdEncoding.EncodedLen(len(r.Key)) +
				base64.StdEncoding.EncodedLen(len(r.Value))
		}
	}
	return n
}

func (e *Event) appendJSON(b []byte) ([]byte, error) {
	b = append(b, '{')
	if e.Source != "" {
		b = append(b, `"eventSource":`...)
		b = append(appendString(b, e.Source), ',')
	}
	if e.SourceARN != "" {
		b = append(b, `"eventSourceArn":`...)
		b = append(appendString(b, e.SourceARN), ',')
	}
	if len(e.BootstrapServers) > 0 {
		b = append(b, `"bootstrapServers":"`...)
		for i, s := range e.BootstrapServers {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendEscaped(b, s)
		}
		b = append(b, `",`...)
	}
	b = append(b, `"records":{`...)
	for i := range e.Partitions {
		if i > 0 {
			b = append(b, ',')
		}
		var err error
		if b, err = e.Partitions[i].appendJSON(b); err != nil {
			return nil, err
		}
	}
	b = append(b, '}')
	b = appendMembers(b, e.extra)
	return append(b, '}'), nil
}

func (p *Partition) appendJSON(b []byte) ([]byte, error) {
	b = append(appendString(b, p.Key), `:[`...)
	for i := range p.Records {
		r := &p.Records[i]
		if r.Err() != nil {
			return nil, &Error{
				Offset: -1,
				Path:   "records[" + quoted(p.Key) + "][" + strconv.Itoa(i) + "]",
				Msg:    "a record whose Err is set cannot be written back",
				Hint:   "leave it out, or keep the payload it came from",
			}
		}
		if i > 0 {
			b = append(b, ',')
		}
		b = r.appendJSON(b)
	}
	return append(b, ']'), nil
}

func (r *Record) appendJSON(b []byte) []byte {
	b = append(b, `{"topic":`...)
	b = appendString(b, r.Topic)
	b = append(b, `,"partition":`...)
	b = strconv.AppendInt(b, int64(r.Partition), 10)
	b = append(b, `,"offset":`...)
	b = strconv.AppendInt(b, r.Offset, 10)
	b = append(b, `,"timestamp":`...)
	if r.Timestamp.IsZero() {
		b = append(b, `-1`...)
	} else {
		b = strconv.AppendInt(b, r.Timestamp.UnixMilli(), 10)
	}
	if r.TimestampType != "" {
		b = append(b, `,"timestampType":`...)
		b = appendString(b, r.TimestampType)
	}
	b = appendBytes(b, `,"key":"`, r.Key)
	b = appendBytes(b, `,"value":"`, r.Value)
	b = r.KeySchema.appendJSON(b, `,"keySchemaMetadata":{`)
	b = r.ValueSchema.appendJSON(b, `,"valueSchemaMetadata":{`)
	b = append(b, `,"headers":[`...)
	for i, h := range r.Headers() {
		if i > 0 {
			b = append(b, ',')
		}
		b = h.appendJSON(b)
	}
	b = append(b, ']')
	if r.state != nil && r.state.more != nil {
		b = appendMembers(b, r.state.more.extra)
	}
	return append(b, '}')
}

func (m SchemaMetadata) appendJSON(b []byte, open string) []byte {
	if m == (SchemaMetadata{}) {
		return b
	}
	b = append(b, open...)
	if m.DataFormat != "" {
		b = append(b, `"dataFormat":`...)
		b = appendString(b, m.DataFormat)
	}
	if m.SchemaID != "" {
		if m.DataFormat != "" {
			b = append(b, ',')
		}
		b = append(b, `"schemaId":`...)
		b = appendString(b, m.SchemaID)
	}
	return append(b, '}')
}

func (h Header) appendJSON(b []byte) []byte {
	b = append(appendString(append(b, '{'), h.Key), ':')
	if h.Value == nil {
		return append(b, `null}`...)
	}
	b = append(b, '[')
	for i, v := range h.Value {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, int64(int8(v)), 10) // signed on purpose
	}
	return append(b, `]}`...)
}

func appendBytes(b []byte, open string, data []byte) []byte {
	if data == nil {
		return b
	}
	b = append(b, open...)
	return append(base64.StdEncoding.AppendEncode(b, data), '"')
}

func appendMembers(b []byte, members []member) []byte {
	for _, m := range members {
		b = append(appendString(append(b, ','), m.name), ':')
		b = append(b, m.text...)
	}
	return b
}

func appendString(b []byte, s string) []byte {
	return append(appendEscaped(append(b, '"'), s), '"')
}

// appendEscaped writes s as the inside of a JSON string. Like encoding/json it
// writes the replacement character for bytes that are not UTF-8, the only ones
// a JSON text cannot hold.
func appendEscaped(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && size == 1 {
				b = append(append(b, s[start:i]...), "\uFFFD"...)
				start = i + 1
			}
			i += size
			continue
		}
		i++
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		b = append(append(b, s[start:i-1]...), '\\')
		start = i
		switch c {
		case '"', '\\':
			b = append(b, c)
		case '\b':
			b = append(b, 'b')
		case '\t':
			b = append(b, 't')
		case '\n':
			b = append(b, 'n')
		case '\f':
			b = append(b, 'f')
		case '\r':
			b = append(b, 'r')
		default:
			b = append(b, 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
	return append(b, s[start:]...)
}
