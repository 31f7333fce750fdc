package demo

import (
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Style is how a report is printed.
type Style struct {
	Color bool // ANSI colours
	Width int  // columns; longer lines are cut. 0: as long as they are
}

func (s Style) bold(text string) string  { return s.in("1", text) }
func (s Style) dim(text string) string   { return s.in("2", text) }
func (s Style) red(text string) string   { return s.in("1;31", text) }
func (s Style) green(text string) string { return s.in("1;32", text) }

func (s Style) in(code, text string) string {
	if !s.Color {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// cut makes text fit behind what a line has already.
func (s Style) cut(text string, used int) string {
	if s.Width == 0 || used+len(text) <= s.Width {
		return text
	}
	return text[:max(s.Width-used-3, 0)] + "..."
}

// Introduce says what is about to happen.
func (c Config) Introduce(w io.Writer) {
	fmt.Fprintf(w, "%s orders as JSON, Avro and Protobuf, one function, and all that goes wrong\n", comma(c.Records))
}

// Print writes the report for people: what became of the records, where the
// poison pills are, how they were delivered, and what does not add up.
func (r *Report) Print(w io.Writer, style Style) {
	r.printFates(w, style)
	fmt.Fprintln(w)
	r.printPills(w, style)
	fmt.Fprintln(w)
	m, f := r.Mapping, r.Function
	fmt.Fprintf(w, "%s %s invocations, %s partial failures, %s crashes, %s retried, lag %s\n", style.bold("delivery:"),
		comma(m.Invocations), comma(m.PartialFailures), comma(f.Crashes), comma(m.Retried), comma(int(r.Uncommitted)))
	if r.RepeatedLetters > 0 {
		fmt.Fprintf(w, "%s %s written again: the function died before it had replied\n", style.bold("dead letters:"), comma(r.RepeatedLetters))
	}
	for _, p := range r.Problems {
		fmt.Fprintln(w, style.red("does not add up:"), p)
	}
	fmt.Fprintln(w, "The function is examples/mixed/handler. For one of yours: mskit esm --help")
}

func (r *Report) printFates(w io.Writer, style Style) {
	verdict := style.green("every one accounted for") + ", none lost, none shipped twice"
	if len(r.Problems) > 0 {
		verdict = style.red("the accounts do not add up")
	}
	fmt.Fprintf(w, "%s, %s (%.2f s)\n", style.bold(comma(r.Records)+" records"), verdict, r.Elapsed.Seconds())
	shipped := make([]string, len(formatsShown))
	for i, f := range formatsShown {
		shipped[i] = comma(r.ShippedAs[f.key]) + " " + f.name
	}
	for _, x := range []struct {
		n          int
		what, note string
	}{
		{r.Shipped, "shipped", "once each: " + strings.Join(shipped, ", ")},
		{r.Cancelled, "cancelled", "tombstones"},
		{r.Duplicates, "skipped", "duplicates, known by their event id"},
		{r.FilteredByMapping, "filtered", "by the mapping: test orders, by key"},
		{r.FilteredByHandler, "filtered", "by the function: unpaid, one pattern for all formats"},
		{r.DeadLettered, "dead-lettered", "by the function, to " + lettersTopic},
		{r.GivenUp, "given up", "by the mapping, to " + failedTopic},
	} {
		fmt.Fprintf(w, "%7s  %-14s %s\n", comma(x.n), x.what, style.dim(x.note))
	}
}

func (r *Report) printPills(w io.Writer, style Style) {
	fmt.Fprintln(w, style.bold("poison pills, the first of each kind, and why it could not be shipped"))
	for _, p := range r.Pills {
		line := fmt.Sprintf("%7s  %-15s %-13s ", comma(p.Count), p.What, p.Places[0])
		// What the error is about stands on this line already.
		why := p.Why
		for _, prefix := range []string{"schema: ", ordersTopic + " ", "value: "} {
			why = strings.TrimPrefix(why, prefix)
		}
		why, _, _ = strings.Cut(why, "; ") // how often the registry was asked
		fmt.Fprintln(w, line+style.dim(style.cut(why, len(line))))
	}
}

// comma is a number with its thousands set apart.
func comma(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0 && text[i-1] != '-'; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
