package avro

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mskit-go/mskit/schema"
)

// cellsSchema has each type that cells read, in each place where they do, and
// between them what the struct lacks.
const cellsSchema = `{"type":"record","name":"Flat","fields":[
	{"name":"bool","type":"boolean"},
	{"name":"int","type":"int"},{"name":"int32","type":"int"},{"name":"int64","type":"int"},
	{"name":"goneArray","type":{"type":"array","items":"string"}},
	{"name":"long","type":"long"},{"name":"longInt","type":"long"},
	{"name":"float","type":"float"},{"name":"double","type":"double"},
	{"name":"string","type":"string"},{"name":"stringBytes","type":"string"},
	{"name":"bytes","type":"bytes"},{"name":"bytesString","type":"bytes"},
	{"name":"goneUnion","type":["int",{"type":"map","values":"null"}]},
	{"name":"enum","type":{"type":"enum","name":"E","symbols":["A","B","C"]}},{"name":"nullEnum","type":["E","null"]},
	{"name":"time","type":{"type":"long","logicalType":"timestamp-millis"}},
	{"name":"date","type":["null",{"type":"int","logicalType":"date"}]},
	{"name":"local","type":["null",{"type":"long","logicalType":"local-timestamp-micros"}]},
	{"name":"pointer","type":["null","string"]},{"name":"turned","type":["string","null"]},
	{"name":"pointerLong","type":["null","long"]},{"name":"pointerEnum","type":["null","E"]},{"name":"present","type":"string"},
	{"name":"nullString","type":["null","string"]},{"name":"nullBytes","type":["null","bytes"]},
	{"name":"inner","type":{"type":"record","name":"Inner","fields":[{"name":"a","type":"int"},{"name":"b","type":["null","string"]}]}},
	{"name":"nullInner","type":["null","Inner"]}]}`

type flat struct {
	Embedded
	Int         int     `avro:"int"`
	Int32       int32   `avro:"int32"`
	Int64       int64   `avro:"int64"`
	Long        int64   `avro:"long"`
	LongInt     int     `avro:"longInt"`
	Float       float32 `avro:"float"`
	Double      float64 `avro:"double"`
	String      letter  `avro:"string"`
	StringBytes []byte  `avro:"stringBytes"`
	Bytes       content `avro:"bytes"`
	BytesString string  `avro:"bytesString"`
	Enum        letter  `avro:"enum"`
	NullEnum    string  `avro:"nullEnum"`
	Time        time.Time
	Date        *time.Time
	Local       time.Time
	Pointer     *string
	Turned      *letter
	PointerLong *int64
	PointerEnum *string
	Present     *string
	NullString  string
	NullBytes   []byte
	Inner       inner
	NullInner   *inner
	Missing     string
}

type Embedded struct {
	Bool bool
}

type (
	letter  string
	content []byte
	inner   struct {
		A int
		B *string
	}
)

func flatData(nulls bool) []byte {
	var b []byte
	number := func(v int64) { b = binary.AppendVarint(b, v) }
	text := func(s string) { number(int64(len(s))); b = append(b, s...) }
	branch := func(null int64) bool {
		if nulls {
			number(null)
		} else {
			number(1 - null)
		}
		return !nulls
	}
	b = append(b, 1)
	number(-5)
	number(math.MinInt32)
	number(math.MaxInt32)
	number(-2) // a block of two items and its size
	number(4)
	text("x")
	text("y")
	number(0)
	number(math.MinInt64)
	number(1 << 40)
	b = binary.LittleEndian.AppendUint32(b, math.Float32bits(1.5))
	b = binary.LittleEndian.AppendUint64(b, math.Float64bits(-1e300))
	text("string")
	text("string as bytes")
	text("bytes")
	text("")
	number(1) // the map
	number(1)
	text("key")
	number(0)
	number(2) // C
	if branch(1) {
		number(1)
	}
	number(1700000000123)
	if branch(0) {
		number(-20000)
	}
	if branch(0) {
		number(-1)
	}
	if branch(0) {
		text("pointer")
	}
	if branch(1) {
		text("turned")
	}
	if branch(0) {
		number(7)
	}
	if branch(0) {
		number(0)
	}
	text("present")
	if branch(0) {
		text("null string")
	}
	if branch(0) {
		text("")
	}
	number(1)
	if branch(0) {
		text("inner")
	}
	if branch(0) {
		number(2)
		branch(0)
		text("in the null inner")
	}
	return b
}

// byEngine is a decoder that leaves to the engine what cells would read.
func byEngine[T any](t testing.TB, text string) *Decoder[T] {
	t.Helper()
	d := NewDecoder[T](nil, WithWriterSchema(text))
	if err := d.ConfigError(); err != nil {
		t.Fatal(err)
	}
	if !d.core.given.direct {
		t.Fatal("cells do not read all of it")
	}
	c := *d.core.given
	b, _, err := bind(c.plan, reflect.TypeFor[T]())
	if err != nil {
		t.Fatal(err)
	}
	if c.codec, err = d.core.engine.compile(b.shape, reflect.TypeFor[T](), nil); err != nil {
		t.Fatal(err)
	}
	c.direct, c.clip = false, clipOf(reflect.TypeFor[T]())
	d.core.given = &c
	return d
}

