package schema

import (
	"context"
	"encoding/binary"
	"math"
	"strconv"
)

// Int16 decodes 2 big-endian bytes, as Kafka's ShortSerializer writes them.
//
// This decoder and its siblings accept exactly the bytes of one value: fewer
// are KindTruncated, more are KindTrailing. They have a [JSONView].
func Int16() Decoder[int16] {
	return primitive[int16]{
		size:   2,
		decode: func(b []byte) (int16, bool) { return int16(binary.BigEndian.Uint16(b)), true },
		append: func(dst []byte, v int16) ([]byte, bool) { return strconv.AppendInt(dst, int64(v), 10), true },
	}
}

// Int32 decodes 4 big-endian bytes, as Kafka's IntegerSerializer writes them.
func Int32() Decoder[int32] {
	return primitive[int32]{
		size:   4,
		decode: func(b []byte) (int32, bool) { return int32(binary.BigEndian.Uint32(b)), true },
		append: func(dst []byte, v int32) ([]byte, bool) { return strconv.AppendInt(dst, int64(v), 10), true },
	}
}

// Int64 decodes 8 big-endian bytes, as Kafka's LongSerializer writes them.
func Int64() Decoder[int64] {
	return primitive[int64]{
		size:   8,
		decode: func(b []byte) (int64, bool) { return int64(binary.BigEndian.Uint64(b)), true },
		append: func(dst []byte, v int64) ([]byte, bool) { return strconv.AppendInt(dst, v, 10), true },
	}
}

// Float32 decodes 4 big-endian bytes of IEEE 754, as Kafka's FloatSerializer
// writes them.
func Float32() Decoder[float32] {
	return primitive[float32]{
		size:   4,
		decode: func(b []byte) (float32, bool) { return math.Float32frombits(binary.BigEndian.Uint32(b)), true },
		append: func(dst []byte, v float32) ([]byte, bool) { return appendFloat(dst, float64(v), 32) },
	}
}

// Float64 decodes 8 big-endian bytes of IEEE 754, as Kafka's DoubleSerializer
// writes them.
func Float64() Decoder[float64] {
	return primitive[float64]{
		size:   8,
		decode: func(b []byte) (float64, bool) { return math.Float64frombits(binary.BigEndian.Uint64(b)), true },
		append: func(dst []byte, v float64) ([]byte, bool) { return appendFloat(dst, v, 64) },
	}
}

// Bool decodes one byte, 0x00 or 0x01, as Kafka's BooleanSerializer writes it.
func Bool() Decoder[bool] {
	return primitive[bool]{
		size:   1,
		decode: func(b []byte) (bool, bool) { return b[0] == 1, b[0] <= 1 },
		append: func(dst []byte, v bool) ([]byte, bool) { return strconv.AppendBool(dst, v), true },
	}
}

// UUID decodes the 36 characters of a UUID: Kafka's UUIDSerializer writes text.
func UUID() Decoder[[16]byte] {
	return primitive[[16]byte]{
		size: uuidLen,
		decode: func(b []byte) ([16]byte, bool) {
			u, err := ParseUUID(string(b))
			return u, err == nil
		},
		append: func(dst []byte, v [16]byte) ([]byte, bool) {
			return append(appendUUID(append(dst, '"'), v), '"'), true
		},
	}
}

// primitive decodes values of one fixed size.
type primitive[T any] struct {
	size   int
	decode func(b []byte) (T, bool)
	append func(dst []byte, v T) ([]byte, bool)
}

func (p primitive[T]) Decode(_ context.Context, in Input) (T, error) {
	var v T
	switch {
	case len(in.Data) < p.size:
		return v, (&Error{Kind: KindTruncated, Msg: p.sizes(in)}).At(in)
	case len(in.Data) > p.size:
		return v, (&Error{Kind: KindTrailing, Msg: p.sizes(in) + "; " + looksLike(in.Data)}).At(in)
	}
	v, ok := p.decode(in.Data)
	if !ok {
		return v, (&Error{Kind: KindDecode, Msg: "not a value of its type"}).At(in)
	}
	return v, nil
}

// AppendJSON fails for what JSON cannot say: NaN and the infinities.
func (p primitive[T]) AppendJSON(ctx context.Context, dst []byte, in Input) ([]byte, error) {
	v, err := p.Decode(ctx, in)
	if err != nil {
		return dst, err
	}
	dst, ok := p.append(dst, v)
	if !ok {
		return dst, (&Error{Kind: KindDecode, Msg: "NaN or infinity has no JSON form"}).At(in)
	}
	return dst, nil
}

func (p primitive[T]) sizes(in Input) string {
	return strconv.Itoa(len(in.Data)) + " bytes where the type has " + strconv.Itoa(p.size)
}

func appendFloat(dst []byte, v float64, bits int) ([]byte, bool) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return dst, false
	}
	format := byte('f')
	if abs := math.Abs(v); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		format = 'e'
	}
	return strconv.AppendFloat(dst, v, format, -1, bits), true
}
