package bench_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	hamba "github.com/hamba/avro/v2"

	"github.com/mskit-go/mskit/batch"
	"github.com/mskit-go/mskit/internal/bench"
	"github.com/mskit-go/mskit/internal/bench/gen"
	"github.com/mskit-go/mskit/kafkaevent"
	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/avro"
)

const avroOrderSchema = `{"type":"record","name":"Order","fields":[
	{"name":"orderId","type":"string"},{"name":"customerId","type":"string"},
	{"name":"status","type":{"type":"enum","name":"Status","symbols":["CREATED","PAID","SHIPPED","CANCELLED"]}},
	{"name":"currency","type":"string"},{"name":"total","type":"double"},{"name":"tax","type":"double"},
	{"name":"quantity","type":"int"},{"name":"createdAt","type":"long"},{"name":"updatedAt","type":"long"},
	{"name":"sku","type":"string"},{"name":"email","type":"string"},{"name":"country","type":"string"},
	{"name":"priority","type":"boolean"},{"name":"score","type":"int"},{"name":"note","type":["null","string"]}]}`

type avroOrder struct {
	OrderID    string  `avro:"orderId" json:"orderId"`
	CustomerID string  `avro:"customerId" json:"customerId"`
	Status     string  `avro:"status" json:"status"`
	Currency   string  `avro:"currency" json:"currency"`
	Total      float64 `avro:"total" json:"total"`
	Tax        float64 `avro:"tax" json:"tax"`
	Quantity   int     `avro:"quantity" json:"quantity"`
	CreatedAt  int64   `avro:"createdAt" json:"createdAt"`
	UpdatedAt  int64   `avro:"updatedAt" json:"updatedAt"`
	SKU        string  `avro:"sku" json:"sku"`
	Email      string  `avro:"email" json:"email"`
	Country    string  `avro:"country" json:"country"`
	Priority   bool    `avro:"priority" json:"priority"`
	Score      int     `avro:"score" json:"score"`
	Note       *string `avro:"note" json:"note"`
}

// avroEvent is an event of n orders that are 350 bytes as JSON, each as
// Confluent's serializer writes it under schema id 1.
func avroEvent(t testing.TB, n int) []byte {
	t.Helper()
	s := hamba.MustParse(avroOrderSchema)
	payload, count := gen.Event(350, n, 64<<20)
	if count != n {
		t.Fatalf("%d records, want %d", count, n)
	}
	e, err := kafkaevent.Parse(payload)
	if err != nil {
		t.Fatal(err)
	}
	for r := range e.Records() {
		var o avroOrder
		if err := json.Unmarshal(r.Value, &o); err != nil {
			t.Fatal(err)
		}
		body, err := hamba.Marshal(s, o)
		if err != nil {
			t.Fatal(err)
		}
		r.Value = append(binary.BigEndian.AppendUint32([]byte{0}, 1), body...)
	}
	payload, err = e.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	return payload
}

// naiveAvro is what a careful function does today: the event as aws-lambda-go
// has it, base64, five bytes skipped and hamba with the schema parsed once.
func naiveAvro(t testing.TB, fn func(avroOrder)) lambda.Handler {
	s := hamba.MustParse(avroOrderSchema)
	return lambda.NewHandler(func(_ context.Context, e events.KafkaEvent) (map[string]any, error) {
		for _, records := range e.Records {
			for i := range records {
				value, err := base64.StdEncoding.DecodeString(records[i].Value)
				if err != nil {
					t.Fatal(err)
				}
				var o avroOrder
				if err := hamba.Unmarshal(s, value[5:], &o); err != nil {
					t.Fatal(err)
				}
				fn(o)
			}
		}
		return map[string]any{"batchItemFailures": []any{}}, nil
	})
}

func avroProcessor(fn func(avroOrder), opts ...batch.Option) *batch.Processor {
	reg := schema.Static(&schema.Schema{ID: schema.ConfluentID(1), Format: schema.FormatAvro, Text: avroOrderSchema})
	handler := batch.Values(avro.NewDecoder[avroOrder](reg), func(_ context.Context, m batch.Message[avroOrder]) error {
		fn(m.Value)
		return nil
	})
	return batch.NewPartial(handler, append(opts, batch.WithLogger(slog.New(slog.DiscardHandler)))...)
}

// checkedInvoke fails the test unless every record succeeded.
func checkedInvoke(t testing.TB, h lambda.Handler, payload []byte) {
	t.Helper()
	reply, err := h.Invoke(context.Background(), payload)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(reply, []byte(`"batchItemFailures":[]`)) {
		t.Fatalf("%.200s", reply)
	}
}

// The two ways agree on every order.
func TestAvroEventSameOrders(t *testing.T) {
	payload := avroEvent(t, 1000)
	sum := func(h func(func(avroOrder)) lambda.Handler) string {
		var all []avroOrder
		checkedInvoke(t, h(func(o avroOrder) { all = append(all, o) }), bytes.Clone(payload))
		seen := make(map[string]string, len(all))
		for _, o := range all {
			text, err := json.Marshal(o)
			if err != nil {
				t.Fatal(err)
			}
			seen[o.OrderID] = string(text)
		}
		text, _ := json.Marshal(seen)
		return strings.TrimSpace(string(text))
	}
	naive := sum(func(fn func(avroOrder)) lambda.Handler { return naiveAvro(t, fn) })
	ours := sum(func(fn func(avroOrder)) lambda.Handler { return avroProcessor(fn) })
	if naive != ours || len(ours) < 100_000 {
		t.Errorf("%.200s\nand\n%.200s differ", naive, ours)
	}
}

// An order of strings costs less than one allocation from event to handler: they
// are cut from slabs.
func TestAvroEventAllocations(t *testing.T) {
	const n = 10_000
	payload := avroEvent(t, n)
	p := avroProcessor(func(avroOrder) {})
	checkedInvoke(t, p, payload)
	if per := testing.AllocsPerRun(3, func() { checkedInvoke(t, p, payload) }) / n; per > 0.5 {
		t.Errorf("%.2f allocations a record, want at most 0.5", per)
	}
}

// BenchmarkRaceAvro is what an Avro event costs from payload to handler.
func BenchmarkRaceAvro(b *testing.B) {
	const n = 10_000
	payload := avroEvent(b, n)
	scratch := make([]byte, len(payload))
	refill := func() { copy(scratch, payload) }
	run := func(h lambda.Handler) func() { return func() { checkedInvoke(b, h, scratch) } }
	nothing := func(avroOrder) {}
	bench.Race(b, n,
		bench.Candidate{Name: "events.KafkaEvent + base64 + hamba", Setup: refill, Run: run(naiveAvro(b, nothing))},
		bench.Candidate{Name: "NewPartial", Setup: refill, Run: run(avroProcessor(nothing))},
		bench.Candidate{Name: "NewPartial, zero copy", Setup: refill, Run: run(avroProcessor(nothing, batch.WithZeroCopy()))},
	)
}
