package batch_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mskit-go/mskit/batch"
	"github.com/mskit-go/mskit/kafkaevent"
	"github.com/mskit-go/mskit/schema"
)

func TestMux(t *testing.T) {
	note := func(got *[]string, name string) batch.Handler {
		return batch.HandlerFunc(func(_ context.Context, r *kafkaevent.Record) error {
			*got = append(*got, name+" "+r.Topic)
			return nil
		})
	}
	var got []string
	h := batch.Mux(
		batch.AnyTopic(note(&got, "any")),
		batch.TopicPattern("audit.*", note(&got, "first")),
		batch.TopicPattern("audit.[a-c]*", note(&got, "second")),
		batch.Topic("audit.exact", note(&got, "exact")),
	)
	res, err := batch.NewPartial(h).Process(t.Context(), event(part("audit.exact", 0, 1), part("audit.b", 0, 1), part("orders", 0, 1)))
	if err != nil || res.Succeeded != 3 {
		t.Fatalf("%d succeeded, %v", res.Succeeded, err)
	}
	if diff := cmp.Diff([]string{"exact audit.exact", "first audit.b", "any orders"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestMuxUnknownTopicFailsLoudly(t *testing.T) {
	var sink letters
	h := batch.Mux(batch.Topic("orders", batch.HandlerFunc(func(context.Context, *kafkaevent.Record) error { return nil })))
	res, err := batch.NewPartial(h, silent, batch.WithDeadLetter(&sink), batch.WithDeadLetterAfter(1)).
		Process(t.Context(), event(part("order", 0, 2), part("orders", 0, 1)))
	if err != nil {
		t.Fatal(err)
	}
	checkCounts(t, res, batch.Result{Records: 3, Succeeded: 1, Failed: 1, Deferred: 1})
	f := res.Failures[0]
	if _, ok := errors.AsType[*batch.ConfigurationError](f); !ok || f.Class != batch.ClassConfig {
		t.Errorf("%v of class %v", f, f.Class)
	}
}

func TestMuxConfiguration(t *testing.T) {
	ok := batch.HandlerFunc(func(context.Context, *kafkaevent.Record) error { return nil })
	tests := []struct {
		routes []batch.Route
		want   string
	}{
		{nil, "batch: configuration: batch.Mux has no routes"},
		{[]batch.Route{batch.Topic("a", ok), batch.Topic("a", ok)}, `batch: configuration: batch.Mux routes topic "a" twice`},
		{[]batch.Route{batch.TopicPattern("[", ok)}, `batch: configuration: batch.Mux has a malformed topic pattern "["`},
		{[]batch.Route{batch.AnyTopic(ok), batch.AnyTopic(ok)}, "batch: configuration: batch.Mux has two routes for any topic"},
		{[]batch.Route{batch.Topic("a", nil)}, "batch: configuration: the handler of a route of batch.Mux is nil"},
		{[]batch.Route{batch.Topic("a", batch.Values[int](nil, nil))}, "batch: configuration: the decoder of Values is nil"},
	}
	for _, tt := range tests {
		if _, err := batch.NewPartial(batch.Mux(tt.routes...)).Process(t.Context(), event()); fmt.Sprint(err) != tt.want {
			t.Errorf("%v, want %s", err, tt.want)
		}
	}
}

func ExampleMux() {
	h := batch.Mux(
		batch.Topic("orders", batch.OnTombstone(
			batch.Values(schema.JSON[Order](), func(_ context.Context, m batch.Message[Order]) error {
				fmt.Println("save", m.Value.ID)
				return nil
			}),
			batch.Keys(schema.String(), func(_ context.Context, m batch.KeyMessage[string]) error {
				fmt.Println("delete", m.Key)
				return nil
			}),
		)),
		batch.TopicPattern("audit.*", batch.HandlerFunc(func(context.Context, *kafkaevent.Record) error { return nil })),
	)

	reply, err := batch.NewPartial(h).Invoke(context.Background(), orders)
	fmt.Println(string(reply), err)
	// Output:
	// save a
	// save b
	// delete c
	// {"batchItemFailures":[]} <nil>
}
