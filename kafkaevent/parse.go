package kafkaevent

import (
	"math"
	"strconv"
	"strings"
)

// Parse decodes the payload of an invocation. It leaves payload alone and the
// event shares no memory with it.
//
// A payload that is not a Kafka event, or that is not JSON by encoding/json's
// rules, is an [*Error]. A record whose key, value, headers or other fields
// cannot be decoded is not: it carries the error itself, see [Record.Err]. Only
// the offset is indispensable, for without it the record could not be named in
// a reply.
func Parse(payload []byte) (*Event, error) { return parse(payload, false) }

// ParseInPlace is Parse without a copy, the fastest way: it overwrites payload,
// also when it fails, and the event aliases it. Lambda's runtime reuses the
// buffer after the handler has returned, so nothing of the event may be used
// then; [Record.Clone] and [Event.Clone] keep what must live longer.
func ParseInPlace(payload []byte) (*Event, error) { return parse(payload, true) }

// UnmarshalJSON decodes an event as [Parse] does.
func (e *Event) UnmarshalJSON(payload []byte) error {
	parsed, err := Parse(payload)
	if err != nil {
		return err
	}
	*e = *parsed
	return nil
}

// parser builds an event while the scanner walks its payload.
type parser struct {
	scanner
	arena   arena
	strings interner
	event   *Event
	records []Record
	states  []recordState // the rest of the current slab
	block   *headerBlock
	groups  []group
	few     [16]group      // where groups begins
	keys    map[string]int // partitions by key, once they are many
	last    layout
	good    [8]goodHeader // by the place in a record
}

// group is one run of records under one key. A key that occurs twice has two.
type group struct{ partition, start, end int }

func parse(payload []byte, inPlace bool) (*Event, error) {
	if int64(len(payload)) > math.MaxUint32 {
		return nil, &Error{Offset: -1, Msg: "a payload of " + strconv.Itoa(len(payload)) + " bytes; Lambda sends at most 6 MB"}
	}
	p := &parser{event: &Event{}}
	p.b, p.record = payload, -1
	p.block = &headerBlock{}
	p.groups = p.few[:0]
	p.arena.inPlace = inPlace
	if p.parseEvent() < 0 {
		return nil, p.err
	}
	p.assignRecords()
	return p.event, nil
}

func (p *parser) parseEvent() int {
	i := p.space(0)
	if i >= len(p.b) || p.b[i] != '{' {
		return p.notAnEvent(i)
	}
	hasRecords := false
	var look lookalike
	i, more := p.first(i+1, '}')
	for more {
		var name []byte
		if name, i = p.name(i); i < 0 {
			return i
		}
		switch string(name) {
		case "eventSource":
			i = p.eventText(i, "eventSource", &p.event.Source)
		case "eventSourceArn":
			i = p.eventText(i, "eventSourceArn", &p.event.SourceARN)
		case "bootstrapServers":
			var list string
			if i = p.eventText(i, "bootstrapServers", &list); list != "" {
				p.event.BootstrapServers = strings.Split(list, ",")
			}
		case "records":
			hasRecords = true
			i = p.parseRecords(i)
		default:
			look.see(name)
			i = p.extra(i, 1, name, &p.event.extra)
		}
		if i < 0 {
			return i
		}
		if i, more = p.next(i, '}'); i < 0 {
			return i
		}
	}
	if i = p.space(i); i < len(p.b) {
		return p.fail(i, "something follows the event")
	}
	if !hasRecords {
		p.err = look.err()
		return -1
	}
	return i
}

// eventText reads a string member of the event; null leaves it as it is.
func (p *parser) eventText(i int, field string, dst *string) int {
	next, ok := p.text(i, dst)
	if !ok && next >= 0 {
		p.field = field
		return p.fail(i, "not a string but "+p.what(i))
	}
	return next
}

// text reads a string or null. Anything else is skipped, and ok is false.
func (p *parser) text(i int, dst *string) (next int, ok bool) {
	if i < len(p.b) && p.b[i] == '"' {
		raw, plain, next := p.str(i)
		if next < 0 {
			return next, false
		}
		if !plain {
			p.scratch = appendUnquoted(p.scratch[:0], raw)
			raw = p.scratch
		}
		*dst = p.strings.intern(raw, *dst)
		return next, true
	}
	null := i < len(p.b) && p.b[i] == 'n'
	next = p.skip(i, p.depth())
	return next, null && next >= 0
}

