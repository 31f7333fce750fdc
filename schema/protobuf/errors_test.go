package protobuf_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/protobuf"
	"github.com/mskit-go/mskit/schema/protobuf/internal/shoppb"
)

// nested is a Catalog with n parents around it.
func nested(n int) []byte {
	var b []byte
	for range n {
		b = protowire.AppendBytes(protowire.AppendTag(nil, 14, protowire.BytesType), b)
	}
	return b
}

// Broken bodies say what is wrong, where, and never what they hold.
func TestBrokenBodies(t *testing.T) {
	const secret = "s3cr3t"
	str := func(num protowire.Number, s string) []byte {
		return protowire.AppendString(protowire.AppendTag(nil, num, protowire.BytesType), s)
	}
	catalog, parcel := of[*shoppb.Catalog](), of[*shoppb.Parcel]()
	tests := []struct {
		name string
		as   decoder
		body []byte
		kind schema.Kind
		path string
		msg  string
	}{
		{"cut in a tag", catalog, []byte{0x80}, schema.KindTruncated, "", "a field tag runs past the end, at byte 0 of 1"},
		{"cut in a varint", catalog, []byte{0x20, 0x80}, schema.KindTruncated, "state", "at byte 1 of 2"},
		{"cut in text", catalog, str(13, secret)[:5], schema.KindTruncated, "label", "at byte 1 of 5"},
		{"cut in a nested message", catalog, []byte{0x12, 0x02, 0x08, 0x80}, schema.KindTruncated, "first_item.x", "at byte 3 of 4"},
		{"cut in a map entry", catalog, []byte{0x0a, 0x03, 0x0a, 0x05, 'a'}, schema.KindTruncated, "attrs.key", "at byte 3 of 5"},
		{"cut in a packed list", catalog, []byte{0x4a, 0x02, 0x01, 0x80}, schema.KindTruncated, "numbers", "at byte 3 of 4"},
		{"cut in a packed list of fixed width", catalog, []byte{0x52, 0x03, 1, 2, 3}, schema.KindTruncated, "words", "at byte 2 of 5"},
		{"cut in an unknown field", catalog, []byte{0xfa, 0x3f, 0x7f, 'x'}, schema.KindTruncated, "#1023", "at byte 2 of 4"},
		{"length of 2^62", catalog, protowire.AppendVarint([]byte{0x6a}, 1<<62), schema.KindTruncated, "label", "of 10"},
		{"field number 0", catalog, []byte{0x02, 0x01}, schema.KindDecode, "", "a field tag is malformed, at byte 0 of 2"},
		{"varint of 11 bytes", catalog, append([]byte{0x20}, bytes.Repeat([]byte{0xff}, 11)...), schema.KindDecode, "state", "is malformed"},
		{"reserved wire type", catalog, []byte{0x0f}, schema.KindDecode, "", "malformed"},
		{"text that is not UTF-8", catalog, str(13, secret+"\xff"), schema.KindDecode, "label", "not valid UTF-8, at byte 2"},
		{"text in a map that is not UTF-8", catalog, append([]byte{0x0a, 0x03}, str(1, "\xff")...), schema.KindDecode, "attrs.key", "not valid UTF-8"},
		{"end of no group", catalog, []byte{0x0c}, schema.KindDecode, "", "a group that was not begun, at byte 0"},
		{"group without an end", parcel, []byte{0x13, 0x18, 0x01}, schema.KindTruncated, "stop", "a group has no end"},
		{"other group's end", parcel, []byte{0x13, 0x1c}, schema.KindDecode, "stop", "a group that was not begun"},
		{"one level too deep", catalog, nested(100), schema.KindTooLarge, strings.Repeat("parent.", 99) + "parent", "deeper than 100"},
		{"5,000 levels too deep", catalog, nested(5000), schema.KindTooLarge, strings.Repeat("parent.", 99) + "parent", "deeper than 100"},
		{"required field", parcel, nil, schema.KindDecode, "id", "a required field is not set"},
		{"required field in a group", parcel, append(str(1, "p"), 0x13, 0x14), schema.KindDecode, "stop.zip", "a required field is not set"},
		{"required field in a map", parcel, append(str(1, "p"), 0x22, 0x04, 0x0a, 0x00, 0x12, 0x00), schema.KindDecode, "by_name.zip", "a required field is not set"},
		{"required field in a message", parcel, append(str(1, "p"), 0x2a, 0x00), schema.KindDecode, "inner.id", "a required field is not set"},
		{"JSON text", catalog, []byte(`{"label":"` + secret + `"}`), schema.KindTruncated, "", "use NewJSONDecoder"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := value(tt.body)
			if tt.body == nil {
				in.Data = []byte{}
			}
			_, err := tt.as.new().decode(t.Context(), in)
			e, ok := errors.AsType[*schema.Error](err)
			if !ok {
				t.Fatalf("got %v, want a *schema.Error", err)
			}
			if e.Kind != tt.kind || !strings.Contains(e.Msg, tt.msg) {
				t.Errorf("got %v, want %v and %q", err, tt.kind, tt.msg)
			}
			if tt.path != "" && e.Path != tt.path {
				t.Errorf("path %q, want %q", e.Path, tt.path)
			}
			if e.Topic != "orders" {
				t.Errorf("%v does not say where the record is from", err)
			}
			if said := fmt.Sprintf("%v %+v %v", err, err, e.LogValue()); strings.Contains(said, secret) {
				t.Errorf("%s quotes the record", said)
			}
			if _, err := tt.as.new().AppendJSON(t.Context(), nil, in); schema.KindOf(err) != tt.kind {
				t.Errorf("AppendJSON: got %v, want %v", err, tt.kind)
			}
		})
	}
	if _, err := catalog.new().decode(t.Context(), value(nested(99))); err != nil {
		t.Errorf("100 levels: %v", err)
	}
	if _, err := catalog.new(protobuf.WithLimits(protobuf.Limits{Depth: 3})).decode(t.Context(), value(nested(3))); schema.KindOf(err) != schema.KindTooLarge {
		t.Errorf("4 levels of 3: %v", err)
	}
}

