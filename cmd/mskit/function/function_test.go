package function_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/mskit-go/mskit/cmd/mskit/function"
	"github.com/mskit-go/mskit/cmd/mskit/runtimeapi"
)

// modeVariable makes this test binary a Lambda function.
const modeVariable = "FUNCTION_TEST_MODE"

func TestMain(m *testing.M) {
	if mode := os.Getenv(modeVariable); mode != "" {
		serve(mode)
	}
	os.Exit(m.Run())
}

func serve(mode string) {
	fmt.Println("to standard output")
	fmt.Fprintln(os.Stderr, "to standard error")
	if mode == "exit" {
		os.Exit(7)
	}
	if mode == "silent" {
		time.Sleep(time.Hour)
	}
	lambda.Start(handler(func(ctx context.Context, event []byte) ([]byte, error) {
		switch mode {
		case "fail":
			return nil, errors.New("cannot do it")
		case "panic":
			panic("out of order")
		case "crash":
			os.Exit(9)
		case "hang":
			time.Sleep(time.Hour)
		case "text":
			return []byte("not json"), nil
		case "big":
			return bytes.Repeat([]byte("1"), runtimeapi.MaxReply+1), nil
		case "context":
			lc, _ := lambdacontext.FromContext(ctx)
			deadline, _ := ctx.Deadline()
			return fmt.Appendf(nil, "[%q,%q,%t]", lc.AwsRequestID, lc.InvokedFunctionArn, time.Until(deadline) > 59*time.Minute), nil
		}
		return event, nil
	}))
}

type handler func(context.Context, []byte) ([]byte, error)

func (h handler) Invoke(ctx context.Context, event []byte) ([]byte, error) { return h(ctx, event) }

// start runs this test binary as a function.
func start(t *testing.T, mode string, change ...func(*function.Config)) (*function.Function, error) {
	t.Helper()
	config := function.Config{Command: []string{os.Args[0]}, Env: []string{modeVariable + "=" + mode}}
	for _, c := range change {
		c(&config)
	}
	f, err := function.Start(t.Context(), config)
	if err == nil {
		t.Cleanup(f.Close)
	}
	return f, err
}

func TestInvokeRepliesWarm(t *testing.T) {
	var log bytes.Buffer
	f, err := start(t, "echo", func(c *function.Config) { c.Log = &log })
	if err != nil {
		t.Fatal(err)
	}
	for _, event := range []string{`{"a":1}`, `[]`, `"` + strings.Repeat("x", 5_800_000) + `"`} {
		result, err := f.Invoke(t.Context(), []byte(event))
		if err != nil {
			t.Fatal(err)
		}
		if string(result.Reply) != event {
			t.Errorf("reply of %d bytes differs from the event of %d", len(result.Reply), len(event))
		}
		if result.RequestID == "" || result.Duration <= 0 {
			t.Errorf("request id %q, duration %v: want both", result.RequestID, result.Duration)
		}
	}
	f.Close()
	if got, want := log.String(), "to standard output\nto standard error\n"; got != want {
		t.Errorf("log %q, want %q", got, want)
	}
}

