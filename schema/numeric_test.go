package schema_test

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/mskit-go/mskit/schema"
)

// decode makes decoders of different types fit one table.
func decode[T any](d schema.Decoder[T]) func(schema.Input) (any, error) {
	return func(in schema.Input) (any, error) { return d.Decode(context.Background(), in) }
}

func TestPrimitivesReadWhatKafkasSerializersWrite(t *testing.T) {
	for _, tc := range []struct {
		name   string
		decode func(schema.Input) (any, error)
		view   any
		data   string
		want   any
		json   string
	}{
		{"ShortSerializer", decode(schema.Int16()), schema.Int16(), "fffe", int16(-2), "-2"},
		{"IntegerSerializer", decode(schema.Int32()), schema.Int32(), "7fffffff", int32(2147483647), "2147483647"},
		{"LongSerializer", decode(schema.Int64()), schema.Int64(), "8000000000000000", int64(-9223372036854775808), "-9223372036854775808"},
		{"FloatSerializer", decode(schema.Float32()), schema.Float32(), "3fc00000", float32(1.5), "1.5"},
		{"DoubleSerializer", decode(schema.Float64()), schema.Float64(), "412e848000000000", float64(1e6), "1000000"},
		{"DoubleSerializer, large", decode(schema.Float64()), schema.Float64(), "444b1ae4d6e2ef50", float64(1e21), "1e+21"},
		{"DoubleSerializer, negative zero", decode(schema.Float64()), schema.Float64(), "8000000000000000", negativeZero(), "-0"},
		{"BooleanSerializer", decode(schema.Bool()), schema.Bool(), "01", true, "true"},
		{"UUIDSerializer", decode(schema.UUID()), schema.UUID(), fmt.Sprintf("%x", glueUUID), uuid(t, glueUUID), `"` + glueUUID + `"`},
		{"StringSerializer", decode(schema.String()), nil, "68c3a9", "hé", ""},
		{"StringSerializer, empty", decode(schema.String()), nil, "", "", ""},
		{"ByteArraySerializer", decode(schema.Bytes()), nil, "00ff", []byte{0, 255}, ""},
		{"ByteArraySerializer, empty", decode(schema.Bytes()), nil, "", []byte{}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in := schema.Input{Data: unhex(t, tc.data)}
			got, err := tc.decode(in)
			if err != nil || !reflect.DeepEqual(got, tc.want) {
				t.Errorf("got %v, %v, want %v", got, err, tc.want)
			}
			if tc.view == nil {
				return
			}
			doc, err := tc.view.(schema.JSONView).AppendJSON(t.Context(), []byte("x"), in)
			if err != nil || string(doc) != "x"+tc.json {
				t.Errorf("JSON view %s, %v, want x%s", doc, err, tc.json)
			}
		})
	}
}

func negativeZero() float64 { z := 0.0; return -z }

func TestPrimitivesRefuseOtherSizes(t *testing.T) {
	for _, tc := range []struct {
		name   string
		decode func(schema.Input) (any, error)
		data   string
		kind   schema.Kind
		says   string
	}{
		{"no bytes", decode(schema.Int32()), "", schema.KindTruncated, "0 bytes where the type has 4"},
		{"too few", decode(schema.Int64()), "00000001", schema.KindTruncated, ""},
		{"too many", decode(schema.Int16()), "000102", schema.KindTrailing, ""},
		{"framed", decode(schema.Float64()), "0300000000000000000000000000000000000000", schema.KindTrailing, "looks like AWS Glue framing"},
		{"neither true nor false", decode(schema.Bool()), "02", schema.KindDecode, ""},
		{"not a UUID", decode(schema.UUID()), strings.Repeat("78", 36), schema.KindDecode, ""},
		{"not UTF-8", decode(schema.String()), "ff", schema.KindDecode, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := tc.decode(schema.Input{Topic: "t", Data: unhex(t, tc.data)})
			if schema.KindOf(err) != tc.kind || !strings.Contains(err.Error(), tc.says) {
				t.Errorf("got %v, want kind %v saying %q", err, tc.kind, tc.says)
			}
		})
	}
}

func TestNaNHasNoJSONView(t *testing.T) {
	for _, data := range []string{"7ff8000000000000", "7ff0000000000000", "fff0000000000000"} {
		dst := []byte("kept")
		got, err := schema.Float64().(schema.JSONView).AppendJSON(t.Context(), dst, schema.Input{Data: unhex(t, data)})
		if schema.KindOf(err) != schema.KindDecode || string(got) != "kept" {
			t.Errorf("%s: got %q, %v", data, got, err)
		}
	}
}

func TestBytesAreACopy(t *testing.T) {
	data := []byte("abc")
	got, err := schema.Bytes().Decode(t.Context(), schema.Input{Data: data})
	if err != nil {
		t.Fatal(err)
	}
	data[0] = 'x'
	if string(got) != "abc" {
		t.Error("the value aliases the input")
	}
}

func TestPrimitivesAllocateNothing(t *testing.T) {
	d := schema.Int64()
	in := schema.Input{Data: make([]byte, 8)}
	if n := testing.AllocsPerRun(100, func() {
		if _, err := d.Decode(t.Context(), in); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func ExampleInt64() {
	v, err := schema.Int64().Decode(context.Background(), schema.Input{Data: []byte{0, 0, 0, 0, 0, 0, 4, 210}})
	fmt.Println(v, err)
	// Output: 1234 <nil>
}

func ExampleString() {
	v, err := schema.String().Decode(context.Background(), schema.Input{Data: []byte("AB-7")})
	fmt.Println(v, err)
	// Output: AB-7 <nil>
}

func ExampleBytes() {
	v, err := schema.Bytes().Decode(context.Background(), schema.Input{Data: []byte{1, 2}})
	fmt.Println(v, err)
	// Output: [1 2] <nil>
}
