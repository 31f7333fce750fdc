package function

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"time"

	"github.com/mskit-go/mskit/cmd/mskit/runtimeapi"
)

// shutdownGrace is what the process gets between being asked to end and being
// killed. Lambda gives between 0 and 2 s, by the extensions it has.
const shutdownGrace = time.Second

// Function is a started function: one sandbox, as Lambda calls it. Its methods
// are safe for concurrent use; invocations run side by side only as far as the
// process asks for several events at a time.
type Function struct {
	config Config
	api    *runtimeapi.Server
	cmd    *exec.Cmd
	tmp    string
	init   time.Duration

	exited    chan struct{} // closed once the process has ended and its output is read
	closeOnce sync.Once
}

// Result is one invocation that the function answered.
type Result struct {
	RequestID string
	// Reply is the answer as it came. It is JSON unless the error says
	// otherwise.
	Reply []byte
	// Duration is the time from handing out the event to its answer.
	Duration time.Duration
}

// Start runs the command and waits until it asks for its first event. The
// error is an *[Error] of kind [InitFailed], or the context's cause. The caller
// must [Function.Close] the function; nothing of it runs on after that.
func Start(ctx context.Context, config Config) (*Function, error) {
	if len(config.Command) == 0 {
		return nil, errors.New("function: no command")
	}
	config = config.withDefaults()
	api, err := runtimeapi.Listen(config.arn())
	if err != nil {
		return nil, err
	}
	// A directory of its own, as Lambda's /tmp: what the process leaves there
	// goes with it, the binary of a killed "go run" for one.
	tmp, err := os.MkdirTemp("", "mskit-")
	if err != nil {
		api.Close()
		return nil, fmt.Errorf("function: %w", err)
	}
	f := &Function{config: config, api: api, tmp: tmp, exited: make(chan struct{})}
	if err := f.start(ctx); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func (f *Function) start(ctx context.Context) error {
	cmd := exec.Command(f.config.Command[0], f.config.Command[1:]...) //nolint:noctx // the whole group is ended, in order
	cmd.Dir = f.config.Dir
	cmd.Env = f.config.environ(f.api.Addr(), f.tmp)
	log := &struct{ io.Writer }{f.config.Log} // one pointer for both: os/exec then writes from one goroutine
	cmd.Stdout, cmd.Stderr = log, log
	cmd.WaitDelay = shutdownGrace // for a grandchild that keeps the pipe open
	ownGroup(cmd)
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		close(f.exited)
		err = fmt.Errorf("%w: %w", ErrCannotStart, err)
		return &Error{Kind: InitFailed, Message: err.Error(), Err: err}
	}
	f.cmd = cmd
	go func() {
		cmd.Wait() //nolint:errcheck // the ProcessState tells more
		close(f.exited)
	}()

	alive, cancel := f.whileAlive(ctx)
	defer cancel()
	timed, cancelTimed := context.WithTimeoutCause(alive, f.config.InitTimeout, errInitTimeout)
	defer cancelTimed()
	err := f.api.WaitReady(timed)
	f.init = time.Since(begin)
	switch report := (*runtimeapi.FunctionError)(nil); {
	case err == nil:
		return nil
	case errors.As(err, &report):
		return &Error{Kind: InitFailed, Type: report.Type, Message: report.Message, Stack: report.Stack, Err: err}
	case errors.Is(err, errExited):
		return &Error{Kind: InitFailed, Message: "the process ended (" + f.exit() + ") before it asked for an event", Err: err}
	case errors.Is(err, errInitTimeout):
		return &Error{Kind: InitFailed, Message: fmt.Sprintf("the process did not ask for an event within %v", f.config.InitTimeout), Err: err}
	}
	return err
}

var (
	errExited      = errors.New("process ended")
	errInitTimeout = errors.New("init timed out")
)

// whileAlive is ctx, ended with errExited when the process ends.
func (f *Function) whileAlive(ctx context.Context) (context.Context, func()) {
	alive, cancel := context.WithCancelCause(ctx)
	go func() {
		select {
		case <-f.exited:
			cancel(errExited)
		case <-alive.Done():
		}
	}()
	return alive, func() { cancel(nil) }
}

// exit is "exit status 2", "signal: killed"; valid once exited is closed.
func (f *Function) exit() string { return f.cmd.ProcessState.String() }

// InitDuration is the time from the start to the first request for an event.
func (f *Function) InitDuration() time.Duration { return f.init }

// Exited is closed once the process has ended.
func (f *Function) Exited() <-chan struct{} { return f.exited }

// Invoke gives the function an event and waits for its reply. A failure of the
// function is an *[Error]; any other error is the context's cause, or a
// *[runtimeapi.TooLargeError]. After a timeout and a crash there is no process
// left, and every further call ends as a crash. With [BadReply] the Result is
// there too.
func (f *Function) Invoke(ctx context.Context, event []byte) (*Result, error) {
	alive, cancel := f.whileAlive(ctx)
	defer cancel()
	reply, err := f.api.Invoke(alive, event, f.config.Timeout)
	switch {
	case errors.Is(err, runtimeapi.ErrTimeout):
		f.kill()
		return nil, &Error{Kind: TimedOut, Message: fmt.Sprintf("no reply within %v, the process was killed", f.config.Timeout), Err: err}
	case errors.Is(err, errExited):
		return nil, &Error{Kind: Crashed, Message: "the process ended (" + f.exit() + ") without a reply", Err: err}
	case err != nil:
		return nil, err
	case reply.Err != nil:
		return nil, &Error{Kind: Failed, Type: reply.Err.Type, Message: reply.Err.Message, Stack: reply.Err.Stack, Err: reply.Err}
	}
	result := &Result{RequestID: reply.RequestID, Reply: reply.Payload, Duration: reply.Duration}
	if !json.Valid(reply.Payload) {
		return result, &Error{Kind: BadReply, Message: fmt.Sprintf("%d bytes that are not a JSON text", len(reply.Payload))}
	}
	return result, nil
}

// Close asks the process and its children to end, kills what is left after a
// second, and returns when nothing runs any more. It never fails.
func (f *Function) Close() {
	f.closeOnce.Do(func() {
		if f.cmd != nil {
			terminateGroup(f.cmd)
			select {
			case <-f.exited:
			case <-time.After(shutdownGrace):
			}
			f.kill()
		}
		f.api.Close()
		os.RemoveAll(f.tmp) //nolint:errcheck // a temporary directory: the system clears it
	})
	<-f.exited
}

// kill ends the process and its children at once and waits for it.
func (f *Function) kill() {
	killGroup(f.cmd)
	<-f.exited
}
