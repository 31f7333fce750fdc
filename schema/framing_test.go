package schema_test

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/mskit-go/mskit/schema"
)

const (
	glueUUID = "b7b4a7f0-9c96-4e4a-a687-fb5de9ef0c63"
	guid     = "ea05b2e4-d6cf-456f-88c4-604e851f44ff"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func uuid(t testing.TB, s string) [16]byte {
	t.Helper()
	u, err := schema.ParseUUID(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// headers is an Input.Header in which the last value of a name wins, as
// kafkaevent.Headers.Last does it.
func headers(kv ...string) func(string) ([]byte, bool) {
	return func(name string) ([]byte, bool) {
		for i := len(kv) - 2; i >= 0; i -= 2 {
			if kv[i] == name {
				b, err := hex.DecodeString(kv[i+1])
				if err != nil {
					panic(err)
				}
				return b, true
			}
		}
		return nil, false
	}
}

func deflate(t testing.TB, b []byte) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := zlib.NewWriter(&buf)
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func glueZlib(t testing.TB, body []byte) []byte {
	return append(unhex(t, "0305"+strings.ReplaceAll(glueUUID, "-", "")), deflate(t, body)...)
}

// index renders a message index as a test writes it: "[1 0]", "rank 2", "none".
func index(m schema.MessageIndex) string {
	if p, ok := m.Path(); ok {
		return fmt.Sprint(p)
	}
	if r, ok := m.Rank(); ok {
		return fmt.Sprint("rank ", r)
	}
	return "none"
}

func TestFramingsTakeRecordsApart(t *testing.T) {
	confluentGUID := schema.ConfluentGUID(uuid(t, guid))
	glueID := schema.GlueID(uuid(t, glueUUID))
	one := schema.ConfluentID(1)
	order := "08e907120441422d37"
	line := "0a0441422d371003"

	for _, tc := range []struct {
		name    string
		framing schema.Framing
		data    string
		header  func(string) ([]byte, bool)
		meta    schema.Metadata
		field   schema.Field
		id      schema.ID
		origin  schema.Origin
		index   string
		body    string
	}{
		{name: "confluent, short form of the first message", framing: schema.Confluent(), data: "0000000001 00 0805", id: one, origin: schema.OriginPrefix, index: "[0]", body: "0805"},
		{name: "confluent, long form of the first message", framing: schema.Confluent(), data: "0000000001 0200 0805", id: one, origin: schema.OriginPrefix, index: "[0]", body: "0805"},
		{name: "confluent, second message", framing: schema.Confluent(), data: "0000000001 0202" + order, id: one, origin: schema.OriginPrefix, index: "[1]", body: order},
		{name: "confluent, nested message", framing: schema.Confluent(), data: "0000000001 040202" + line, id: one, origin: schema.OriginPrefix, index: "[1 1]", body: line},
		{name: "confluent, index of two bytes", framing: schema.Confluent(), data: "0000000001 02c801" + order, id: one, origin: schema.OriginPrefix, index: "[100]", body: order},
		{name: "confluent, empty message", framing: schema.Confluent(), data: "0000000001 0202", id: one, origin: schema.OriginPrefix, index: "[1]", body: ""},
		{name: "confluent, deprecated index", framing: schema.Confluent(schema.WithDeprecatedIndexes()), data: "0000000001 0101" + order, id: one, origin: schema.OriginPrefix, index: "[1]", body: order},
		{name: "confluent, deprecated nested index", framing: schema.Confluent(schema.WithDeprecatedIndexes()), data: "0000000001 020101" + line, id: one, origin: schema.OriginPrefix, index: "[1 1]", body: line},
		{name: "confluent, largest id is unsigned", framing: schema.Confluent(), data: "00ffffffff 00", id: schema.ConfluentID(4294967295), origin: schema.OriginPrefix, index: "[0]", body: ""},
		{name: "confluent, id zero is left to the registry", framing: schema.Confluent(), data: "0000000000 00", id: schema.ConfluentID(0), origin: schema.OriginPrefix, index: "[0]", body: ""},
		{name: "confluent, GUID before the body", framing: schema.Confluent(), data: "01ea05b2e4d6cf456f88c4604e851f44ff 00 0805", id: confluentGUID, origin: schema.OriginPrefix, index: "[0]", body: "0805"},
		{name: "confluent, GUID in the header, index behind it", framing: schema.Confluent(), data: line, header: headers("__value_schema_id", "01ea05b2e4d6cf456f88c4604e851f44ff040202"), id: confluentGUID, origin: schema.OriginHeader, index: "[1 1]", body: line},
		{name: "confluent, numeric id in the header", framing: schema.Confluent(), data: line, header: headers("__value_schema_id", "0000000001040202"), id: one, origin: schema.OriginHeader, index: "[1 1]", body: line},
		{name: "confluent, empty body under a header", framing: schema.Confluent(), data: "", header: headers("__value_schema_id", "01ea05b2e4d6cf456f88c4604e851f44ff00"), id: confluentGUID, origin: schema.OriginHeader, index: "[0]", body: ""},
		{name: "confluent, the last header of the name counts", framing: schema.Confluent(), data: line, header: headers("__value_schema_id", "ff", "__value_schema_id", "0000000001040202"), id: one, origin: schema.OriginHeader, index: "[1 1]", body: line},
		{name: "confluent, the key has a header of its own", framing: schema.Confluent(), field: schema.Key, data: "0000000001 0202" + order, header: headers("__value_schema_id", "ff"), id: one, origin: schema.OriginPrefix, index: "[1]", body: order},

		{name: "glue, plain", framing: schema.Glue(), data: "0300b7b4a7f09c964e4aa687fb5de9ef0c63 02" + line, id: glueID, origin: schema.OriginPrefix, index: "rank 2", body: line},
		{name: "glue, zlib, index inside", framing: schema.Glue(), data: "0305b7b4a7f09c964e4aa687fb5de9ef0c63789c63e2627174d2351760060004d3010b", id: glueID, origin: schema.OriginPrefix, index: "rank 2", body: line},
		{name: "glue, rank of two bytes", framing: schema.Glue(), data: "0300b7b4a7f09c964e4aa687fb5de9ef0c63 c801" + line, id: glueID, origin: schema.OriginPrefix, index: "rank 200", body: line},

		{name: "raw has no index", framing: schema.Raw(), data: order, index: "none", body: order},

		{name: "first of, by mark: glue", framing: schema.FirstOf(schema.Confluent(), schema.Glue()), data: "0300b7b4a7f09c964e4aa687fb5de9ef0c63 00" + order, id: glueID, origin: schema.OriginPrefix, index: "rank 0", body: order},
		{name: "first of, by mark: confluent", framing: schema.FirstOf(nil, schema.Glue(), schema.Confluent()), data: "0000000001 0202" + order, id: one, origin: schema.OriginPrefix, index: "[1]", body: order},
		{name: "first of, by header", framing: schema.FirstOf(schema.Glue(), schema.Confluent(), schema.Raw()), data: line, header: headers("__value_schema_id", "0000000001040202"), id: one, origin: schema.OriginHeader, index: "[1 1]", body: line},
		{name: "first of, a header is more than a first byte", framing: schema.FirstOf(schema.Raw(), schema.Glue(), schema.FirstOf(schema.Confluent())), data: "0304c3a90002046869", header: headers("__value_schema_id", "000000000100"), id: one, origin: schema.OriginHeader, index: "[0]", body: "0304c3a90002046869"},
		{name: "detect, a header is more than a first byte", framing: schema.Detect(), data: "0304c3a90002046869", header: headers("__value_schema_id", "000000000100"), id: one, origin: schema.OriginHeader, index: "[0]", body: "0304c3a90002046869"},
		{name: "first of, nested", framing: schema.FirstOf(schema.FirstOf(schema.Glue()), schema.FirstOf(schema.Confluent())), data: "0000000001 00", id: one, origin: schema.OriginPrefix, index: "[0]", body: ""},
		{name: "detect, nothing", framing: schema.Detect(), data: order, index: "none", body: order},
		{name: "detect, empty", framing: schema.Detect(), data: "", index: "none", body: ""},
		{name: "detect, glue", framing: schema.Detect(), data: "0300b7b4a7f09c964e4aa687fb5de9ef0c63 02" + line, id: glueID, origin: schema.OriginPrefix, index: "rank 2", body: line},

		{name: "esm, no metadata", framing: schema.ESM(schema.Confluent()), data: "0000000001 0202" + order, id: one, origin: schema.OriginPrefix, index: "[1]", body: order},
		{name: "esm, no metadata and nothing else", framing: schema.ESM(nil), data: order, index: "none", body: order},
		{name: "esm, numeric id", framing: schema.ESM(schema.Detect()), meta: schema.Metadata{DataFormat: "PROTOBUF", SchemaID: "1"}, data: "0202" + order, id: one, origin: schema.OriginESM, index: "[1]", body: order},
		{name: "esm, uuid", framing: schema.ESM(schema.Detect()), meta: schema.Metadata{DataFormat: "PROTOBUF", SchemaID: strings.ToUpper(glueUUID)}, data: "01" + order, id: glueID, origin: schema.OriginESM, index: "rank 1", body: order},
		{name: "esm, raw leaves it to the id", framing: schema.ESM(schema.Raw()), meta: schema.Metadata{DataFormat: "PROTOBUF", SchemaID: glueUUID}, data: "01" + order, id: glueID, origin: schema.OriginESM, index: "rank 1", body: order},
		{name: "esm, confluent takes a uuid for its GUID", framing: schema.ESM(schema.Confluent()), meta: schema.Metadata{DataFormat: "PROTOBUF", SchemaID: guid}, data: "0202" + order, id: confluentGUID, origin: schema.OriginESM, index: "[1]", body: order},
		{name: "esm, confluent with deprecated indexes", framing: schema.ESM(schema.Confluent(schema.WithDeprecatedIndexes())), meta: schema.Metadata{DataFormat: "PROTOBUF", SchemaID: "1"}, data: "0101" + order, id: one, origin: schema.OriginESM, index: "[1]", body: order},
		{name: "esm, first of prefers glue for a uuid", framing: schema.ESM(schema.FirstOf(schema.Confluent(), schema.Glue())), meta: schema.Metadata{DataFormat: "PROTOBUF", SchemaID: glueUUID}, data: "01" + order, id: glueID, origin: schema.OriginESM, index: "rank 1", body: order},
		{name: "esm, first of with a number", framing: schema.ESM(schema.FirstOf(schema.Glue(), schema.Confluent())), meta: schema.Metadata{DataFormat: "PROTOBUF", SchemaID: "1"}, data: "0202" + order, id: one, origin: schema.OriginESM, index: "[1]", body: order},
		{name: "esm, no id, registry stated", framing: schema.ESM(schema.Glue()), meta: schema.Metadata{DataFormat: "PROTOBUF"}, data: "01" + order, origin: schema.OriginESM, index: "rank 1", body: order},
		{name: "esm, bytes that look framed are not", framing: schema.ESM(schema.Confluent()), meta: schema.Metadata{DataFormat: "PROTOBUF", SchemaID: "1"}, data: "00", id: one, origin: schema.OriginESM, index: "[0]", body: ""},
		{name: "esm, index in the producer's header", framing: schema.ESM(schema.Confluent()), meta: schema.Metadata{DataFormat: "PROTOBUF", SchemaID: "1"}, header: headers("__value_schema_id", "01ea05b2e4d6cf456f88c4604e851f44ff040202"), data: line, id: one, origin: schema.OriginESM, index: "[1 1]", body: line},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in := schema.Input{Topic: "orders", Field: tc.field, Data: unhex(t, tc.data), Header: tc.header, Meta: tc.meta}
			f, err := tc.framing.Parse(in)
			if err != nil {
				t.Fatal(err)
			}
			m, body, err := f.Message()
			if err != nil {
				t.Fatal(err)
			}
			if f.ID != tc.id || f.Origin != tc.origin || index(m) != tc.index {
				t.Errorf("got id %q, origin %v, index %s, want %q, %v, %s", f.ID, f.Origin, index(m), tc.id, tc.origin, tc.index)
			}
			if want := unhex(t, tc.body); !bytes.Equal(body, want) {
				t.Errorf("body %x, want %x", body, want)
			}
		})
	}
}

func TestFramingsRefuseWhatIsBroken(t *testing.T) {
	uuidHex := strings.ReplaceAll(glueUUID, "-", "")
	bomb := glueZlib(t, make([]byte, 20<<20))
	for _, tc := range []struct {
		name    string
		framing schema.Framing
		data    []byte
		header  func(string) ([]byte, bool)
		meta    schema.Metadata
		kind    schema.Kind
		says    string
	}{
		{name: "confluent, nothing", framing: schema.Confluent(), kind: schema.KindTruncated},
		{name: "confluent, magic byte alone", framing: schema.Confluent(), data: unhex(t, "00"), kind: schema.KindTruncated},
		{name: "confluent, two bytes", framing: schema.Confluent(), data: unhex(t, "0000"), kind: schema.KindTruncated},
		{name: "confluent, short id", framing: schema.Confluent(), data: unhex(t, "00000001"), kind: schema.KindTruncated, says: "4 bytes where Confluent framing with a schema id has at least 5"},
		{name: "confluent, short GUID", framing: schema.Confluent(), data: unhex(t, "01"+uuidHex[2:]), kind: schema.KindTruncated},
		{name: "confluent, JSON", framing: schema.Confluent(), data: []byte(`{"id":1}`), kind: schema.KindFraming, says: "looks like JSON"},
		{name: "confluent, glue", framing: schema.Confluent(), data: unhex(t, "0300"+uuidHex), kind: schema.KindFraming, says: "looks like AWS Glue framing"},
		{name: "confluent, empty header", framing: schema.Confluent(), data: unhex(t, "0000000001"), header: headers("__value_schema_id", ""), kind: schema.KindTruncated, says: "header __value_schema_id"},
		{name: "confluent, malformed header is no reason to look at the bytes", framing: schema.Confluent(), data: unhex(t, "000000000100"), header: headers("__value_schema_id", "07"), kind: schema.KindFraming},
		{name: "confluent, short GUID in the header", framing: schema.Confluent(), header: headers("__value_schema_id", "01"+uuidHex[2:]), kind: schema.KindTruncated},
		{name: "confluent, no index", framing: schema.Confluent(), data: unhex(t, "0000000001"), kind: schema.KindTruncated},
		{name: "confluent, index ends early", framing: schema.Confluent(), data: unhex(t, "0000000001 0402"), kind: schema.KindTruncated},
		{name: "confluent, count of 2^62", framing: schema.Confluent(), data: unhex(t, "0000000001 feffffffffffffffff01"), kind: schema.KindFraming},
		{name: "confluent, count of 1000", framing: schema.Confluent(), data: unhex(t, "0000000001 d00f"+strings.Repeat("00", 1000)), kind: schema.KindTooLarge},
		{name: "confluent, negative index", framing: schema.Confluent(), data: unhex(t, "0000000001 0201"), kind: schema.KindFraming, says: "WithDeprecatedIndexes"},
		{name: "confluent, negative count", framing: schema.Confluent(), data: unhex(t, "0000000001 0101"), kind: schema.KindFraming, says: "WithDeprecatedIndexes"},
		{name: "confluent, deprecated index over 31 bits", framing: schema.Confluent(schema.WithDeprecatedIndexes()), data: unhex(t, "0000000001 01ffffffff0f"), kind: schema.KindFraming},
		{name: "confluent, over-long varint", framing: schema.Confluent(), data: unhex(t, "0000000001 02808080808000"), kind: schema.KindFraming},
		{name: "confluent, varint over 32 bits", framing: schema.Confluent(), data: unhex(t, "0000000001 02ffffffff7f"), kind: schema.KindFraming},
		{name: "confluent, GUID header without index", framing: schema.Confluent(), data: unhex(t, "0805"), header: headers("__value_schema_id", "01"+uuidHex), kind: schema.KindTruncated},
		{name: "confluent, GUID header with more than an index", framing: schema.Confluent(), data: unhex(t, "0805"), header: headers("__value_schema_id", "01"+uuidHex+"0007"), kind: schema.KindTrailing},

		{name: "glue, nothing", framing: schema.Glue(), kind: schema.KindTruncated},
		{name: "glue, 17 bytes", framing: schema.Glue(), data: unhex(t, "0300"+uuidHex[2:]), kind: schema.KindTruncated},
		{name: "glue, unknown compression", framing: schema.Glue(), data: unhex(t, "0307"+uuidHex), kind: schema.KindFraming, says: "compression"},
		{name: "glue, confluent", framing: schema.Glue(), data: unhex(t, "0000000001"), kind: schema.KindFraming, says: "looks like Confluent framing"},
		{name: "glue, no zlib", framing: schema.Glue(), data: unhex(t, "0305"+uuidHex+"0102030405060708"), kind: schema.KindFraming},
		{name: "glue, zlib of nothing", framing: schema.Glue(), data: unhex(t, "0305"+uuidHex), kind: schema.KindTruncated},
		{name: "glue, zlib cut", framing: schema.Glue(), data: glueZlib(t, []byte("some bytes of a body"))[:30], kind: schema.KindTruncated},
		{name: "glue, zlib checksum cut", framing: schema.Glue(), data: slices.Concat(unhex(t, "0305"+uuidHex), deflate(t, []byte("body"))[:10]), kind: schema.KindTruncated},
		{name: "glue, zlib checksum wrong", framing: schema.Glue(), data: func() []byte { b := glueZlib(t, []byte("body")); b[len(b)-1] ^= 1; return b }(), kind: schema.KindFraming},
		{name: "glue, zlib with trailing bytes", framing: schema.Glue(), data: append(glueZlib(t, []byte("body")), 0), kind: schema.KindTrailing},
		{name: "glue, zlib with a dictionary", framing: schema.Glue(), data: unhex(t, "0305"+uuidHex+"78bb00000000"), kind: schema.KindFraming},
		{name: "glue, bomb over the output cap", framing: schema.Glue(schema.WithMaxRatio(1 << 20)), data: bomb, kind: schema.KindTooLarge, says: "16777216"},
		{name: "glue, bomb over the ratio", framing: schema.Glue(schema.WithMaxInflated(1 << 30)), data: bomb, kind: schema.KindTooLarge},
		{name: "glue, output cap of your own", framing: schema.Glue(schema.WithMaxInflated(3)), data: glueZlib(t, []byte("body")), kind: schema.KindTooLarge},
		{name: "glue, no rank", framing: schema.Glue(), data: unhex(t, "0300"+uuidHex), kind: schema.KindTruncated},
		{name: "glue, rank over 31 bits", framing: schema.Glue(), data: unhex(t, "0300"+uuidHex+"ffffffff0f"), kind: schema.KindFraming},

		{name: "first of, no mark", framing: schema.FirstOf(schema.Glue(), schema.Confluent()), data: []byte(`{"id":1}`), kind: schema.KindFraming, says: "looks like JSON"},
		{name: "first of, nothing", framing: schema.FirstOf(schema.Glue(), schema.Confluent()), kind: schema.KindFraming},
		{name: "first of, broken behind the mark", framing: schema.FirstOf(schema.Confluent(), schema.Raw()), data: unhex(t, "0001"), kind: schema.KindTruncated},
		{name: "first of, none given", framing: schema.FirstOf(), data: unhex(t, "00"), kind: schema.KindConfig},
		{name: "detect, glue with unknown compression", framing: schema.Detect(), data: unhex(t, "0307"), kind: schema.KindTruncated},
		{name: "esm, id of neither shape", framing: schema.ESM(schema.Detect()), meta: schema.Metadata{SchemaID: "arn:aws:glue"}, kind: schema.KindConfig},
		{name: "esm, id over 32 bits", framing: schema.ESM(schema.Detect()), meta: schema.Metadata{SchemaID: "4294967296"}, kind: schema.KindConfig},
		{name: "esm, no id and nobody says whose index", framing: schema.ESM(schema.Detect()), meta: schema.Metadata{DataFormat: "PROTOBUF"}, data: unhex(t, "0202"), kind: schema.KindConfig, says: "ESM(Confluent())"},
		{name: "esm, no index", framing: schema.ESM(schema.Detect()), meta: schema.Metadata{SchemaID: "1"}, kind: schema.KindTruncated},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in := schema.Input{Topic: "orders", Data: tc.data, Header: tc.header, Meta: tc.meta}
			f, err := tc.framing.Parse(in)
			if err == nil {
				_, _, err = f.Message()
			}
			e, ok := errors.AsType[*schema.Error](err)
			if !ok || e.Kind != tc.kind {
				t.Fatalf("got error %v, want one of kind %v", err, tc.kind)
			}
			if !strings.Contains(err.Error(), tc.says) {
				t.Errorf("error %q does not say %q", err, tc.says)
			}
		})
	}
}

