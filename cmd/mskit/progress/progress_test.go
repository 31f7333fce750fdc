package progress_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mskit-go/mskit/cmd/mskit/esm"
	"github.com/mskit-go/mskit/cmd/mskit/progress"
)

// at is a mapping that has read so many of 1,000 records in each partition.
func at(settled ...int64) esm.Progress {
	p := esm.Progress{Summary: esm.Summary{Invocations: 4, PartialFailures: 1}}
	for i, s := range settled {
		p.Records += int(s)
		p.Lag = append(p.Lag, esm.PartitionLag{Partition: int32(i), End: 1000, Settled: s})
	}
	return p
}

func TestPlainLines(t *testing.T) {
	var out bytes.Buffer
	d := progress.New(&out, progress.WithInterval(0), nil, progress.WithCounter("dead-lettered", func() int { return 7 }))
	d.Observe(at(100, 0))
	fmt.Fprintln(d, "of the function")
	p := at(1000, 1000)
	p.FailedInvocations, p.Filtered, p.GivenUp, p.Dropped, p.Returned, p.Retried = 2, 30, 4, 5, 6, 40
	d.Observe(p)
	d.Close()
	d.Observe(at(0))
	d.Close()
	const want = `100 records, 4 invocations, 1 partial failures, lag 1900, 7 dead-lettered
of the function
2000 records, 4 invocations, 1 partial failures, 2 failures, lag 0, 40 retried, 7 dead-lettered, 30 filtered, 4 given up, 5 dropped, 6 left for later
`
	if out.String() != want {
		t.Errorf("%s\nwant\n%s", out.String(), want)
	}
}

func TestPlainLinesAreSeldom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		d := progress.New(&out)
		for i := range 25 {
			time.Sleep(100 * time.Millisecond)
			d.Observe(at(int64(i)))
		}
		d.Close()
		// After 1 s, after 2 s, and where it ended.
		for i, want := range []string{"9 records", "19 records", "24 records"} {
			if lines := strings.Split(out.String(), "\n"); len(lines) != 4 || !strings.HasPrefix(lines[i], want) {
				t.Errorf("line %d is not that of %s:\n%s", i, want, out.String())
			}
		}
	})
}

func TestNothingToShow(t *testing.T) {
	for _, terminal := range []bool{true, false} {
		var out bytes.Buffer
		progress.New(&out, progress.WithTerminal(terminal)).Close()
		if text := strings.TrimSpace(lastFrame(out.String())); text != "" {
			t.Errorf("terminal %t: %q is left", terminal, text)
		}
	}
}

func TestAFileIsNoTerminal(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	d := progress.New(f)
	d.Observe(at(1))
	d.Close()
	text, err := os.ReadFile(f.Name())
	if err != nil || strings.Contains(string(text), "\x1b") || !strings.Contains(string(text), "1 records") {
		t.Errorf("%q, %v", text, err)
	}
}

// lastFrame is what stays on the screen below the last line that was taken off.
func lastFrame(text string) string {
	frames := strings.Split(text, "\x1b[J")
	return frames[len(frames)-1]
}

// screen is a terminal that many may look at.
type screen struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// draw shows p for long enough to be drawn.
func draw(d *progress.Display, p esm.Progress) {
	d.Observe(p)
	time.Sleep(time.Second)
	synctest.Wait()
}

// frame is the last whole one that was drawn.
func frame(s *screen) string {
	frames := strings.Split(s.String(), "\x1b[J")
	for i := len(frames) - 1; i > 0; i-- {
		if strings.Contains(frames[i], "records") {
			return frames[i]
		}
	}
	return ""
}

func TestOnATerminal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s screen
		d := progress.New(&s, progress.WithTerminal(true), progress.WithCounter("dead-lettered", func() int { return 7 }))
		draw(d, at(0, 250))
		draw(d, at(400, 1000))
		got := frame(&s)
		for _, want := range []string{"partition 0", "lag 600", "partition 1", "lag 0", "1400 records, 4 invocations", "7 dead-lettered"} {
			if !strings.Contains(got, want) {
				t.Errorf("%q is not in\n%s", want, got)
			}
		}
		// It moved to another member of the group.
		p := at(500)
		draw(d, p)
		if got := frame(&s); strings.Contains(got, "partition 1") || !strings.Contains(got, "lag 500") {
			t.Errorf("after a rebalance\n%s", got)
		}
		fmt.Fprintln(d, "of the function")
		d.Close()
		if !strings.Contains(s.String(), "of the function\n") {
			t.Error("a line of the function was lost")
		}
		if text := strings.TrimSpace(lastFrame(s.String())); text != "" {
			t.Errorf("%q is left", text)
		}
		fmt.Fprintln(d, "afterwards")
		if !strings.HasSuffix(s.String(), "afterwards\n") {
			t.Error("a line after Close was lost")
		}
	})
}

func TestManyPartitionsShareABar(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s screen
		d := progress.New(&s, progress.WithTerminal(true))
		defer d.Close()
		draw(d, at(make([]int64, 50)...))
		got := frame(&s)
		if !strings.Contains(got, "42 more") || !strings.Contains(got, "lag 42000") {
			t.Errorf("no bar for the others in\n%s", got)
		}
		if n := strings.Count(got, "\n"); n > 12 {
			t.Errorf("%d lines:\n%s", n, got)
		}
	})
}
