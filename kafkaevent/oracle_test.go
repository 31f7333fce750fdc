package kafkaevent

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// oracleParse is Parse by way of encoding/json: slow, plain and strict, what
// the scanner is held against.
func oracleParse(payload []byte) (*Event, error) {
	top, err := decodeMembers(payload)
	if err != nil {
		return nil, err
	}
	e := &Event{}
	found := false
	for _, m := range top {
		switch m.name {
		case "eventSource":
			err = json.Unmarshal(m.text, &e.Source)
		case "eventSourceArn":
			err = json.Unmarshal(m.text, &e.SourceARN)
		case "bootstrapServers":
			var list string
			err = json.Unmarshal(m.text, &list)
			if list != "" {
				e.BootstrapServers = strings.Split(list, ",")
			}
		case "records":
			found = true
			err = e.decodeRecords(m.text)
		default:
			e.extra = append(e.extra, m)
		}
		if err != nil {
			return nil, &Error{Offset: -1, Path: m.name, Msg: "cannot be decoded"}
		}
	}
	if !found {
		return nil, &Error{Offset: -1, Msg: `no "records" object`, Hint: "this is not a Kafka event"}
	}
	return e, nil
}

func (e *Event) decodeRecords(text []byte) error {
	if string(text) == "null" {
		return nil
	}
	groups, err := decodeMembers(text)
	if err != nil {
		return err
	}
	for _, g := range groups {
		var raw []json.RawMessage
		if err := json.Unmarshal(g.text, &raw); err != nil {
			return err
		}
		records := make([]Record, len(raw))
		for i := range raw {
			if err := records[i].decode(raw[i]); err != nil {
				return err
			}
		}
		e.add(g.name, records)
	}
	return nil
}

func (e *Event) add(key string, records []Record) {
	for i := range e.Partitions {
		if e.Partitions[i].Key == key {
			e.Partitions[i].Records = append(e.Partitions[i].Records, records...)
			return
		}
	}
	e.Partitions = append(e.Partitions, Partition{Key: key, Records: records})
}

func (r *Record) decode(text []byte) error {
	list, err := decodeMembers(text)
	if err != nil {
		return err
	}
	var more recordMore
	offset := false
	for _, m := range list {
		switch m.name {
		case "offset":
			if string(m.text) == "null" {
				return errors.New("null offset")
			}
			offset = true
			if err := json.Unmarshal(m.text, &r.Offset); err != nil {
				return err
			}
			continue
		case "topic":
			err = json.Unmarshal(m.text, &r.Topic)
		case "partition":
			err = json.Unmarshal(m.text, &r.Partition)
		case "timestamp":
			var ms *int64
			if err = json.Unmarshal(m.text, &ms); err == nil && ms != nil {
				if r.Timestamp = time.UnixMilli(*ms).UTC(); *ms == -1 {
					r.Timestamp = time.Time{}
				}
			}
		case "timestampType":
			err = json.Unmarshal(m.text, &r.TimestampType)
		case "key":
			r.Key, err = decodeBytes(m.text)
		case "value":
			r.Value, err = decodeBytes(m.text)
		case "keySchemaMetadata":
			err = decodeMetadata(m.text, &r.KeySchema)
		case "valueSchemaMetadata":
			err = decodeMetadata(m.text, &r.ValueSchema)
		case "headers":
			var h Headers
			h, err = decodeHeaders(m.text)
			r.SetHeaders(h)
		default:
			more.extra = append(more.extra, m)
		}
		if err != nil {
			more.err = err
		}
	}
	if !offset {
		return errors.New("record without offset")
	}
	r.SetHeaders(r.Headers())
	r.state.more = &more
	return nil
}

func decodeMetadata(text []byte, dst *SchemaMetadata) error {
	if string(text) == "null" {
		return nil
	}
	list, err := decodeMembers(text)
	if err != nil {
		return err
	}
	for _, m := range list {
		switch m.name {
		case "dataFormat":
			err = errors.Join(err, json.Unmarshal(m.text, &dst.DataFormat))
		case "schemaId":
			err = errors.Join(err, json.Unmarshal(m.text, &dst.SchemaID))
		}
	}
	return err
}