// depth is how many arrays and objects are open around a member.
func (p *parser) depth() int {
	if p.record < 0 {
		return 1 // the event
	}
	return 4 // the event, records, a partition, a record
}

// extra keeps a member that nobody knows.
func (p *parser) extra(i, depth int, name []byte, dst *[]member) int {
	key := string(name)
	next := p.skip(i, depth)
	if next >= 0 {
		*dst = append(*dst, member{name: key, text: p.arena.keep(p.b[i:next:next], len(p.b)-i)})
	}
	return next
}

// parseRecords reads the records object: a key for each partition.
func (p *parser) parseRecords(i int) int {
	p.field = "records"
	if i >= len(p.b) || p.b[i] != '{' {
		if hasAt(p.b, i, "null") {
			p.field = ""
			return i + len("null")
		}
		return p.fail(i, "not an object of partitions but "+p.what(i))
	}
	i, more := p.first(i+1, '}')
	for more {
		var name []byte
		if name, i = p.name(i); i < 0 {
			return i
		}
		p.partition, p.record, p.field = p.strings.copy(name), 0, ""
		g := group{partition: p.findPartition(), start: len(p.records)}
		if i = p.parseGroup(i); i < 0 {
			return i
		}
		g.end = len(p.records)
		p.groups = append(p.groups, g)
		p.record, p.field = -1, "records"
		if i, more = p.next(i, '}'); i < 0 {
			return i
		}
	}
	p.field = ""
	return i
}

// parseGroup reads the records of one partition.
func (p *parser) parseGroup(i int) int {
	if i >= len(p.b) || p.b[i] != '[' {
		if hasAt(p.b, i, "null") {
			return i + len("null")
		}
		p.record, p.field = -1, "records["+quoted(p.partition)+"]"
		return p.fail(i, "not an array of records but "+p.what(i))
	}
	i, more := p.first(i+1, ']')
	for more {
		start := i
		r := p.newRecord()
		if i = p.parseRecord(r, i); i < 0 {
			return i
		}
		if len(p.records) == 1 {
			p.growRecords(i-start, len(p.b)-i)
		}
		p.record++
		if i, more = p.next(i, ']'); i < 0 {
			return i
		}
	}
	return i
}

// maxBatch is Lambda's largest batch, in records.
const maxBatch = 10_000

func (p *parser) newRecord() *Record {
	n := len(p.records)
	if n < cap(p.records) {
		p.records = p.records[:n+1] // zero still
	} else {
		p.records = append(p.records, Record{})
	}
	return &p.records[n]
}

// growRecords makes room for as many records as the first one lets expect. A
// wrong guess costs a copy, not a record.
func (p *parser) growRecords(size, left int) {
	n := min(left/size+left/size/16, maxBatch) + 1
	records := make([]Record, 1, n)
	records[0] = p.records[0]
	p.records = records
}

// findPartition is the index of the partition with the current key. Past a few
// partitions a map keeps this from being quadratic.
func (p *parser) findPartition() int {
	const few = 16
	e := p.event
	if e.Partitions == nil {
		e.Partitions = make([]Partition, 0, few)
	}
	n := len(e.Partitions)
	if n < few {
		for i := range e.Partitions {
			if e.Partitions[i].Key == p.partition {
				return i
			}
		}
	} else {
		if p.keys == nil {
			p.keys = make(map[string]int, 2*few)
			for i := range e.Partitions {
				p.keys[e.Partitions[i].Key] = i
			}
		}
		if i, ok := p.keys[p.partition]; ok {
			return i
		}
		p.keys[p.partition] = n
	}
	e.Partitions = append(e.Partitions, Partition{Key: p.partition})
	return n
}

// assignRecords hands the records to their partitions, now that the slab does
// not move any more.
func (p *parser) assignRecords() {
	for _, g := range p.groups {
		part := &p.event.Partitions[g.partition]
		records := p.records[g.start:g.end:g.end]
		if part.Records == nil {
			part.Records = records
		} else {
			part.Records = append(part.Records, records...)
		}
	}
}
