package avro_test

import (
	"encoding/json"
	"math"
	"math/big"
	"testing"
	"time"

	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/avro"
)

// What the package comment's table says of each type: as JSON and as a plain
// value.
func TestViewAndPlainValues(t *testing.T) {
	decimal := func(scale string) string {
		return `{"type":"bytes","logicalType":"decimal","precision":40,"scale":` + scale + `}`
	}
	long := func(l string) string { return `{"type":"long","logicalType":"` + l + `"}` }
	rows := []struct {
		name, schema string
		data         []byte
		json         string
		plain        any
	}{
		{"null", `"null"`, enc(), `null`, nil},
		{"boolean", `"boolean"`, enc(true), `true`, true},
		{"int", `"int"`, enc(math.MinInt32), `-2147483648`, int32(math.MinInt32)},
		{"long", `"long"`, enc(int64(math.MinInt64)), `-9223372036854775808`, int64(math.MinInt64)},
		{"float", `"float"`, enc(float32(0.1)), `0.1`, float32(0.1)},
		{"double", `"double"`, enc(1e300), `1e+300`, 1e300},
		{"infinity", `"double"`, enc(math.Inf(-1)), `"-Infinity"`, math.Inf(-1)},
		{"string", `"string"`, enc("a\"\\\n\x01é"), `"a\"\\\n\u0001é"`, "a\"\\\n\x01é"},
		{"string that is not UTF-8", `"string"`, enc("a\xffb"), `"a` + "\ufffd" + `b"`, "a\xffb"},
		{"bytes", `"bytes"`, enc([]byte{0xff, 0}), `"ÿ\u0000"`, []byte{0xff, 0}},
		{"fixed", `{"type":"fixed","name":"F","size":2}`, []byte{0xff, 0}, `"ÿ\u0000"`, []byte{0xff, 0}},
		{"enum", `{"type":"enum","name":"E","symbols":["A","B"]}`, enc(1), `"B"`, "B"},
		{"array", `{"type":"array","items":"int"}`, enc(2, 1, 2, 0), `[1,2]`, []any{int32(1), int32(2)}},
		{"empty array", `{"type":"array","items":"int"}`, enc(0), `[]`, []any{}},
		{"map", `{"type":"map","values":"int"}`, enc(1, "k\"", 1, 1, "l", 2, 0), `{"k\"":1,"l":2}`, map[string]any{"k\"": int32(1), "l": int32(2)}},
		{"empty map", `{"type":"map","values":"int"}`, enc(0), `{}`, map[string]any{}},
		{"record", recordOf(`{"name":"a","type":"int"},{"name":"b","type":"string"}`), enc(1, "x"), `{"a":1,"b":"x"}`, map[string]any{"a": int32(1), "b": "x"}},
		{"union is plain", `["null","string",{"type":"record","name":"R","fields":[{"name":"a","type":"int"}]}]`, enc(2, 1), `{"a":1}`, map[string]any{"a": int32(1)}},
		{"decimal", decimal("2"), enc([]byte{0x30, 0x39}), `"123.45"`, big.NewRat(12345, 100)},
		{"decimal below one", decimal("4"), enc([]byte{0xff}), `"-0.0001"`, big.NewRat(-1, 10000)},
		{"decimal without scale", decimal("0"), enc([]byte{0x7f}), `"127"`, big.NewRat(127, 1)},
		{"decimal zero", decimal("2"), enc([]byte{}), `"0.00"`, new(big.Rat)},
		{"long decimal", decimal("2"), enc([]byte{0x80, 0, 0, 0, 0, 0, 0, 0, 0}), `"-23611832414348226068.48"`, rat("-23611832414348226068.48")},
		{"fixed decimal", `{"type":"fixed","name":"F","size":2,"logicalType":"decimal","precision":4,"scale":2}`, []byte{0xff, 0xfe}, `"-0.02"`, big.NewRat(-2, 100)},
		{"uuid", `{"type":"fixed","name":"U","size":16,"logicalType":"uuid"}`, glueVersion[:], `"b7b4a7f0-9c96-4e4a-a687-fb5de9ef0c63"`, "b7b4a7f0-9c96-4e4a-a687-fb5de9ef0c63"},
		{"date", `{"type":"int","logicalType":"date"}`, enc(-1), `"1969-12-31"`, time.Date(1969, 12, 31, 0, 0, 0, 0, time.UTC)},
		{"time-millis", `{"type":"int","logicalType":"time-millis"}`, enc(86399999), `"23:59:59.999"`, 24*time.Hour - time.Millisecond},
		{"time-micros", long("time-micros"), enc(int64(1)), `"00:00:00.000001"`, time.Microsecond},
		{"time-millis that is no time of day", `{"type":"int","logicalType":"time-millis"}`, enc(86400000), `86400000`, 24 * time.Hour},
		{"timestamp-millis", long("timestamp-millis"), enc(int64(1700000000120)), `"2023-11-14T22:13:20.12Z"`, time.UnixMilli(1700000000120).UTC()},
		{"timestamp-micros", long("timestamp-micros"), enc(int64(-1)), `"1969-12-31T23:59:59.999999Z"`, time.UnixMicro(-1).UTC()},
		{"timestamp-nanos", long("timestamp-nanos"), enc(int64(1)), `"1970-01-01T00:00:00.000000001Z"`, time.Unix(0, 1).UTC()},
		{"local-timestamp-millis", long("local-timestamp-millis"), enc(int64(0)), `"1970-01-01T00:00:00"`, time.Unix(0, 0).UTC()},
		{"local-timestamp-micros", long("local-timestamp-micros"), enc(int64(0)), `"1970-01-01T00:00:00"`, time.Unix(0, 0).UTC()},
		{"local-timestamp-nanos", long("local-timestamp-nanos"), enc(int64(0)), `"1970-01-01T00:00:00"`, time.Unix(0, 0).UTC()},
		{"timestamp after the year 9999", long("timestamp-millis"), enc(int64(253402300800000)), `253402300800000`, time.UnixMilli(253402300800000).UTC()},
		{"duration", `{"type":"fixed","name":"D","size":12,"logicalType":"duration"}`, []byte{1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0}, `{"months":1,"days":2,"milliseconds":3}`, avro.Duration{Months: 1, Days: 2, Milliseconds: 3}},
		{"logical type that does not fit", `{"type":"string","logicalType":"date"}`, enc("x"), `"x"`, "x"},
	}
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			d := avro.NewDecoder[any](nil, avro.WithWriterSchema(tt.schema))
			view, err := d.AppendJSON(t.Context(), []byte("before "), value(tt.data))
			if err != nil || string(view) != "before "+tt.json {
				t.Errorf("AppendJSON = %s, %v, want %s", view, err, tt.json)
			}
			if !json.Valid(view[len("before "):]) {
				t.Error("the view is not JSON")
			}
			got, err := d.Decode(t.Context(), value(tt.data))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmpDiff(tt.plain, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	nan, err := avro.NewDecoder[any](nil, avro.WithWriterSchema(`"float"`)).AppendJSON(t.Context(), nil, value(enc(float32(math.NaN()))))
	if err != nil || string(nan) != `"NaN"` {
		t.Errorf("NaN: %s, %v", nan, err)
	}
}

func rat(s string) *big.Rat {
	r, _ := new(big.Rat).SetString(s)
	return r
}

// A view that fails leaves dst as it was.
func TestViewOfBrokenData(t *testing.T) {
	d := avro.NewDecoder[any](nil, avro.WithWriterSchema(`{"type":"array","items":"long"}`))
	view, err := d.AppendJSON(t.Context(), []byte("before"), value(enc(3, 1)))
	if schema.KindOf(err) != schema.KindTruncated || string(view) != "before" {
		t.Errorf("%s, %v", view, err)
	}
}

// The view reads what the struct cannot.
func TestViewNeedsNoFittingType(t *testing.T) {
	reg := schema.Static(avroSchema(schema.ConfluentID(1), recordOf(`{"name":"f","type":"string"}`)))
	d := avro.NewDecoder[field[int64]](reg)
	in := value(append([]byte{0, 0, 0, 0, 1}, enc("x")...))
	if _, err := d.Decode(t.Context(), in); schema.KindOf(err) != schema.KindIncompatible {
		t.Errorf("Decode: %v", err)
	}
	if view, err := d.AppendJSON(t.Context(), nil, in); err != nil || string(view) != `{"f":"x"}` {
		t.Errorf("AppendJSON: %s, %v", view, err)
	}
}