func TestFirstOfAsksForeignFramings(t *testing.T) {
	refuse := framingFunc(func(schema.Input) (schema.Frame, error) {
		return schema.Frame{}, &schema.Error{Kind: schema.KindFraming}
	})
	broken := framingFunc(func(schema.Input) (schema.Frame, error) {
		return schema.Frame{}, &schema.Error{Kind: schema.KindTruncated}
	})
	in := schema.Input{Data: []byte("body")}
	if f, err := schema.FirstOf(refuse, schema.Raw()).Parse(in); err != nil || string(f.Body) != "body" {
		t.Errorf("a refusal is not passed on: %v", err)
	}
	if _, err := schema.FirstOf(broken, schema.Raw()).Parse(in); schema.KindOf(err) != schema.KindTruncated {
		t.Errorf("got %v, want the first framing's own error", err)
	}
}

type framingFunc func(schema.Input) (schema.Frame, error)

func (f framingFunc) Parse(in schema.Input) (schema.Frame, error) { return f(in) }

func TestGlueInflatesLargeBodiesIntoTheirOwnMemory(t *testing.T) {
	g := schema.Glue()
	var bodies [][]byte
	for i := range 8 {
		want := bytes.Repeat([]byte{byte(i), byte(i + 1), 7}, 1<<(2*i))
		f, err := g.Parse(schema.Input{Data: glueZlib(t, want)})
		if err != nil {
			t.Fatal(err)
		}
		bodies = append(bodies, f.Body)
	}
	for i, b := range bodies {
		if want := bytes.Repeat([]byte{byte(i), byte(i + 1), 7}, 1<<(2*i)); !bytes.Equal(b, want) {
			t.Errorf("body %d changed after later ones were read", i)
		}
	}
}

