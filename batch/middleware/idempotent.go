package middleware

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/mskit-go/mskit/batch"
	"github.com/mskit-go/mskit/kafkaevent"
)

// Store remembers which records were handled. Its three operations are atomic,
// a conditional write each, and safe for concurrent use.
type Store interface {
	// Claim takes c.Key for c.Owner until c.Until and returns Claimed, unless
	// the key is done (Done) or somebody else's claim has not run out (Busy).
	Claim(ctx context.Context, c Claim) (State, error)
	// Complete marks the key as done, whoever holds it.
	Complete(ctx context.Context, c Claim) error
	// Release gives up the claim if c.Owner still holds it.
	Release(ctx context.Context, c Claim) error
}

// Claim is one attempt at one record.
type Claim struct {
	// Key identifies the record: "namespace/topic/partition/offset@timestamp".
	Key string
	// Owner is different for every claim.
	Owner string
	// Until is when others may take the key, should the owner have crashed.
	Until time.Time
}

// State is what a store knows of a key.
type State uint8

const (
	// Claimed: the key was free, and is the claimant's now.
	Claimed State = iota
	// Busy: another claim has not run out.
	Busy
	// Done: the record was handled.
	Done
)

// ErrHandledBefore is the error, marked with [batch.Skip], of a record that is
// delivered again after it was handled.
var ErrHandledBefore = errors.New("middleware: the record was handled before")

// ErrInProgress is the transient error of a record that somebody else handles
// at this moment.
var ErrInProgress = errors.New("middleware: the record is being handled by another delivery")

// IdempotencyOption configures [Idempotent]; nil is skipped.
type IdempotencyOption interface{ applyIdempotent(*idempotent) }

type idempotencyOption func(*idempotent)

func (f idempotencyOption) applyIdempotent(h *idempotent) { f(h) }

// WithLease says how long a claim keeps others away when its owner crashed. The
// default, and the effect of zero, is until 10 s after the handler's deadline,
// and 15 minutes when there is none.
func WithLease(d time.Duration) IdempotencyOption {
	return idempotencyOption(func(h *idempotent) { h.lease = d })
}

// WithKey identifies records by something else than their place in Kafka, as an
// id the producer gave them, so that a message the producer sent twice is
// handled once. An empty text falls back to the default. nil is the default: the
// record's ID and timestamp.
func WithKey(key func(*kafkaevent.Record) string) IdempotencyOption {
	return idempotencyOption(func(h *idempotent) { h.key = key })
}

// Idempotent handles each record once although Lambda may deliver it several
// times. A record that was handled before is skipped and counted as such; one
// that is being handled elsewhere fails and comes again.
//
// namespace tells functions that share a store apart. Change it to handle
// everything anew, and keep it when a topic is read through a new event source
// mapping. Neither it nor the store may be empty.
//
// The record's success and the note of it are two writes. Between them lies the
// one case in which a record is handled twice: where that must not be, write the
// note in the same transaction as the effect.
//
// When a handler fails, permanently or not, the claim is released, so a replay
// of its dead letter is handled.
func Idempotent(namespace string, s Store, opts ...IdempotencyOption) batch.Middleware {
	return func(next batch.Handler) batch.Handler {
		h := &idempotent{namespace: namespace, store: s, next: next}
		for _, o := range opts {
			if o != nil {
				o.applyIdempotent(h)
			}
		}
		return h
	}
}

type idempotent struct {
	namespace string
	store     Store
	next      batch.Handler
	lease     time.Duration
	key       func(*kafkaevent.Record) string
}

// ConfigError makes every invocation fail before any record is touched.
func (h *idempotent) ConfigError() error {
	switch {
	case h.namespace == "":
		return &batch.ConfigurationError{Msg: "middleware.Idempotent needs a namespace"}
	case h.store == nil:
		return &batch.ConfigurationError{Msg: "middleware.Idempotent needs a store"}
	}
	return nil
}

func (h *idempotent) HandleRecord(ctx context.Context, r *kafkaevent.Record) error {
	c := Claim{Key: h.keyOf(r), Owner: rand.Text(), Until: h.until(ctx)}
	state, err := h.store.Claim(ctx, c)
	switch {
	case err != nil:
		return fmt.Errorf("middleware: claim: %w", err)
	case state == Done:
		return batch.Skip(ErrHandledBefore)
	case state == Busy:
		return ErrInProgress
	}

	complete := false
	// Deferred, for a handler that ends its goroutine.
	defer func() {
		if !complete {
			_ = h.note(ctx, h.store.Release, c) // the lease runs out anyway
		}
	}()
	err = h.next.HandleRecord(ctx, r)
	if class := batch.ClassOf(err); class != batch.ClassNone && class != batch.ClassSkip {
		return err
	}
	complete = true
	if noteErr := h.note(ctx, h.store.Complete, c); noteErr != nil {
		return fmt.Errorf("middleware: the record was handled, and that could not be noted: %w", noteErr)
	}
	return err
}

// note writes to the store although the record's time may be up: the record is
// handled, and whether that is noted decides if it is handled again.
func (h *idempotent) note(ctx context.Context, write func(context.Context, Claim) error, c Claim) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), noteTimeout)
	defer cancel()
	return write(ctx, c)
}

const noteTimeout = 2 * time.Second

func (h *idempotent) until(ctx context.Context) time.Time {
	if h.lease > 0 {
		return time.Now().Add(h.lease)
	}
	if end, ok := ctx.Deadline(); ok {
		return end.Add(10 * time.Second)
	}
	return time.Now().Add(15 * time.Minute) // Lambda's longest invocation
}

// keyOf has the timestamp too, since a topic that was deleted and made again
// counts its offsets anew.
func (h *idempotent) keyOf(r *kafkaevent.Record) string {
	if h.key != nil {
		if k := h.key(r); k != "" {
			return h.namespace + "/" + k
		}
	}
	k := h.namespace + "/" + r.ID() + "@"
	if r.Timestamp.IsZero() {
		return k
	}
	return k + strconv.FormatInt(r.Timestamp.UnixMilli(), 10)
}
