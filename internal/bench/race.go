// Package bench measures mskit beside what its users have today.
//
// Every comparison runs its candidates in turn inside one process, counts CPU
// time, not wall time, and reports medians and the median of the ratios round
// by round: on a shared machine anything else measures the neighbours.
package bench

import (
	"fmt"
	"io"
	"runtime"
	"slices"
	"syscall"
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

// Compare runs the candidates in turn, rounds times after one round that does
// not count. The first candidate is the baseline.
func Compare(rounds int, candidates ...Candidate) []Row {
	cpu := make([][]float64, len(candidates))
	rows := make([]Row, len(candidates))
	for round := range rounds + 1 {
		for i, c := range candidates {
			if c.Setup != nil {
				c.Setup()
			}
			runtime.GC()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := cpuTime()
			c.Run()
			spent := cpuTime() - start
			runtime.ReadMemStats(&after)
			if round == 0 {
				continue
			}
			cpu[i] = append(cpu[i], float64(spent))
			rows[i] = Row{Name: c.Name, Allocs: after.Mallocs - before.Mallocs, Bytes: after.TotalAlloc - before.TotalAlloc}
		}
	}
	for i := range rows {
		ratios := make([]float64, rounds)
		for r := range ratios {
			ratios[r] = cpu[0][r] / cpu[i][r]
		}
		rows[i].Times = median(ratios)
		rows[i].CPU = time.Duration(median(cpu[i]))
	}
	return rows
}

// Print writes the rows, per is how many units (records) a run handles.
func Print(w io.Writer, rows []Row, per int) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "candidate\tns/record\ttimes\tallocs/run\tKB/run\t")
	for _, r := range rows {
		fmt.Fprintf(t, "%s\t%.0f\t%.1f\t%d\t%d\t\n", r.Name, float64(r.CPU)/float64(per), r.Times, r.Allocs, r.Bytes/1024)
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
