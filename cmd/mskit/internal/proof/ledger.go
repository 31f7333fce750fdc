package proof

import (
	"cmp"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
)

// Outcome is what the function made of a record.
type Outcome string

const (
	Done   Outcome = "done"
	Dead   Outcome = "dead"   // it went to the dead-letter sink
	Failed Outcome = "failed" // it may come again
)

// Entry is one line of a ledger.
type Entry struct {
	Outcome   Outcome
	Partition int32
	Offset    int64
}

// Ledger is a file that the function appends to, a line and a write for each
// record, so that a killed process leaves all that it has done.
type Ledger struct {
	mu   sync.Mutex
	file *os.File
	line []byte
}

// OpenLedger opens a ledger to append to, and notes the process.
func OpenLedger(name string) (*Ledger, error) {
	file, err := os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	l := &Ledger{file: file}
	return l, l.write("process", os.Getpid(), 0)
}

// Note appends an entry.
func (l *Ledger) Note(e Entry) error { return l.write(string(e.Outcome), int(e.Partition), e.Offset) }

func (l *Ledger) write(word string, a int, b int64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.line = append(l.line[:0], word...)
	l.line = strconv.AppendInt(append(l.line, ' '), int64(a), 10)
	l.line = append(strconv.AppendInt(append(l.line, ' '), b, 10), '\n')
	_, err := l.file.Write(l.line)
	return err
}

// ReadLedger reads the entries of a ledger, and the ids of the processes that
// wrote them, in the order in which they were written. It may be read while it
// grows.
func ReadLedger(name string) (entries []Entry, processes []int, err error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, nil, err
	}
	for line := range strings.Lines(string(text)) {
		if !strings.HasSuffix(line, "\n") {
			break // it is being written
		}
		word, numbers, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		left, right, _ := strings.Cut(numbers, " ")
		a, errA := strconv.ParseInt(left, 10, 32)
		b, errB := strconv.ParseInt(right, 10, 64)
		if err := cmp.Or(errA, errB); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", name, err)
		}
		if word == "process" {
			processes = append(processes, int(a))
			continue
		}
		entries = append(entries, Entry{Outcome(word), int32(a), b})
	}
	return entries, processes, nil
}
