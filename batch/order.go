package batch

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

// planner lays out the records of a run in lanes. It takes the run, and not the
// event, whose every method the type of this function would link.
type planner func(*run) plan

func (o Order) planner() planner {
	switch o {
	case ByKey:
		return planByKey
	case Unordered:
		return planUnordered
	default:
		return planByPartition
	}
}

func planByPartition(r *run) plan {
	lanes := make([]lane, 0, len(r.places))
	for _, p := range r.places {
		if p.first < p.end {
			lanes = append(lanes, lane{first: int32(p.first), end: int32(p.end)})
		}
	}
	return plan{lanes: lanes}
}

func planUnordered(r *run) plan {
	lanes := make([]lane, len(r.records))
	for i := range lanes {
		lanes[i] = lane{first: int32(i), end: int32(i) + 1}
	}
	return plan{lanes: lanes}
}

// planByKey gives every key of every partition its lane.
func planByKey(r *run) plan {
	p := plan{next: make([]int32, len(r.records))}
	var last []int32 // the last record so far of each lane
	for _, at := range r.places {
		lanes := make(map[string]int)
		keyless := -1
		for i := at.first; i < at.end; i++ {
			key := r.records[i].Key
			l, known := keyless, keyless >= 0
			if key != nil {
				l, known = lanes[string(key)]
			}
			switch {
			case known:
				p.next[last[l]] = int32(i)
				last[l] = int32(i)
			case key != nil:
				lanes[string(key)] = len(p.lanes)
			default:
				keyless = len(p.lanes)
			}
			if !known {
				p.lanes = append(p.lanes, lane{first: int32(i)})
				last = append(last, int32(i))
			}
			p.next[i] = -1
		}
	}
	return p
}
