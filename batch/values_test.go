package batch_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mskit-go/mskit/batch"
	"github.com/mskit-go/mskit/kafkaevent"
	"github.com/mskit-go/mskit/schema"
)

type order struct {
	N int `json:"n"`
}

// one is an event of one record.
func one(r kafkaevent.Record) *kafkaevent.Event {
	r.Topic, r.Partition, r.Offset = "orders", 0, 7
	return event(kafkaevent.Partition{Key: "orders-0", Records: []kafkaevent.Record{r}})
}

func TestValues(t *testing.T) {
	var got []int
	h := batch.Values(schema.JSON[order](), func(_ context.Context, m batch.Message[order]) error {
		got = append(got, m.Value.N)
		if m.Offset != int64(m.Value.N) || len(m.Record.Value) == 0 {
			t.Errorf("record %v has value %d", m, m.Value.N)
		}
		return nil
	})
	if _, err := batch.NewPartial(h).Process(t.Context(), event(part("orders", 0, 3))); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int{0, 1, 2}, got); diff != "" {
		t.Error(diff)
	}
}

func TestUndecodableValueFailsItsRecordPermanently(t *testing.T) {
	h := batch.Values(schema.JSON[order](), func(context.Context, batch.Message[order]) error {
		t.Error("called")
		return nil
	})
	res, err := batch.NewPartial(h, silent).Process(t.Context(), one(kafkaevent.Record{Value: []byte(`{"n":"x"`)}))
	if err != nil {
		t.Fatal(err)
	}
	f := res.Failures[0]
	if e, ok := errors.AsType[*schema.Error](f); !ok || e.Kind != schema.KindDecode || f.Class != batch.ClassPermanent {
		t.Errorf("failure %v of class %v", f, f.Class)
	}
}

func TestTombstones(t *testing.T) {
	live := batch.Values(schema.JSON[order](), func(context.Context, batch.Message[order]) error { return nil })
	var deleted []string
	deletes := batch.Keys(schema.String(), func(_ context.Context, m batch.KeyMessage[string]) error {
		deleted = append(deleted, m.Key)
		return nil
	})
	tombstone := func() *kafkaevent.Event { return one(kafkaevent.Record{Key: []byte("a")}) }

	res, err := batch.NewPartial(live, silent).Process(t.Context(), tombstone())
	if err != nil {
		t.Fatal(err)
	}
	checkCounts(t, res, batch.Result{Records: 1, Failed: 1})
	if f := res.Failures[0]; schema.KindOf(f) != schema.KindTombstone || f.Class != batch.ClassPermanent || res.Tombstones != 1 {
		t.Errorf("failure %v, %d tombstones", f, res.Tombstones)
	}

	res, err = batch.NewPartial(batch.OnTombstone(live, deletes)).Process(t.Context(), tombstone())
	if err != nil {
		t.Fatal(err)
	}
	checkCounts(t, res, batch.Result{Records: 1, Succeeded: 1})
	if diff := cmp.Diff([]string{"a"}, deleted); diff != "" || res.Tombstones != 1 {
		t.Errorf("%d tombstones, %s", res.Tombstones, diff)
	}

	res, err = batch.NewPartial(batch.OnTombstone(live, deletes), silent).Process(t.Context(), one(kafkaevent.Record{Value: []byte{}}))
	if err != nil {
		t.Fatal(err)
	}
	if schema.KindOf(res.Failures[0]) != schema.KindDecode {
		t.Errorf("an empty value is no tombstone: %v", res.Failures[0])
	}
}

func TestKeyValues(t *testing.T) {
	type seen struct {
		Key   string
		NoKey bool
		N     int
	}
	tests := []struct {
		name string
		key  []byte
		want seen
	}{
		{"a key", []byte("a"), seen{Key: "a", N: 1}},
		{"an empty key", []byte{}, seen{N: 1}},
		{"no key", nil, seen{NoKey: true, N: 1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got seen
			h := batch.KeyValues(schema.String(), schema.JSON[order](), func(_ context.Context, m batch.KeyedMessage[string, order]) error {
				got = seen{Key: m.Key, NoKey: m.Record.Key == nil, N: m.Value.N}
				return nil
			})
			if _, err := batch.NewPartial(h).Process(t.Context(), one(kafkaevent.Record{Key: tt.key, Value: []byte(`{"n":1}`)})); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestInputsCarryEverythingADecoderNeeds(t *testing.T) {
	r := &kafkaevent.Record{
		TopicPartition: kafkaevent.TopicPartition{Topic: "orders"},
		Key:            []byte("k"), Value: []byte("v"),
		KeySchema:   kafkaevent.SchemaMetadata{DataFormat: "AVRO", SchemaID: "1"},
		ValueSchema: kafkaevent.SchemaMetadata{DataFormat: "JSON", SchemaID: "2"},
	}
	r.SetHeaders(kafkaevent.Headers{{Key: "id", Value: []byte("a")}, {Key: "id", Value: []byte("b")}})
	for _, tt := range []struct {
		in   schema.Input
		want schema.Input
	}{
		{batch.KeyInput(r), schema.Input{Topic: "orders", Field: schema.Key, Data: r.Key, Meta: schema.Metadata{DataFormat: "AVRO", SchemaID: "1"}}},
		{batch.ValueInput(r), schema.Input{Topic: "orders", Field: schema.Value, Data: r.Value, Meta: schema.Metadata{DataFormat: "JSON", SchemaID: "2"}}},
	} {
		if v, ok := tt.in.Header("id"); !ok || string(v) != "b" {
			t.Errorf("header %q, %v", v, ok)
		}
		tt.in.Header = nil
		if diff := cmp.Diff(tt.want, tt.in); diff != "" {
			t.Error(diff)
		}
	}
}

// Each call of a decoder sees the headers of its own record. A function that it
// keeps sees none.
func TestHeadersOfDecoders(t *testing.T) {
	e := event(part("orders", 0, 200), part("orders", 1, 200))
	for r := range e.Records() {
		r.SetHeaders(kafkaevent.Headers{{Key: "id", Value: []byte(r.ID())}})
	}
	var kept atomic.Pointer[schema.Input]
	id := schema.DecoderFunc[string](func(_ context.Context, in schema.Input) (string, error) {
		kept.Store(&in)
		b, _ := in.Header("id")
		return string(b), nil
	})
	h := batch.KeyValues(id, id, func(_ context.Context, m batch.KeyedMessage[string, string]) error {
		if m.Key != m.ID() || m.Value != m.ID() {
			t.Errorf("the decoders of %v saw the headers of %s and %s", m, m.Key, m.Value)
		}
		return nil
	})
	res, err := batch.NewPartial(h, batch.WithOrder(batch.Unordered), batch.WithConcurrency(8)).Process(t.Context(), e)
	if err != nil || res.Succeeded != 400 {
		t.Errorf("%+v, %v", res, err)
	}
	if b, ok := kept.Load().Header("id"); ok {
		t.Errorf("after all: %s", b)
	}
}
