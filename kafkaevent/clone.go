package kafkaevent

import (
	"bytes"
	"strings"
)

// Clone is a copy that shares no memory with the event.
func (r *Record) Clone() *Record {
	c := *r
	c.Topic = strings.Clone(r.Topic)
	c.Key, c.Value = bytes.Clone(r.Key), bytes.Clone(r.Value)
	c.state = nil
	if r.state == nil {
		return &c
	}
	c.SetHeaders(r.Headers().clone())
	if m := r.state.more; m != nil {
		c.state.more = &recordMore{err: m.err, extra: cloneMembers(m.extra)}
	}
	return &c
}

// Clone is a copy that shares no memory with the payload it was parsed from.
func (e *Event) Clone() *Event {
	c := *e
	c.BootstrapServers = append([]string(nil), e.BootstrapServers...)
	c.extra = cloneMembers(e.extra)
	c.Partitions = make([]Partition, len(e.Partitions))
	for i, p := range e.Partitions {
		records := make([]Record, len(p.Records))
		for j := range p.Records {
			records[j] = *p.Records[j].Clone()
		}
		c.Partitions[i] = Partition{Key: p.Key, Records: records}
	}
	return &c
}

func (h Headers) clone() Headers {
	if h == nil {
		return nil
	}
	c := make(Headers, len(h))
	for i := range h {
		c[i] = Header{Key: h[i].Key, Value: bytes.Clone(h[i].Value)}
	}
	return c
}

func cloneMembers(list []member) []member {
	c := append([]member(nil), list...)
	for i := range c {
		c[i].text = bytes.Clone(c[i].text)
	}
	return c
}
