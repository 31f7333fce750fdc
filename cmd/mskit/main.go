// Command mskit runs Lambda functions that Kafka triggers on the machine at
// hand: the unmodified bootstrap, in any language, behind Lambda's own
// Runtime API.
//
//	mskit invoke --event event.json -- ./bootstrap
//
// "mskit --help" and "mskit COMMAND --help" have the rest.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/alecthomas/kong"
)

// cli is the command line, as kong reads it.
type cli struct {
	Version kong.VersionFlag `help:"Print the version and exit."`

	Demo   demoCommand   `cmd:"" help:"Show everything at work on a Kafka in memory, and account for every record."`
	Invoke invokeCommand `cmd:"" help:"Run a command as a Lambda function and send it an event."`
	Event  eventCommand  `cmd:"" help:"Make an event from values."`
	Decode decodeCommand `cmd:"" help:"Show the records of an event or of a failure record."`
	Filter filterCommand `cmd:"" help:"Show which records a filter keeps, and what Lambda would refuse of it."`
	Esm    esmCommand    `cmd:"" name:"esm" help:"Consume a topic and call a function, as an event source mapping does."`
	Replay replayCommand `cmd:"" help:"Give a function once more what was given up."`

	Completion completionCommand `cmd:"" help:"Print a script that completes the command line in a shell."`
}

const description = `Runs Lambda functions that Kafka triggers on the machine at hand.

` + exitCodes

// streams are the program's standard streams.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// onceInput is standard input for the one flag that may read it. A second one
// would find nothing, and take that for its text.
type onceInput struct {
	r    io.Reader
	read bool
}

func (o *onceInput) Read(p []byte) (int, error) {
	if o.read {
		return 0, errors.New("standard input was read already: only one file may be -")
	}
	n, err := o.r.Read(p)
	o.read = err == io.EOF
	return n, err
}

func main() {
	// The first signal ends the work in order, a second one ends it at once.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], &streams{in: os.Stdin, out: os.Stdout, err: os.Stderr}))
}

// run is main without its process: it returns the exit code.
func run(ctx context.Context, args []string, std *streams) int {
	if _, ok := std.err.(*os.File); !ok { // a file takes writes side by side, and may be a terminal
		std = &streams{in: std.in, out: std.out, err: &lockedWriter{w: std.err}}
	}
	exited := -1
	parser := newParser(&cli{}, std, func(code int) { exited = code })
	if len(args) == 0 {
		args = []string{"--help"}
	}
	command, err := parser.Parse(args)
	if exited >= 0 { // --help and --version
		return exited
	}
	if err != nil {
		fmt.Fprintf(std.err, "mskit: %v; see %s --help\n", err, helpOf(err))
		return exitUsage
	}
	std.in = &onceInput{r: std.in}
	command.BindTo(ctx, (*context.Context)(nil))
	err = command.Run()
	if code := exitError(0); errors.As(err, &code) {
		return int(code)
	}
	if err == nil {
		return exitOK
	}
	if ctx.Err() != nil {
		return exitInterrupted
	}
	fmt.Fprintf(std.err, "mskit: %v\n", err)
	return exitFailure
}

// helpOf is the command that the user was about to run when parsing failed.
func helpOf(err error) string {
	if e, ok := errors.AsType[*kong.ParseError](err); ok && e.Context != nil {
		if command := e.Context.Selected(); command != nil {
			return "mskit " + command.Name
		}
	}
	return "mskit"
}

// newParser panics for a wrong struct tag.
func newParser(flags *cli, std *streams, exit func(int)) *kong.Kong {
	return kong.Must(flags,
		kong.Name("mskit"),
		kong.Description(description),
		kong.Vars{"version": version()},
		kong.Writers(std.out, std.err),
		kong.Exit(exit),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Bind(std),
	)
}

func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}
