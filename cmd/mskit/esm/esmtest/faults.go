package esmtest

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/mskit-go/mskit/cmd/mskit/esm"
)

// Fault is what goes wrong with an invocation. What goes wrong around a commit
// is for [esm.Config.BeforeCommit], and for a second mapping in the group, whose
// joining takes partitions away.
type Fault uint8

const (
	// NoFault: nothing.
	NoFault Fault = iota
	// CrashBefore: the sandbox dies before the function is called.
	CrashBefore
	// CrashAfter: the function does its work, but the reply is lost.
	CrashAfter
	// TimedOut is CrashAfter at the deadline of the function.
	TimedOut
	// Duplicate: the function gets the batch twice, as when a poller restarts
	// before it commits; the second reply counts.
	Duplicate
)

// RandomFaults lets a fraction of the invocations fail, from 0 to 1, in one way
// or another. The same seed gives the same faults.
func RandomFaults(seed uint64, fraction float64) func(n int) Fault {
	random := rand.New(rand.NewPCG(seed, 0))
	return func(int) Fault {
		if random.Float64() >= fraction {
			return NoFault
		}
		return CrashBefore + Fault(random.IntN(int(Duplicate)))
	}
}

// Faulty is a function whose invocations go wrong.
type Faulty struct {
	// Function is what is invoked. Required.
	Function esm.Invoker
	// Fault says what goes wrong with invocation n, which counts from 1; nil:
	// nothing.
	Fault func(n int) Fault
	// Timeout is when the function's deadline is; a minute if 0.
	Timeout time.Duration

	invocations atomic.Int64
}

var (
	errCrash   = errors.New("esmtest: the sandbox died")
	errTimeout = errors.New("esmtest: the function timed out")
)

// Invoke calls the function, or fails in its place.
func (f *Faulty) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	n, fault := int(f.invocations.Add(1)), NoFault
	if f.Fault != nil {
		fault = f.Fault(n)
	}
	timeout := f.Timeout
	if timeout <= 0 {
		timeout = time.Minute
	}
	timed, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	if fault == CrashBefore {
		return nil, errCrash
	}
	if fault == Duplicate {
		f.Function.Invoke(timed, bytes.Clone(payload)) //nolint:errcheck // the second one counts
	}
	reply, err := f.Function.Invoke(timed, payload)
	switch fault {
	case CrashAfter:
		return nil, errCrash
	case TimedOut:
		<-timed.Done()
		return nil, errTimeout
	default:
		return reply, err
	}
}
