//go:build unix

package proof_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/mskit-go/mskit/cmd/mskit/internal/proof"
)

var (
	kills = flag.Int("kills", 6, "how often the function and mskit are killed")
	seed  = flag.Uint64("seed", 1, "of the moments at which they are")
)

// patience is how long the processes may take to get on.
const patience = time.Minute

// victim is who is killed.
type victim int

const (
	theFunction victim = iota
	theMapping         // the function may still do what it was given
	both               // as when the power fails
	victims
)

// kill -9 while a batch is under way: what was under way comes again, nothing
// is lost, nothing is overtaken.
func TestKillsLoseNothing(t *testing.T) {
	for name, next := range map[string]func(*rand.Rand) victim{
		"of the function": func(*rand.Rand) victim { return theFunction },
		"of mskit":        func(*rand.Rand) victim { return theMapping },
		"of both":         func(*rand.Rand) victim { return both },
		"by turns":        func(r *rand.Rand) victim { return victim(r.IntN(int(victims))) },
	} {
		t.Run(name, func(t *testing.T) { killed(t, next) })
	}
}

func killed(t *testing.T, next func(*rand.Rand) victim) {
	const partitions = 4
	random := rand.New(rand.NewPCG(*seed, 0))
	step := 200 + random.IntN(100) // records from one kill to the next, on average
	n := (*kills + 2) * step
	tp := produce(t, brokers(t), n, partitions)
	ledger := filepath.Join(t.TempDir(), "ledger")
	f := proof.Function{DeadLetter: true, Pace: 200 * time.Microsecond} // so that the time goes into batches
	run := func() *process { return tp.start(t, f, ledger, "--batch-size", "50") }

	p, of := run(), make([]int, victims)
	for range *kills {
		grow(t, p, ledger, lineSize*(2+random.IntN(2*step)))
		_, functions := readLedger(t, ledger)
		function := functions[len(functions)-1]
		who := next(random)
		of[who]++
		if who != theMapping {
			syscall.Kill(function, syscall.SIGKILL)
		}
		if who == theFunction {
			continue
		}
		p.kill()
		ended(t, function) // alone, it must not go on beside the next one
		tp.leave(t)
		p = run()
	}
	p.wait(t)

	entries, functions := readLedger(t, ledger)
	got := count(t, entries, n, partitions, true)
	t.Logf("%d records; kills: %d of the function, %d of mskit, %d of both; %d functions started; ledger %+v",
		n, of[theFunction], of[theMapping], of[both], len(functions), got)
	if poison := kinds(n)[proof.Poison]; got.Dead != poison || got.Done != n-poison {
		t.Errorf("the ledger has %+v, want %d records done and %d dead", got, n-poison, poison)
	}
	if got.Repeated == 0 {
		t.Error("nothing came again: no kill was in the middle of a batch")
	}
	tp.wantCommitted(t)
}

// lineSize is about that of a line of the ledger.
const lineSize = len("done 3 123\n")

// grow waits until a ledger has so many bytes more.
func grow(t *testing.T, p *process, ledger string, more int) {
	t.Helper()
	size := func() int64 {
		info, err := os.Stat(ledger)
		if err != nil {
			return 0
		}
		return info.Size()
	}
	want := size() + int64(more)
	for begin := time.Now(); time.Since(begin) < patience; time.Sleep(time.Millisecond) {
		if size() >= want {
			return
		}
		select {
		case <-p.exited:
			p.wait(t) // says what was wrong
			t.Fatalf("mskit is at the end of the log before the ledger has %d bytes", want)
		default:
		}
	}
	t.Fatalf("the ledger has not %d bytes after %v\n%s", want, patience, p.log.Bytes())
}

// ended waits until a process has ended by itself.
func ended(t *testing.T, pid int) {
	t.Helper()
	for begin := time.Now(); time.Since(begin) < patience; time.Sleep(time.Millisecond) {
		if !runs(pid) {
			return
		}
	}
	syscall.Kill(pid, syscall.SIGKILL)
	t.Fatalf("the function still ran %v after mskit", patience)
}

// runs is whether a process has not ended; one that nobody has waited for yet
// has.
func runs(pid int) bool {
	if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return false
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, state, ok := bytes.Cut(stat, []byte(") "))
	return err != nil || !ok || state[0] != 'Z'
}
