package proof

import (
	"fmt"
	"strings"

	"github.com/mskit-go/mskit/kafkaevent"
	"github.com/mskit-go/mskit/kafkaevent/kafkaeventtest"
)

// Kind is what a record does to the function.
type Kind string

const (
	Plain     Kind = "plain"
	Poison    Kind = "poison"    // it never succeeds
	Transient Kind = "transient" // it fails the first time that a process sees it
	Unwanted  Kind = "unwanted"  // [Criteria] drop it
	Deleted   Kind = "deleted"   // a tombstone
)

// Criteria are the FilterCriteria of a mapping that does not want [Unwanted]
// records.
const Criteria = `{"Filters":[{"Pattern":"{\"value\":{\"kind\":[{\"anything-but\":\"unwanted\"}]}}"}]}`

// KindOf is the kind of the n-th record: one in a hundred each is poison,
// transient and deleted, five are unwanted.
func KindOf(n int) Kind {
	switch n % 100 {
	case 7:
		return Poison
	case 31:
		return Transient
	case 53:
		return Deleted
	case 2, 22, 42, 62, 82:
		return Unwanted
	}
	return Plain
}

// Record is the n-th record of a topic: a JSON value of about half a kilobyte,
// in the partitions by turns.
func Record(topic string, n, partitions int) kafkaevent.Record {
	place := kafkaeventtest.WithPartition(int32(n % partitions))
	key := fmt.Sprintf("customer-%d", n%1000)
	kind := KindOf(n)
	if kind == Deleted {
		return kafkaeventtest.Tombstone(topic, key, place)
	}
	value := fmt.Sprintf(`{"id":%d,"kind":%q,"note":%q}`, n, kind, strings.Repeat("n", 450))
	return kafkaeventtest.Text(topic, value, place, kafkaeventtest.WithKey(key))
}
