package schema

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
)

// JSONOption configures [JSON].
type JSONOption interface{ applyJSON(*jsonConfig) }

type jsonConfig struct{}

// JSON decodes JSON text into a T as encoding/json does.
func JSON[T any](opts ...JSONOption) Decoder[T] {
	var c jsonConfig
	for _, o := range opts {
		o.applyJSON(&c)
	}
	return DecoderFunc[T](func(_ context.Context, in Input) (T, error) {
		var v T
		if err := json.Unmarshal(in.Data, &v); err != nil {
			return v, jsonError(in, err)
		}
		return v, nil
	})
}

// jsonError says what encoding/json said, without the payload it quotes.
func jsonError(in Input, err error) *Error {
	e := &Error{Kind: KindDecode}
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		e.Msg = fmt.Sprintf("not valid JSON at byte %d of %d", syntax.Offset, len(in.Data))
	} else if mismatch, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		e.Path = mismatch.Field
		e.Msg = fmt.Sprintf("JSON at byte %d of %d does not fit %s", mismatch.Offset, len(in.Data), mismatch.Type)
	} else {
		e.Msg = "JSON does not fit the Go type"
	}
	return e.At(in)
}
