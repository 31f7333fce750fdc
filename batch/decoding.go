package batch

import (
	"context"
	"time"

	"github.com/mskit-go/mskit/kafkaevent"
)

// decoding is one call of a decoder. It adds up the time where an observer wants
// to know it, and lends the decoder the record's headers.
type decoding struct {
	run   *run
	start time.Time // zero: nobody wants to know
	lent  *lentHeaders
}

func startDecoding(ctx context.Context, rec *kafkaevent.Record) decoding {
	var d decoding
	headers := newLentHeaders
	if d.run, _ = ctx.Value(runKey{}).(*run); d.run != nil {
		headers = d.run.lent.Get
		if len(d.run.observers) > 0 {
			d.start = time.Now()
		}
	}
	d.lent, _ = headers().(*lentHeaders)
	d.lent.rec = rec
	return d
}

func (d decoding) stop() {
	d.lent.rec = nil
	if d.run == nil {
		return
	}
	if !d.start.IsZero() {
		d.run.decoding.Add(int64(time.Since(d.start)))
	}
	d.run.lent.Put(d.lent)
}

// lentHeaders reads the headers of one record after the other. A function for
// each record would be an allocation for each.
type lentHeaders struct {
	rec  *kafkaevent.Record
	last func(name string) ([]byte, bool)
}

// newLentHeaders makes a *lentHeaders.
func newLentHeaders() any {
	l := new(lentHeaders)
	l.last = func(name string) ([]byte, bool) {
		if rec := l.rec; rec != nil {
			return rec.LastHeader(name)
		}
		return nil, false // kept for too long
	}
	return l
}
