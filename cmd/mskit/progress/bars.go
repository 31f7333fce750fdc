package progress

import (
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/mskit-go/mskit/cmd/mskit/esm"
)

const (
	refreshRate = 80 * time.Millisecond
	barWidth    = 48
	// maxBars is how many partitions have a bar of their own; the others share
	// one, so that the display fits on a screen.
	maxBars = 8
	// rest is the bar of the others.
	rest = int32(-1)
)

// bars is the display on a terminal: a bar for each partition, two lines of counts below.
type bars struct {
	container *mpb.Progress
	below     [2]line
	rows      map[int32]*row
	begin     map[int32]int64 // where each partition stood when it was first seen
}

// line is a bar that is text alone.
type line struct {
	bar  *mpb.Bar
	text *atomic.Pointer[string]
}

// row is one bar. mpb draws it from a goroutine of its own.
type row struct {
	bar *mpb.Bar
	lag atomic.Int64
}

func newBars(w io.Writer) *bars {
	b := &bars{
		container: mpb.New(mpb.WithOutput(w), mpb.ForceTTY(), mpb.WithAutoRefresh(), mpb.WithRefreshRate(refreshRate)),
		rows:      make(map[int32]*row),
		begin:     make(map[int32]int64),
	}
	for i := range b.below {
		text := &atomic.Pointer[string]{}
		text.Store(new(string))
		b.below[i] = line{text: text, bar: b.container.New(0, mpb.NopStyle(),
			mpb.BarPriority(1<<20+i), // below all others
			mpb.PrependDecorators(decor.Any(func(decor.Statistics) string { return *text.Load() })))}
	}
	return b
}

func (b *bars) show(lag []esm.PartitionLag, lines []string) {
	for i, l := range b.below {
		l.text.Store(&lines[i])
	}
	var others esm.PartitionLag
	shown := make(map[int32]bool, len(b.rows))
	for i, l := range lag {
		begin, ok := b.begin[l.Partition]
		if !ok {
			begin = l.Settled
			b.begin[l.Partition] = begin
		}
		done, all := l.Settled-begin, max(l.End, l.Settled)-begin
		if i < maxBars {
			b.row(l.Partition, fmt.Sprintf("partition %d", l.Partition)).set(done, all)
			shown[l.Partition] = true
			continue
		}
		others.Settled += done
		others.End += all
	}
	if more := len(lag) - maxBars; more > 0 {
		b.row(rest, fmt.Sprintf("%d more", more)).set(others.Settled, others.End)
		shown[rest] = true
	}
	for partition, r := range b.rows {
		if !shown[partition] { // another member of the group has it now
			r.bar.Abort(true)
			delete(b.rows, partition)
			delete(b.begin, partition)
		}
	}
}

func (b *bars) row(partition int32, name string) *row {
	r, ok := b.rows[partition]
	if ok {
		return r
	}
	r = &row{}
	priority := int(partition)
	if partition == rest {
		priority = 1 << 19
	}
	r.bar = b.container.New(0, mpb.BarStyle().Lbound(" ").Rbound(" ").Filler("━").Tip("━").Padding("─"),
		mpb.BarPriority(priority),
		mpb.BarWidth(barWidth),
		mpb.PrependDecorators(decor.Name(name, decor.WCSyncSpaceR)),
		mpb.AppendDecorators(decor.Any(func(decor.Statistics) string { return fmt.Sprintf("lag %d", r.lag.Load()) }, decor.WCSyncSpace)))
	b.rows[partition] = r
	return r
}

// set fills the bar; one without anything to read is full.
func (r *row) set(done, all int64) {
	r.lag.Store(all - done)
	if all == 0 {
		done, all = 1, 1
	}
	r.bar.SetTotal(all, false)
	r.bar.SetCurrent(done)
}

// Write writes above the bars.
func (b *bars) Write(text []byte) (int, error) { return b.container.Write(text) }

func (b *bars) close() {
	for _, r := range b.rows {
		r.bar.Abort(true)
	}
	for _, l := range b.below {
		l.bar.Abort(true)
	}
	b.container.Wait()
}
