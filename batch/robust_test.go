package batch_test

import (
	"context"
	"errors"
	"math"
	"testing"
	"time"

	"github.com/mskit-go/mskit/batch"
	"github.com/mskit-go/mskit/kafkaevent"
	"github.com/mskit-go/mskit/schema"
)

// hostileError panics in the methods that it is told to.
type hostileError struct{ text, unwrap, as bool }

func (e *hostileError) Error() string {
	if e.text {
		panic("Error")
	}
	return "hostile"
}

func (e *hostileError) Unwrap() error {
	if e.unwrap {
		panic("Unwrap")
	}
	return nil
}

func (e *hostileError) As(any) bool {
	if e.as {
		panic("As")
	}
	return false
}

func TestErrorsWhoseMethodsPanic(t *testing.T) {
	for name, err := range map[string]error{
		"Error":                    &hostileError{text: true},
		"Unwrap":                   &hostileError{unwrap: true},
		"As":                       &hostileError{as: true},
		"As, permanent":            batch.Permanent(&hostileError{as: true}),
		"a nil *schema.Error":      (*schema.Error)(nil),
		"a nil *kafkaevent.Error":  (*kafkaevent.Error)(nil),
		"a nil *batch.SliceError":  (*batch.SliceError)(nil),
		"a *RecordError of nobody": &batch.RecordError{},
	} {
		t.Run(name, func(t *testing.T) {
			for _, construct := range []func(batch.Handler, ...batch.Option) *batch.Processor{batch.NewPartial, batch.NewAllOrNothing} {
				p := construct(failing(new(calls), failAt(1, err)), silent, batch.WithRetry(batch.RetryPolicy{MaxAttempts: 2, BaseDelay: 1, MaxDelay: 1}))
				res, err := p.Process(t.Context(), event(part("orders", 0, 3)))
				checkCounts(t, res, batch.Result{Records: 3, Succeeded: 1, Failed: 1, Deferred: 1})
				if err != nil {
					_ = err.Error()
				}
				_, _ = res.Failures[0].Error(), res.Failures[0].LogValue()
			}
		})
	}
	t.Run("of a skip", func(t *testing.T) {
		res, err := batch.NewPartial(failing(new(calls), failAt(1, batch.Skip(&hostileError{as: true}))), silent).
			Process(t.Context(), event(part("orders", 0, 3)))
		if err != nil {
			t.Fatal(err)
		}
		checkCounts(t, res, batch.Result{Records: 3, Succeeded: 2, Skipped: 1})
	})
	t.Run("of a slice", func(t *testing.T) {
		h := batch.Slices(schema.JSON[order](), func(context.Context, []batch.Message[order]) error { return &hostileError{as: true} })
		res, err := batch.NewPartial(h, silent).Process(t.Context(), event(part("orders", 0, 3)))
		if err != nil {
			t.Fatal(err)
		}
		checkCounts(t, res, batch.Result{Records: 3, Failed: 1, Deferred: 2})
	})
}

func TestRetryPauseWithoutLimit(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	policy := batch.RetryPolicy{MaxAttempts: 2, BaseDelay: math.MaxInt64, MaxDelay: math.MaxInt64}
	res, err := batch.NewPartial(failing(new(calls), failAt(0, errBoom)), silent, batch.WithRetry(policy)).
		Process(ctx, event(part("orders", 0, 1)))
	if err != nil || len(res.Failures) != 1 || !errors.Is(res.Failures[0], errBoom) {
		t.Errorf("%v, %v", res.Failures, err)
	}
}

func TestZeroProcessorIsAConfigurationError(t *testing.T) {
	res, err := new(batch.Processor).Process(t.Context(), event(part("orders", 0, 1)))
	if _, ok := errors.AsType[*batch.ConfigurationError](err); !ok || res == nil {
		t.Errorf("%v, %v", res, err)
	}
}

// deadQueue is a sink that a nil pointer makes unusable.
type deadQueue struct{ letters []batch.DeadLetter }

func (q *deadQueue) Put(_ context.Context, l batch.DeadLetter) error {
	q.letters = append(q.letters, l)
	return nil
}

func TestNilSinksAreAConfigurationError(t *testing.T) {
	for name, sink := range map[string]batch.DeadLetterSink{
		"a nil pointer":  (*deadQueue)(nil),
		"a nil function": batch.DeadLetterSinkFunc(nil),
	} {
		p := batch.NewPartial(failing(new(calls), failAt(-1, nil)), silent, batch.WithDeadLetter(sink))
		_, err := p.Process(t.Context(), event(part("orders", 0, 1)))
		if _, ok := errors.AsType[*batch.ConfigurationError](err); !ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// unsure is a handler that panics when it is asked whether it can work.
type unsure struct{ batch.HandlerFunc }

func (unsure) ConfigError() error { panic("x") }

func TestConfigErrorThatPanicsIsAConfigurationError(t *testing.T) {
	for name, h := range map[string]batch.Handler{
		"handler": unsure{},
		"route":   batch.Mux(batch.AnyTopic(unsure{})),
	} {
		_, err := batch.NewPartial(h, silent).Process(t.Context(), event(part("orders", 0, 1)))
		if _, ok := errors.AsType[*batch.ConfigurationError](err); !ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAllOrNothingDeadLettersNothingAfterAFailure(t *testing.T) {
	e, err := kafkaevent.Parse([]byte(`{"records":{"orders-0":[{"topic":"orders","partition":0,"offset":0}],"orders-1":[{"topic":"orders","partition":1,"offset":0,"value":"*"}]}}`))
	if err != nil {
		t.Fatal(err)
	}
	var sink letters
	res, err := batch.NewAllOrNothing(failing(new(calls), failAt(0, errBoom)), silent, batch.WithDeadLetter(&sink)).Process(t.Context(), e)
	if err == nil || len(sink.list()) > 0 {
		t.Errorf("%v, dead-lettered %v", err, sink.list())
	}
	checkCounts(t, res, batch.Result{Records: 2, Failed: 1, Deferred: 1})
}
