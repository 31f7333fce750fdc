package proof_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mskit-go/mskit/cmd/mskit/esm"
	"github.com/mskit-go/mskit/cmd/mskit/internal/proof"
)

// binaries are the programs under test, built once, without the race detector
// whatever the test has.
var binaries struct {
	once      sync.Once
	dir       string
	mskit     string
	bootstrap string
	together  string
	err       error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if binaries.dir != "" {
		os.RemoveAll(binaries.dir)
	}
	os.Exit(code)
}

func build(t *testing.T) {
	t.Helper()
	binaries.once.Do(func() {
		dir, err := os.MkdirTemp("", "mskit-proof-") //nolint:usetesting // it outlives the test
		if err != nil {
			t.Fatal(err)
		}
		binaries.dir = dir
		for target, from := range map[*string]string{
			&binaries.mskit:     "../..",
			&binaries.bootstrap: "./function",
			&binaries.together:  "./together",
		} {
			*target = filepath.Join(dir, filepath.Base(from)+".exe")
			cmd := exec.CommandContext(t.Context(), "go", "build", "-o", *target, from)
			cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off")
			if out, err := cmd.CombinedOutput(); err != nil {
				binaries.err = fmt.Errorf("go build %s: %w\n%s", from, err, out)
			}
		}
	})
	if binaries.err != nil {
		t.Fatal(binaries.err)
	}
}

// process is a program under test.
type process struct {
	cmd      *exec.Cmd
	out, log bytes.Buffer
	exited   chan struct{}
	err      error // of Wait, once it has exited
	peak     int64 // the most memory it was seen to have, in bytes; 0: unknown
}

// start runs "mskit esm" on a topic to its end, with the function of the proof.
func (tp *topic) start(t *testing.T, f proof.Function, ledger string, flags ...string) *process {
	t.Helper()
	build(t)
	args := append([]string{
		"esm", "--brokers", strings.Join(tp.brokers, ","), "--topic", tp.name, "--group", tp.name,
		"--until-end", "--json", "--retry-delay", "1ms",
	}, flags...)
	if !f.AllOrNothing {
		args = append(args, "--report-item-failures")
	}
	args = append(args, "--", binaries.bootstrap)
	return start(t, binaries.mskit, append(args, f.Args(ledger)...)...)
}

func start(t *testing.T, name string, args ...string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(name, args...), exited: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.log
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.exited)
	}()
	t.Cleanup(p.kill)
	return p
}

// kill is kill -9; it returns when the process has ended.
func (p *process) kill() {
	p.cmd.Process.Kill()
	<-p.exited
}

// wait waits for the end of the process, which has to be a good one, and
// returns the summary it printed.
func (p *process) wait(t *testing.T) esm.Summary {
	t.Helper()
	for {
		select {
		case <-p.exited:
			var s esm.Summary
			if err := json.Unmarshal(p.out.Bytes(), &s); err != nil || p.err != nil {
				log := p.log.Bytes()
				t.Fatalf("%v, %v, summary %s\n%s", p.err, err, &p.out, log[max(0, len(log)-4000):])
			}
			return s
		case <-time.After(5 * time.Millisecond):
			p.peak = max(p.peak, peak(p.cmd.Process.Pid))
		}
	}
}

// peak is the most memory that a process has had resident, in bytes; 0 where
// the system does not tell. The rusage of an ended process would not do: on
// Linux it includes what this process had when it started that one.
func peak(pid int) int64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	line, _, _ := strings.Cut(rest, "kB")
	kb, err := strconv.ParseInt(strings.TrimSpace(line), 10, 64)
	if err != nil {
		return 0
	}
	return kb << 10
}
