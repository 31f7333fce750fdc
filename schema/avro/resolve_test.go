package avro_test

import (
	"math"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/avro"
)

// decoded is the outcome of one decode, so that rows of any type fit a table.
func decoded[T any](want T) func(t *testing.T, data []byte, opts ...avro.Option) {
	return func(t *testing.T, data []byte, opts ...avro.Option) {
		t.Helper()
		d := avro.NewDecoder[T](nil, opts...)
		if err := d.ConfigError(); err != nil {
			t.Fatal(err)
		}
		got, err := d.Decode(t.Context(), value(data))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmpDiff(want, got); diff != "" {
			t.Error(diff)
		}
	}
}

// refused wants an error of a kind whose text has a part.
func refused[T any](kind schema.Kind, part string) func(t *testing.T, data []byte, opts ...avro.Option) {
	return func(t *testing.T, data []byte, opts ...avro.Option) {
		t.Helper()
		got, err := avro.NewDecoder[T](nil, opts...).Decode(t.Context(), value(data))
		if err == nil {
			t.Fatalf("accepted as %v", got)
		}
		if k := schema.KindOf(err); k != kind || !strings.Contains(err.Error(), part) {
			t.Errorf("%v (%v), want %v with %q", err, k, kind, part)
		}
	}
}

type field[T any] struct {
	F T `avro:"f"`
}

