package proof_test

import (
	"testing"

	"github.com/mskit-go/mskit/cmd/mskit/internal/proof"
)

// tally is what a ledger has of the first n records of the proof.
type tally struct {
	Done, Dead int // records, each once
	Repeated   int // how often one of them was done again
	Failed     int // how often one failed
}

// count compares a ledger with what was produced: every outcome fits its
// record, and if ordered the first ones of each partition are in the order of
// the log.
func count(t *testing.T, ledger []proof.Entry, n, partitions int, ordered bool) tally {
	t.Helper()
	var sum tally
	first := make(map[proof.Entry]proof.Outcome) // by place alone
	next := make(map[int32]int64)
	for _, e := range ledger {
		id := int(e.Offset)*partitions + int(e.Partition)
		if id >= n || int(e.Partition) >= partitions {
			t.Fatalf("%+v was never produced", e)
		}
		kind := proof.KindOf(id)
		if e.Outcome == proof.Failed {
			sum.Failed++
			if kind != proof.Poison && kind != proof.Transient {
				t.Errorf("%+v, want a %s record done", e, kind)
			}
			continue
		}
		if (e.Outcome == proof.Dead) != (kind == proof.Poison) {
			t.Errorf("%+v is a %s record", e, kind)
		}
		place := proof.Entry{Partition: e.Partition, Offset: e.Offset}
		if _, again := first[place]; again {
			sum.Repeated++
			continue
		}
		first[place] = e.Outcome
		if e.Outcome == proof.Dead {
			sum.Dead++
		} else {
			sum.Done++
		}
		if ordered && e.Offset < next[e.Partition] {
			t.Errorf("partition %d: offset %d came after %d", e.Partition, e.Offset, next[e.Partition]-1)
		}
		next[e.Partition] = e.Offset + 1
	}
	return sum
}

// kinds counts the first n records.
func kinds(n int) map[proof.Kind]int {
	counts := make(map[proof.Kind]int)
	for i := range n {
		counts[proof.KindOf(i)]++
	}
	return counts
}

// readLedger is proof.ReadLedger without its error.
func readLedger(t *testing.T, name string) ([]proof.Entry, []int) {
	t.Helper()
	entries, processes, err := proof.ReadLedger(name)
	if err != nil {
		t.Fatal(err)
	}
	return entries, processes
}
