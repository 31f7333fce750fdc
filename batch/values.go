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
	return &typed{
		handle: func(ctx context.Context, r *kafkaevent.Record) error {
			// The value goes straight into the message: large structs are costly to copy.
			m := Message[V]{Record: r}
			var err error
			if m.Value, err = decodeValue(ctx, d, r); err != nil {
				return err
			}
			return fn(ctx, m)
		},
		check: func() error {
			return firstError(configErrorOf(d, "the decoder of Values"), errorIfNil(fn == nil, "the function of Values"))
		},
		value: d,
	}
}

// KeyValues decodes each record's key and value and calls fn with both. The key
// is decoded first. A record without a key keeps its place: fn gets the zero K.
//
// Otherwise it is as [Values].
func KeyValues[K, V any](k schema.Decoder[K], v schema.Decoder[V], fn func(context.Context, KeyedMessage[K, V]) error) Handler {
	return &typed{
		handle: func(ctx context.Context, r *kafkaevent.Record) error {
			key, err := decodeKey(ctx, k, r)
			if err != nil {
				return err
			}
			value, err := decodeValue(ctx, v, r)
			if err != nil {
				return err
			}
			return fn(ctx, KeyedMessage[K, V]{Record: r, Key: key, Value: value})
		},
		check: func() error {
			return firstError(
				configErrorOf(k, "the key decoder of KeyValues"),
				configErrorOf(v, "the value decoder of KeyValues"),
				errorIfNil(fn == nil, "the function of KeyValues"),
			)
		},
		key:   k,
		value: v,
	}
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
	return &typed{
		handle: func(ctx context.Context, r *kafkaevent.Record) error {
			key, err := decodeKey(ctx, k, r)
			if err != nil {
				return err
			}
			return fn(ctx, KeyMessage[K]{Record: r, Key: key})
		},
		check: func() error {
			return firstError(configErrorOf(k, "the decoder of Keys"), errorIfNil(fn == nil, "the function of Keys"))
		},
		key: k,
	}
}

// ValueInput is a record's value as a decoder takes it.
func ValueInput(r *kafkaevent.Record) schema.Input { return valueInput(r, r.LastHeader) }

func valueInput(r *kafkaevent.Record, header func(string) ([]byte, bool)) schema.Input {
	return schema.Input{
		Topic:  r.Topic,
		Field:  schema.Value,
		Data:   r.Value,
		Header: header,
		Meta:   schema.Metadata(r.ValueSchema),
	}
}

// KeyInput is a record's key as a decoder takes it.
func KeyInput(r *kafkaevent.Record) schema.Input { return keyInput(r, r.LastHeader) }

func keyInput(r *kafkaevent.Record, header func(string) ([]byte, bool)) schema.Input {
	return schema.Input{
		Topic:  r.Topic,
		Field:  schema.Key,
		Data:   r.Key,
		Header: header,
		Meta:   schema.Metadata(r.KeySchema),
	}
}

// typed is a handler that decodes. The types of the user are in its functions
// alone: a type that had them for fields would keep every method of every
// message and decoder in the binary, for the linker cannot know that nobody
// prints it.
type typed struct {
	handle     func(context.Context, *kafkaevent.Record) error
	check      func() error
	key, value any // the decoders; nil where there is none
}

func (h *typed) HandleRecord(ctx context.Context, r *kafkaevent.Record) error {
	return h.handle(ctx, r)
}

func (h *typed) ConfigError() error { return h.check() }

func (h *typed) view(ctx context.Context, r *kafkaevent.Record) filter.View {
	return filter.View{Key: keyView(ctx, h.key, r), Value: valueView(ctx, h.value, r)}
}

// decodeValue never hands a tombstone to a decoder.
func decodeValue[V any](ctx context.Context, d schema.Decoder[V], r *kafkaevent.Record) (V, error) {
	if r.Value == nil {
		var none V
		return none, tombstoneError(r)
	}
	call := startDecoding(ctx, r)
	v, err := d.Decode(ctx, valueInput(r, call.lent.last))
	call.stop()
	return v, err
}

//go:noinline // or it would be in decodeValue once for every type
func tombstoneError(r *kafkaevent.Record) error {
	e := &schema.Error{
		Kind: schema.KindTombstone,
		Msg:  "the record has no value and the handler wants one; batch.OnTombstone says what to do with deletes",
	}
	return e.At(ValueInput(r))
}

// decodeKey gives the zero K where there is no key to decode.
func decodeKey[K any](ctx context.Context, d schema.Decoder[K], r *kafkaevent.Record) (K, error) {
	if r.Key == nil {
		var none K
		return none, nil
	}
	call := startDecoding(ctx, r)
	v, err := d.Decode(ctx, keyInput(r, call.lent.last))
	call.stop()
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