// The Go type is the reader's schema.
func TestStructAsReader(t *testing.T) {
	type inner struct {
		A int64  `avro:"a"`
		B string `avro:"b"`
	}
	type state string
	type Base struct {
		ID int64 `avro:"id"`
	}
	type embedding struct {
		Base
		F string `avro:"f"`
	}
	type embeddingPointer struct {
		*Base
		F string `avro:"f"`
	}
	const in = `{"type":"record","name":"In","fields":[{"name":"a","type":"int"},{"name":"b","type":"string"}]}`
	const state3 = `{"type":"enum","name":"State","symbols":["NEW","PAID","SENT"]}`
	rows := []struct {
		name, typ string
		data      []byte
		check     func(t *testing.T, data []byte, opts ...avro.Option)
	}{
		{"int into int64", `"int"`, enc(-7), decoded(field[int64]{-7})},
		{"int into int", `"int"`, enc(-7), decoded(field[int]{-7})},
		{"int into int8 in range", `"int"`, enc(-128), decoded(field[int8]{-128})},
		{"int into int8 out of range", `"int"`, enc(128), refused[field[int8]](schema.KindDecode, "at f")},
		{"int into uint16 negative", `"int"`, enc(-1), refused[field[uint16]](schema.KindDecode, "range")},
		{"long into uint32", `"long"`, enc(int64(math.MaxUint32)), decoded(field[uint32]{math.MaxUint32})},
		{"long into uint32 out of range", `"long"`, enc(int64(math.MaxUint32 + 1)), refused[field[uint32]](schema.KindDecode, "range")},
		{"long into int32", `"long"`, enc(1), refused[field[int32]](schema.KindConfig, "does not fit")},
		{"long into uint64", `"long"`, enc(1), refused[field[uint64]](schema.KindConfig, "use int64")},
		{"int into float64", `"int"`, enc(3), decoded(field[float64]{3})},
		{"long into float32", `"long"`, enc(1 << 30), decoded(field[float32]{1 << 30})},
		{"float into float64", `"float"`, enc(float32(1.5)), decoded(field[float64]{1.5})},
		{"double into float32", `"double"`, enc(1.5), refused[field[float32]](schema.KindConfig, "does not fit")},
		{"boolean", `"boolean"`, enc(true), decoded(field[bool]{true})},
		{"string into bytes", `"string"`, enc("ab"), decoded(field[[]byte]{[]byte("ab")})},
		{"bytes into string", `"bytes"`, enc("ab"), decoded(field[string]{"ab"})},
		{"string into named string", `"string"`, enc("ab"), decoded(field[state]{"ab"})},
		{"string into pointer", `"string"`, enc("ab"), decoded(field[*string]{new("ab")})},
		{"int into pointer to int64", `"int"`, enc(5), decoded(field[*int64]{new(int64(5))})},
		{"nullable into pointer", `["null","string"]`, enc(1, "ab"), decoded(field[*string]{new("ab")})},
		{"null into pointer", `["null","string"]`, enc(0), decoded(field[*string]{})},
		{"null second", `["string","null"]`, enc(0, "ab"), decoded(field[*string]{new("ab")})},
		{"null second, null", `["string","null"]`, enc(1), decoded(field[*string]{})},
		{"nullable into value", `["null","string"]`, enc(1, "ab"), decoded(field[string]{"ab"})},
		{"null into value", `["null","string"]`, enc(0), decoded(field[string]{})},
		{"null into number", `["null","long"]`, enc(0), decoded(field[int64]{})},
		{"null into float", `["double","null"]`, enc(1), decoded(field[float64]{})},
		{"null into slice", `["null",{"type":"array","items":"int"}]`, enc(0), decoded(field[[]int64]{})},
		{"null into bytes", `["null","bytes"]`, enc(0), decoded(field[[]byte]{})},
		{"nullable bytes", `["null","bytes"]`, enc(1, "ab"), decoded(field[[]byte]{[]byte("ab")})},
		{"null into map", `["null",{"type":"map","values":"int"}]`, enc(0), decoded(field[map[string]int64]{map[string]int64{}})},
		{"null into struct", `["null",` + in + `]`, enc(0), decoded(field[inner]{})},
		{"null into time", `["null",{"type":"long","logicalType":"timestamp-millis"}]`, enc(0), decoded(field[time.Time]{})},
		{"null into time, of nanoseconds", `["null",{"type":"long","logicalType":"timestamp-nanos"}]`, enc(0), decoded(field[time.Time]{})},
		{"null into time, of text", `["string","null"]`, enc(1), decoded(field[time.Time]{})},
		{"null into date", `["null",{"type":"int","logicalType":"date"}]`, enc(0), decoded(field[time.Time]{})},
		{"null into enum", `["null",` + state3 + `]`, enc(0), decoded(field[string]{})},
		{"nullable enum into value", `["null",` + state3 + `]`, enc(1, 2), decoded(field[state]{"SENT"})},
		{"three branches into any", `["null","string","long"]`, enc(2, 9), decoded(field[any]{int64(9)})},
		{"numbers into pointer", `["null","int","long"]`, enc(1, 9), decoded(field[*int64]{new(int64(9))})},
		{"numbers without null", `["int","long"]`, enc(1, 9), decoded(field[int64]{9})},
		{"enum and string", `[` + state3 + `,"string"]`, enc(0, 1), decoded(field[string]{"PAID"})},
		{"branch that does not fit", `["string","long"]`, enc(1, 9), refused[field[string]](schema.KindTypeMismatch, "long")},
		{"enum", state3, enc(1), decoded(field[string]{"PAID"})},
		{"record", in, enc(1, "x"), decoded(field[inner]{inner{1, "x"}})},
		{"record pointer", in, enc(1, "x"), decoded(field[*inner]{&inner{1, "x"}})},
		{"nullable record", `["null",` + in + `]`, enc(1, 1, "x"), decoded(field[*inner]{&inner{1, "x"}})},
		{"nullable record into value", `["null",` + in + `]`, enc(1, 1, "x"), decoded(field[inner]{inner{1, "x"}})},
		{"record into map of any", in, enc(1, "x"), decoded(field[map[string]any]{map[string]any{"a": int32(1), "b": "x"}})},
		{"record into any", in, enc(1, "x"), decoded(field[any]{map[string]any{"a": int32(1), "b": "x"}})},
		{"null into any", `["null","int"]`, enc(0), decoded(field[any]{})},
		{"array", `{"type":"array","items":"int"}`, enc(2, 1, 2, 1, 3, 0), decoded(field[[]int64]{[]int64{1, 2, 3}})},
		{"array with block sizes", `{"type":"array","items":"int"}`, enc(-2, 2, 1, 2, 0), decoded(field[[]int64]{[]int64{1, 2}})},
		{"array with block sizes, items rewritten", `{"type":"array","items":"int"}`, enc(-2, 2, 1, 2, 0), decoded(field[[]float64]{[]float64{1, 2}})},
		{"array of any", `{"type":"array","items":["null","int"]}`, enc(2, 0, 1, 5, 0), decoded(field[[]any]{[]any{nil, int32(5)}})},
		{"array of nullable", `{"type":"array","items":["null","int"]}`, enc(2, 0, 1, 5, 0), decoded(field[[]*int64]{[]*int64{nil, new(int64(5))}})},
		{"array of records", `{"type":"array","items":` + in + `}`, enc(2, 1, "x", 2, "y", 0), decoded(field[[]inner]{[]inner{{1, "x"}, {2, "y"}}})},
		{"empty array", `{"type":"array","items":"int"}`, enc(0), decoded(field[[]int64]{[]int64{}})},
		{"map", `{"type":"map","values":"int"}`, enc(2, "a", 1, "b", 2, 0), decoded(field[map[string]int64]{map[string]int64{"a": 1, "b": 2}})},
		{"map of any", `{"type":"map","values":["string","int"]}`, enc(2, "a", 1, 1, "b", 0, "x", 0), decoded(field[map[string]any]{map[string]any{"a": int32(1), "b": "x"}})},
		{"fixed into array", `{"type":"fixed","name":"F","size":2}`, []byte("ab"), decoded(field[[2]byte]{[2]byte{'a', 'b'}})},
		{"fixed into slice", `{"type":"fixed","name":"F","size":2}`, []byte("ab"), decoded(field[[]byte]{[]byte("ab")})},
		{"fixed of another size", `{"type":"fixed","name":"F","size":2}`, []byte("ab"), refused[field[[3]byte]](schema.KindConfig, "does not fit")},
		{"decimal into rat", `{"type":"bytes","logicalType":"decimal","precision":6,"scale":2}`, enc([]byte{0x30, 0x39}), decoded(field[*big.Rat]{big.NewRat(12345, 100)})},
		{"decimal into rat value", `{"type":"bytes","logicalType":"decimal","precision":6,"scale":2}`, enc([]byte{0xff}), decodedRat("-1/100")},
		{"decimal into string", `{"type":"bytes","logicalType":"decimal","precision":6,"scale":2}`, enc([]byte{0xff}), decoded(field[string]{"-0.01"})},
		{"decimal into float", `{"type":"bytes","logicalType":"decimal","precision":6,"scale":2}`, enc([]byte{1}), refused[field[float64]](schema.KindConfig, "decimal does not fit")},
		{"fixed decimal", `{"type":"fixed","name":"F","size":4,"logicalType":"decimal","precision":6,"scale":3}`, []byte{0, 0, 0x30, 0x39}, decoded(field[*big.Rat]{big.NewRat(12345, 1000)})},
		{"nullable decimal", `["null",{"type":"bytes","logicalType":"decimal","precision":6,"scale":2}]`, enc(1, []byte{1}), decoded(field[*big.Rat]{big.NewRat(1, 100)})},
		{"null decimal", `["null",{"type":"bytes","logicalType":"decimal","precision":6,"scale":2}]`, enc(0), decoded(field[*big.Rat]{})},
		{"null decimal into value", `["null",{"type":"bytes","logicalType":"decimal","precision":6,"scale":2}]`, enc(0), refused[field[big.Rat]](schema.KindConfig, "use a pointer")},
		{"date", `{"type":"int","logicalType":"date"}`, enc(20000), decoded(field[time.Time]{time.Date(2024, 10, 4, 0, 0, 0, 0, time.UTC)})},
		{"timestamp-millis", `{"type":"long","logicalType":"timestamp-millis"}`, enc(int64(1700000000123)), decoded(field[time.Time]{time.UnixMilli(1700000000123).UTC()})},
		{"timestamp-micros", `{"type":"long","logicalType":"timestamp-micros"}`, enc(int64(-1)), decoded(field[time.Time]{time.UnixMicro(-1).UTC()})},
		{"timestamp-nanos", `{"type":"long","logicalType":"timestamp-nanos"}`, enc(int64(1700000000123456789)), decoded(field[time.Time]{time.Unix(0, 1700000000123456789).UTC()})},
		{"local timestamp has no zone of this machine", `{"type":"long","logicalType":"local-timestamp-millis"}`, enc(int64(1700000000123)), decoded(field[time.Time]{time.UnixMilli(1700000000123).UTC()})},
		{"timestamp into int64", `{"type":"long","logicalType":"timestamp-millis"}`, enc(int64(5)), decoded(field[int64]{5})},
		{"timestamp into pointer", `["null",{"type":"long","logicalType":"timestamp-millis"}]`, enc(1, int64(5)), decoded(field[*time.Time]{new(time.UnixMilli(5).UTC())})},
		{"long into time", `"long"`, enc(5), refused[field[time.Time]](schema.KindConfig, "does not fit")},
		{"text into time", `"string"`, enc("2025-11-24T15:38:00Z"), decoded(field[time.Time]{time.Date(2025, 11, 24, 15, 38, 0, 0, time.UTC)})},
		{"text that time refuses", `"string"`, enc("s3cret"), refused[field[time.Time]](schema.KindDecode, "UnmarshalText")},
		{"time-millis", `{"type":"int","logicalType":"time-millis"}`, enc(1500), decoded(field[time.Duration]{1500 * time.Millisecond})},
		{"time-micros", `{"type":"long","logicalType":"time-micros"}`, enc(1500), decoded(field[time.Duration]{1500 * time.Microsecond})},
		{"time-millis into int64 stays a number", `{"type":"int","logicalType":"time-millis"}`, enc(1500), decoded(field[int64]{1500})},
		{"time-micros out of range", `{"type":"long","logicalType":"time-micros"}`, enc(int64(math.MaxInt64)), refused[field[time.Duration]](schema.KindDecode, "range")},
		{"duration", `{"type":"fixed","name":"D","size":12,"logicalType":"duration"}`, []byte{1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0}, decoded(field[avro.Duration]{avro.Duration{Months: 1, Days: 2, Milliseconds: 3}})},
		{"uuid", `{"type":"string","logicalType":"uuid"}`, enc("b7b4a7f0-9c96-4e4a-a687-fb5de9ef0c63"), decoded(field[string]{"b7b4a7f0-9c96-4e4a-a687-fb5de9ef0c63"})},
		{"fixed uuid into string", `{"type":"fixed","name":"U","size":16,"logicalType":"uuid"}`, glueVersion[:], decoded(field[string]{"b7b4a7f0-9c96-4e4a-a687-fb5de9ef0c63"})},
		{"fixed uuid into bytes", `{"type":"fixed","name":"U","size":16,"logicalType":"uuid"}`, glueVersion[:], decoded(field[[16]byte]{glueVersion})},
		{"writer's field that the struct lacks", `"int"},{"name":"g","type":{"type":"array","items":["null",` + in + `]}`, enc(5, 2, 0, 1, 6, "x", 0), decoded(field[int64]{5})},
		{"writer's null field that the struct lacks", `"int"},{"name":"g","type":"null"`, enc(5), decoded(field[int64]{5})},
		{"struct field that the writer lacks", `"int"`, enc(5), decoded(struct {
			F int64  `avro:"f"`
			G string `avro:"g"`
		}{F: 5})},
		{"untagged field, whatever the case", `"int"`, enc(5), decoded(struct{ F int64 }{5})},
		{"embedded struct", `"string"},{"name":"id","type":"long"`, enc("x", 7), decoded(embedding{Base{7}, "x"})},
		{"embedded pointer", `"string"},{"name":"id","type":"long"`, enc("x", 7), decoded(embeddingPointer{&Base{7}, "x"})},
		{"no field in common", `"int"`, enc(5), refused[inner](schema.KindConfig, "none of the fields")},
		{"record into int", in, enc(1, "x"), refused[field[int64]](schema.KindConfig, "In does not fit")},
	}
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			tt.check(t, tt.data, avro.WithWriterSchema(recordOf(`{"name":"f","type":`+tt.typ+`}`)))
		})
	}
}