func TestGlueAllowsHighRatiosForSmallBodies(t *testing.T) {
	if _, err := schema.Glue(schema.WithMaxRatio(1)).Parse(schema.Input{Data: glueZlib(t, make([]byte, 64<<10))}); err != nil {
		t.Error(err)
	}
}

func TestHostileRecordsAllocateLittle(t *testing.T) {
	uuidHex := strings.ReplaceAll(glueUUID, "-", "")
	bomb := glueZlib(t, make([]byte, 40<<10))
	if len(bomb) > 100 {
		t.Fatalf("the bomb has %d bytes", len(bomb))
	}
	for name, data := range map[string][]byte{
		"bomb":        bomb,
		"index count": unhex(t, "0000000001feffffffffffffffff01"),
		"index path":  unhex(t, "0000000001"+strings.Repeat("ffffffff0f", 19)),
		"no zlib":     unhex(t, "0305"+uuidHex+"78da"+strings.Repeat("ff", 80)),
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			framing := schema.Detect()
			runtime.ReadMemStats(&before)
			f, err := framing.Parse(schema.Input{Data: data})
			if err == nil {
				_, _, _ = f.Message()
			}
			runtime.ReadMemStats(&after)
			if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 {
				t.Errorf("%d bytes of record allocate %d", len(data), n)
			}
		})
	}
}

