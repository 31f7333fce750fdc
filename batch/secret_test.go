package batch_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/mskit-go/mskit/batch"
	"github.com/mskit-go/mskit/kafkaevent"
	"github.com/mskit-go/mskit/schema"
)

const secret = "S3CR3T-4111111111111111"

// secretEvent has the secret wherever a payload can be.
func secretEvent() *kafkaevent.Event {
	p := part("orders", 0, 3)
	for i := range p.Records {
		r := &p.Records[i]
		r.Key = []byte(secret)
		r.Value = []byte(`{"n":"` + secret + `"}`)
		r.SetHeaders(kafkaevent.Headers{{Key: "card", Value: []byte(secret)}})
	}
	return event(p)
}

func TestNoPayloadInLogsAndErrors(t *testing.T) {
	type card struct {
		Number string `json:"n"`
	}
	misuse := func(how func(m batch.Message[card]) error) batch.Handler {
		return batch.Values(schema.JSON[card](), func(_ context.Context, m batch.Message[card]) error { return how(m) })
	}
	tests := []struct {
		name string
		h    batch.Handler
		opts []batch.Option
	}{
		{"decode error", batch.Values(schema.JSON[order](), func(context.Context, batch.Message[order]) error { return nil }), nil},
		{"panic with the value", misuse(func(m batch.Message[card]) error { panic(m.Value.Number) }), nil},
		{"panic with an error of the value", misuse(func(m batch.Message[card]) error { panic(errors.New(m.Value.Number)) }), nil},
		{"panic by the runtime", misuse(func(m batch.Message[card]) error { _ = m.Record.Value[len(m.Value.Number)+1000]; return nil }), nil},
		{"panic with a fake runtime error", misuse(func(m batch.Message[card]) error { panic(fakeRuntimeError(m.Value.Number)) }), nil},
		{"error that formats the message", misuse(func(m batch.Message[card]) error {
			return fmt.Errorf("cannot save %v %+v %#v %s %q %x", m, m, &m, m.Record, *m.Record, m)
		}), nil},
		{"dead letter", misuse(func(batch.Message[card]) error { return batch.Permanent(errBoom) }), []batch.Option{
			batch.WithDeadLetter(batch.DeadLetterSinkFunc(func(_ context.Context, l batch.DeadLetter) error {
				return fmt.Errorf("cannot send %v %+v %#v", l, l, &l)
			})),
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var log bytes.Buffer
			opts := append(slices.Clone(tt.opts), batch.WithOrder(batch.Unordered),
				batch.WithLogger(slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))))
			for range 3 { // so that a poison pill is noticed too
				res, err := batch.NewPartial(tt.h, opts...).Process(t.Context(), secretEvent())
				if err != nil {
					t.Fatal(err)
				}
				if res.Failed != 3 {
					t.Fatalf("%d failed, want 3", res.Failed)
				}
				_, err = batch.NewAllOrNothing(tt.h, opts...).Process(t.Context(), secretEvent())
				fmt.Fprintf(&log, "%v %+v %#v", err, res, *res)
				for _, f := range res.Failures {
					fmt.Fprintf(&log, "%v %+v %#v", f, f, *f)
				}
			}
			if log.Len() == 0 {
				t.Fatal("nothing was logged")
			}
			checkSecret(t, log.String())
		})
	}
}

func checkSecret(t *testing.T, text string) {
	t.Helper()
	for _, s := range []string{secret, fmt.Sprintf("%x", secret), "UzNDUjNU", "[83 51 67"} {
		if i := strings.Index(text, s); i >= 0 {
			t.Errorf("payload at %d of\n%s", i, text)
		}
	}
}

type fakeRuntimeError string

func (e fakeRuntimeError) Error() string { return string(e) }
func (fakeRuntimeError) RuntimeError()   {}

func TestPrintingGivesCoordinates(t *testing.T) {
	r := &secretEvent().Partitions[0].Records[1]
	things := []any{
		batch.Message[string]{Record: r, Value: secret},
		batch.KeyedMessage[string, string]{Record: r, Key: secret, Value: secret},
		batch.KeyMessage[string]{Record: r, Key: secret},
		batch.DeadLetter{Record: r, Err: errBoom},
		&batch.Message[string]{Record: r, Value: secret},
		struct{ M batch.Message[string] }{batch.Message[string]{Record: r, Value: secret}},
	}
	for _, v := range things {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			text := fmt.Sprintf(verb, v)
			checkSecret(t, text)
			if !strings.Contains(text, "orders/0/1") {
				t.Errorf("%s of %T is %s", verb, v, text)
			}
		}
	}
	for _, v := range things[:5] {
		var log bytes.Buffer
		slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "v", v)
		slog.New(slog.NewTextHandler(&log, nil)).Info("x", "v", v)
		checkSecret(t, log.String())
		if !strings.Contains(log.String(), `"offset":1`) || !strings.Contains(log.String(), "offset=1") {
			t.Errorf("log of %T:\n%s", v, log.String())
		}
	}
	for _, v := range []fmt.Stringer{batch.Message[string]{}, batch.KeyedMessage[string, string]{}, batch.KeyMessage[string]{}} {
		if got := fmt.Sprintf("%+v %s", v, v.(slog.LogValuer).LogValue()); got != "<no record> <no record>" {
			t.Errorf("empty %T is %s", v, got)
		}
	}
}

func TestPanicReport(t *testing.T) {
	var log bytes.Buffer
	p := batch.NewPartial(batch.HandlerFunc(func(_ context.Context, r *kafkaevent.Record) error {
		return fmt.Errorf("byte %d", r.Value[len(r.Value):][r.Offset])
	}), batch.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
	res, err := p.Process(t.Context(), event(part("orders", 0, 1)))
	if err != nil {
		t.Fatal(err)
	}
	e, ok := errors.AsType[*batch.PanicError](res.Failures[0])
	if !ok || e.Runtime != "runtime error: index out of range [0] with length 0" || e.Type != "runtime.boundsError" {
		t.Fatalf("%#v", e)
	}
	if !strings.HasPrefix(e.Stack, "github.com/mskit-go/mskit/batch_test.TestPanicReport.func1\n\t") {
		t.Errorf("stack:\n%s", e.Stack)
	}
	for _, want := range []string{"level=WARN", "offset=0", "class=transient", "panic: runtime error: index out of range [0] with length 0", "stack="} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("no %q in\n%s", want, log.String())
		}
	}
}

func TestAtMostTwentyRecordsAreLogged(t *testing.T) {
	var log bytes.Buffer
	p := batch.NewPartial(batch.HandlerFunc(func(context.Context, *kafkaevent.Record) error { return errBoom }),
		batch.WithOrder(batch.Unordered), batch.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
	if _, err := p.Process(t.Context(), event(part("orders", 0, 100))); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(log.String(), "\n"); n != 21 {
		t.Errorf("%d lines, want 20 and a summary:\n%s", n, log.String())
	}
	if !strings.Contains(log.String(), "records=100 succeeded=0 failed=100 deferred=0") {
		t.Errorf("no summary in\n%s", log.String())
	}
}