func checkCells(t *testing.T, cells, engine *Decoder[*flat], data []byte) bool {
	t.Helper()
	in := schema.Input{Topic: "orders", Data: data}
	got, err := cells.Decode(t.Context(), in)
	want, wantErr := engine.Decode(t.Context(), in)
	if err != nil || wantErr != nil {
		if err == nil || wantErr == nil || err.Error() != wantErr.Error() {
			t.Errorf("%x\ncells:  %v\nengine: %v", data, err, wantErr)
		}
		return false
	}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) }),
		cmp.Comparer(func(a, b float32) bool { return math.Float32bits(a) == math.Float32bits(b) })); diff != "" {
		t.Errorf("%x\n%s", data, diff)
	}
	return true
}

// Whatever the data are, cells read what the engine reads, and refuse with the
// same words what the walk refuses.
func TestCellsReadAsTheEngine(t *testing.T) {
	cells := NewDecoder[*flat](nil, WithWriterSchema(cellsSchema))
	engine := byEngine[*flat](t, cellsSchema)
	seeds := [][]byte{flatData(false), flatData(true)}
	for _, seed := range seeds {
		if !checkCells(t, cells, engine, seed) {
			t.Fatal("the seed is not sound")
		}
		for cut := range seed {
			checkCells(t, cells, engine, seed[:cut])
		}
	}
	rng := rand.New(rand.NewPCG(1, 2))
	sound := 0
	for n := 0; n < 5000 && !t.Failed(); n++ {
		data := append([]byte{}, seeds[n%2]...)
		for range 1 + rng.IntN(3) {
			at := rng.IntN(len(data))
			switch rng.IntN(4) {
			case 0:
				data[at] ^= 1 << rng.IntN(8)
			case 1:
				data[at] = byte(rng.IntN(256))
			case 2:
				data = append(data[:at], data[at+1:]...)
			default:
				data = append(data[:at], append([]byte{byte(rng.IntN(256))}, data[at:]...)...)
			}
		}
		if checkCells(t, cells, engine, data) {
			sound++
		}
	}
	if sound < 250 || sound > 4750 {
		t.Errorf("%d of 5,000 changed records are sound", sound)
	}
}

func FuzzCells(f *testing.F) {
	f.Add(flatData(false))
	f.Add(flatData(true))
	cells := NewDecoder[*flat](nil, WithWriterSchema(cellsSchema))
	engine := byEngine[*flat](f, cellsSchema)
	f.Fuzz(func(t *testing.T, data []byte) {
		if data != nil {
			checkCells(t, cells, engine, data)
		}
	})
}

// Strings are right whether they are cut from a slab or are too long for it, and
// whichever of many schemas a record has.
func TestStringsOfManySchemas(t *testing.T) {
	type text struct{ A, B string }
	var all []*schema.Schema
	for i := range uint32(keepCells + 5) {
		fields := `{"name":"a","type":"string"},{"name":"b","type":"string"}`
		if i%2 == 1 {
			fields = `{"name":"b","type":"string"},{"name":"a","type":"string"}`
		}
		all = append(all, &schema.Schema{ID: schema.ConfluentID(i), Format: schema.FormatAvro, Text: `{"type":"record","name":"Text","fields":[` + fields + `]}`})
	}
	d := NewDecoder[text](schema.Static(all...))
	var kept, want []text
	for n := range 300 {
		id := n % len(all)
		a := strings.Repeat(string(rune('a'+n%26)), n*13%slabPart*2)
		b := strings.Repeat(string(rune('A'+n%26)), n)
		data := binary.BigEndian.AppendUint32([]byte{0}, uint32(id))
		first, second := a, b
		if id%2 == 1 {
			first, second = b, a
		}
		data = append(binary.AppendVarint(data, int64(len(first))), first...)
		data = append(binary.AppendVarint(data, int64(len(second))), second...)
		got, err := d.Decode(t.Context(), schema.Input{Data: data})
		if err != nil {
			t.Fatal(err)
		}
		clear(data)
		kept, want = append(kept, got), append(want, text{a, b})
	}
	if diff := cmp.Diff(want, kept); diff != "" {
		t.Error(diff)
	}
}

// A type within itself is the engine's.
func TestRecordWithinItself(t *testing.T) {
	type list struct {
		V    int
		Next *list
	}
	d := NewDecoder[list](nil, WithWriterSchema(`{"type":"record","name":"List","fields":[{"name":"v","type":"int"},{"name":"next","type":["null","List"]}]}`))
	got, err := d.Decode(t.Context(), schema.Input{Data: []byte{2, 2, 4, 2, 6, 0}})
	if diff := cmp.Diff(list{1, &list{2, &list{3, nil}}}, got); diff != "" || err != nil {
		t.Error(err, diff)
	}
}