func decodedRat(want string) func(t *testing.T, data []byte, opts ...avro.Option) {
	return func(t *testing.T, data []byte, opts ...avro.Option) {
		got, err := avro.NewDecoder[field[big.Rat]](nil, opts...).Decode(t.Context(), value(data))
		if err != nil || got.F.String() != want {
			t.Errorf("%v, %v, want %s", &got.F, err, want)
		}
	}
}

// Given both schemas, the specification decides.
func TestReaderSchema(t *testing.T) {
	type r struct {
		A int64   `avro:"a"`
		B float64 `avro:"b"`
		E string  `avro:"e"`
		N *string `avro:"n"`
		L []int64 `avro:"l"`
	}
	writer := `{"type":"record","name":"Old","namespace":"shop","fields":[
		{"name":"was","type":"int"},{"name":"gone","type":"string"},{"name":"b","type":"long"},
		{"name":"e","type":{"type":"enum","name":"E","symbols":["X","Y","NEWER"]}}]}`
	reader := `{"type":"record","name":"New","namespace":"shop","aliases":["Old"],"fields":[
		{"name":"a","aliases":["was"],"type":"long"},{"name":"b","type":"double"},
		{"name":"e","type":{"type":"enum","name":"E","symbols":["Y","X","OTHER"],"default":"OTHER"}},
		{"name":"n","type":["null","string"],"default":null},
		{"name":"l","type":{"type":"array","items":"long"},"default":[1,2]}]}`
	both := []avro.Option{avro.WithWriterSchema(writer), avro.WithReaderSchema(reader)}
	data := enc(7, "gone", int64(3), 2)

	t.Run("alias, promotion, default symbol, new defaults", func(t *testing.T) {
		decoded(r{A: 7, B: 3, E: "OTHER", L: []int64{1, 2}})(t, data, both...)
		decoded(r{A: 7, B: 3, E: "X", L: []int64{1, 2}})(t, enc(7, "gone", int64(3), 0), both...)
	})
	t.Run("into any", func(t *testing.T) {
		decoded(any(map[string]any{"a": int64(7), "b": 3.0, "e": "OTHER", "n": nil, "l": []any{int64(1), int64(2)}}))(t, data, both...)
		decoded(map[string]any{"a": int64(7), "b": 3.0, "e": "Y", "n": nil, "l": []any{int64(1), int64(2)}})(t, enc(7, "gone", int64(3), 1), both...)
	})
	t.Run("view is the writer's", func(t *testing.T) {
		view, err := avro.NewDecoder[r](nil, both...).AppendJSON(t.Context(), nil, value(data))
		if want := `{"was":7,"gone":"gone","b":3,"e":"NEWER"}`; err != nil || string(view) != want {
			t.Errorf("%s, %v, want %s", view, err, want)
		}
	})
	t.Run("defaults are not shared", func(t *testing.T) {
		d := avro.NewDecoder[r](nil, both...)
		first, _ := d.Decode(t.Context(), value(data))
		first.L[0] = 99
		second, err := d.Decode(t.Context(), value(data))
		if err != nil || second.L[0] != 1 {
			t.Errorf("%v, %v", second.L, err)
		}
	})

	rows := []struct {
		name, writer, reader string
		data                 []byte
		check                func(t *testing.T, data []byte, opts ...avro.Option)
	}{
		{"new field without default", `{"name":"f","type":"int"}`, `{"name":"f","type":"int"},{"name":"g","type":"int"}`, enc(1), refused[field[int64]](schema.KindConfig, "no default")},
		{"narrowing", `{"name":"f","type":"long"}`, `{"name":"f","type":"int"}`, enc(1), refused[any](schema.KindConfig, "cannot be read as int")},
		{"null in a field that is not nullable", `{"name":"f","type":["null","int"]}`, `{"name":"f","type":"int"}`, enc(0), refused[field[*int64]](schema.KindTypeMismatch, "null")},
		{"null in a field that is not nullable, any", `{"name":"f","type":["null","int"]}`, `{"name":"f","type":"int"}`, enc(0), refused[any](schema.KindIncompatible, "null")},
		{"value of it", `{"name":"f","type":["null","int"]}`, `{"name":"f","type":"int"}`, enc(1, 4), decoded(field[*int64]{new(int64(4))})},
		{"widened to nullable", `{"name":"f","type":"int"}`, `{"name":"f","type":["null","long"]}`, enc(4), decoded(field[*int64]{new(int64(4))})},
		{"exact branch before promotion", `{"name":"f","type":"int"}`, `{"name":"f","type":["double","int"]}`, enc(4), decoded(any(map[string]any{"f": int32(4)}))},
		{"symbol without default", `{"name":"f","type":{"type":"enum","name":"E","symbols":["A","B"]}}`, `{"name":"f","type":{"type":"enum","name":"E","symbols":["A"]}}`, enc(1), refused[field[string]](schema.KindIncompatible, "symbol")},
		{"enum order", `{"name":"f","type":{"type":"enum","name":"E","symbols":["A","B"]}}`, `{"name":"f","type":{"type":"enum","name":"E","symbols":["B","A"]}}`, enc(1), decoded(field[string]{"B"})},
		{"field order", `{"name":"g","type":"string"},{"name":"f","type":"int"}`, `{"name":"f","type":"int"},{"name":"g","type":"string"}`, enc("x", 4), decoded(field[int64]{4})},
		{"another name", `{"name":"f","type":{"type":"record","name":"A","fields":[]}}`, `{"name":"f","type":{"type":"record","name":"B","fields":[]}}`, enc(), refused[any](schema.KindConfig, "cannot be read")},
		{"decimal of another scale", `{"name":"f","type":{"type":"bytes","logicalType":"decimal","precision":6,"scale":2}}`, `{"name":"f","type":{"type":"bytes","logicalType":"decimal","precision":6,"scale":3}}`, enc([]byte{1}), refused[any](schema.KindConfig, "cannot be read")},
		{"float promoted by way of float", `{"name":"f","type":"int"}`, `{"name":"f","type":"float"}`, enc(16777217), decoded(field[float64]{16777216})},
		{"default of a record", `{"name":"f","type":"int"}`, `{"name":"f","type":"int"},{"name":"g","type":{"type":"record","name":"G","fields":[{"name":"x","type":"long"},{"name":"y","type":"string","default":"why"}]},"default":{"x":5}}`, enc(1), decoded(any(map[string]any{"f": int32(1), "g": map[string]any{"x": int64(5), "y": "why"}}))},
		{"default of bytes", `{"name":"f","type":"int"}`, `{"name":"f","type":"int"},{"name":"g","type":"bytes","default":"\u00ff\u0001"}`, enc(1), decoded(struct {
			F int64  `avro:"f"`
			G []byte `avro:"g"`
		}{1, []byte{0xff, 1}})},
		{"default of a map of any", `{"name":"f","type":"int"}`, `{"name":"f","type":"int"},{"name":"g","type":{"type":"map","values":"int"},"default":{"k":1}}`, enc(1), decoded(struct {
			F int64          `avro:"f"`
			G map[string]any `avro:"g"`
		}{1, map[string]any{"k": int32(1)}})},
	}
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			tt.check(t, tt.data, avro.WithWriterSchema(recordOf(tt.writer)), avro.WithReaderSchema(recordOf(tt.reader)))
		})
	}
}

