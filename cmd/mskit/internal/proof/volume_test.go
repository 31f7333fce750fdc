package proof_test

import (
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/mskit-go/mskit/cmd/mskit/esm"
	"github.com/mskit-go/mskit/cmd/mskit/internal/proof"
)

const (
	partitions = 6
	memory     = 150e6 // bytes
)

// many is a hundred thousand records: one in a hundred of them is poison, one
// in a hundred fails once.
func many() int {
	if testing.Short() {
		return 10_000
	}
	return 100_000
}

// Every record is done or dead, in order, and committed.
func TestNoneOfManyIsLost(t *testing.T) {
	n := many()
	tp := produce(t, brokers(t), n, partitions)
	ledger := filepath.Join(t.TempDir(), "ledger")
	build(t)
	begin := time.Now()
	p := tp.start(t, proof.Function{DeadLetter: true}, ledger)
	wantMany(t, p, n, ledger, begin)
	tp.wantCommitted(t)
}

// The same in one process with the broker.
func TestNoneOfManyIsLostBesideTheBroker(t *testing.T) {
	n := many()
	ledger := filepath.Join(t.TempDir(), "ledger")
	build(t)
	begin := time.Now()
	p := start(t, binaries.together, append([]string{
		"-records", strconv.Itoa(n), "-partitions", strconv.Itoa(partitions), "--", binaries.bootstrap,
	}, proof.Function{DeadLetter: true}.Args(ledger)...)...)
	wantMany(t, p, n, ledger, begin)
}

func wantMany(t *testing.T, p *process, n int, ledger string, begin time.Time) {
	t.Helper()
	got := p.wait(t)
	t.Logf("%v, %d MB of memory at most: %+v", time.Since(begin).Round(time.Millisecond), p.peak/1e6, got)
	batches := esm.Summary{Invocations: got.Invocations, PartialFailures: got.PartialFailures, Retried: got.Retried, Records: n, Succeeded: n}
	if got != batches || got.PartialFailures == 0 {
		t.Errorf("%+v, want %d records to succeed, some after partial failures", got, n)
	}
	entries, _ := readLedger(t, ledger)
	want := tally{Dead: kinds(n)[proof.Poison], Failed: kinds(n)[proof.Transient]}
	want.Done = n - want.Dead
	if got := count(t, entries, n, partitions, true); got != want {
		t.Errorf("the ledger has %+v, want %+v", got, want)
	}
	if p.peak > memory {
		t.Errorf("%d bytes of memory, want at most %d", p.peak, int64(memory))
	}
}
