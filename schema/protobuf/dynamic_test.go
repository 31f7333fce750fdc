package protobuf_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/protobuf"
	"github.com/mskit-go/mskit/schema/protobuf/protosrc"
)

// serialize compiles text as a registry with format=serialized does.
func serialize(t testing.TB, text string, imports map[string]string) []byte {
	t.Helper()
	files := map[string]protobuf.Source{"default": {Text: text}}
	for path, text := range imports {
		files[path] = protobuf.Source{Text: text}
	}
	set, err := protosrc.Compile("default", files)
	if err != nil {
		t.Fatal(err)
	}
	return marshal(t, set.File[len(set.File)-1])
}

const (
	moneyText = `syntax = "proto3"; package lib; message Money { string currency = 1; int64 cents = 2; }`
	priceText = `syntax = "proto3"; package lib; import public "lib/money.proto"; message Price { Money net = 1; }`
	saleText  = `syntax = "proto3"; package shop; import "lib/price.proto"; import "google/protobuf/timestamp.proto";
message Sale { lib.Price price = 1; lib.Money tip = 2; google.protobuf.Timestamp at = 3; }`

	saleBody = "\x0a\x0a\x0a\x08\x0a\x03EUR\x10\x82\x01" + "\x12\x05\x0a\x03USD" + "\x1a\x02\x08\x01"
	saleJSON = `{"price":{"net":{"currency":"EUR","cents":"130"}},"tip":{"currency":"USD"},"at":"1970-01-01T00:00:01Z"}`
)

// sale is a schema with a reference in a reference, each as text or serialized.
func sale(t testing.TB, serializedSale, serializedPrice, serializedMoney bool) *schema.Schema {
	t.Helper()
	imports := map[string]string{"lib/money.proto": moneyText, "lib/price.proto": priceText}
	form := func(serialized bool, text string) *schema.Schema {
		if serialized {
			return &schema.Schema{Format: schema.FormatProtobuf, Serialized: serialize(t, text, imports)}
		}
		return &schema.Schema{Format: schema.FormatProtobuf, Text: text}
	}
	money := form(serializedMoney, moneyText)
	price := form(serializedPrice, priceText)
	price.References = []schema.Reference{{Name: "lib/money.proto", Schema: money}}
	s := form(serializedSale, saleText)
	s.References = []schema.Reference{{Name: "lib/price.proto", Schema: price}}
	return s
}

// References are found by import path, through references, whichever form each
// schema comes in.
func TestReferences(t *testing.T) {
	for i := range 8 {
		s := sale(t, i&1 != 0, i&2 != 0, i&4 != 0)
		t.Run(fmt.Sprintf("%03b", i), func(t *testing.T) {
			d := protobuf.NewDynamic(static{1: s}, protobuf.WithCompiler(protosrc.Compile))
			got, err := d.AppendJSON(t.Context(), nil, value(confluent(1, []int64{0}, []byte(saleBody))))
			if err != nil || string(got) != saleJSON {
				t.Errorf("got %s, %v, want %s", got, err, saleJSON)
			}
		})
	}
}

// The first schema to claim an import path has it, as in Confluent's clients:
// registered schemas do refer to two versions of one file.
func TestTwoVersionsOfOneImport(t *testing.T) {
	s := sale(t, false, false, false)
	s.References = append(s.References, schema.Reference{Name: "lib/money.proto", Schema: &schema.Schema{Text: `syntax = "proto3"; package lib; message Other {}`}})
	d := protobuf.NewDynamic(static{1: s}, protobuf.WithCompiler(protosrc.Compile))
	if _, err := d.Decode(t.Context(), value(confluent(1, []int64{0}, nil))); err != nil {
		t.Error(err)
	}
}

func TestDynamicNeedsAnID(t *testing.T) {
	_, err := protobuf.NewDynamic(static{}).Decode(t.Context(), value([]byte{0x08, 0x05}))
	if schema.KindOf(err) != schema.KindFraming {
		t.Errorf("got %v", err)
	}
}

// customFraming knows ids and, like every framing of a user's own, no message
// indexes.
type customFraming struct{}

func (customFraming) Parse(in schema.Input) (schema.Frame, error) {
	return schema.Frame{ID: schema.ConfluentID(uint32(in.Data[0])), Body: in.Data[1:]}, nil
}

func TestFramingWithoutIndex(t *testing.T) {
	d := protobuf.NewDynamic(static{
		1: {Text: `syntax = "proto3"; message Only { int32 x = 1; message Nested {} }`},
		2: {Text: `syntax = "proto3"; message One {} message Two {}`},
	}, protobuf.WithFraming(customFraming{}), protobuf.WithCompiler(protosrc.Compile))
	if got, err := d.AppendJSON(t.Context(), nil, value([]byte{1, 8, 1})); err != nil || string(got) != `{"x":1}` {
		t.Errorf("the only message: %s, %v", got, err)
	}
	if _, err := d.Decode(t.Context(), value([]byte{2, 8, 1})); schema.KindOf(err) != schema.KindFraming {
		t.Errorf("one of two messages: %v", err)
	}
}

