package batch

import (
	"context"
	"errors"

	"github.com/mskit-go/mskit/filter"
	"github.com/mskit-go/mskit/kafkaevent"
	"github.com/mskit-go/mskit/schema"
)

// filtering is what [WithFilter] does.
type filtering struct{ *filter.Filter }

func (f filtering) check() error {
	// It would find the field absent in every record, and drop them all.
	if err := f.CheckRecord(); err != nil {
		return &ConfigurationError{Msg: "the filter", Err: err}
	}
	return nil
}

// viewer is a handler that can show keys and values as JSON, because its
// decoders can.
type viewer interface {
	view(ctx context.Context, r *kafkaevent.Record) filter.View
}

func viewOf(ctx context.Context, h Handler, r *kafkaevent.Record) filter.View {
	if v, ok := h.(viewer); ok {
		return v.view(ctx, r)
	}
	return filter.View{}
}

// views are the decoders that [WithFilterView] names.
type views struct{ key, value schema.JSONView }

func (v views) view(ctx context.Context, r *kafkaevent.Record) filter.View {
	return filter.View{Key: keyView(ctx, v.key, r), Value: valueView(ctx, v.value, r)}
}

// keyView is nil when d is no [schema.JSONView].
func keyView(ctx context.Context, d any, r *kafkaevent.Record) func([]byte) ([]byte, error) {
	v, ok := d.(schema.JSONView)
	if !ok {
		return nil
	}
	return func(dst []byte) ([]byte, error) { return v.AppendJSON(ctx, dst, KeyInput(r)) }
}

func valueView(ctx context.Context, d any, r *kafkaevent.Record) func([]byte) ([]byte, error) {
	v, ok := d.(schema.JSONView)
	if !ok {
		return nil
	}
	return func(dst []byte) ([]byte, error) { return v.AppendJSON(ctx, dst, ValueInput(r)) }
}

func (r *run) view(rec *kafkaevent.Record) filter.View {
	if r.views != nil {
		return r.views.view(r.ctx, rec)
	}
	return viewOf(r.ctx, r.root, rec)
}

// wants lays the filter on a record. The error is the record's.
func (f filtering) wants(r *run, rec *kafkaevent.Record) (ok bool, err error) {
	panicked := protect(func() error {
		view := r.view(rec)
		ok, err = f.MatchView(rec, view)
		if ok && !r.framedNoted.Load() && f.SeesFramed(rec, view) && r.framedNoted.CompareAndSwap(false, true) {
			r.reportFramed(rec)
		}
		return nil
	})
	if _, failed := errors.AsType[*filter.ViewError](err); failed || panicked != nil {
		// What cannot be rendered cannot be decoded either: the decoder says why.
		return true, nil
	}
	if err != nil {
		return false, Permanent(err)
	}
	return ok, nil
}
