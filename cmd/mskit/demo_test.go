package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"os"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// measured is what a slow machine may change: the time, and how the records
// fall into batches.
var measured = regexp.MustCompile(`\(\d+\.\d\d s\)|after \d+ invocations|delivery: .*|dead letters: .*\n`)

func runDemo(ctx context.Context, args ...string) (code int, out, log string) {
	var o, l bytes.Buffer
	code = run(ctx, append([]string{"demo"}, args...), &streams{in: strings.NewReader(""), out: &o, err: &l})
	return code, o.String(), l.String()
}

func TestDemo(t *testing.T) {
	code, out, log := runDemo(t.Context())
	if code != exitOK {
		t.Errorf("exit code %d\n%s", code, log)
	}
	// Plain, for it is no terminal.
	lines := strings.Split(strings.TrimSpace(log), "\n")
	if last := lines[len(lines)-1]; strings.Contains(out+log, "\x1b") || !strings.HasPrefix(last, "3000 records, ") || !strings.Contains(last, ", lag 0,") {
		t.Errorf("log %q", log)
	}
	got := measured.ReplaceAllString(out, "(measured)")
	const golden = "testdata/demo.golden"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if n := strings.Count(out, "\n"); n > 24 {
		t.Errorf("%d lines, want one screen", n)
	}
}

// The README shows what the demo prints, without the time.
func TestReadmeShowsTheDemo(t *testing.T) {
	golden, err := os.ReadFile("testdata/demo.golden")
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	account, _, _ := strings.Cut(string(golden), "\n\n")
	want := "```\n" + strings.Replace(account, " (measured)", "", 1) + "\n```\n"
	if !strings.Contains(string(readme), want) {
		t.Errorf("README.md does not show\n%s", want)
	}
}

func TestDemoAsJSON(t *testing.T) {
	code, out, log := runDemo(t.Context(), "--json", "--records", "400", "--seed", "7", "--batch-size", "50")
	var report struct {
		Records, Shipped, Cancelled, Duplicates, FilteredByMapping, FilteredByHandler, DeadLettered, GivenUp int

		Problems []string
		Mapping  struct{ Records int }
	}
	if err := json.Unmarshal([]byte(out), &report); err != nil || code != exitOK {
		t.Fatalf("exit code %d, %v\n%s\n%s", code, err, out, log)
	}
	r := report
	if sum := r.Shipped + r.Cancelled + r.Duplicates + r.FilteredByMapping + r.FilteredByHandler + r.DeadLettered + r.GivenUp; sum != 400 || r.Records != 400 || r.Mapping.Records != 400 || r.Problems == nil {
		t.Errorf("%s", out)
	}
}

func TestDemoRefuses(t *testing.T) {
	for _, args := range [][]string{{"--records", "99"}, {"--records", "1000001"}, {"--batch-size", "0"}, {"--seed", "-1"}, {"now"}} {
		if code, out, log := runDemo(t.Context(), args...); code != exitUsage || out != "" || log == "" {
			t.Errorf("%v: exit code %d\n%s\n%s", args, code, out, log)
		}
	}
}

func TestDemoInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if code, out, _ := runDemo(ctx); code != exitInterrupted || strings.Contains(out, "accounted") {
		t.Errorf("exit code %d\n%s", code, out)
	}
}