// counted counts what is asked of a registry.
type counted struct {
	schema.Registry
	asked atomic.Int64
}

func (c *counted) Schema(ctx context.Context, id schema.ID) (*schema.Schema, error) {
	c.asked.Add(1)
	return c.Registry.Schema(ctx, id)
}

// Compiled schemas are kept by id, and no more of them than the limit.
func TestCompiledSchemasAreKept(t *testing.T) {
	reg := &counted{Registry: anyID{&schema.Schema{Serialized: serializedOrders(t)}}}
	d := protobuf.NewDynamic(reg, protobuf.WithLimits(protobuf.Limits{Schemas: 2}))
	for i, step := range []struct {
		id    uint32
		asked int64
	}{{1, 1}, {1, 1}, {2, 2}, {1, 2}, {3, 3}, {1, 3}, {2, 4}} {
		if _, err := d.Decode(t.Context(), value(confluent(step.id, []int64{1}, nil))); err != nil {
			t.Fatal(err)
		}
		if got := reg.asked.Load(); got != step.asked {
			t.Errorf("step %d: asked %d times, want %d", i, got, step.asked)
		}
	}
}

// Two schemas of one text and other references are two schemas.
func TestSchemasAreKeptByID(t *testing.T) {
	text := `syntax = "proto3"; import "x.proto"; message M { X x = 1; }`
	with := func(field string) *schema.Schema {
		return &schema.Schema{Text: text, References: []schema.Reference{{Name: "x.proto", Schema: &schema.Schema{
			Text: `syntax = "proto3"; message X { int32 ` + field + ` = 1; }`,
		}}}}
	}
	d := protobuf.NewDynamic(static{1: with("a"), 2: with("b")}, protobuf.WithCompiler(protosrc.Compile))
	for id, want := range map[uint32]string{1: `{"x":{"a":1}}`, 2: `{"x":{"b":1}}`} {
		got, err := d.AppendJSON(t.Context(), nil, value(confluent(id, []int64{0}, []byte{0x0a, 0x02, 0x08, 0x01})))
		if err != nil || string(got) != want {
			t.Errorf("id %d: %s, %v, want %s", id, got, err, want)
		}
	}
}

type registryFunc func(context.Context, schema.ID) (*schema.Schema, error)

func (f registryFunc) Schema(ctx context.Context, id schema.ID) (*schema.Schema, error) {
	return f(ctx, id)
}

// What the registry says of itself passes through and is not kept.
func TestRegistryErrors(t *testing.T) {
	answers := []error{
		&schema.Error{Kind: schema.KindUnavailable, ID: schema.ConfluentID(1)},
		&schema.Error{Kind: schema.KindUnauthorized, ID: schema.ConfluentID(1)},
		errors.New("a registry of the user's own"),
		nil,
	}
	var n int
	d := protobuf.NewDynamic(registryFunc(func(context.Context, schema.ID) (*schema.Schema, error) {
		n++
		return &schema.Schema{Serialized: serializedOrders(t)}, answers[n-1]
	}))
	for _, want := range answers {
		_, err := d.Decode(t.Context(), value(confluent(1, []int64{1}, nil)))
		if schema.KindOf(err) != schema.KindOf(want) || schema.Retryable(err) != (want != nil) {
			t.Errorf("got %v, want %v", err, want)
		}
		if shared, ok := errors.AsType[*schema.Error](want); ok && shared.Topic != "" {
			t.Error("the registry's own error was written to")
		}
	}
}

// 64 goroutines on one cold id compile it once, and ask for it once through a
// cache.
func TestConcurrentColdID(t *testing.T) {
	var compiled atomic.Int64
	compiler := func(main string, files map[string]protobuf.Source) (*descriptorpb.FileDescriptorSet, error) {
		compiled.Add(1)
		return protosrc.Compile(main, files)
	}
	reg := &counted{Registry: anyID{sale(t, false, false, false)}}
	d := protobuf.NewDynamic(schema.Cached(reg), protobuf.WithCompiler(compiler))
	start := make(chan struct{})
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			<-start
			for range 10 {
				if _, err := d.AppendJSON(t.Context(), nil, value(confluent(1, []int64{0}, []byte(saleBody)))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	close(start)
	wg.Wait()
	if c, a := compiled.Load(), reg.asked.Load(); c != 1 || a != 1 {
		t.Errorf("compiled %d times, asked %d times", c, a)
	}
}
