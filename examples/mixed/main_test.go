package main

import (
	"context"
	"encoding/binary"
	"log/slog"
	"os"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/mskit-go/mskit/batch"
	"github.com/mskit-go/mskit/batch/deadletter"
	"github.com/mskit-go/mskit/batch/middleware"
	"github.com/mskit-go/mskit/examples/mixed/handler"
	"github.com/mskit-go/mskit/examples/mixed/schemas"
	"github.com/mskit-go/mskit/kafkaevent/kafkaeventtest"
	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/confluent"
	"github.com/mskit-go/mskit/schema/schematest"
)

const (
	jsonID, avroID, protobufID = 1, 2, 3

	none = `{"batchItemFailures":[]}`
)

// shop is the function with everything around it.
type shop struct {
	*batch.Processor

	done    []string // what the warehouse did, in order
	letters deadletter.Memory
	log     strings.Builder
}

func newShop(t *testing.T) *shop {
	t.Helper()
	server := schematest.NewConfluentServer(t,
		&schema.Schema{ID: schema.ConfluentID(jsonID), Format: schema.FormatJSON, Text: schemas.JSON},
		&schema.Schema{ID: schema.ConfluentID(avroID), Format: schema.FormatAvro, Text: schemas.Avro},
		&schema.Schema{ID: schema.ConfluentID(protobufID), Format: schema.FormatProtobuf, Text: schemas.Protobuf},
	)
	client, err := confluent.NewClient(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	s := &shop{}
	s.Processor = handler.New(schema.Cached(client), s, middleware.NewMemoryStore(0), &s.letters,
		batch.WithLogger(slog.New(slog.NewTextHandler(&s.log, nil))))
	return s
}

func (s *shop) Ship(_ context.Context, aisle string, o handler.Order) error {
	s.done = append(s.done, aisle+" "+o.ID)
	return nil
}

func (s *shop) Cancel(_ context.Context, orderID string) error {
	s.done = append(s.done, "cancel "+orderID)
	return nil
}

func framedJSON(text string) []byte { return schematest.Confluent(jsonID, []byte(text)) }

func framedProtobuf(t *testing.T, o *schemas.Order) []byte {
	t.Helper()
	b, err := proto.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	return schematest.Confluent(protobufID, schematest.Index(0), b)
}

// framedAvro is a paid order as an Avro serializer writes it; without an
// article it has no lines.
func framedAvro(id, sku string) []byte {
	text := func(b []byte, s string) []byte {
		return append(binary.AppendVarint(b, int64(len(s))), s...)
	}
	b := binary.AppendVarint(text(nil, id), 1) // PAID
	if sku != "" {
		b = binary.AppendVarint(b, 1) // a block of one line
		b = binary.AppendVarint(text(b, sku), 2)
	}
	return schematest.Confluent(avroID, append(b, 0))
}

// payload has the three formats, a producer's repetition, an order that is not
// paid, a delete, a record that is cut short and a message that is no order.
func payload(t *testing.T) []byte {
	t.Helper()
	id := kafkaeventtest.WithHeader
	key := kafkaeventtest.WithKey
	p1 := kafkaeventtest.WithPartition(1)
	return kafkaeventtest.MSK(
		kafkaeventtest.Value("orders", framedJSON(`{"id":"o-1001","status":"PAID","lines":[{"sku":"AB-7","qty":3}]}`), key("o-1001"), id(handler.EventID, "e-1"), kafkaeventtest.WithOffset(41)),
		kafkaeventtest.Value("orders", framedJSON(`{"id":"o-1001","status":"PAID","lines":[{"sku":"AB-7","qty":3}]}`), key("o-1001"), id(handler.EventID, "e-1")),
		kafkaeventtest.Value("orders", framedAvro("o-1002", "CD-1"), key("o-1002"), id(handler.EventID, "e-2")),
		kafkaeventtest.Value("orders", framedAvro("o-1003", "CD-1")[:14], key("o-1003"), id(handler.EventID, "e-3")),
		kafkaeventtest.Value("orders", framedProtobuf(t, &schemas.Order{
			Id: "o-1004", Status: schemas.Order_PAID, Lines: []*schemas.Order_Line{{Sku: "EF-9", Qty: 1}},
		}), key("o-1004"), id(handler.EventID, "e-4"), p1, kafkaeventtest.WithOffset(17)),
		kafkaeventtest.Value("orders", framedProtobuf(t, &schemas.Order{Id: "o-1005", Lines: []*schemas.Order_Line{{Sku: "EF-9", Qty: 1}}}),
			key("o-1005"), id(handler.EventID, "e-5"), p1),
		kafkaeventtest.Tombstone("orders", "o-1002", p1),
		kafkaeventtest.Value("orders", schematest.Confluent(protobufID, schematest.Index(1), []byte("\n\x06o-1006")), // a Refund
			key("o-1006"), id(handler.EventID, "e-6"), p1),
	)
}

func TestEveryFormatIsShipped(t *testing.T) {
	s := newShop(t)
	reply, err := s.Invoke(t.Context(), payload(t))
	if err != nil || string(reply) != none {
		t.Errorf("reply %s, %v, want %s", reply, err, none)
	}
	if want := []string{"AB o-1001", "CD o-1002", "EF o-1004", "cancel o-1002"}; !slices.Equal(s.done, want) {
		t.Errorf("the warehouse did %q, want %q", s.done, want)
	}
	var letters []string
	for _, l := range s.letters.Letters() {
		letters = append(letters, l.Record.ID()+" "+schema.KindOf(l.Err).String())
	}
	if want := []string{"orders/0/44 truncated", "orders/1/20 type mismatch"}; !slices.Equal(letters, want) {
		t.Errorf("dead letters %q, want %q", letters, want)
	}
}

// What the producer or Lambda repeats is shipped once.
func TestARedeliveryShipsNothing(t *testing.T) {
	s := newShop(t)
	for range 2 {
		if reply, err := s.Invoke(t.Context(), payload(t)); err != nil || string(reply) != none {
			t.Fatalf("reply %s, %v", reply, err)
		}
	}
	if len(s.done) != 4 {
		t.Errorf("the warehouse did %q", s.done)
	}
}

// A handler that panics is tried a few times; the orders behind it do not wait.
func TestAnOrderWithoutLinesIsDeadLettered(t *testing.T) {
	s := newShop(t)
	event := kafkaeventtest.MSK(
		kafkaeventtest.Value("orders", framedAvro("o-1", ""), kafkaeventtest.WithKey("o-1")),
		kafkaeventtest.Value("orders", framedAvro("o-2", "AB-7"), kafkaeventtest.WithKey("o-2")),
	)
	const failed = `{"batchItemFailures":[{"itemIdentifier":{"partition":"orders-0","offset":0}}]}`
	for delivery, want := range []string{failed, failed, none} {
		if reply, err := s.Invoke(t.Context(), event); err != nil || string(reply) != want {
			t.Errorf("delivery %d: reply %s, %v, want %s", delivery, reply, err, want)
		}
	}
	if len(s.letters.Letters()) != 1 || !slices.Equal(s.done, []string{"AB o-2"}) {
		t.Errorf("%v, the warehouse did %q", s.letters.Letters(), s.done)
	}
}

func TestWithoutARegistryNothingIsTouched(t *testing.T) {
	s := &shop{}
	p := handler.New(nil, s, middleware.NewMemoryStore(0), &s.letters)
	if reply, err := p.Invoke(t.Context(), payload(t)); err == nil || len(s.letters.Letters()) > 0 {
		t.Errorf("reply %s, %v", reply, s.letters.Letters())
	}
}

// The event of the command, here as there.
func TestEventFile(t *testing.T) {
	event, err := os.ReadFile("event.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range kafkaeventtest.Lint(event) {
		t.Error(f)
	}
	s := newShop(t)
	if reply, err := s.Invoke(t.Context(), event); err != nil || string(reply) != none || len(s.done) != 4 || len(s.letters.Letters()) != 2 {
		t.Errorf("reply %s, %v; the warehouse did %q; %v", reply, err, s.done, s.letters.Letters())
	}
}
