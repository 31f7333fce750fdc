package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/mskit-go/mskit/cmd/mskit/function"
)

type invokeCommand struct {
	Event       string        `required:"" placeholder:"FILE" help:"Event to send; - reads standard input."`
	Repeat      int           `default:"1" placeholder:"N" help:"Send it N times in a row to the same process."`
	Timeout     time.Duration `default:"30s" help:"Time the function has for one event."`
	InitTimeout time.Duration `default:"2m" help:"Time it has from its start until it asks for an event; Lambda gives 10s."`
	Env         []string      `placeholder:"KEY=VALUE" sep:"none" help:"Environment variable for the function; may be repeated."`
	JSON        bool          `name:"json" help:"Print one JSON object for each invocation instead of the replies."`
	Command     []string      `arg:"" passthrough:"" help:"The function: a bootstrap or a command that acts as one, after --."`
}

// Help is shown by "mskit invoke --help".
func (c *invokeCommand) Help() string {
	return `The reply goes to standard output, one line for each invocation; the function's log (lines that start with "function | ") and mskit's own messages go to standard error. With --repeat the first failure decides the exit code; a crash or a timeout ends the row.

` + exitCodes + `

Examples:

  mskit invoke --event event.json -- ./bootstrap

  mskit invoke --event event.json --repeat 20 --timeout 3s -- go run ./examples/orders

  mskit invoke --event event.json --env _HANDLER=index.handler -- npx aws-lambda-ric`
}

func (c *invokeCommand) Validate() error {
	if c.Repeat < 1 {
		return errors.New("--repeat: want 1 or more")
	}
	if c.Timeout <= 0 || c.InitTimeout <= 0 {
		return errors.New("--timeout and --init-timeout: want more than 0s")
	}
	return errors.Join(validEnv(c.Env), validCommand(c.Command))
}

// validCommand refuses a "--" with nothing behind it, and a flag that mskit does
// not know: kong takes one for the beginning of the command.
func validCommand(args []string) error {
	if len(args) == 1 && args[0] == "--" {
		return errors.New("want the function's command after --")
	}
	if len(args) > 0 && strings.HasPrefix(args[0], "-") && args[0] != "--" {
		flag, _, _ := strings.Cut(args[0], "=") // its value may be a secret
		return fmt.Errorf("unknown flag %s", flag)
	}
	return nil
}

// validEnv refuses what the function would get no variable of. The value, which
// may be a secret, is not shown.
func validEnv(env []string) error {
	for _, variable := range env {
		if name, _, ok := strings.Cut(variable, "="); !ok || name == "" {
			return errors.New("--env: want KEY=VALUE")
		}
	}
	return nil
}

func (c *invokeCommand) Run(ctx context.Context, std *streams) error {
	event, err := readInput(c.Event, std.in)
	if err != nil {
		return err
	}
	if !json.Valid(event) {
		fmt.Fprintln(std.err, "mskit: note: the event is not JSON; Lambda would never deliver it")
	}
	command := commandLine(c.Command)
	log := &prefixWriter{w: std.err, prefix: "function | "}
	defer log.Flush() //nolint:errcheck // nowhere is left to say so
	report := c.reporter(std)

	f, err := function.Start(ctx, function.Config{
		Command:     command,
		Env:         append(c.Env, withoutSecrets...),
		Timeout:     c.Timeout,
		InitTimeout: c.InitTimeout,
		Log:         log,
	})
	if err != nil {
		return report.failed(ctx, 0, nil, err)
	}
	defer f.Close()
	report.started(command, f.InitDuration())

	var first error
	for n := range c.Repeat {
		result, err := f.Invoke(ctx, event)
		if err == nil {
			report.replied(n+1, result, "ok")
			continue
		}
		err = report.failed(ctx, n+1, result, err)
		if first == nil {
			first = err
		}
		if code := exitError(0); !errors.As(err, &code) || code == exitCrash || code == exitTimeout {
			break // there is no process to go on with
		}
	}
	return first
}

// commandLine is the command without the "--" that sets it apart.
func commandLine(args []string) []string {
	if args[0] == "--" && len(args) > 1 {
		return args[1:]
	}
	return args
}

// readInput reads a whole file, or standard input for "-".
func readInput(name string, stdin io.Reader) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(stdin)
	}
	return os.ReadFile(name)
}

func (c *invokeCommand) reporter(std *streams) invokeReporter {
	if c.JSON {
		return &jsonReporter{std: std}
	}
	return textReporter{std}
}

