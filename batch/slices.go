package batch

import (
	"context"
	"slices"
	"strconv"

	"github.com/mskit-go/mskit/kafkaevent"
	"github.com/mskit-go/mskit/schema"
)

// Slices decodes the values of many records and calls fn once for all of them,
// for a bulk insert. A slice holds records of one partition in order, with
// [ByKey] of one key; a record that cannot be decoded, and a record of another
// handler (below [Mux] and [OnTombstone]), ends it.
//
// fn returns nil when all of them are done. It returns a [*SliceError] to say
// which one failed: those before it are done, it has failed, and those behind
// it are deferred. Of several joined the one of the lowest index counts.
// [Permanent] and [Skip] may wrap either. After a transient failure [WithRetry]
// calls fn again with the records that are not done; after one that was
// dead-lettered or skipped fn is called with those behind it.
//
// Of any other error nobody knows which record it is about. It counts for the
// first one and defers the rest; nothing is dead-lettered for it, unless the
// slice has one record only. Skip takes the whole slice for handled.
//
// Middleware works on single records, so Slices with [WithMiddleware] is a
// configuration error. fn may keep the slice and change it.
func Slices[V any](d schema.Decoder[V], fn func(context.Context, []Message[V]) error, opts ...SliceOption) Handler {
	var c sliceConfig
	for _, o := range opts {
		if o != nil {
			o.applySlice(&c)
		}
	}
	h := &sliceHandler{newSlice: func() slice { return &messages[V]{d: d, fn: fn, most: c.most} }}
	h.typed = typed{
		handle: h.handleOne,
		check: func() error {
			return firstError(configErrorOf(d, "the decoder of Slices"), errorIfNil(fn == nil, "the function of Slices"))
		},
		value: d,
	}
	return h
}

// SliceError says which record of a slice failed.
type SliceError struct {
	// Index is the record's position in the slice as the function was given it.
	Index int
	Err   error
}

func (e *SliceError) Error() string {
	text := "record " + strconv.Itoa(e.Index) + " of the slice"
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

func (e *SliceError) Unwrap() error { return e.Err }

// SliceOption configures [Slices]; nil is skipped.
type SliceOption interface{ applySlice(*sliceConfig) }

type sliceConfig struct{ most int }

type sliceOption func(*sliceConfig)

func (f sliceOption) applySlice(c *sliceConfig) { f(c) }

// WithMaxSlice gives fn at most n records at once. The default, and zero, is
// all of a lane, which may be the whole event.
func WithMaxSlice(n int) SliceOption {
	return sliceOption(func(c *sliceConfig) { c.most = n })
}

// slice is the typed part of what is being collected.
type slice interface {
	// add decodes a record. After an error it is not in the slice.
	add(ctx context.Context, r *kafkaevent.Record) error
	full() bool
	// call gives the function all but the first n records, in a slice of its own:
	// it may reorder it, and may be called again.
	call(ctx context.Context, n int) error
}

// sliceHandler takes several records at once.
type sliceHandler struct {
	typed
	newSlice func() slice
}

// handleOne handles a slice of one.
func (h *sliceHandler) handleOne(ctx context.Context, r *kafkaevent.Record) error {
	s := h.newSlice()
	if err := s.add(ctx, r); err != nil {
		return err
	}
	return s.call(ctx, 0)
}

func (h *sliceHandler) runner() laneRunner                         { return (*worker).sliceLane }
func (h *sliceHandler) slicerFor(*kafkaevent.Record) *sliceHandler { return h }

// slicerFor is the handler that takes r together with others; nil when it is
// to be handled alone.
func slicerFor(h Handler, r *kafkaevent.Record) *sliceHandler {
	if s, ok := h.(interface {
		slicerFor(r *kafkaevent.Record) *sliceHandler
	}); ok {
		return s.slicerFor(r)
	}
	return nil
}

// laneRunner runs a lane in another way than record by record. It comes with the
// handler, so that functions without [Slices] do not link it.
type laneRunner func(*worker, lane)

// runnerFor is nil when h takes every record alone.
func runnerFor(h Handler) laneRunner {
	if s, ok := h.(interface{ runner() laneRunner }); ok {
		return s.runner()
	}
	return nil
}

type messages[V any] struct {
	d    schema.Decoder[V]
	fn   func(context.Context, []Message[V]) error
	most int
	list []Message[V]
}

func (m *messages[V]) add(ctx context.Context, r *kafkaevent.Record) error {
	v, err := decodeValue(ctx, m.d, r)
	if err == nil {
		m.list = append(m.list, Message[V]{Record: r, Value: v})
	}
	return err
}

func (m *messages[V]) full() bool { return m.most > 0 && len(m.list) >= m.most }

func (m *messages[V]) call(ctx context.Context, n int) error {
	return m.fn(ctx, slices.Clone(m.list[n:]))
}
