package runtimeapi

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// Lambda's limits on the two directions of a synchronous invocation, in bytes.
// The second is what the Runtime API names in its refusal.
const (
	MaxEvent = 6 * 1024 * 1024
	MaxReply = 6_291_556
)

// Errors of [Server.Invoke] that are not the function's own report.
var (
	// ErrTimeout means that the function took the event and did not answer
	// within its time.
	ErrTimeout = errors.New("runtimeapi: no reply in time")
	// ErrClosed means that the server was closed first.
	ErrClosed = errors.New("runtimeapi: server closed")
)

// TooLargeError means that Lambda would refuse the event for its size.
type TooLargeError struct {
	Size int // bytes
}

func (e *TooLargeError) Error() string {
	return fmt.Sprintf("runtimeapi: an event of %d bytes is over Lambda's limit of %d", e.Size, MaxEvent)
}

// Server is one function's Runtime API. It serves any number of concurrent
// invocations, one for each event the function asks for at a time.
type Server struct {
	functionARN string
	listener    net.Listener
	http        *http.Server
	queue       chan *invocation
	closed      chan struct{}
	closeOnce   sync.Once

	ready     chan struct{} // closed once the function asked for its first event
	readyOnce sync.Once
	failed    chan struct{} // closed once it reported that it cannot start
	initOnce  sync.Once
	initError *FunctionError // set before failed is closed

	mu      sync.Mutex
	pending map[string]*invocation // handed out, by request id
}

// Listen starts a server on a free loopback port. functionARN is what the
// function is told of itself.
func Listen(functionARN string) (*Server, error) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0") //nolint:noctx // a loopback port does not block
	if err != nil {
		return nil, fmt.Errorf("runtimeapi: %w", err)
	}
	s := &Server{
		functionARN: functionARN,
		listener:    listener,
		queue:       make(chan *invocation),
		closed:      make(chan struct{}),
		ready:       make(chan struct{}),
		failed:      make(chan struct{}),
		pending:     make(map[string]*invocation),
	}
	s.http = &http.Server{Handler: s.routes(), ReadHeaderTimeout: 10 * time.Second}
	go s.http.Serve(listener) //nolint:errcheck // always ErrServerClosed: Close is the only way out
	return s, nil
}

// Addr is host:port, the value of AWS_LAMBDA_RUNTIME_API.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// WaitReady blocks until the function asks for its first event. The error is a
// *[FunctionError] when the function reports that it cannot start.
func (s *Server) WaitReady(ctx context.Context) error {
	select {
	case <-s.failed:
		return s.initError
	case <-s.ready:
		return nil
	case <-s.closed:
		return ErrClosed
	case <-ctx.Done():
	}
	// A report that came with the end of the process is the better answer.
	select {
	case <-s.failed:
		return s.initError
	default:
		return context.Cause(ctx)
	}
}

// Close ends the server and every invocation under way. It never fails.
func (s *Server) Close() {
	s.closeOnce.Do(func() {
		close(s.closed)
		s.http.Close() //nolint:errcheck // nothing is left to do about a socket that does not close
	})
}
