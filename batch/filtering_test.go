package batch_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mskit-go/mskit/batch"
	"github.com/mskit-go/mskit/filter"
	"github.com/mskit-go/mskit/kafkaevent"
	"github.com/mskit-go/mskit/schema"
)

// framed decodes a Confluent-framed JSON object without asking a registry.
type framed struct{}

func (framed) Decode(_ context.Context, in schema.Input) (string, error) {
	if len(in.Data) < 5 {
		return "", &schema.Error{Kind: schema.KindFraming, Msg: "too short"}
	}
	return string(in.Data[5:]), nil
}

func (framed) AppendJSON(_ context.Context, dst []byte, in schema.Input) ([]byte, error) {
	if len(in.Data) < 5 {
		return nil, errors.New("too short")
	}
	return append(dst, in.Data[5:]...), nil
}

func frame(text string) []byte { return append([]byte{0, 0, 0, 0, 1}, text...) }

func TestFilter(t *testing.T) {
	even := filter.MustCompile(`{"value":{"n":[0,2,4]}}`)
	var c calls
	res, err := batch.NewPartial(failing(&c, failAt(2, errBoom)), silent, batch.WithFilter(even)).
		Process(t.Context(), event(part("orders", 0, 6)))
	if err != nil {
		t.Fatal(err)
	}
	checkCounts(t, res, batch.Result{Records: 6, Succeeded: 1, Filtered: 1, Failed: 1, Deferred: 3})
	if diff := cmp.Diff([]string{"orders-0:0", "orders-0:2"}, c.list()); diff != "" {
		t.Error(diff)
	}
	// What is filtered is done, so it is never named; what is behind a failure is.
	if diff := cmp.Diff([]string{"orders-0:2", "orders-0:3", "orders-0:4", "orders-0:5"}, named(res.Response)); diff != "" {
		t.Error(diff)
	}
}

func TestFilterViews(t *testing.T) {
	e := func() *kafkaevent.Event {
		p := part("orders", 0, 3)
		p.Records[0].Value, p.Records[1].Value, p.Records[2].Value = frame(`{"n":1}`), frame(`{"n":2}`), []byte{0, 1}
		return event(p)
	}
	two := batch.WithFilter(filter.MustCompile(`{"value":{"n":[2]}}`).With(filter.OnMismatch(filter.Drop)))
	typed := func(got *[]string) batch.Handler {
		return batch.Values(framed{}, func(_ context.Context, m batch.Message[string]) error {
			*got = append(*got, m.Value)
			return nil
		})
	}
	wrap := func(h batch.Handler) batch.Handler {
		return batch.HandlerFunc(func(ctx context.Context, r *kafkaevent.Record) error { return h.HandleRecord(ctx, r) })
	}
	nothing := batch.HandlerFunc(func(context.Context, *kafkaevent.Record) error { return nil })
	for name, p := range map[string]func(*[]string) *batch.Processor{
		"of a typed handler": func(got *[]string) *batch.Processor { return batch.NewPartial(typed(got), silent, two) },
		"through OnTombstone, Mux and middleware": func(got *[]string) *batch.Processor {
			h := batch.Mux(batch.TopicPattern("ord*", batch.OnTombstone(typed(got), nothing)))
			return batch.NewPartial(h, silent, two, batch.WithMiddleware(wrap))
		},
		"named for a wrapped handler": func(got *[]string) *batch.Processor {
			return batch.NewPartial(wrap(typed(got)), silent, two, batch.WithFilterView(nil, framed{}))
		},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			res, err := p(&got).Process(t.Context(), e())
			if err != nil {
				t.Fatal(err)
			}
			// The third has no view: it goes to its decoder, which says why.
			checkCounts(t, res, batch.Result{Records: 3, Succeeded: 1, Filtered: 1, Failed: 1})
			if diff := cmp.Diff([]string{`{"n":2}`}, got); diff != "" || schema.KindOf(res.Failures[0]) != schema.KindFraming {
				t.Errorf("%s%v", diff, res.Failures[0])
			}
		})
	}
}

func TestFramedValueWithoutAViewPassesAndIsLoggedOnce(t *testing.T) {
	var log bytes.Buffer
	p := part("orders", 0, 3)
	for i := range p.Records {
		p.Records[i].Value = frame(`{"n":1}`)
	}
	proc := batch.NewPartial(batch.HandlerFunc(func(context.Context, *kafkaevent.Record) error { return nil }),
		batch.WithFilter(filter.MustCompile(`{"value":{"n":[2]}}`)), batch.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
	for range 2 {
		res, err := proc.Process(t.Context(), event(p))
		if err != nil {
			t.Fatal(err)
		}
		checkCounts(t, res, batch.Result{Records: 3, Succeeded: 3})
	}
	if n := strings.Count(log.String(), "framed for a schema registry"); n != 1 {
		t.Errorf("logged %d times:\n%s", n, log.String())
	}
}

func TestFilterMismatchUnderFailIsPermanent(t *testing.T) {
	p := part("orders", 0, 2)
	p.Records[0].Value = []byte("no JSON")
	var sink letters
	res, err := batch.NewPartial(failing(new(calls), failAt(-1, nil)), silent, batch.WithDeadLetter(&sink),
		batch.WithFilter(filter.MustCompile(`{"value":{"n":[1]}}`).With(filter.OnMismatch(filter.Fail)))).Process(t.Context(), event(p))
	if err != nil {
		t.Fatal(err)
	}
	checkCounts(t, res, batch.Result{Records: 2, Succeeded: 1, DeadLettered: 1})
	if _, ok := errors.AsType[*filter.MismatchError](sink.errs[0]); !ok {
		t.Error(sink.errs[0])
	}
}

func TestFilterThatNoRecordCanMatchIsAConfigurationError(t *testing.T) {
	proc := batch.NewPartial(failing(new(calls), failAt(-1, nil)), batch.WithFilter(filter.MustCompile(`{"status":["PAID"]}`)))
	if _, err := proc.Process(t.Context(), event(part("orders", 0, 1))); err == nil || !strings.Contains(err.Error(), `put fields of the value under "value"`) {
		t.Error(err)
	}
	none, err := filter.FromCriteria([]byte(`{"Filters":[]}`))
	if err != nil {
		t.Fatal(err)
	}
	res, err := batch.NewPartial(failing(new(calls), failAt(-1, nil)), batch.WithFilter(none), batch.WithFilter(nil)).Process(t.Context(), event(part("orders", 0, 1)))
	if err != nil {
		t.Fatal(err)
	}
	checkCounts(t, res, batch.Result{Records: 1, Succeeded: 1})
	if _, err = batch.NewPartial(failing(new(calls), failAt(-1, nil)), batch.WithFilter(none)).Process(t.Context(), event(part("orders", 0, 1))); err != nil {
		t.Error(err)
	}
}
