package schema

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
)

// JSONOption configures [JSON]; nil is skipped.
type JSONOption interface{ applyJSON(*jsonConfig) }

type jsonOption func(*jsonConfig)

func (o jsonOption) applyJSON(c *jsonConfig) { o(c) }

// jsonConfig has a function instead of the Framing, whose type would link the
// framings into functions that have none.
type jsonConfig struct {
	unframe func(Input) ([]byte, error)
}

// WithFraming takes the framing off before the JSON text, for producers that
// use a registry's JSON Schema serializer: ESM(Confluent()), say. Nobody asks
// the registry and nobody validates; package jsonschema does both. The default
// is no framing; nil is none, the last one counts.
func WithFraming(f Framing) JSONOption {
	return jsonOption(func(c *jsonConfig) {
		if c.unframe = nil; f != nil {
			c.unframe = func(in Input) ([]byte, error) {
				frame, err := f.Parse(in)
				return frame.Body, err
			}
		}
	})
}

// JSON decodes JSON text into a T as encoding/json does. Text after the value
// is an error.
//
// It is the decoder for an event source mapping whose record format is JSON,
// whatever the producer wrote; for generated Protobuf types see
// protobuf.NewJSONDecoder.
func JSON[T any](opts ...JSONOption) Decoder[T] {
	var c jsonConfig
	for _, o := range opts {
		if o != nil {
			o.applyJSON(&c)
		}
	}
	if c.unframe != nil {
		return framedJSON[T](c)
	}
	return plainJSON[T]{}
}

// plainJSON has no JSONView: the bytes are what filters match.
type plainJSON[T any] struct{}

func (plainJSON[T]) Decode(_ context.Context, in Input) (T, error) {
	return unmarshalJSON[T](in, in.Data)
}

// framedJSON is JSON behind a framing.
type framedJSON[T any] jsonConfig

func (d framedJSON[T]) Decode(_ context.Context, in Input) (T, error) {
	text, err := d.unframe(in)
	if err != nil {
		var zero T
		return zero, err
	}
	return unmarshalJSON[T](in, text)
}

// AppendJSON appends the text as it is.
func (d framedJSON[T]) AppendJSON(_ context.Context, dst []byte, in Input) ([]byte, error) {
	text, err := d.unframe(in)
	if err != nil {
		return dst, err
	}
	return append(dst, text...), nil
}

func unmarshalJSON[T any](in Input, text []byte) (T, error) {
	var v T
	if err := json.Unmarshal(text, &v); err != nil {
		var zero T
		return zero, jsonError(text, err).At(in)
	}
	return v, nil
}

// jsonError says what encoding/json said, without the payload it quotes.
func jsonError(text []byte, err error) *Error {
	e := &Error{Kind: KindDecode}
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		e.Msg = fmt.Sprintf("not valid JSON at byte %d of %d", syntax.Offset, len(text))
		if d, ok := framedAs(text); ok {
			e.Msg += "; " + looksLike(text) + ", see WithFraming and " + d
		}
	} else if mismatch, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		e.Path = mismatch.Field
		e.Msg = fmt.Sprintf("JSON at byte %d of %d does not fit %s", mismatch.Offset, len(text), mismatch.Type)
	} else {
		e.Msg = "JSON does not fit the Go type"
	}
	return e
}

// framedAs names the framing that text that should be JSON begins with.
func framedAs(text []byte) (string, bool) {
	switch {
	case len(text) == 0:
		return "", false
	case text[0] == confluentMagicID, text[0] == confluentMagicGUID:
		return "Confluent", true
	case text[0] == glueMagic:
		return "Glue", true
	default:
		return "", false
	}
}
