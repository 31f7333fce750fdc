package bench_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"log/slog"
	"slices"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/types/dynamicpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/mskit-go/mskit/batch"
	"github.com/mskit-go/mskit/examples/protobuf-glue/orderspb"
	"github.com/mskit-go/mskit/internal/bench"
	"github.com/mskit-go/mskit/kafkaevent"
	"github.com/mskit-go/mskit/kafkaevent/kafkaeventtest"
	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/protobuf"
	"github.com/mskit-go/mskit/schema/schematest"
)

// protobufEvent is an event of n orders, each as Confluent's serializer writes
// it under schema id 1.
func protobufEvent(t testing.TB, n int) []byte {
	t.Helper()
	records := make([]kafkaevent.Record, n)
	for i := range records {
		body, err := proto.Marshal(&orderspb.OrderPlaced{
			Id:       fmt.Sprintf("SE-%08d", i),
			Customer: fmt.Sprintf("c-%06d", i%1000),
			Lines: []*orderspb.OrderPlaced_Line{
				{Sku: fmt.Sprintf("AB-%05d", i%300), Quantity: int32(i % 7)},
				{Sku: fmt.Sprintf("CD-%05d", i%500), Quantity: 1},
			},
			PlacedAt: &timestamppb.Timestamp{Seconds: 1767225600 + int64(i), Nanos: 123e6},
		})
		if err != nil {
			t.Fatal(err)
		}
		records[i] = kafkaeventtest.Value("orders", schematest.Confluent(1, schematest.Index(0), body))
	}
	return kafkaeventtest.MSK(records...)
}

// naiveProtobuf is what a careful function does today: the event as
// aws-lambda-go has it, base64, framing and message index skipped unseen, and
// generated code.
func naiveProtobuf(t testing.TB, fn func(*orderspb.OrderPlaced)) lambda.Handler {
	return lambda.NewHandler(func(_ context.Context, e events.KafkaEvent) (map[string]any, error) {
		for _, records := range e.Records {
			for i := range records {
				value, err := base64.StdEncoding.DecodeString(records[i].Value)
				if err != nil {
					t.Fatal(err)
				}
				o := new(orderspb.OrderPlaced)
				if err := proto.Unmarshal(value[6:], o); err != nil {
					t.Fatal(err)
				}
				fn(o)
			}
		}
		return map[string]any{"batchItemFailures": []any{}}, nil
	})
}

func protobufProcessor[M proto.Message](d schema.Decoder[M], fn func(M), opts ...batch.Option) *batch.Processor {
	handler := batch.Values(d, func(_ context.Context, m batch.Message[M]) error {
		fn(m.Value)
		return nil
	})
	return batch.NewPartial(handler, append(opts, batch.WithLogger(slog.New(slog.DiscardHandler)))...)
}

func dynamicOrders(t testing.TB) *protobuf.DynamicDecoder {
	t.Helper()
	serialized, err := proto.Marshal(protodesc.ToFileDescriptorProto(orderspb.File_orders_proto))
	if err != nil {
		t.Fatal(err)
	}
	return protobuf.NewDynamic(schema.Static(&schema.Schema{ID: schema.ConfluentID(1), Format: schema.FormatProtobuf, Serialized: serialized}))
}

// All ways agree on every order.
func TestProtobufEventSameOrders(t *testing.T) {
	payload := protobufEvent(t, 1000)
	var naive, generated, dynamic []proto.Message
	checkedInvoke(t, naiveProtobuf(t, func(o *orderspb.OrderPlaced) { naive = append(naive, o) }), slices.Clone(payload))
	checkedInvoke(t, protobufProcessor(protobuf.NewDecoder[*orderspb.OrderPlaced](), func(o *orderspb.OrderPlaced) { generated = append(generated, o) }), slices.Clone(payload))
	checkedInvoke(t, protobufProcessor(dynamicOrders(t), func(o *dynamicpb.Message) { dynamic = append(dynamic, o) }), slices.Clone(payload))
	if len(naive) != 1000 || !slices.EqualFunc(naive, generated, proto.Equal) {
		t.Error("generated messages differ")
	}
	bytes := func(m proto.Message) string {
		b, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	if !slices.EqualFunc(naive, dynamic, func(a, b proto.Message) bool { return bytes(a) == bytes(b) }) {
		t.Error("dynamic messages differ")
	}
}

// A record costs one allocation at most beside those of its message.
func TestProtobufEventAllocations(t *testing.T) {
	const n = 10_000
	payload := protobufEvent(t, n)
	var value []byte
	e, err := kafkaevent.Parse(payload)
	if err != nil {
		t.Fatal(err)
	}
	for r := range e.Records() {
		value = r.Value[6:]
	}
	message := testing.AllocsPerRun(100, func() {
		if err := proto.Unmarshal(value, new(orderspb.OrderPlaced)); err != nil {
			t.Error(err)
		}
	})
	p := protobufProcessor(protobuf.NewDecoder[*orderspb.OrderPlaced](), func(*orderspb.OrderPlaced) {})
	checkedInvoke(t, p, payload)
	if per := testing.AllocsPerRun(3, func() { checkedInvoke(t, p, payload) }) / n; per > message+1.1 {
		t.Errorf("%.2f allocations a record, the message alone %.0f", per, message)
	}
}

// BenchmarkRaceProtobuf is what a Protobuf event costs from payload to handler.
func BenchmarkRaceProtobuf(b *testing.B) {
	const n = 10_000
	payload := protobufEvent(b, n)
	scratch := make([]byte, len(payload))
	refill := func() { copy(scratch, payload) }
	run := func(h lambda.Handler) func() { return func() { checkedInvoke(b, h, scratch) } }
	nothing := func(*orderspb.OrderPlaced) {}
	orders := protobuf.NewDecoder[*orderspb.OrderPlaced]()
	bench.Race(b, n,
		bench.Candidate{Name: "events.KafkaEvent + base64 + generated", Setup: refill, Run: run(naiveProtobuf(b, nothing))},
		bench.Candidate{Name: "NewPartial", Setup: refill, Run: run(protobufProcessor(orders, nothing))},
		bench.Candidate{Name: "NewPartial, zero copy", Setup: refill, Run: run(protobufProcessor(orders, nothing, batch.WithZeroCopy()))},
		bench.Candidate{Name: "NewPartial, dynamic", Setup: refill, Run: run(protobufProcessor(dynamicOrders(b), func(*dynamicpb.Message) {}))},
	)
}
