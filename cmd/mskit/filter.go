package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/mskit-go/mskit/filter"
	"github.com/mskit-go/mskit/kafkaevent"
)

type filterCommand struct {
	Pattern  []string `placeholder:"JSON" sep:"none" xor:"source" help:"Pattern; may be repeated, then any may match."`
	Criteria string   `placeholder:"FILE" xor:"source" help:"FilterCriteria of an event source mapping, {\"Filters\":[{\"Pattern\":\"...\"}]}."`
	Event    string   `placeholder:"FILE" help:"Event whose records to filter; - reads standard input. Without it the patterns are only checked."`
	Explain  bool     `help:"Say for each record what was wanted and what it has."`
	JSON     bool     `name:"json" help:"Print one JSON object for each finding and each record."`
}

// Help is shown by "mskit filter --help".
func (c *filterCommand) Help() string {
	return `Says of each record whether the filter of an event source mapping keeps it, and of each pattern what Lambda would refuse or read otherwise. Exit code 8: Lambda would refuse a pattern.

Examples:

  mskit filter --event event.json --pattern '{"value":{"status":["PAID"]}}'

  mskit filter --event event.json --criteria criteria.json --explain

  mskit filter --pattern '{"value":{"total":[{"numeric":[">",100]}]}}'`
}

func (c *filterCommand) Validate() error {
	if len(c.Pattern) == 0 && c.Criteria == "" {
		return errors.New("want --pattern or --criteria")
	}
	return nil
}

func (c *filterCommand) Run(std *streams) error {
	f, findings, err := c.compile(std)
	refused := false
	for _, finding := range findings {
		refused = refused || finding.Refused
		if c.JSON {
			err = errors.Join(err, printJSON(std, findingReport{finding.Pattern, finding.Line, finding.Col, finding.Path, finding.Refused, finding.Msg, finding.Hint}))
		} else {
			fmt.Fprintf(std.err, "mskit: %s\n", finding)
		}
	}
	if err != nil && refused { // the finding says it
		return exitError(exitRefused)
	}
	if err != nil {
		return err
	}
	if c.Event != "" {
		if err := c.filter(std, f); err != nil {
			return err
		}
	}
	if refused {
		return exitError(exitRefused)
	}
	return nil
}

func (c *filterCommand) compile(std *streams) (*filter.Filter, []filter.Finding, error) {
	if c.Criteria != "" {
		criteria, err := readInput(c.Criteria, std.in)
		if err != nil {
			return nil, nil, err
		}
		f, err := filter.FromCriteria(criteria)
		return f, filter.LintCriteria(criteria), err
	}
	var findings []filter.Finding
	for i, p := range c.Pattern {
		for _, finding := range filter.Lint(p) {
			finding.Pattern = i + 1
			findings = append(findings, finding)
		}
	}
	f, err := filter.Compile(c.Pattern...)
	return f, findings, err
}

func (c *filterCommand) filter(std *streams, f *filter.Filter) error {
	data, err := readInput(c.Event, std.in)
	if err != nil {
		return err
	}
	event, err := kafkaevent.Parse(data)
	if err != nil {
		return err
	}
	for r := range event.Records() {
		report := filterReport{Topic: r.Topic, Partition: r.Partition, Offset: r.Offset}
		if report.Kept, err = f.Match(r); err != nil {
			report.Error = err.Error()
		}
		if c.Explain {
			report.Explanation = f.Explain(r)
		}
		if c.JSON {
			if err := printJSON(std, report); err != nil {
				return err
			}
			continue
		}
		report.print(std)
	}
	return nil
}

// findingReport is a line of "mskit filter --json" about a pattern.
type findingReport struct {
	Pattern int    `json:"pattern"`
	Line    int    `json:"line,omitempty"`
	Col     int    `json:"col,omitempty"`
	Path    string `json:"path,omitempty"`
	Refused bool   `json:"refused"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
}

// filterReport is a line of "mskit filter --json" about a record.
type filterReport struct {
	Topic       string `json:"topic"`
	Partition   int32  `json:"partition"`
	Offset      int64  `json:"offset"`
	Kept        bool   `json:"kept"`
	Error       string `json:"error,omitempty"`
	Explanation string `json:"explanation,omitempty"`
}

func (r filterReport) print(std *streams) {
	verdict := "drop"
	switch {
	case r.Error != "":
		verdict = "fail"
	case r.Kept:
		verdict = "keep"
	}
	fmt.Fprintf(std.out, "%s  %s-%d offset %d\n", verdict, r.Topic, r.Partition, r.Offset)
	if r.Error != "" {
		fmt.Fprintf(std.out, "      %s\n", r.Error)
	}
	if r.Explanation != "" {
		indented := &prefixWriter{w: std.out, prefix: "      "}
		fmt.Fprintln(indented, strings.TrimSuffix(r.Explanation, "\n"))
	}
}