// invokeReporter tells the user how an invocation went.
type invokeReporter interface {
	started(command []string, init time.Duration)
	// replaying says what invocation n is about, in a replay.
	replaying(n int, of string)
	// replied tells of a reply; outcome is "ok", or why it is none.
	replied(n int, r *function.Result, outcome string)
	// failed returns the error that ends the command: an exitError when it has
	// told of a failure of the function, err when it has not. n is 0 for a
	// function that did not start, and r is nil unless it replied.
	failed(ctx context.Context, n int, r *function.Result, err error) error
}

type textReporter struct{ *streams }

func (t textReporter) started(command []string, init time.Duration) {
	fmt.Fprintf(t.err, "mskit: %s: ready after %s\n", strings.Join(command, " "), milliseconds(init))
}

func (t textReporter) replaying(n int, of string) {
	fmt.Fprintf(t.err, "mskit: invocation %d: %s\n", n, of)
}

func (t textReporter) replied(n int, r *function.Result, outcome string) {
	fmt.Fprintf(t.err, "mskit: invocation %d: replied in %s\n", n, milliseconds(r.Duration))
	if outcome != "ok" {
		fmt.Fprintf(t.err, "mskit: invocation %d: the reply %s\n", n, outcome)
	}
	t.print(r)
}

// print writes a reply as one line, whether or not it ends as one.
func (t textReporter) print(r *function.Result) {
	fmt.Fprintf(t.out, "%s\n", bytes.TrimSuffix(r.Reply, []byte("\n")))
}

func (t textReporter) failed(ctx context.Context, n int, r *function.Result, err error) error {
	failure, ok := errors.AsType[*function.Error](err)
	if !ok || ctx.Err() != nil {
		return err
	}
	if n == 0 {
		fmt.Fprintf(t.err, "mskit: %v\n", failure)
	} else {
		fmt.Fprintf(t.err, "mskit: invocation %d: %v\n", n, failure)
	}
	if r != nil {
		t.print(r)
	}
	return exitOf(failure.Kind)
}

// jsonReporter prints an invocationReport for each invocation.
type jsonReporter struct {
	std  *streams
	init time.Duration
	of   string
}

// invocationReport is one line of "mskit invoke --json".
type invocationReport struct {
	Invocation int             `json:"invocation"` // from 1; 0: the function did not start
	Replayed   string          `json:"replayed,omitempty"`
	Outcome    string          `json:"outcome"` // "ok", a function.Kind, or in a replay what the reply names
	RequestID  string          `json:"requestId,omitempty"`
	InitMS     float64         `json:"initMs,omitempty"`
	DurationMS float64         `json:"durationMs,omitempty"`
	Reply      json.RawMessage `json:"reply,omitempty"`
	ReplyText  string          `json:"replyText,omitempty"` // a reply that is not JSON
	Error      *reportedError  `json:"error,omitempty"`
}

type reportedError struct {
	Type    string          `json:"type,omitempty"`
	Message string          `json:"message"`
	Stack   json.RawMessage `json:"stack,omitempty"`
}

func (j *jsonReporter) started(_ []string, init time.Duration) { j.init = init }

func (j *jsonReporter) replaying(_ int, of string) { j.of = of }

func (j *jsonReporter) replied(n int, r *function.Result, outcome string) {
	report := j.report(n, outcome, r)
	report.Reply = r.Reply
	j.print(report)
}

func (j *jsonReporter) failed(ctx context.Context, n int, r *function.Result, err error) error {
	failure, ok := errors.AsType[*function.Error](err)
	if !ok || ctx.Err() != nil {
		return err
	}
	report := j.report(n, failure.Kind.String(), r)
	if r != nil {
		report.ReplyText = string(r.Reply)
	}
	report.Error = &reportedError{Type: failure.Type, Message: failure.Message, Stack: failure.Stack}
	j.print(report)
	return exitOf(failure.Kind)
}

func (j *jsonReporter) report(n int, outcome string, r *function.Result) invocationReport {
	report := invocationReport{Invocation: n, Replayed: j.of, Outcome: outcome}
	if n == 1 && j.init > 0 {
		report.InitMS = inMilliseconds(j.init)
	}
	if r != nil {
		report.RequestID = r.RequestID
		report.DurationMS = inMilliseconds(r.Duration)
	}
	return report
}

func (j *jsonReporter) print(report invocationReport) {
	if err := printJSON(j.std, report); err != nil {
		fmt.Fprintf(j.std.err, "mskit: %v\n", err)
	}
}

func inMilliseconds(d time.Duration) float64 {
	return float64(d.Round(10*time.Microsecond)) / float64(time.Millisecond)
}

func milliseconds(d time.Duration) string {
	if d < 10*time.Millisecond {
		return fmt.Sprintf("%.1f ms", inMilliseconds(d))
	}
	return fmt.Sprintf("%.0f ms", inMilliseconds(d))
}
