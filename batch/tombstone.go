package batch

import (
	"context"

	"github.com/mskit-go/mskit/filter"
	"github.com/mskit-go/mskit/kafkaevent"
)

// OnTombstone sends deletes to tombstones and every other record to h. A
// tombstone is a record whose value is null; an empty value is none.
//
// A tombstones handler that has nothing to do still has to be written, because
// a delete that is dropped by accident is a loss nobody sees:
//
//	batch.OnTombstone(h, batch.HandlerFunc(func(context.Context, *kafkaevent.Record) error { return nil }))
func OnTombstone(h, tombstones Handler) Handler {
	return &tombstoneHandler{h: h, tombstones: tombstones}
}

type tombstoneHandler struct{ h, tombstones Handler }

func (t *tombstoneHandler) HandleRecord(ctx context.Context, r *kafkaevent.Record) error {
	return t.route(r).HandleRecord(ctx, r)
}

func (t *tombstoneHandler) route(r *kafkaevent.Record) Handler {
	if r.Tombstone() {
		return t.tombstones
	}
	return t.h
}

func (t *tombstoneHandler) view(ctx context.Context, r *kafkaevent.Record) filter.View {
	return viewOf(ctx, t.route(r), r)
}

func (t *tombstoneHandler) slicerFor(r *kafkaevent.Record) *sliceHandler {
	return slicerFor(t.route(r), r)
}

func (t *tombstoneHandler) runner() laneRunner {
	if f := runnerFor(t.h); f != nil {
		return f
	}
	return runnerFor(t.tombstones)
}

func (t *tombstoneHandler) ConfigError() error {
	return firstError(
		configErrorOf(t.h, "the handler of OnTombstone"),
		configErrorOf(t.tombstones, "the tombstone handler of OnTombstone"),
	)
}
