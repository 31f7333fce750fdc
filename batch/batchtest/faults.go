package batchtest

import "math/rand/v2"

// Fault is what goes wrong with an invocation.
type Fault uint8

const (
	// NoFault: nothing.
	NoFault Fault = iota
	// CrashBefore: the sandbox dies before the handler is called.
	CrashBefore
	// CrashAfter: the handler does its work, but the reply is lost, so what it
	// handled comes again.
	CrashAfter
	// Duplicate: the reply arrives, but the poller restarts before it has
	// committed, and delivers the batch once more.
	Duplicate
)

func (f Fault) String() string {
	switch f {
	case CrashBefore:
		return "crash before"
	case CrashAfter:
		return "crash after"
	case Duplicate:
		return "duplicate"
	default:
		return "none"
	}
}

// RandomFaults lets a fraction of the invocations fail, from 0 to 1, in one way
// or another. The same seed gives the same faults.
//
// Where nearly all fail, a batch counts as blocked: see Config.Patience.
func RandomFaults(seed uint64, fraction float64) func(Invocation) Fault {
	random := rand.New(rand.NewPCG(seed, 0))
	return func(Invocation) Fault {
		if random.Float64() >= fraction {
			return NoFault
		}
		return []Fault{CrashBefore, CrashAfter, Duplicate}[random.IntN(3)]
	}
}