func decodeBytes(text []byte) ([]byte, error) {
	var s *string
	if err := json.Unmarshal(text, &s); err != nil {
		return []byte{}, err
	}
	if s == nil {
		return nil, nil
	}
	b, err := base64.StdEncoding.DecodeString(*s)
	if err != nil {
		return []byte{}, err
	}
	return b, nil
}

func decodeHeaders(text []byte) (Headers, error) {
	var list []json.RawMessage
	if err := json.Unmarshal(text, &list); err != nil {
		return nil, err
	}
	var headers Headers
	for _, item := range list {
		members, err := decodeMembers(item)
		if err != nil {
			return nil, err
		}
		for _, m := range members {
			var ints *[]json.RawMessage
			if err := json.Unmarshal(m.text, &ints); err != nil {
				return nil, err
			}
			h := Header{Key: m.name}
			if ints != nil {
				h.Value = make([]byte, len(*ints))
				for i, text := range *ints {
					var n *int64
					if err := json.Unmarshal(text, &n); err != nil {
						return nil, err
					}
					if n == nil || *n < math.MinInt8 || *n > math.MaxUint8 {
						return nil, fmt.Errorf("header value %d is no byte", i)
					}
					h.Value[i] = byte(*n)
				}
			}
			headers = append(headers, h)
		}
	}
	return headers, nil
}

func decodeMembers(text []byte) ([]member, error) {
	bad := &Error{Offset: -1, Msg: "not a JSON object"}
	if !json.Valid(text) {
		return nil, bad
	}
	d := json.NewDecoder(bytes.NewReader(text))
	if t, _ := d.Token(); t != json.Delim('{') {
		return nil, bad
	}
	var list []member
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, err
		}
		list = append(list, member{name: name.(string), text: value})
	}
	return list, nil
}

// difference says how two events differ, "" when they do not; errors count by
// being there.
func difference(a, b *Event) string {
	if a.Source != b.Source || a.SourceARN != b.SourceARN || !slices.Equal(a.BootstrapServers, b.BootstrapServers) {
		return "envelope"
	}
	if !equalMembers(a.extra, b.extra) {
		return "extra"
	}
	if len(a.Partitions) != len(b.Partitions) {
		return "number of partitions"
	}
	for i := range a.Partitions {
		p, q := &a.Partitions[i], &b.Partitions[i]
		if p.Key != q.Key || len(p.Records) != len(q.Records) {
			return fmt.Sprintf("partition %d", i)
		}
		for j := range p.Records {
			if d := recordDifference(&p.Records[j], &q.Records[j]); d != "" {
				return fmt.Sprintf("partition %d, record %d: %s", i, j, d)
			}
		}
	}
	return ""
}

func recordDifference(r, q *Record) string {
	switch {
	case r.TopicPartition != q.TopicPartition || r.Offset != q.Offset:
		return "coordinates"
	case !r.Timestamp.Equal(q.Timestamp) || r.TimestampType != q.TimestampType:
		return "timestamp"
	case !equalBytes(r.Key, q.Key):
		return "key"
	case !equalBytes(r.Value, q.Value):
		return "value"
	case r.KeySchema != q.KeySchema || r.ValueSchema != q.ValueSchema:
		return "schema metadata"
	case (r.Err() == nil) != (q.Err() == nil):
		return fmt.Sprintf("error: %v, not %v", r.Err(), q.Err())
	case !slices.EqualFunc(r.Headers(), q.Headers(), func(a, b Header) bool {
		return a.Key == b.Key && equalBytes(a.Value, b.Value)
	}):
		return "headers"
	}
	var extra, want []member
	if r.state != nil && r.state.more != nil {
		extra = r.state.more.extra
	}
	if q.state != nil && q.state.more != nil {
		want = q.state.more.extra
	}
	if !equalMembers(extra, want) {
		return "extra"
	}
	return ""
}

func equalMembers(a, b []member) bool {
	return slices.EqualFunc(a, b, func(a, b member) bool { return a.name == b.name && bytes.Equal(a.text, b.text) })
}

// equalBytes also tells nil from empty.
func equalBytes(a, b []byte) bool { return bytes.Equal(a, b) && (a == nil) == (b == nil) }