type tree struct {
	Value int64   `avro:"value"`
	Next  *tree   `avro:"next"`
	Kids  []*tree `avro:"kids"`
}

func TestRecursiveTypes(t *testing.T) {
	writer := avro.WithWriterSchema(`{"type":"record","name":"Tree","fields":[{"name":"value","type":"int"},
		{"name":"extra","type":["null","Tree"]},{"name":"next","type":["null","Tree"]},
		{"name":"kids","type":{"type":"array","items":"Tree"}}]}`)
	leaf := func(v int) raw { return enc(v, 0, 0, 0) }
	data := enc(1, 1, leaf(9), 1, leaf(2), 1, leaf(3), 0)
	decoded(tree{Value: 1, Next: &tree{Value: 2, Kids: []*tree{}}, Kids: []*tree{{Value: 3, Kids: []*tree{}}}})(t, data, writer)
}

func TestOtherRoots(t *testing.T) {
	decoded("x")(t, enc("x"), avro.WithWriterSchema(`"string"`))
	decoded(int64(5))(t, enc(5), avro.WithWriterSchema(`long`))
	decoded([]string{"a"})(t, enc(1, "a", 0), avro.WithWriterSchema(`{"type":"array","items":"string"}`))
	decoded(new("x"))(t, enc("x"), avro.WithWriterSchema(`"string"`))
	decoded(&field[int64]{3})(t, enc(3), avro.WithWriterSchema(recordOf(`{"name":"f","type":"int"}`)))
	decoded(any(nil))(t, []byte{}, avro.WithWriterSchema(`"null"`))
}

