package schema

import (
	"bytes"
	"context"
	"unicode/utf8"
)

// String decodes UTF-8 text.
func String() Decoder[string] {
	return DecoderFunc[string](func(_ context.Context, in Input) (string, error) {
		if !utf8.Valid(in.Data) {
			return "", (&Error{Kind: KindDecode, Msg: "not UTF-8 text"}).At(in)
		}
		return string(in.Data), nil
	})
}

// Bytes copies the bytes as they are, whatever they hold.
func Bytes() Decoder[[]byte] {
	return DecoderFunc[[]byte](func(_ context.Context, in Input) ([]byte, error) {
		return bytes.Clone(in.Data), nil
	})
}