// Every truncation of a record that says where it ends is an error.
func TestTruncations(t *testing.T) {
	whole := confluent(1, []int64{1}, marshal(t, &shoppb.Order{Id: 1001, Sku: "AB-7"}))
	ends := map[int]bool{7: true, 10: true, len(whole): true} // between fields a message may end
	for n := range len(whole) + 1 {
		_, err := order.new().decode(t.Context(), value(whole[:n]))
		if n < 5 && n > 0 && schema.KindOf(err) != schema.KindTruncated {
			t.Errorf("%d bytes: %v", n, err)
		}
		if n >= 5 && (err == nil) != ends[n] {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}

// What hostile records get is an error of the right kind and little memory.
func TestHostileRecords(t *testing.T) {
	tests := []struct {
		name, hex string
		kind      schema.Kind
	}{
		{"magic alone", "00", schema.KindTruncated},
		{"half an id", "000000", schema.KindTruncated},
		{"no index", "0000000001", schema.KindTruncated},
		{"index count 2^62", "0000000001feffffffffffffffff01", schema.KindFraming},
		{"index count 2^30", "0000000001feffffff0f", schema.KindTooLarge},
		{"negative index", "00000000010201", schema.KindFraming},
		{"negative count", "000000000101", schema.KindFraming},
		{"index without an end", "000000000102ffffffffff", schema.KindFraming},
		{"count without indexes", "00000000010a02", schema.KindTruncated},
		{"GUID cut", "01" + strings.Repeat("00", 15), schema.KindTruncated},
		{"Glue header cut", "0300" + strings.Repeat("00", 15), schema.KindTruncated},
		{"Glue with odd compression", "0307" + strings.Repeat("00", 16), schema.KindFraming},
		{"Glue without rank", gluePlain, schema.KindTruncated},
		{"Glue rank 2^40", gluePlain + "808080808040", schema.KindFraming},
	}
	dyn := protobuf.NewDynamic(anyID{&schema.Schema{Serialized: serializedOrders(t)}})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := value(unhex(t, tt.hex))
			for name, d := range map[string]erased{"generated": order.new(), "dynamic": dynamic{dyn}} {
				_, err := d.decode(t.Context(), in)
				if schema.KindOf(err) != tt.kind {
					t.Errorf("%s: got %v, want %v", name, err, tt.kind)
				}
			}
		})
	}
}