func TestFunctionSeesLambdasContext(t *testing.T) {
	f, err := start(t, "context", func(c *function.Config) {
		c.Name, c.Timeout = "orders", time.Hour
		c.Env = append(c.Env, "AWS_REGION=eu-north-1")
	})
	if err != nil {
		t.Fatal(err)
	}
	result, err := f.Invoke(t.Context(), []byte(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("[%q,", result.RequestID)
	if got := string(result.Reply); !strings.HasPrefix(got, want) || !strings.HasSuffix(got, `:function:orders",true]`) {
		t.Errorf("context %s, want the request id, the ARN of the function and the deadline", got)
	}
}

func TestFailuresAreToldApart(t *testing.T) {
	soon := func(c *function.Config) { c.Timeout = 100 * time.Millisecond }
	for _, row := range []struct {
		name, mode string
		change     func(*function.Config)
		kind       function.Kind
		typ        string
		message    string
	}{
		{name: "returned error", mode: "fail", kind: function.Failed, typ: "errorString", message: "cannot do it"},
		{name: "panic", mode: "panic", kind: function.Failed, typ: "string", message: "out of order"},
		{name: "reply over the limit", mode: "big", kind: function.Failed, typ: "Function.ResponseSizeTooLarge", message: "6291556 bytes"},
		{name: "exit while handling", mode: "crash", kind: function.Crashed, message: "exit status 9"},
		{name: "no answer", mode: "hang", change: soon, kind: function.TimedOut, message: "100ms"},
		{name: "reply is text", mode: "text", kind: function.BadReply, message: "8 bytes"},
		{name: "exit before the first event", mode: "exit", kind: function.InitFailed, message: "exit status 7"},
		{name: "never asks for an event", mode: "silent", kind: function.InitFailed, message: "200ms", change: func(c *function.Config) {
			c.InitTimeout = 200 * time.Millisecond
		}},
		{name: "no such command", kind: function.InitFailed, message: "no-such-command", change: func(c *function.Config) {
			c.Command = []string{"no-such-command"}
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			var change []func(*function.Config)
			if row.change != nil {
				change = append(change, row.change)
			}
			f, err := start(t, row.mode, change...)
			if err == nil {
				_, err = f.Invoke(t.Context(), []byte(`{}`))
			}
			failure, ok := errors.AsType[*function.Error](err)
			if !ok {
				t.Fatalf("error %v, want a *function.Error", err)
			}
			if failure.Kind != row.kind || failure.Type != row.typ || !strings.Contains(failure.Message, row.message) {
				t.Errorf("got %v %q %q, want %v %q %q", failure.Kind, failure.Type, failure.Message, row.kind, row.typ, row.message)
			}
			if never := row.name == "no such command"; errors.Is(err, function.ErrCannotStart) != never {
				t.Errorf("cannot start: %t, want %t", !never, never)
			}
		})
	}
}

func TestEventOverTheLimitIsRefused(t *testing.T) {
	f, err := start(t, "echo")
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.Invoke(t.Context(), make([]byte, runtimeapi.MaxEvent+1))
	if _, ok := errors.AsType[*runtimeapi.TooLargeError](err); !ok {
		t.Errorf("error %v, want a *runtimeapi.TooLargeError", err)
	}
}

func TestDeadFunctionStaysDead(t *testing.T) {
	f, err := start(t, "crash")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		_, err := f.Invoke(t.Context(), []byte(`{}`))
		if failure, ok := errors.AsType[*function.Error](err); !ok || failure.Kind != function.Crashed {
			t.Errorf("error %v, want a crash", err)
		}
	}
}

func TestCancelledInvokeGivesTheCause(t *testing.T) {
	f, err := start(t, "hang")
	if err != nil {
		t.Fatal(err)
	}
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(50*time.Millisecond, func() { cancel(cause) })
	if _, err := f.Invoke(ctx, []byte(`{}`)); !errors.Is(err, cause) {
		t.Errorf("error %v, want the cause of the context", err)
	}
}

func TestFunctionIsSafeForConcurrentUse(t *testing.T) {
	f, err := start(t, "echo")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			event := fmt.Sprint(i)
			result, err := f.Invoke(t.Context(), []byte(event))
			if err != nil || string(result.Reply) != event {
				t.Errorf("event %s: reply %v, error %v", event, result, err)
			}
		})
	}
	wg.Wait()
	wg.Go(f.Close)
	wg.Go(f.Close)
	wg.Wait()
}

func TestSandboxStartsAnewAfterACrash(t *testing.T) {
	var log bytes.Buffer
	s := &function.Sandbox{Config: function.Config{Command: []string{os.Args[0]}, Env: []string{modeVariable + "=crash"}, Log: &log}}
	for range 2 {
		_, err := s.Invoke(t.Context(), []byte(`{}`))
		if failure, ok := errors.AsType[*function.Error](err); !ok || failure.Kind != function.Crashed {
			t.Errorf("error %v, want a crash", err)
		}
	}
	s.Close()
	if n := strings.Count(log.String(), "to standard output"); n != 2 {
		t.Errorf("started %d times, want 2", n)
	}
}
