package bench_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"

	"github.com/mskit-go/mskit/batch"
	"github.com/mskit-go/mskit/internal/bench"
	"github.com/mskit-go/mskit/internal/bench/gen"
	"github.com/mskit-go/mskit/kafkaevent"
	"github.com/mskit-go/mskit/schema"
)

var nothing = batch.HandlerFunc(func(context.Context, *kafkaevent.Record) error { return nil })

// BenchmarkRaceBatch is what package batch adds to parsing: the difference
// between a line and the first, per record.
func BenchmarkRaceBatch(b *testing.B) {
	payload, n := gen.Event(100, 10_000, 6<<20)
	scratch := make([]byte, len(payload))
	ctx, cancel := context.WithTimeout(context.Background(), 14*60*1e9)
	defer cancel()
	candidates := []bench.Candidate{{
		Name:  "ParseInPlace",
		Setup: func() { copy(scratch, payload) },
		Run: func() {
			if _, err := kafkaevent.ParseInPlace(scratch); err != nil {
				b.Fatal(err)
			}
		},
	}}
	for _, order := range []batch.Order{batch.ByPartition, batch.ByKey, batch.Unordered} {
		for _, concurrency := range []int{1, 16} {
			p := batch.NewPartial(nothing, batch.WithOrder(order), batch.WithConcurrency(concurrency), batch.WithZeroCopy())
			candidates = append(candidates, bench.Candidate{
				Name:  fmt.Sprintf("%v, concurrency %d", order, concurrency),
				Setup: func() { copy(scratch, payload) },
				Run: func() {
					if _, err := p.Invoke(ctx, scratch); err != nil {
						b.Fatal(err)
					}
				},
			})
		}
	}
	bench.Race(b, n, candidates...)
}

// order is the part of gen's orders that every size has.
type order struct {
	OrderID  string `json:"orderId"`
	Status   string `json:"status"`
	Quantity int    `json:"quantity"`
}

// BenchmarkRaceHandler is a whole invocation of a function with a typed
// handler, beside the loop people write by hand.
func BenchmarkRaceHandler(b *testing.B) {
	payload, n := gen.Event(350, 10_000, 5_800_000)
	scratch := make([]byte, len(payload))
	refill := func() { copy(scratch, payload) }
	byHand := lambda.NewHandler(func(_ context.Context, e events.KafkaEvent) error {
		for _, records := range e.Records {
			for i := range records {
				value, err := base64.StdEncoding.DecodeString(records[i].Value)
				if err != nil {
					return err
				}
				var o order
				if err := json.Unmarshal(value, &o); err != nil {
					return err
				}
			}
		}
		return nil
	})
	typed := batch.Values(schema.JSON[order](), func(context.Context, batch.Message[order]) error { return nil })
	run := func(h lambda.Handler) func() {
		return func() {
			if _, err := h.Invoke(context.Background(), scratch); err != nil {
				b.Fatal(err)
			}
		}
	}
	bench.Race(
		b, n,
		bench.Candidate{Name: "aws-lambda-go, by hand", Setup: refill, Run: run(byHand)},
		bench.Candidate{Name: "batch.Values", Setup: refill, Run: run(batch.NewPartial(typed))},
		bench.Candidate{Name: "batch.Values, zero copy", Setup: refill, Run: run(batch.NewPartial(typed, batch.WithZeroCopy()))},
	)
}
