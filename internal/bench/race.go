// Package bench measures mskit beside what its users have today.
//
// Every comparison runs its candidates in turn inside one process, counts CPU
// time, not wall time, and reports medians and the median of the ratios round
// by round: on a shared machine anything else measures the neighbours.
package bench

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"text/tabwriter"
	"time"
)

// Candidate is one way of doing the same work. Setup, when there is one, runs
// uncounted before each run, for work that destroys its input.
type Candidate struct {
	Name  string
	Setup func()
	Run   func()
}

// Row is what one candidate cost.
type Row struct {
	Name   string
	CPU    time.Duration // the median of a run
	Times  float64       // how many times faster than the first candidate: the median of the rounds
	Allocs uint64        // of a run
	Bytes  uint64
}

// Race runs the candidates in turn, once for each iteration of b after one
// round that does not count. The first candidate is the baseline. It prints a
// table in units (records) of a run and reports the ratios as metrics:
//
//	go test -bench Race -benchtime 10x
func Race(b *testing.B, units int, candidates ...Candidate) {
	b.Helper()
	cpu := make([][]float64, len(candidates))
	rows := make([]Row, len(candidates))
	round := func() {
		for i, c := range candidates {
			if c.Setup != nil {
				c.Setup()
			}
			runtime.GC()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := cpuTime()
			c.Run()
			cpu[i] = append(cpu[i], float64(cpuTime()-start))
			runtime.ReadMemStats(&after)
			rows[i] = Row{Name: c.Name, Allocs: after.Mallocs - before.Mallocs, Bytes: after.TotalAlloc - before.TotalAlloc}
		}
	}
	round()
	clear(cpu)
	for b.Loop() {
		round()
	}
	for i := range rows {
		ratios := make([]float64, len(cpu[i]))
		for r := range ratios {
			ratios[r] = cpu[0][r] / cpu[i][r]
		}
		rows[i].Times = median(ratios)
		rows[i].CPU = time.Duration(median(cpu[i]))
		b.ReportMetric(rows[i].Times, strings.ReplaceAll(rows[i].Name, " ", "_")+"/x")
	}
	b.ReportMetric(0, "ns/op") // says nothing of a round of several candidates
	write(os.Stderr, b.Name(), rows, units)
}

func write(w io.Writer, title string, rows []Row, units int) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprintln(t, title+"\tns/unit\ttimes\tallocs/run\tKB/run\t")
	for _, r := range rows {
		_, _ = fmt.Fprintf(t, "%s\t%.0f\t%.1f\t%d\t%d\t\n", r.Name, float64(r.CPU)/float64(units), r.Times, r.Allocs, r.Bytes/1024)
	}
	_ = t.Flush()
}

func median(list []float64) float64 {
	s := slices.Clone(list)
	slices.Sort(s)
	if n := len(s); n%2 == 0 {
		return (s[n/2-1] + s[n/2]) / 2
	}
	return s[len(s)/2]
}

// cpuTime is the user and system time of the process so far.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
