// Package progress shows where an event source mapping stands: on a terminal a
// bar for each partition and the counts below, all changing in place, elsewhere
// plain lines that do not come too often.
//
//	display := progress.New(os.Stderr)
//	config.Observe = display.Observe
//	summary, err := esm.Run(ctx, function, config)
//	display.Close()
//
// It uses no colours. No escape code goes to anything that is no terminal, nor
// to one that says it is dumb.
package progress

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"

	"github.com/mskit-go/mskit/cmd/mskit/esm"
)

// Display shows progress. Its methods are safe for concurrent use.
type Display struct {
	w        io.Writer
	terminal bool
	every    time.Duration
	counters []counter

	mu     sync.Mutex
	live   *bars    // nil: plain lines
	lines  []string // of the last Observe
	shown  bool     // plain
	next   time.Time
	closed bool
}

type counter struct {
	name  string
	count func() int
}

// Option configures [New]. A nil Option is skipped.
type Option interface{ apply(d *Display) }

type option func(*Display)

func (o option) apply(d *Display) { o(d) }

// WithCounter adds a count that the mapping does not know, such as what the
// function dead-lettered. It is asked in each Observe. Repeated, they add up.
func WithCounter(name string, count func() int) Option {
	return option(func(d *Display) { d.counters = append(d.counters, counter{name, count}) })
}

// WithTerminal says whether to draw in place. The default is what [IsTerminal]
// says of the writer.
func WithTerminal(yes bool) Option {
	return option(func(d *Display) { d.terminal = yes })
}

// WithInterval is the least time between two plain lines; 1 s is the default,
// and zero writes a line for each Observe.
func WithInterval(every time.Duration) Option {
	return option(func(d *Display) { d.every = every })
}

// New is a display on w, to be closed.
func New(w io.Writer, opts ...Option) *Display {
	d := &Display{w: w, terminal: IsTerminal(w), every: time.Second}
	for _, o := range opts {
		if o != nil {
			o.apply(d)
		}
	}
	d.next = time.Now().Add(d.every)
	if d.terminal {
		d.live = newBars(w)
	}
	return d
}

// IsTerminal is whether w is a terminal that can move its cursor.
func IsTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd())) && os.Getenv("TERM") != "dumb"
}

// Observe shows p. It is what [esm.Config.Observe] wants.
func (d *Display) Observe(p esm.Progress) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return
	}
	d.lines, d.shown = d.counts(p), false
	switch now := time.Now(); {
	case d.live != nil:
		d.live.show(p.Lag, d.lines)
	case !now.Before(d.next):
		d.next = now.Add(d.every)
		d.plain()
	}
}

// Write writes text of others, whole lines, above what is drawn in place.
func (d *Display) Write(text []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.live != nil {
		return d.live.Write(text)
	}
	return d.w.Write(text)
}

// Close takes off what is drawn in place; in plain lines it writes the last one
// that was held back. Further calls do nothing, and so does Observe then.
func (d *Display) Close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.closed:
	case d.live != nil:
		d.live.close()
		d.live = nil
	case d.lines != nil && !d.shown:
		d.plain()
	}
	d.closed = true
}

func (d *Display) plain() {
	d.shown = true
	fmt.Fprintln(d.w, strings.Join(d.lines, ", "))
}

// counts are two lines: what the mapping does, and what becomes of the records.
// What is rare is left out while it is zero.
func (d *Display) counts(p esm.Progress) []string {
	calls := []string{
		fmt.Sprintf("%d records", p.Records),
		fmt.Sprintf("%d invocations", p.Invocations),
		fmt.Sprintf("%d partial failures", p.PartialFailures),
	}
	records := []string{fmt.Sprintf("lag %d", p.TotalLag())}
	add := func(line *[]string, n int, what string) {
		if n > 0 {
			*line = append(*line, fmt.Sprintf("%d %s", n, what))
		}
	}
	add(&calls, p.FailedInvocations, "failures")
	add(&records, p.Retried, "retried")
	for _, c := range d.counters {
		add(&records, c.count(), c.name)
	}
	add(&records, p.Filtered, "filtered")
	add(&records, p.GivenUp, "given up")
	add(&records, p.Dropped, "dropped")
	add(&records, p.Returned, "left for later")
	return []string{strings.Join(calls, ", "), strings.Join(records, ", ")}
}
