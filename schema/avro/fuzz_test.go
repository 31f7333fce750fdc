package avro_test

import (
	"encoding/json"
	"math/big"
	"testing"
	"time"

	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/avro"
)

// everything has each type once, a type within itself, and parts that are
// rewritten for the struct.
const everythingSchema = `{"type":"record","name":"Everything","fields":[
	{"name":"b","type":"boolean"},{"name":"i","type":"int"},{"name":"l","type":"long"},
	{"name":"f","type":"float"},{"name":"d","type":"double"},{"name":"s","type":"string"},{"name":"by","type":"bytes"},
	{"name":"fx","type":{"type":"fixed","name":"Fx","size":3}},
	{"name":"e","type":{"type":"enum","name":"E","symbols":["A","B","C"]}},
	{"name":"gone","type":{"type":"map","values":["null","int",{"type":"array","items":"Fx"}]}},
	{"name":"a","type":{"type":"array","items":["null","long"]}},
	{"name":"m","type":{"type":"map","values":"bytes"}},
	{"name":"u","type":["null","string","int","E",{"type":"array","items":"null"}]},
	{"name":"dec","type":{"type":"bytes","logicalType":"decimal","precision":9,"scale":2}},
	{"name":"ts","type":["null",{"type":"long","logicalType":"timestamp-nanos"}]},
	{"name":"day","type":{"type":"int","logicalType":"date"}},
	{"name":"self","type":["null","Everything"]},
	{"name":"list","type":{"type":"array","items":"Everything"}}]}`

type everything struct {
	B    bool              `avro:"b"`
	I    float64           `avro:"i"`
	L    int64             `avro:"l"`
	F    *float64          `avro:"f"`
	D    float64           `avro:"d"`
	S    *string           `avro:"s"`
	By   []byte            `avro:"by"`
	Fx   []byte            `avro:"fx"`
	E    string            `avro:"e"`
	A    []*int64          `avro:"a"`
	M    map[string][]byte `avro:"m"`
	U    any               `avro:"u"`
	Dec  *big.Rat          `avro:"dec"`
	TS   time.Time         `avro:"ts"`
	Day  time.Time         `avro:"day"`
	Self *everything       `avro:"self"`
	List []everything      `avro:"list"`
}

func everythingData(self, list []byte) []byte {
	return enc(true, -5, int64(1)<<40, float32(0.5), 1e9, "str", []byte{1, 2}, raw("fix"), 1,
		1, "k", 2, 1, raw("abc"), 0, 0, 2, 0, 1, 7, 0, 1, "m", []byte{9}, 0, 2, 5, []byte{0x30, 0x39}, 1, int64(1700000000123456789), 20000,
		raw(self), raw(list))
}

func everythingSeed() []byte {
	leaf := everythingData(enc(0), enc(0))
	return everythingData(append(enc(1), leaf...), append(append(enc(1), leaf...), 0))
}

func TestEverything(t *testing.T) {
	d := avro.NewDecoder[everything](nil, avro.WithWriterSchema(everythingSchema))
	got, err := d.Decode(t.Context(), value(everythingSeed()))
	if err != nil {
		t.Fatal(err)
	}
	leaf := everything{
		B: true, I: -5, L: 1 << 40, F: new(0.5), D: 1e9, S: new("str"), By: []byte{1, 2}, Fx: []byte("fix"), E: "B",
		A: []*int64{nil, new(int64(7))}, M: map[string][]byte{"m": {9}}, U: int32(5), Dec: big.NewRat(12345, 100),
		TS: time.Unix(0, 1700000000123456789).UTC(), Day: time.Date(2024, 10, 4, 0, 0, 0, 0, time.UTC), List: []everything{},
	}
	want := leaf
	want.Self, want.List = &leaf, []everything{leaf}
	if diff := cmpDiff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Whatever the data are: a struct, plain values and the view agree on whether
// they are sound, and the view is JSON.
func FuzzDecode(f *testing.F) {
	f.Add(everythingSeed())
	f.Add(everythingData(enc(0), enc(0)))
	seed := everythingSeed()
	f.Add(seed[:len(seed)/2])
	for _, row := range hostileRows() {
		if len(row.data) < 100 {
			f.Add(row.data)
		}
	}
	writer := avro.WithWriterSchema(everythingSchema)
	typed := avro.NewDecoder[everything](nil, writer)
	plain := avro.NewDecoder[any](nil, writer)
	f.Fuzz(func(t *testing.T, data []byte) {
		if data == nil {
			data = []byte{}
		}
		_, err := typed.Decode(t.Context(), value(data))
		_, plainErr := plain.Decode(t.Context(), value(data))
		view, viewErr := plain.AppendJSON(t.Context(), nil, value(data))
		if schema.KindOf(err) != schema.KindOf(plainErr) || schema.KindOf(err) != schema.KindOf(viewErr) {
			t.Errorf("struct: %v\nplain: %v\nview: %v", err, plainErr, viewErr)
		}
		if (err == nil) != (plainErr == nil) || (err == nil) != (viewErr == nil) {
			t.Errorf("struct: %v\nplain: %v\nview: %v", err, plainErr, viewErr)
		}
		if viewErr == nil && !json.Valid(view) {
			t.Errorf("not JSON: %s", view)
		}
	})
}

// Whatever the schema is, using it ends in a value or in an error.
func FuzzSchema(f *testing.F) {
	f.Add(everythingSchema, everythingSeed())
	f.Add(orderSchema, enc(1001, "AB-7", 3, 0))
	f.Add(`["null",{"type":"enum","name":"E","symbols":["A"],"default":"A"}]`, enc(1, 0))
	f.Add(`{"type":"record","name":"R","fields":[{"name":"f","type":{"type":"map","values":"R"},"default":{}}]}`, enc(1, "k", 0, 0))
	for _, row := range hostileRows() {
		if len(row.data) < 100 {
			f.Add(row.schema, row.data)
		}
	}
	f.Fuzz(func(t *testing.T, text string, data []byte) {
		if data == nil {
			data = []byte{}
		}
		writer, reader := avro.WithWriterSchema(text), avro.WithReaderSchema(text)
		plain := avro.NewDecoder[any](nil, writer)
		got, err := plain.Decode(t.Context(), value(data))
		view, viewErr := plain.AppendJSON(t.Context(), nil, value(data))
		if (err == nil) != (viewErr == nil) {
			t.Errorf("plain: %v\nview: %v", err, viewErr)
		}
		if viewErr == nil && !json.Valid(view) {
			t.Errorf("not JSON: %s", view)
		}
		again, err2 := avro.NewDecoder[any](nil, writer, reader).Decode(t.Context(), value(data))
		if (err == nil) != (err2 == nil) {
			t.Errorf("read as itself: %v, else: %v", err2, err)
		}
		_, _ = got, again
		boxed := avro.NewDecoder[struct {
			F any `avro:"f"`
		}](nil, avro.WithWriterSchema(`{"type":"record","name":"Outer_","fields":[{"name":"f","type":`+text+`}]}`))
		_, boxedErr := boxed.Decode(t.Context(), value(data))
		if boxed.ConfigError() == nil && plain.ConfigError() == nil && (err == nil) != (boxedErr == nil) {
			t.Errorf("alone: %v\nin a field: %v", err, boxedErr)
		}
		_, _ = avro.NewDecoder[everything](nil, writer).Decode(t.Context(), value(data))
		_, _ = avro.NewDecoder[map[string]any](nil, writer).Decode(t.Context(), value(data))
	})
}