// Confluent writes a schema of nothing but bytes without a length.
func TestBytesRoot(t *testing.T) {
	reg := schema.Static(avroSchema(schema.ConfluentID(1), `"bytes"`), avroSchema(schema.GlueID(glueVersion), `"bytes"`))
	for _, in := range [][]byte{
		append([]byte{0, 0, 0, 0, 1}, "raw"...),
		append(append([]byte{3, 0}, glueVersion[:]...), enc("raw")...),
	} {
		got, err := avro.NewDecoder[[]byte](reg).Decode(t.Context(), value(in))
		if err != nil || string(got) != "raw" {
			t.Errorf("%q, %v", got, err)
		}
		view, err := avro.NewDecoder[any](reg).AppendJSON(t.Context(), nil, value(in))
		if err != nil || string(view) != `"raw"` {
			t.Errorf("%s, %v", view, err)
		}
	}
}

// Order and Payment on one topic: a struct is the record of its name.
func TestUnionOfRecords(t *testing.T) {
	type Payment struct {
		Amount int64 `avro:"amount"`
	}
	type other struct {
		Amount int64 `avro:"amount"`
	}
	writer := avro.WithWriterSchema(`[{"type":"record","name":"Order","namespace":"shop","fields":[{"name":"amount","type":"int"}]},
		{"type":"record","name":"Payment","namespace":"shop","fields":[{"name":"amount","type":"long"}]}]`)
	decoded(Payment{5})(t, enc(1, 5), writer)
	refused[Payment](schema.KindTypeMismatch, "shop.Order")(t, enc(0, 5), writer)
	refused[other](schema.KindConfig, "name the struct")(t, enc(0, 5), writer)
	decoded(any(map[string]any{"amount": int32(5)}))(t, enc(0, 5), writer)
}

