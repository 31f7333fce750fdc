package demo

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mskit-go/mskit/batch/deadletter"
	"github.com/mskit-go/mskit/kafkaevent"
)

// place is where a record of the topic is.
type place struct {
	partition int32
	offset    int64
}

func (p place) String() string { return fmt.Sprintf("%s-%d@%d", ordersTopic, p.partition, p.offset) }

// found is what was found of a record in another topic.
type found struct {
	times int
	why   string
	value []byte
}

// audit accounts for every record by what is left of it in the topics and in
// the warehouse's ledger. It asks neither the mapping nor the function.
type audit struct {
	warehouse *warehouse
	log       map[place]*kgo.Record
	letters   map[place]found
	failures  map[place]found

	problems []string
}

func newAudit(w *warehouse, log, letters, failures []*kgo.Record) *audit {
	a := &audit{
		warehouse: w,
		log:       make(map[place]*kgo.Record, len(log)),
		letters:   make(map[place]found),
		failures:  make(map[place]found),
	}
	for _, r := range log {
		a.log[place{r.Partition, r.Offset}] = r
	}
	for _, r := range letters {
		a.letter(r)
	}
	for _, r := range failures {
		a.failure(r)
	}
	return a
}

func (a *audit) problemf(format string, args ...any) {
	a.problems = append(a.problems, fmt.Sprintf(format, args...))
}

// letter notes a dead letter under the place that it came from.
func (a *audit) letter(r *kgo.Record) {
	letter := &kafkaevent.Record{Value: r.Value}
	h := make(kafkaevent.Headers, len(r.Headers))
	for i, x := range r.Headers {
		h[i] = kafkaevent.Header{Key: x.Key, Value: x.Value}
	}
	letter.SetHeaders(h)
	original, ok := deadletter.Original(letter)
	if !ok {
		a.problemf("%s@%d does not say where it came from", lettersTopic, r.Offset)
		return
	}
	at := place{original.Partition, original.Offset}
	a.letters[at] = found{a.letters[at].times + 1, h.Get(deadletter.HeaderText), r.Value}
}

// failure notes what the mapping gave up.
func (a *audit) failure(r *kgo.Record) {
	f, err := kafkaevent.ParseFailure(r.Value)
	var e *kafkaevent.Event
	if err == nil {
		e, err = f.Event()
	}
	if err != nil {
		a.problemf("%s@%d: %v", failedTopic, r.Offset, err)
		return
	}
	for x := range e.Records() {
		at := place{x.Partition, x.Offset}
		a.failures[at] = found{a.failures[at].times + 1, fmt.Sprintf("%s after %d invocations", f.Condition, f.InvokeCount), x.Value}
	}
}

// check is whether a record has the fate that it should have, and no other.
func (a *audit) check(r *record) bool {
	at := place{r.partition, r.offset}
	produced, ok := a.log[at]
	if !ok || string(produced.Key) != r.key || !bytes.Equal(produced.Value, r.value) {
		a.problemf("%s is not what was produced", at)
		return false
	}
	want := map[fate]string{
		shipped: "shipped", duplicate: "shipped", // the order was, once
		cancelled:    "cancelled",
		deadLettered: "dead-lettered",
		givenUp:      "given up",
	}[r.fate]
	if got := a.whereabouts(r, at); got != want {
		a.problemf("%s: want %q, found %q", at, want, got)
		return false
	}
	return true
}

// whereabouts are all the places a record is found at, with what else is to be
// said of them.
func (a *audit) whereabouts(r *record, at place) string {
	var all []string
	note := func(what string, times int) {
		for range times {
			all = append(all, what)
		}
	}
	if r.value == nil {
		note("cancelled", a.warehouse.cancelled[r.order])
	} else {
		note("shipped", a.warehouse.shipped[r.order])
	}
	// A letter is written again when the function dies between it and its reply.
	note("dead-lettered", min(a.letters[at].times, 1))
	note("given up", a.failures[at].times)
	for _, f := range []found{a.letters[at], a.failures[at]} {
		if f.times > 0 && !bytes.Equal(f.value, r.value) {
			all = append(all, "changed")
		}
	}
	return strings.Join(all, ", ")
}

// repeated is how many dead letters were written again.
func (a *audit) repeated() int {
	n := 0
	for _, f := range a.letters {
		n += f.times - 1
	}
	return n
}