// A record of 100 bytes costs less than a megabyte, whatever it holds.
func TestMemoryOfHostileRecords(t *testing.T) {
	catalog := of[*shoppb.Catalog]().new()
	bodies := map[string][]byte{
		"deep":              nested(33),
		"empty items":       bytes.Repeat([]byte{0x1a, 0x00}, 50),
		"claimed lists":     append([]byte{0x4a, 0x60}, bytes.Repeat([]byte{1}, 96)...),
		"claimed text":      append([]byte{0x6a, 0xff, 0xff, 0xff, 0xff, 0x07}, make([]byte, 94)...),
		"empty map entries": bytes.Repeat([]byte{0x0a, 0x00}, 50),
		"unknown fields":    bytes.Repeat([]byte{0xf8, 0x3f, 0x01}, 33),
	}
	for name, body := range bodies {
		t.Run(name, func(t *testing.T) {
			in := value(body)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, _ = catalog.decode(t.Context(), in)
			runtime.ReadMemStats(&after)
			if got := after.TotalAlloc - before.TotalAlloc; got > 1<<20 {
				t.Errorf("%d bytes of memory for %d of record", got, len(body))
			}
		})
	}
}

func TestTombstone(t *testing.T) {
	for name, d := range map[string]erased{
		"generated": order.new(),
		"JSON":      generated[*shoppb.Order]{protobuf.NewJSONDecoder[*shoppb.Order]()},
		"dynamic":   dynamic{protobuf.NewDynamic(static{})},
	} {
		if _, err := d.decode(t.Context(), value(nil)); schema.KindOf(err) != schema.KindTombstone {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// unusable is a registry that knows it cannot work.
type unusable struct{ schema.Registry }

func (unusable) ConfigError() error { return errors.New("no address") }

// What can never work is said at once, before any record is touched.
func TestConfigErrors(t *testing.T) {
	type embeds struct{ *shoppb.Order }
	tests := []struct {
		name string
		d    erased
	}{
		{"message type is the interface", of[proto.Message]().new()},
		{"message type is dynamic", of[*dynamicpb.Message]().new()},
		{"message type embeds a generated one", of[embeds]().new()},
		{"message type embeds the interface", of[struct{ proto.Message }]().new()},
		{"JSON, message type is the interface", generated[proto.Message]{protobuf.NewJSONDecoder[proto.Message]()}},
		{"any of no types", generated[proto.Message]{protobuf.NewAnyOf(nil)}},
		{"any of nil", generated[proto.Message]{protobuf.NewAnyOf([]proto.Message{&shoppb.Zed{}, nil})}},
		{"any of one type twice", generated[proto.Message]{protobuf.NewAnyOf([]proto.Message{&shoppb.Zed{}, &shoppb.Zed{}})}},
		{"any of two files", generated[proto.Message]{protobuf.NewAnyOf([]proto.Message{&shoppb.Zed{}, &shoppb.Parcel{}})}},
		{"any of two types, unchecked", generated[proto.Message]{protobuf.NewAnyOf([]proto.Message{&shoppb.Zed{}, &shoppb.Order{}}, protobuf.WithTypeCheck(protobuf.Unchecked()))}},
		{"no framing", order.new(protobuf.WithFraming(nil))},
		{"JSON, no framing", generated[*shoppb.Order]{protobuf.NewJSONDecoder[*shoppb.Order](protobuf.WithFraming(nil))}},
		{"check by no registry", order.new(protobuf.WithTypeCheck(protobuf.ByRegistry(nil)))},
		{"check by a registry that cannot work", order.new(protobuf.WithTypeCheck(protobuf.ByRegistry(unusable{})))},
		{"dynamic with a registry that cannot work", dynamic{protobuf.NewDynamic(unusable{})}},
		{"dynamic with a nil pointer for a registry", dynamic{protobuf.NewDynamic((*schema.StaticRegistry)(nil))}},
		{"check by a nil pointer", order.new(protobuf.WithTypeCheck(protobuf.ByRegistry((*schema.StaticRegistry)(nil))))},
		{"dynamic without registry", dynamic{protobuf.NewDynamic(nil)}},
		{"dynamic, no framing", dynamic{protobuf.NewDynamic(static{}, protobuf.WithFraming(nil))}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := tt.d.ConfigError(); schema.KindOf(err) != schema.KindConfig {
				t.Errorf("ConfigError() = %v", err)
			}
			if _, err := tt.d.decode(t.Context(), value([]byte{0})); schema.KindOf(err) != schema.KindConfig {
				t.Errorf("Decode: %v", err)
			}
			if got, err := tt.d.AppendJSON(t.Context(), []byte("x"), value([]byte{0})); string(got) != "x" || schema.KindOf(err) != schema.KindConfig {
				t.Errorf("AppendJSON: %s, %v", got, err)
			}
		})
	}
	for _, d := range []erased{order.new(nil), dynamic{protobuf.NewDynamic(static{}, nil)}} {
		if err := d.ConfigError(); err != nil {
			t.Errorf("a nil option is an error: %v", err)
		}
	}
}

type refusal struct{ value string }

func (r refusal) Error() string { return "refused " + r.value }

func TestValidate(t *testing.T) {
	var seen []string
	hook := func(m proto.Message) error {
		sku := m.ProtoReflect().Get(m.ProtoReflect().Descriptor().Fields().ByName("sku")).String()
		seen = append(seen, sku)
		if sku == "" {
			return nil
		}
		return refusal{sku}
	}
	opt := protobuf.WithValidate(hook)
	body := marshal(t, &shoppb.Order{Sku: "AB-7"})
	for name, tt := range map[string]struct {
		d          erased
		good, evil []byte
	}{
		"generated": {order.new(opt, protobuf.WithValidate(nil)), []byte{}, body},
		"JSON":      {generated[*shoppb.Order]{protobuf.NewJSONDecoder[*shoppb.Order](opt)}, []byte(`{}`), []byte(`{"sku":"AB-7"}`)},
		"dynamic":   {dynamic{protobuf.NewDynamic(static{1: {Serialized: serializedOrders(t)}}, opt)}, confluent(1, []int64{1}, nil), confluent(1, []int64{1}, body)},
	} {
		t.Run(name, func(t *testing.T) {
			seen = nil
			if _, err := tt.d.decode(t.Context(), value(tt.good)); err != nil {
				t.Error(err)
			}
			m, err := tt.d.decode(t.Context(), value(tt.evil))
			if schema.KindOf(err) != schema.KindValidation || schema.Retryable(err) {
				t.Fatalf("got %v, %v, want an error of KindValidation", m, err)
			}
			if r, ok := errors.AsType[refusal](err); !ok || r.value != "AB-7" {
				t.Errorf("%v does not lead to the hook's error", err)
			}
			var log bytes.Buffer
			slog.New(slog.NewJSONHandler(&log, nil)).Error("failed", "err", err)
			if said := fmt.Sprintf("%v %+v %s", err, err, &log); strings.Contains(said, "AB-7") {
				t.Errorf("%s quotes the record", said)
			}
			if len(seen) != 2 {
				t.Errorf("the hook saw %d messages, want 2", len(seen))
			}
			if _, err := tt.d.AppendJSON(context.Background(), nil, value(tt.evil)); err != nil || len(seen) != 2 {
				t.Errorf("AppendJSON: %v, the hook saw %d messages", err, len(seen))
			}
		})
	}
}
