//go:build unix

package main

import (
	"bufio"
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// cancelOn is a writer that cancels once a text has been written to it.
type cancelOn struct {
	text   string
	cancel context.CancelFunc
}

func (c cancelOn) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte(c.text)) {
		c.cancel()
	}
	return len(p), nil
}

func TestInterruptEndsTheFunction(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var out bytes.Buffer
	std := &streams{in: strings.NewReader(`{}`), out: &out, err: cancelOn{"function | working", cancel}}
	code := run(ctx, []string{"invoke", "--event", "-", "--", "sh", "-c", "echo working; sleep 300"}, std)
	if code != exitInterrupted || out.Len() != 0 {
		t.Errorf("exit code %d, output %q, want %d and none", code, out.String(), exitInterrupted)
	}
}

// The first signal lets the invocation under way end and commits it, the
// second one ends at once and commits nothing.
func TestSignalsEndTheMapping(t *testing.T) {
	for _, row := range []struct {
		name    string
		signals []os.Signal // the gate opens after the first, if it is alone
		code    int
		summary string
		at      int64
	}{
		{name: "one", signals: []os.Signal{os.Interrupt}, code: exitOK, summary: `{"records":1,"filtered":0,"succeeded":1,`, at: 1},
		{name: "two", signals: []os.Signal{os.Interrupt, syscall.SIGTERM}, code: exitInterrupted, summary: `{"records":1,"filtered":0,"succeeded":0,`, at: 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			cluster := newCluster(t, []string{"orders"})
			client := newClient(t, cluster)
			produce(t, client, values("orders", "1")...)
			gate := filepath.Join(t.TempDir(), "gate")
			self, err := os.Executable()
			if err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(t.Context(), self, "esm", "--json", "--brokers", cluster.ListenAddrs()[0], "--topic", "orders", "--", fn(t), "gate", gate)
			cmd.Args[0] = "mskit"
			var out bytes.Buffer
			cmd.Stdout = &out
			log, err := cmd.StderrPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			signals := row.signals
			for lines := bufio.NewScanner(log); lines.Scan(); {
				if line := lines.Text(); !strings.Contains(line, "function | at the gate") && !strings.Contains(line, "once more ends at once") {
					continue
				}
				if len(signals) == 0 {
					if err := os.WriteFile(gate, nil, 0o600); err != nil {
						t.Fatal(err)
					}
					continue
				}
				if err := cmd.Process.Signal(signals[0]); err != nil {
					t.Fatal(err)
				}
				signals = signals[1:]
			}
			cmd.Wait()
			if code := cmd.ProcessState.ExitCode(); code != row.code || !strings.HasPrefix(out.String(), row.summary) {
				t.Errorf("exit code %d, want %d; summary %s", code, row.code, &out)
			}
			if at := max(committed(t, client, "mskit", "orders"), 0); at != row.at {
				t.Errorf("committed %d, want %d", at, row.at)
			}
		})
	}
}

// watcher is a writer that calls what goes with a text once it is written.
type watcher struct {
	bytes.Buffer

	calls map[string]func()
}

func (w *watcher) Write(p []byte) (int, error) {
	for text, call := range w.calls {
		if bytes.Contains(p, []byte(text)) {
			call()
		}
	}
	return w.Buffer.Write(p)
}

// What goes wrong on the way to the end that was asked for is said.
func TestAFailureAfterTheFirstSignalIsReported(t *testing.T) {
	cluster := newCluster(t, []string{"orders"})
	produce(t, newClient(t, cluster), values("orders", "1")...)
	cluster.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.OffsetCommit}, Err: kerr.GroupAuthorizationFailed, Count: -1})
	gate := filepath.Join(t.TempDir(), "gate")
	ctx, cancel := context.WithCancel(t.Context())
	log := &watcher{calls: map[string]func(){
		"function | at the gate": cancel,
		"once more ends at once": func() {
			if err := os.WriteFile(gate, nil, 0o600); err != nil {
				t.Error(err)
			}
		},
	}}
	var out bytes.Buffer
	std := &streams{in: strings.NewReader(""), out: &out, err: &lockedWriter{w: log}}
	code := run(ctx, []string{"esm", "--brokers", cluster.ListenAddrs()[0], "--topic", "orders", "--", fn(t), "gate", gate}, std)
	if code != exitFailure || !strings.Contains(log.String(), "mskit: esm: commit: GROUP_AUTHORIZATION_FAILED") {
		t.Errorf("exit code %d, want %d\n%s", code, exitFailure, log.String())
	}
}
