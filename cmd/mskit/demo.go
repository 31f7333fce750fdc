package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/term"

	"github.com/mskit-go/mskit/cmd/mskit/demo"
	"github.com/mskit-go/mskit/cmd/mskit/esm"
	"github.com/mskit-go/mskit/cmd/mskit/progress"
)

type demoCommand struct {
	Records   int    `default:"3000" help:"How many records to produce, 100 to 1000000."`
	Seed      uint64 `default:"1" help:"Decides what is produced."`
	BatchSize int    `default:"100" help:"Most records in an invocation, 1 to 10000."`
	JSON      bool   `name:"json" help:"Print the report as a JSON object."`
}

// Help is shown by "mskit demo --help".
func (c *demoCommand) Help() string {
	return `Starts a Kafka broker and a schema registry in memory and produces orders in JSON, Avro and Protobuf to one topic, with duplicates, tombstones and poison pills among them. The function of examples/mixed handles them behind an event source mapping with ReportBatchItemFailures, a filter, retries, bisection and an on-failure destination. In the end all topics are read back and every record is accounted for; where one is not, the exit code is 1.

Nothing is installed, nothing leaves the machine.`
}

func (c *demoCommand) Validate() error {
	if c.Records < demo.MinRecords || c.Records > 1_000_000 {
		return fmt.Errorf("--records: want %d to 1000000", demo.MinRecords)
	}
	if c.BatchSize < 1 || c.BatchSize > 10_000 {
		return errors.New("--batch-size: want 1 to 10000")
	}
	return nil
}

// demoPause lets a terminal show what happens: it is less than a call of Lambda
// takes.
const demoPause = 10 * time.Millisecond

func (c *demoCommand) Run(ctx context.Context, std *streams) error {
	config := demo.Config{Records: c.Records, Seed: c.Seed, BatchSize: c.BatchSize}
	if progress.IsTerminal(std.err) {
		config.Pause = demoPause
	}
	var counts demo.Counts
	display := progress.New(std.err,
		progress.WithCounter("dead-lettered", func() int { return counts.DeadLettered }),
	)
	defer display.Close()
	config.Observe = func(p esm.Progress, c demo.Counts) {
		counts = c
		display.Observe(p)
	}
	if !c.JSON {
		config.Introduce(std.out)
	}
	report, err := demo.Run(ctx, config)
	display.Close()
	if err != nil {
		return err
	}
	if c.JSON {
		err = printJSON(std, report)
	} else {
		report.Print(std.out, styleOf(std.out))
	}
	if err == nil && len(report.Problems) > 0 {
		return exitError(exitFailure)
	}
	return err
}

// styleOf is plain for anything that is no terminal, and without colours where
// nobody wants them: see https://no-color.org.
func styleOf(w io.Writer) demo.Style {
	if !progress.IsTerminal(w) {
		return demo.Style{}
	}
	style := demo.Style{Color: os.Getenv("NO_COLOR") == "", Width: 100}
	if width, _, err := term.GetSize(int(w.(*os.File).Fd())); err == nil && width > 0 { //nolint:forcetypeassert // as IsTerminal says
		style.Width = width
	}
	return style
}
