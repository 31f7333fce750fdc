package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/mskit-go/mskit/kafkaevent"
)

// TestMain makes two commands for the scripts: mskit itself and fn, a Lambda
// function that does what its argument says.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"mskit": main, "fn": lambdaFunction})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
	})
}

// exits is the script command "exits CODE COMMAND...": it runs the command and
// wants that exit code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND...")
	}
	code := "0"
	if exit, ok := errors.AsType[*exec.ExitError](ts.Exec(args[1], args[2:]...)); ok {
		code = strconv.Itoa(exit.ExitCode())
	}
	if code != args[0] {
		ts.Fatalf("exit code %s, want %s", code, args[0])
	}
}

func lambdaFunction() {
	mode := os.Args[1]
	fmt.Println("mode", strings.Join(os.Args[1:], " "))
	switch mode {
	case "exit":
		os.Exit(7)
	case "silent":
		time.Sleep(time.Hour)
	}
	calls := 0
	lambda.Start(handler(func(_ context.Context, event []byte) ([]byte, error) {
		calls++
		switch mode {
		case "echo":
			return event, nil
		case "count":
			return json.Marshal(map[string]int{"call": calls, "bytes": len(event)})
		case "env":
			return json.Marshal(os.Getenv(os.Args[2]))
		case "fail":
			return nil, errors.New("cannot do it")
		case "panic":
			panic("out of order")
		case "crash":
			os.Exit(9)
		case "hang":
			time.Sleep(time.Hour)
		case "gate":
			fmt.Println("at the gate")
			for !exists(os.Args[2]) {
				time.Sleep(time.Millisecond)
			}
			return []byte("null"), nil
		case "keep":
			return []byte("null"), os.WriteFile(os.Args[2], event, 0o600)
		case "partial":
			return fmt.Appendf(nil, `{"batchItemFailures":[{"itemIdentifier":{"partition":%q,"offset":%s}}]}`, os.Args[2], os.Args[3]), nil
		case "refuse":
			return []byte("null"), refuse(event, os.Args[2])
		case "text":
			return []byte("not json"), nil
		}
		return nil, fmt.Errorf("no mode %q", mode)
	}))
}

// refuse says which records it takes, and fails for that value.
func refuse(payload []byte, value string) error {
	e, err := kafkaevent.Parse(payload)
	if err != nil {
		return err
	}
	for r := range e.Records() {
		if string(r.Value) == value {
			return errors.New("refused")
		}
		fmt.Println("took", r.ID())
	}
	return nil
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

// handler is a lambda.Handler that sees and gives plain bytes.
type handler func(context.Context, []byte) ([]byte, error)

func (h handler) Invoke(ctx context.Context, event []byte) ([]byte, error) { return h(ctx, event) }
