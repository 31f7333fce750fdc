package batch_test

import (
	"context"
	"encoding/json"
	"slices"
	"testing"

	"github.com/mskit-go/mskit/batch"
	"github.com/mskit-go/mskit/kafkaevent"
)

// Whatever arrives, the reply is valid and names nothing that did not arrive, in
// place or not.
func FuzzInvoke(f *testing.F) {
	f.Add(payload(event(part("orders", 0, 3), part("a.b-c", 7, 1))), uint8(0))
	f.Add([]byte(`{"eventSource":"SelfManagedKafka","records":{"k\"-0":[{"topic":"k","partition":0,"offset":9007199254740993,"value":"%"}]}}`), uint8(1))
	f.Add([]byte(`{"records":{"a-0":[{"offset":1},{"offset":1}],"b":[],"a-0":[{"offset":2}]}}`), uint8(2))
	f.Add([]byte(`{"Records":[{"eventSource":"aws:sqs"}]}`), uint8(0))
	f.Fuzz(func(t *testing.T, text []byte, mode uint8) {
		h := batch.HandlerFunc(func(_ context.Context, r *kafkaevent.Record) error {
			if r.Offset%2 == 1 {
				return errBoom
			}
			return nil
		})
		opts := []batch.Option{silent, batch.WithOrder(batch.Order(mode % 3)), batch.WithConcurrency(int(mode%5) + 1)}
		safe, err := batch.NewPartial(h, opts...).Invoke(t.Context(), text)
		e, parseErr := kafkaevent.Parse(text)
		if (err == nil) != (parseErr == nil) {
			t.Fatalf("Invoke says %v, Parse %v", err, parseErr)
		}
		inPlace, errInPlace := batch.NewPartial(h, append(opts, batch.WithZeroCopy())...).Invoke(t.Context(), slices.Clone(text))
		if string(safe) != string(inPlace) || (err == nil) != (errInPlace == nil) {
			t.Fatalf("in place\n%s, %v, else\n%s, %v", inPlace, errInPlace, safe, err)
		}
		if err != nil {
			return
		}
		var r batch.Response
		if err := json.Unmarshal(safe, &r); err != nil {
			t.Fatalf("reply %q: %v", safe, err)
		}
		arrived := make(map[batch.ItemIdentifier]bool)
		for _, p := range e.Partitions {
			for i := range p.Records {
				arrived[batch.ItemIdentifier{Partition: p.Key, Offset: p.Records[i].Offset}] = true
			}
		}
		for _, f := range r.BatchItemFailures {
			if !arrived[f.ItemIdentifier] {
				t.Errorf("%v is named, and did not arrive or is named twice", f.ItemIdentifier)
			}
			delete(arrived, f.ItemIdentifier)
		}
	})
}
