package batch_test

import (
	"context"
	"errors"
	"testing"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/mskit-go/mskit/batch"
	"github.com/mskit-go/mskit/kafkaevent"
)

// A processor is what lambda.Start takes without any wrapping.
var _ lambda.Handler = (*batch.Processor)(nil)

func TestLambdaTakesProcessors(t *testing.T) {
	p := batch.NewPartial(batch.HandlerFunc(func(_ context.Context, r *kafkaevent.Record) error { return failAt(1, errBoom)(r) }), silent)
	// Bytes that are no JSON reach the processor: nothing decodes them before.
	_, err := lambda.NewHandler(p).Invoke(t.Context(), []byte("no JSON"))
	if _, ok := errors.AsType[*batch.InvalidEventError](err); !ok {
		t.Error(err)
	}
	const want = `{"batchItemFailures":[{"itemIdentifier":{"partition":"orders-0","offset":1}}]}`
	for name, h := range map[string]any{"processor": p, "Process as a function": p.Process} {
		got, err := lambda.NewHandler(h).Invoke(t.Context(), payload(event(part("orders", 0, 2))))
		if err != nil || string(got) != want {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
}

func TestLambdaReportsTheTypeOfAnError(t *testing.T) {
	// The name is all that an alarm on errorType has to go by.
	h := batch.HandlerFunc(func(context.Context, *kafkaevent.Record) error { return errBoom })
	for want, invoke := range map[string]func() ([]byte, error){
		"*batch.InvalidEventError":  func() ([]byte, error) { return batch.NewPartial(h, silent).Invoke(t.Context(), []byte("{}")) },
		"*batch.ConfigurationError": func() ([]byte, error) { return batch.NewPartial(nil).Invoke(t.Context(), nil) },
		"*batch.IncompleteBatchError": func() ([]byte, error) {
			return batch.NewAllOrNothing(h, silent).Invoke(t.Context(), payload(event(part("orders", 0, 2))))
		},
	} {
		if _, err := invoke(); typeName(err) != want {
			t.Errorf("%s, want %s", typeName(err), want)
		}
	}
}
