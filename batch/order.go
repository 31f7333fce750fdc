package batch

import (
	"github.com/mskit-go/mskit/kafkaevent"
)

// Order says which records have to run one after the other.
type Order uint8

const (
	// ByPartition runs the records of a partition in order and stops that
	// partition at its first failure. The reply names the failed record and
	// every later one of its partition.
	ByPartition Order = iota
	// ByKey runs the records of a key in order and stops that key at its first
	// failure; other keys of the partition go on. A key is its raw bytes within
	// one partition; records without a key are one more, an empty key is its own.
	ByKey
	// Unordered runs records in any order; one failure stops nothing else. It is
	// right for handlers to whom order means nothing, and for share groups
	// (ConsumptionMode Queue), which have none.
	Unordered
)

// String is "by partition", "by key" or "unordered".
func (o Order) String() string {
	switch o {
	case ByKey:
		return "by key"
	case Unordered:
		return "unordered"
	default:
		return "by partition"
	}
}

// lane is a run of records that have to be handled one after the other, as
// positions in the event.
type lane struct {
	first int32
	// end is where the lane ends; unused when the plan links the records.
	end int32
}

// plan is the lanes of one event, in the order of their first records.
type plan struct {
	lanes []lane
	// next links each record to the next one of its lane, -1 at the end. nil
	// where the records of a lane are neighbours.
	next []int32
}

// after is the record that follows record i in lane l, -1 at the end.
func (p *plan) after(l lane, i int32) int32 {
	if p.next != nil {
		return p.next[i]
	}
	if i++; i < l.end {
		return i
	}
	return -1
}

func (o Order) plan(e *kafkaevent.Event, n int) plan {
	switch o {
	case ByKey:
		return planByKey(e, n)
	case Unordered:
		lanes := make([]lane, n)
		for i := range lanes {
			lanes[i] = lane{first: int32(i), end: int32(i) + 1}
		}
		return plan{lanes: lanes}
	default:
		lanes := make([]lane, 0, len(e.Partitions))
		first := int32(0)
		for i := range e.Partitions {
			end := first + int32(len(e.Partitions[i].Records))
			if end > first {
				lanes = append(lanes, lane{first: first, end: end})
			}
			first = end
		}
		return plan{lanes: lanes}
	}
}

// planByKey gives every key of every partition its lane.
func planByKey(e *kafkaevent.Event, n int) plan {
	p := plan{next: make([]int32, n)}
	var last []int32 // the last record so far of each lane
	i := int32(0)
	for pi := range e.Partitions {
		lanes := make(map[string]int)
		keyless := -1
		for ri := range e.Partitions[pi].Records {
			key := e.Partitions[pi].Records[ri].Key
			l, known := keyless, keyless >= 0
			if key != nil {
				l, known = lanes[string(key)]
			}
			switch {
			case known:
				p.next[last[l]] = i
				last[l] = i
			case key != nil:
				lanes[string(key)] = len(p.lanes)
			default:
				keyless = len(p.lanes)
			}
			if !known {
				p.lanes = append(p.lanes, lane{first: i})
				last = append(last, i)
			}
			p.next[i] = -1
			i++
		}
	}
	return p
}