// An append to a decoded byte slice must not reach its neighbours.
func TestByteSlicesDoNotShare(t *testing.T) {
	type r struct {
		A []byte            `avro:"a"`
		B string            `avro:"b"`
		L [][]byte          `avro:"l"`
		M map[string][]byte `avro:"m"`
		C string            `avro:"c"`
	}
	d := avro.NewDecoder[r](nil, avro.WithWriterSchema(recordOf(`{"name":"a","type":"bytes"},{"name":"b","type":"string"},
		{"name":"l","type":{"type":"array","items":"bytes"}},{"name":"m","type":{"type":"map","values":"bytes"}},{"name":"c","type":"string"}`)))
	got, err := d.Decode(t.Context(), value(enc("aa", "bb", 1, "ll", 0, 1, "k", "mm", 0, "cc")))
	if err != nil {
		t.Fatal(err)
	}
	_ = append(got.A, "xxxxxxxxxxxxxxxx"...)
	_ = append(got.L[0], "xxxxxxxxxxxxxxxx"...)
	_ = append(got.M["k"], "xxxxxxxxxxxxxxxx"...)
	if got.B != "bb" || got.C != "cc" || string(got.L[0]) != "ll" || string(got.M["k"]) != "mm" {
		t.Errorf("an append changed a neighbour: %q", got)
	}
}
