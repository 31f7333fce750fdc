package avro_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"

	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/avro"
)

type hostileRow struct {
	name, schema string
	data         []byte
	kind         schema.Kind
}

func hostileRows() []hostileRow {
	longs := `{"type":"array","items":"long"}`
	nulls := `{"type":"array","items":"null"}`
	empties := `{"type":"array","items":{"type":"record","name":"Nothing","fields":[]}}`
	list := `{"type":"record","name":"List","fields":[{"name":"next","type":["null","List"]}]}`
	nested := `{"type":"record","name":"Nest","fields":[{"name":"in","type":{"type":"array","items":"Nest"}}]}`
	return []hostileRow{
		{"empty", `"long"`, []byte{}, schema.KindTruncated},
		{"array count 2^30", longs, enc(1 << 30), schema.KindTooLarge},
		{"array count below the cap, no items", longs, enc(100_000), schema.KindTruncated},
		{"array count of the least number", longs, enc(int64(math.MinInt64), 0), schema.KindTooLarge},
		{"array block size beyond the data", longs, enc(-1, 1000, 1), schema.KindTruncated},
		{"array block size negative", longs, enc(-1, -1, 1), schema.KindDecode},
		{"array block size wrong", longs, enc(-1, 2, 1, 0, 0), schema.KindDecode},
		{"array of null, count 2^30", nulls, enc(1 << 30), schema.KindTooLarge},
		{"array of null, count 10^6", nulls, enc(1_000_000, 0), schema.KindTooLarge},
		{"array of empty records", empties, enc(1_000_000, 0), schema.KindTooLarge},
		{"map of null, count 2^30", `{"type":"map","values":"null"}`, enc(1 << 30), schema.KindTooLarge},
		{"array without end", longs, enc(1, 1), schema.KindTruncated},
		{"string longer than the data", `"string"`, enc(1<<40, raw("abc")), schema.KindTruncated},
		{"string of negative length", `"string"`, enc(-5, raw("abc")), schema.KindDecode},
		{"bytes longer than the data", `"bytes"`, enc(1<<30, raw("abc")), schema.KindTruncated},
		{"fixed longer than the data", `{"type":"fixed","name":"F","size":1073741824}`, []byte("abc"), schema.KindTruncated},
		{"int above 32 bits", `"int"`, enc(int64(math.MaxInt32) + 1), schema.KindDecode},
		{"int of six bytes", `"int"`, []byte{0x82, 0x80, 0x80, 0x80, 0x80, 0x00}, schema.KindDecode},
		{"long of eleven bytes", `"long"`, bytes.Repeat([]byte{0x80}, 11), schema.KindDecode},
		{"long above 64 bits", `"long"`, append(bytes.Repeat([]byte{0xff}, 9), 0x02), schema.KindDecode},
		{"long without end", `"long"`, []byte{0xff, 0xff}, schema.KindTruncated},
		{"boolean of 2", `"boolean"`, []byte{2}, schema.KindDecode},
		{"union branch out of range", `["null","long"]`, enc(2), schema.KindDecode},
		{"union branch negative", `["null","long"]`, enc(-1), schema.KindDecode},
		{"enum out of range", `{"type":"enum","name":"E","symbols":["A"]}`, enc(1), schema.KindDecode},
		{"enum negative", `{"type":"enum","name":"E","symbols":["A"]}`, enc(-1), schema.KindDecode},
		{"short float", `"float"`, []byte{1, 2, 3}, schema.KindTruncated},
		{"short double", `"double"`, []byte{1, 2, 3, 4, 5, 6, 7}, schema.KindTruncated},
		{"unions nested 4 MB deep", list, bytes.Repeat([]byte{2}, 4<<20), schema.KindTooLarge},
		{"arrays nested 1 MB deep", nested, bytes.Repeat([]byte{2}, 1<<20), schema.KindTooLarge},
		{"record in itself without end", `{"type":"record","name":"Self","fields":[{"name":"self","type":"Self"}]}`, []byte{}, schema.KindTooLarge},
		{"trailing byte", `"long"`, enc(1, 1), schema.KindTrailing},
		{"trailing bytes after null", `"null"`, []byte{0}, schema.KindTrailing},
		{"decimal of 2,000 bytes", `{"type":"bytes","logicalType":"decimal","precision":9}`, enc(make([]byte, 2000)), schema.KindTooLarge},
	}
}

