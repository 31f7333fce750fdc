package kafkaeventtest

import (
	"bytes"
	"context"
)

// Invoker is a handler that takes a payload and gives a reply, as
// batch.Processor and aws-lambda-go's lambda.Handler do.
type Invoker interface {
	Invoke(ctx context.Context, payload []byte) ([]byte, error)
}

// Poison wraps a handler so that memory it must not keep goes bad at once. Each
// invocation gets a copy of the payload; when it returns, or panics, the copy is
// overwritten, as Lambda's runtime does with its pooled buffer some time later.
// What a handler kept of the records of a zero-copy event then reads "!!!!", and
// the race detector sees a goroutine that still reads it.
//
// The reply is copied first: it may share memory with the payload.
func Poison(h Invoker) Invoker { return poisoner{h} }

type poisoner struct{ Invoker }

func (p poisoner) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	private := bytes.Clone(payload)
	defer func() {
		for i := range private {
			private[i] = '!'
		}
	}()
	reply, err := p.Invoker.Invoke(ctx, private)
	return bytes.Clone(reply), err
}
