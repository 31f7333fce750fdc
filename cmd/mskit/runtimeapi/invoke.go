package runtimeapi

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"
)

// Reply is what the function posted for one event.
type Reply struct {
	RequestID string
	// Payload is the reply as it came, JSON or not; nil when Err is set.
	Payload []byte
	// Err is the function's own report that it failed.
	Err *FunctionError
	// Duration is the time from handing out the event to its answer.
	Duration time.Duration
}

// invocation is one event on its way through the function.
type invocation struct {
	id       string
	trace    string
	payload  []byte
	timeout  time.Duration
	handedAt time.Time // set before taken is closed
	taken    chan struct{}
	done     chan *Reply // buffered: the one answer
}

// Invoke gives the function an event as soon as it asks for one and waits for
// its answer. The timeout counts from the moment the event is handed out and
// must be positive; the function sees it as its deadline. A function's own error is in the
// [Reply]; the error is [ErrTimeout], [ErrClosed], a *[TooLargeError] or the
// context's cause.
//
// The server reads payload until Invoke returns.
func (s *Server) Invoke(ctx context.Context, payload []byte, timeout time.Duration) (*Reply, error) {
	if len(payload) > MaxEvent {
		return nil, &TooLargeError{Size: len(payload)}
	}
	inv := &invocation{
		id:      newRequestID(),
		trace:   newTrace(),
		payload: payload,
		timeout: timeout,
		taken:   make(chan struct{}),
		done:    make(chan *Reply, 1),
	}
	defer s.forget(inv.id)

	select {
	case s.queue <- inv:
		<-inv.taken
	case <-s.closed:
		return nil, ErrClosed
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}

	timer := time.NewTimer(timeout)
	defer timer.Stop()
	var err error
	select {
	case reply := <-inv.done:
		return reply, nil
	case <-timer.C:
		err = ErrTimeout
	case <-s.closed:
		err = ErrClosed
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	// An answer that came at the same moment counts: the function, and often
	// the end of its process, came after it.
	select {
	case reply := <-inv.done:
		return reply, nil
	default:
		return nil, err
	}
}

func (s *Server) forget(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.pending, id)
}

// newRequestID is a random UUID, version 4 of RFC 9562.
func newRequestID() string {
	var b [16]byte
	rand.Read(b[:])
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:16])
}

// newTrace is an X-Ray trace header that samples nothing.
func newTrace() string {
	var b [20]byte
	rand.Read(b[:])
	return fmt.Sprintf("Root=1-%08x-%x;Parent=%x;Sampled=0", uint32(time.Now().Unix()), b[:12], b[12:])
}
