package kafkaevent

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
)

// Parse decodes the payload of an invocation. It leaves payload alone and the
// event shares no memory with it.
func Parse(payload []byte) (*Event, error) {
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

// ParseInPlace is Parse without a copy: it overwrites payload and the records
// alias it.
func ParseInPlace(payload []byte) (*Event, error) { return Parse(payload) }

func (e *Event) decodeRecords(text []byte) error {
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
	r.state = &recordState{more: &recordMore{}}
	offset := false
	for _, m := range list {
		switch m.name {
		case "offset":
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
			ms := int64(-1)
			err = json.Unmarshal(m.text, &ms)
			if ms != -1 {
				r.Timestamp = time.UnixMilli(ms).UTC()
			}
		case "timestampType":
			err = json.Unmarshal(m.text, &r.TimestampType)
		case "key":
			r.Key, err = decodeBytes(m.text)
		case "value":
			r.Value, err = decodeBytes(m.text)
		case "keySchemaMetadata":
			err = json.Unmarshal(m.text, &r.KeySchema)
		case "valueSchemaMetadata":
			err = json.Unmarshal(m.text, &r.ValueSchema)
		case "headers":
			r.state.headers, err = decodeHeaders(m.text)
		default:
			r.state.more.extra = append(r.state.more.extra, m)
		}
		if err != nil {
			r.state.more.err = errors.Join(r.state.more.err, &Error{Offset: -1, Path: m.name, Msg: "cannot be decoded"})
		}
	}
	if !offset {
		return errors.New("record without offset")
	}
	return nil
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
			var ints *[]int
			if err := json.Unmarshal(m.text, &ints); err != nil {
				return nil, err
			}
			h := Header{Key: m.name}
			if ints != nil {
				h.Value = make([]byte, len(*ints))
				for i, n := range *ints {
					if n < math.MinInt8 || n > math.MaxUint8 {
						return nil, fmt.Errorf("header value %d is out of range", i)
					}
					h.Value[i] = byte(n)
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