type wide struct {
	F0, F1, F2, F3, F4, F5, F6, F7, F8, F9 [8]string
	F                                      int64 `avro:"f"`
}

// Hostile data are an error of their kind and cost next to nothing.
func TestHostileData(t *testing.T) {
	for _, tt := range hostileRows() {
		t.Run(tt.name, func(t *testing.T) {
			text := tt.schema
			opts := avro.WithWriterSchema(text)
			deep := avro.WithWriterSchema(recordOf(`{"name":"f","type":` + text + `}`))
			generic, inside := avro.NewDecoder[any](nil, opts), avro.NewDecoder[field[any]](nil, deep)
			skipped := avro.NewDecoder[struct{ ID *int64 }](nil, avro.WithWriterSchema(recordOf(`{"name":"f","type":`+text+`},{"name":"id","type":["null","long"]}`)))
			tries := map[string]func(data []byte) error{
				"any":     func(b []byte) error { _, err := generic.Decode(t.Context(), value(b)); return err },
				"struct":  func(b []byte) error { _, err := inside.Decode(t.Context(), value(b)); return err },
				"view":    func(b []byte) error { _, err := generic.AppendJSON(t.Context(), nil, value(b)); return err },
				"skipped": func(b []byte) error { _, err := skipped.Decode(t.Context(), value(b)); return err },
			}
			if tt.kind == schema.KindTrailing { // for the id field they would be data
				delete(tries, "skipped")
			}
			for how, try := range tries {
				err := try(tt.data)
				if err == nil {
					t.Fatalf("%s: accepted", how)
				}
				if k := schema.KindOf(err); k != tt.kind {
					t.Errorf("%s: %v (%v), want %v", how, err, k, tt.kind)
				}
				if len(tt.data) > 1000 {
					continue
				}
				if n := allocated(func() { _ = try(tt.data) }); n > 1<<18 {
					t.Errorf("%s: %d bytes allocated for %d of data", how, n, len(tt.data))
				}
			}
		})
	}
}

// The most that 100 bytes can be blown up to, whatever is allowed to be in them.
func TestAmplification(t *testing.T) {
	blow := func(schemaText string, data []byte, decode func(opt avro.Option, in schema.Input)) {
		t.Helper()
		opt := avro.WithWriterSchema(schemaText)
		in := value(data)
		decode(opt, in) // compile
		if n := allocated(func() { decode(opt, in) }); n > 1<<20 {
			t.Errorf("%d bytes allocated for %d of data", n, len(data))
		}
	}
	for _, count := range []int{100, 1000, 1100} {
		data := enc(count, 0)
		blow(`{"type":"array","items":"null"}`, data, decodeWith[any]())
		blow(`{"type":"array","items":{"type":"record","name":"N","fields":[]}}`, data, decodeWith[any]())
		blow(`{"type":"array","items":{"type":"record","name":"N","fields":[{"name":"f","type":"null"}]}}`, data, decodeWith[[]struct{ F any }]())
	}
	lists := enc(24)
	for range 24 {
		lists = append(lists, enc(1000, 0)...)
	}
	blow(`{"type":"array","items":{"type":"array","items":"null"}}`, append(lists, 0), decodeWith[any]())
	items := append(enc(90), bytes.Repeat([]byte{2}, 90)...)
	blow(`{"type":"array","items":{"type":"record","name":"N","fields":[{"name":"f","type":"long"}]}}`, append(items, 0), decodeWith[[]wide]())
	entries := enc(30)
	for i := range 30 {
		entries = append(entries, enc(string(rune('a'+i)), 1)...)
	}
	blow(`{"type":"map","values":{"type":"record","name":"N","fields":[{"name":"f","type":"long"}]}}`, append(entries, 0), decodeWith[map[string]wide]())

	// Each of 30 types holds two of the one before: 2^30 values in no bytes.
	doubling := `{"type":"record","name":"N0","fields":[]}`
	for i := 1; i < 30; i++ {
		doubling = fmt.Sprintf(`{"type":"record","name":"N%d","fields":[{"name":"a","type":%s},{"name":"b","type":"N%d"}]}`, i, doubling, i-1)
	}
	blow(doubling, []byte{}, decodeWith[any]())
	var nulls strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&nulls, `,{"name":"n%d","type":"null"}`, i)
	}
	blow(`{"type":"array","items":`+recordOf(`{"name":"f","type":"int"}`+nulls.String())+`}`, append(append(enc(90), bytes.Repeat([]byte{2}, 90)...), 0), decodeWith[any]())
}

