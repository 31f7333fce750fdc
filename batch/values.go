package batch

import (
	"context"

	"github.com/mskit-go/mskit/filter"
	"github.com/mskit-go/mskit/kafkaevent"
	"github.com/mskit-go/mskit/schema"
)

// Values decodes each record's value and calls fn with it.
//
// A tombstone reaches neither d nor fn: it fails permanently, see
// [OnTombstone]. A nil d or fn, and a decoder that knows it cannot work, make
// every invocation fail before any record is touched.
func Values[V any](d schema.Decoder[V], fn func(context.Context, Message[V]) error) Handler {
	return &valueHandler[V]{d: d, fn: fn}
}

// KeyValues decodes each record's key and value and calls fn with both. The key
// is decoded first. A record without a key keeps its place: fn gets the zero K.
//
// Otherwise it is as [Values].
func KeyValues[K, V any](k schema.Decoder[K], v schema.Decoder[V], fn func(context.Context, KeyedMessage[K, V]) error) Handler {
	return &keyValueHandler[K, V]{k: k, v: v, fn: fn}
}

// Keys decodes each record's key alone: what a delete consists of.
//
//	batch.OnTombstone(
//		batch.Values(schema.JSON[Order](), save),
//		batch.Keys(schema.String(), remove),
//	)
//
// A record without a key gets the zero K.
func Keys[K any](k schema.Decoder[K], fn func(context.Context, KeyMessage[K]) error) Handler {
	return &keyHandler[K]{k: k, fn: fn}
}

// ValueInput is a record's value as a decoder takes it.
func ValueInput(r *kafkaevent.Record) schema.Input {
	return schema.Input{
		Topic:  r.Topic,
		Field:  schema.Value,
		Data:   r.Value,
		Header: headerOf(r),
		Meta:   schema.Metadata(r.ValueSchema),
	}
}

// KeyInput is a record's key as a decoder takes it.
func KeyInput(r *kafkaevent.Record) schema.Input {
	return schema.Input{
		Topic:  r.Topic,
		Field:  schema.Key,
		Data:   r.Key,
		Header: headerOf(r),
		Meta:   schema.Metadata(r.KeySchema),
	}
}

// headerOf leaves the headers untouched until a decoder asks.
func headerOf(r *kafkaevent.Record) func(string) ([]byte, bool) {
	return r.LastHeader
}

type valueHandler[V any] struct {
	d  schema.Decoder[V]
	fn func(context.Context, Message[V]) error
}

func (h *valueHandler[V]) HandleRecord(ctx context.Context, r *kafkaevent.Record) error {
	// The value goes straight into the message: large structs are costly to copy.
	m := Message[V]{Record: r}
	var err error
	if m.Value, err = decodeValue(ctx, h.d, r); err != nil {
		return err
	}
	return h.fn(ctx, m)
}

func (h *valueHandler[V]) view(ctx context.Context, r *kafkaevent.Record) filter.View {
	return filter.View{Value: valueView(ctx, h.d, r)}
}

func (h *valueHandler[V]) ConfigError() error {
	return firstError(configErrorOf(h.d, "the decoder of Values"), configErrorOf(h.fn, "the function of Values"))
}

type keyValueHandler[K, V any] struct {
	k  schema.Decoder[K]
	v  schema.Decoder[V]
	fn func(context.Context, KeyedMessage[K, V]) error
}

func (h *keyValueHandler[K, V]) HandleRecord(ctx context.Context, r *kafkaevent.Record) error {
	k, err := decodeKey(ctx, h.k, r)
	if err != nil {
		return err
	}
	v, err := decodeValue(ctx, h.v, r)
	if err != nil {
		return err
	}
	return h.fn(ctx, KeyedMessage[K, V]{Record: r, Key: k, Value: v})
}

func (h *keyValueHandler[K, V]) view(ctx context.Context, r *kafkaevent.Record) filter.View {
	return filter.View{Key: keyView(ctx, h.k, r), Value: valueView(ctx, h.v, r)}
}

func (h *keyValueHandler[K, V]) ConfigError() error {
	return firstError(
		configErrorOf(h.k, "the key decoder of KeyValues"),
		configErrorOf(h.v, "the value decoder of KeyValues"),
		configErrorOf(h.fn, "the function of KeyValues"),
	)
}

type keyHandler[K any] struct {
	k  schema.Decoder[K]
	fn func(context.Context, KeyMessage[K]) error
}

func (h *keyHandler[K]) HandleRecord(ctx context.Context, r *kafkaevent.Record) error {
	k, err := decodeKey(ctx, h.k, r)
	if err != nil {
		return err
	}
	return h.fn(ctx, KeyMessage[K]{Record: r, Key: k})
}

func (h *keyHandler[K]) view(ctx context.Context, r *kafkaevent.Record) filter.View {
	return filter.View{Key: keyView(ctx, h.k, r)}
}

func (h *keyHandler[K]) ConfigError() error {
	return firstError(configErrorOf(h.k, "the decoder of Keys"), configErrorOf(h.fn, "the function of Keys"))
}

// decodeValue never hands a tombstone to a decoder.
func decodeValue[V any](ctx context.Context, d schema.Decoder[V], r *kafkaevent.Record) (V, error) {
	in := ValueInput(r)
	if in.Data == nil {
		var none V
		e := &schema.Error{
			Kind: schema.KindTombstone,
			Msg:  "the record has no value and the handler wants one; batch.OnTombstone says what to do with deletes",
		}
		return none, e.At(in)
	}
	timer := startDecoding(ctx)
	v, err := d.Decode(ctx, in)
	timer.stop()
	return v, err
}

// decodeKey gives the zero K where there is no key to decode.
func decodeKey[K any](ctx context.Context, d schema.Decoder[K], r *kafkaevent.Record) (K, error) {
	in := KeyInput(r)
	if in.Data == nil {
		var none K
		return none, nil
	}
	timer := startDecoding(ctx)
	v, err := d.Decode(ctx, in)
	timer.stop()
	return v, err
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
