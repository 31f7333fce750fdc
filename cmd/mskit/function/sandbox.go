package function

import (
	"context"
	"sync"
)

// Sandbox keeps a function running: it is started with the first event and
// started anew after a crash or a timeout, as Lambda does. The zero value with
// a Config is ready. Events are handed out one at a time.
type Sandbox struct {
	Config Config

	mu sync.Mutex
	f  *Function
}

// Invoke is the reply to an event; the error is as of [Start] and
// [Function.Invoke].
func (s *Sandbox) Invoke(ctx context.Context, event []byte) ([]byte, error) {
	result, err := s.Call(ctx, event)
	if err != nil {
		return nil, err
	}
	return result.Reply, nil
}

// Call is Invoke with all that is known of the invocation. With [BadReply] the
// Result is there too.
func (s *Sandbox) Call(ctx context.Context, event []byte) (*Result, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.f != nil {
		select {
		case <-s.f.Exited():
			s.f.Close()
			s.f = nil
		default:
		}
	}
	if s.f == nil {
		f, err := Start(ctx, s.Config)
		if err != nil {
			return nil, err
		}
		s.f = f
	}
	return s.f.Invoke(ctx, event)
}

// Close ends the function. The sandbox can be used again.
func (s *Sandbox) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.f != nil {
		s.f.Close()
		s.f = nil
	}
}