func TestFramingsAreConcurrent(t *testing.T) {
	g := schema.Glue()
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			want := bytes.Repeat([]byte{byte(i)}, 1000*i)
			data := glueZlib(t, want)
			for range 50 {
				f, err := g.Parse(schema.Input{Data: data})
				if err != nil || !bytes.Equal(f.Body, want) {
					t.Errorf("got %d bytes, %v", len(f.Body), err)
					return
				}
			}
		})
	}
	wg.Wait()
}

func TestFramingsAllocateNothing(t *testing.T) {
	uuidHex := strings.ReplaceAll(glueUUID, "-", "")
	guidHeader := unhex(t, "01"+uuidHex+"040202")
	for _, tc := range []struct {
		name    string
		framing schema.Framing
		in      schema.Input
	}{
		{"confluent", schema.Confluent(), schema.Input{Data: unhex(t, "0000000001 040202 0805")}},
		{"confluent header", schema.Confluent(), schema.Input{Data: unhex(t, "0805"), Header: func(string) ([]byte, bool) { return guidHeader, true }}},
		{"glue", schema.Glue(), schema.Input{Data: unhex(t, "0300"+uuidHex+"02 0805")}},
		{"detect, unframed", schema.Detect(), schema.Input{Data: unhex(t, "0805")}},
		{"esm, uuid", schema.ESM(schema.Detect()), schema.Input{Data: unhex(t, "02 0805"), Meta: schema.Metadata{DataFormat: "PROTOBUF", SchemaID: glueUUID}}},
		{"esm, number", schema.ESM(schema.Confluent()), schema.Input{Data: unhex(t, "00 0805"), Meta: schema.Metadata{DataFormat: "PROTOBUF", SchemaID: "4294967295"}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			n := testing.AllocsPerRun(100, func() {
				f, err := tc.framing.Parse(tc.in)
				if err != nil {
					t.Fatal(err)
				}
				m, _, err := f.Message()
				if err != nil {
					t.Fatal(err)
				}
				if p, ok := m.Path(); ok && len(p) == 0 {
					t.Fatal("empty path")
				}
			})
			if n != 0 {
				t.Errorf("%v allocations", n)
			}
		})
	}
}