func decodeWith[T any]() func(opt avro.Option, in schema.Input) {
	var d *avro.Decoder[T]
	return func(opt avro.Option, in schema.Input) {
		if d == nil {
			d = avro.NewDecoder[T](nil, opt)
		}
		_, _ = d.Decode(context.Background(), in)
	}
}

func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// What framing finds hostile stays an error here.
func TestHostileFraming(t *testing.T) {
	d := avro.NewDecoder[order](orderRegistry())
	for _, s := range []string{"", "00", "0000", "00000001", "0300" + strings.Repeat("00", 15), "0307" + strings.Repeat("00", 16), "01" + strings.Repeat("00", 15), "7b7d"} {
		in := value(unhex(t, s))
		if _, err := d.Decode(t.Context(), in); err == nil || schema.Retryable(err) {
			t.Errorf("%s: %v, want a permanent error", s, err)
		}
	}
	for _, id := range []uint32{0, math.MaxUint32} {
		in := value(binary.BigEndian.AppendUint32([]byte{0}, id))
		_, err := d.Decode(t.Context(), in)
		if schema.KindOf(err) != schema.KindUnknownSchema || !strings.Contains(err.Error(), fmt.Sprint(id)) {
			t.Errorf("id %d: %v", id, err)
		}
	}
	_, err := d.Decode(t.Context(), schema.Input{})
	if schema.KindOf(err) != schema.KindTombstone {
		t.Errorf("a tombstone: %v", err)
	}
}

// No error of any kind quotes the payload.
func TestErrorsKeepThePayload(t *testing.T) {
	const secret = "s3cretvalue"
	writer := recordOf(`{"name":"f","type":{"type":"map","values":"string"}},{"name":"t","type":"string"}`)
	whole := enc(1, secret, secret, 0, secret)
	for n := range len(whole) {
		_, err := avro.NewDecoder[struct {
			F map[string]string `avro:"f"`
			T string            `avro:"t"`
		}](nil, avro.WithWriterSchema(writer)).Decode(t.Context(), value(whole[:n]))
		if err == nil || strings.Contains(fmt.Sprintf("%v %+v", err, err), secret[:4]) {
			t.Fatalf("cut after %d: %v", n, err)
		}
	}
	_, err := avro.NewDecoder[any](nil, avro.WithWriterSchema(writer)).Decode(t.Context(), value(whole[:len(whole)-3]))
	if want := "at t: "; !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "at byte") {
		t.Errorf("%v has no %q and no offset", err, want)
	}
}

func TestLimits(t *testing.T) {
	longs := avro.WithWriterSchema(`{"type":"array","items":"long"}`)
	ok := enc(3, 1, 2, 3, 0)
	rows := []struct {
		name string
		l    avro.Limits
		want schema.Kind
	}{
		{"within", avro.Limits{Bytes: 5, Items: 3, Depth: 1}, schema.KindUnknown},
		{"bytes", avro.Limits{Bytes: 4}, schema.KindTooLarge},
		{"items", avro.Limits{Items: 2}, schema.KindTooLarge},
		{"schema bytes", avro.Limits{SchemaBytes: 10}, schema.KindConfig},
	}
	for _, tt := range rows {
		_, err := avro.NewDecoder[[]int64](nil, longs, avro.WithLimits(tt.l)).Decode(t.Context(), value(ok))
		if schema.KindOf(err) != tt.want || (err == nil) != (tt.want == schema.KindUnknown) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
	deep := avro.NewDecoder[[][]int64](nil, avro.WithWriterSchema(`{"type":"array","items":{"type":"array","items":"long"}}`), avro.WithLimits(avro.Limits{Depth: 1}))
	if _, err := deep.Decode(t.Context(), value(enc(1, 0, 0))); schema.KindOf(err) != schema.KindTooLarge {
		t.Errorf("depth: %v", err)
	}
}

// A string over 1 MiB is a string.
func TestLargeString(t *testing.T) {
	long := strings.Repeat("x", 3<<20)
	decoded(field[string]{long})(t, enc(long), avro.WithWriterSchema(recordOf(`{"name":"f","type":"string"}`)))
}
