package batch

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/mskit-go/mskit/kafkaevent"
	"github.com/mskit-go/mskit/schema"
)

// history counts the failed deliveries of a record, since an event does not say
// how often Lambda has delivered it. It is bounded: of the records that failed
// long ago it forgets.
type history struct {
	size atomic.Int64 // so that a healthy function takes no lock

	mu        sync.Mutex
	now, then map[historyKey]int // then: the generation before
}

// historyKey identifies a record in this sandbox, which may serve several
// clusters.
type historyKey struct {
	source, partition string
	offset            int64
}

const historyGeneration = 4096

func (h *history) empty() bool { return h.size.Load() == 0 }

// failures is how often the record has failed.
func (h *history) failures(k historyKey) int {
	if h.empty() {
		return 0
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return max(h.now[k], h.then[k])
}

// failed counts one more.
func (h *history) failed(k historyKey) {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := max(h.now[k], h.then[k]) + 1
	if h.now == nil || len(h.now) >= historyGeneration {
		h.then, h.now = h.now, make(map[historyKey]int)
	}
	// The texts are parts of the event's, all of which they would keep in memory.
	k.source, k.partition = strings.Clone(k.source), strings.Clone(k.partition)
	h.now[k] = n
	h.size.Store(int64(len(h.now) + len(h.then)))
}

// forget is for a record that is done.
func (h *history) forget(k historyKey) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.now, k)
	delete(h.then, k)
	h.size.Store(int64(len(h.now) + len(h.then)))
}

func (r *run) historyKey(i int32) historyKey {
	return historyKey{source: r.source, partition: r.placeOf(i).key, offset: r.offsets[i]}
}

func sourceOf(e *kafkaevent.Event) string {
	if e.SourceARN != "" || len(e.BootstrapServers) == 0 {
		return e.SourceARN
	}
	return e.BootstrapServers[0]
}

// blames reports whether err may be the record's own fault. A registry that
// does not answer and a wrong configuration are not, however often they strike
// the same record.
func blames(err error) bool {
	if ClassOf(err) == ClassConfig {
		return false
	}
	e, ok := errors.AsType[*schema.Error](err)
	return !ok || e == nil || !e.Kind.Retryable()
}