func FuzzFraming(f *testing.F) {
	uuidHex := strings.ReplaceAll(glueUUID, "-", "")
	for _, s := range []string{
		"", "00", "0000", "00000001", "0000000001", "000000000100", "0000000001040202", "0000000001feffffffffffffffff01", "00000000010201",
		"01" + uuidHex, "01" + uuidHex[2:], "0300" + uuidHex + "02", "0307" + uuidHex, "0305" + uuidHex + "789c63e2627174d2351760060004d3010b", "7b7d", "0202",
	} {
		f.Add(unhex(f, s), []byte(nil), "", uint8(0))
		f.Add(unhex(f, "0805"), unhex(f, s), "1", uint8(1))
		f.Add(unhex(f, s), []byte(nil), glueUUID, uint8(2))
	}
	framings := []schema.Framing{
		schema.Detect(), schema.Confluent(), schema.Glue(), schema.Raw(), schema.Confluent(schema.WithDeprecatedIndexes()),
		schema.ESM(schema.Detect()), schema.ESM(schema.Confluent()), schema.ESM(schema.Glue()), schema.FirstOf(schema.Confluent(), schema.Glue()),
	}
	f.Fuzz(func(t *testing.T, data, header []byte, schemaID string, pick uint8) {
		in := schema.Input{Topic: "t", Data: data, Meta: schema.Metadata{SchemaID: schemaID}}
		if header != nil {
			in.Header = func(string) ([]byte, bool) { return header, true }
		}
		before := bytes.Clone(data)
		frame, err := framings[int(pick)%len(framings)].Parse(in)
		if !bytes.Equal(before, data) {
			t.Fatal("the input was changed")
		}
		if err != nil {
			if _, ok := errors.AsType[*schema.Error](err); !ok {
				t.Fatalf("%T is not an *Error", err)
			}
			return
		}
		m, body, err := frame.Message()
		if err != nil {
			return
		}
		if len(body) > len(frame.Body) {
			t.Fatal("the body grew")
		}
		checkIndex(t, m, frame.Body[:len(frame.Body)-len(body)])
	})
}

// checkIndex reads an index once more, by encoding/binary.
func checkIndex(t *testing.T, m schema.MessageIndex, raw []byte) {
	t.Helper()
	if len(raw) == 0 {
		return // none, or in a header
	}
	if rank, ok := m.Rank(); ok {
		if u, n := binary.Uvarint(raw); n != len(raw) || u != uint64(rank) {
			t.Fatalf("rank %d of %x", rank, raw)
		}
		return
	}
	path, _ := m.Path()
	for _, read := range []func([]byte) (int64, int){
		binary.Varint,
		func(b []byte) (int64, int) { u, n := binary.Uvarint(b); return int64(u), n },
	} {
		count, n := read(raw)
		got, rest := []int32{}, raw[n:]
		for range count {
			i, n := read(rest)
			got, rest = append(got, int32(i)), rest[n:]
			if n <= 0 {
				break
			}
		}
		if count == 0 {
			got = []int32{0}
		}
		if len(rest) == 0 && slices.Equal(got, path) {
			return
		}
	}
	t.Fatalf("path %v of %x", path, raw)
}
