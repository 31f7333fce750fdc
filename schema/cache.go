package schema

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"time"
)

// Cached keeps what r answers, so that records cost no requests: schemas by id
// without expiry, for an id never changes its meaning; the latest version of a
// subject for a while; and for a while also that an id is unknown. Many who ask
// for one id at a time share one request. An r that is slow or down fails the
// records that need it, retryably, but is not asked for each of them.
//
// A nil r, or an r that is a nil pointer, is allowed with [WithSnapshot].
func Cached(r Registry, opts ...CacheOption) *Cache {
	if v := reflect.ValueOf(r); v.Kind() == reflect.Pointer && v.IsNil() {
		r = nil // such as a client whose constructor failed
	}
	cfg := newCacheConfig(opts)
	return &Cache{
		reg:     r,
		cfg:     cfg,
		schemas: newLRU[ID, *Schema](cfg.maxEntries, cfg.maxBytes),
		latest:  newLRU[string, latestEntry](latestEntries, 0),
		missing: newLRU[cacheKey, missingEntry](missingEntries, 0),
		flights: make(map[cacheKey]*flight),
	}
}

// Cache is a [LatestRegistry] in front of another registry. It is safe for
// concurrent use. Make it once, outside the handler.
type Cache struct {
	reg Registry
	cfg cacheConfig

	mu      sync.Mutex // never held over I/O
	schemas *lru[ID, *Schema]
	latest  *lru[string, latestEntry]
	missing *lru[cacheKey, missingEntry]
	flights map[cacheKey]*flight
	stats   Stats

	// What stands for an invocation when the caller names none.
	implicit      *invocation
	implicitSince time.Time
}

// cacheKey is what a registry is asked for: an id, or the latest version of a
// subject when the id is zero.
type cacheKey struct {
	id      ID
	subject string
}

type latestEntry struct {
	schema *Schema
	asked  time.Time
}

// missingEntry is an answer that will be the same for a while: the id is
// unknown, or its schema is of no use.
type missingEntry struct {
	err     *Error
	answers int
	asked   time.Time
	inv     *invocation // the one that asked
}

// Stats count what a [Cache] did since it was made.
type Stats struct {
	Hits     uint64 // answered from memory or from the snapshot
	Fetches  uint64 // requests to the registry
	Joined   uint64 // waited for a request that was under way
	Negative uint64 // refused from memory: an unknown id, an unusable schema
	Spared   uint64 // refused without a request, the failure budget being used up
	Failures uint64 // requests that failed for the registry's sake
	Evicted  uint64

	FetchTime time.Duration // of all fetches together

	Schemas int // kept now
	Bytes   int // their text with that of their references
}

// Stats returns the counts up to now.
func (c *Cache) Stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.stats
	s.Evicted = c.schemas.evicted
	s.Schemas = len(c.schemas.entries)
	s.Bytes = c.schemas.cost
	return s
}

// Framing is the registry's, else the snapshot's, nil when neither states one.
func (c *Cache) Framing() Framing {
	if f := framingFrom(c.reg); f != nil {
		return f
	}
	if c.cfg.snapshot != nil {
		return c.cfg.snapshot.Framing()
	}
	return nil
}

// ConfigError says that there is nothing to ask, or what the registry's own
// method of that name says.
func (c *Cache) ConfigError() error {
	if c.reg == nil && c.cfg.snapshot == nil {
		return &Error{Kind: KindConfig, Msg: "Cached has neither a registry nor a snapshot"}
	}
	if r, ok := c.reg.(interface{ ConfigError() error }); ok {
		return r.ConfigError()
	}
	return nil
}

// Schema is the schema of an id.
//
// An id that the registry does not know is an [*Error] of KindUnknownSchema
// first and of KindNoSuchSchema after the grace of [WithUnknownGrace]. Any error
// that is not an *Error is taken for KindUnavailable.
func (c *Cache) Schema(ctx context.Context, id ID) (*Schema, error) {
	if c.cfg.snapshot != nil {
		if s, ok := c.cfg.snapshot.byID[id]; ok {
			c.mu.Lock()
			c.stats.Hits++
			c.mu.Unlock()
			return s, nil
		}
	}
	if id.IsZero() {
		return nil, &Error{Kind: KindConfig, Msg: "no schema id to look up"}
	}
	c.mu.Lock()
	if s, ok := c.schemas.get(id); ok {
		c.stats.Hits++
		c.mu.Unlock()
		return s, nil
	}
	return c.ask(ctx, cacheKey{id: id})
}

// Latest is the newest version of a subject, at most as old as [WithLatestTTL]
// says, or older when the registry does not answer. The registry has to be a
// [LatestRegistry].
func (c *Cache) Latest(ctx context.Context, subject string) (*Schema, error) {
	c.mu.Lock()
	old, known := c.latest.get(subject)
	if known && !elapsed(old.asked, c.cfg.latestTTL) {
		c.stats.Hits++
		c.mu.Unlock()
		return old.schema, nil
	}
	s, err := c.ask(ctx, cacheKey{subject: subject})
	if err == nil {
		return s, nil
	}
	if known {
		// The old version goes on, and the registry has its pause.
		c.mu.Lock()
		defer c.mu.Unlock()
		if newer, ok := c.latest.get(subject); ok && newer != old {
			return newer.schema, nil // another caller waited longer
		}
		c.latest.put(subject, latestEntry{old.schema, now()}, 0)
		return old.schema, nil
	}
	if c.cfg.snapshot != nil {
		if s, ok := c.cfg.snapshot.latest[subject]; ok {
			return s, nil
		}
	}
	return nil, err
}

// Preload fetches schemas ahead of their first record, up to eight at a time, as
// in the init phase of a function. Its error joins those of the ids that failed;
// a function may go on all the same, for every id is asked for again when it is
// needed.
func (c *Cache) Preload(ctx context.Context, ids ...ID) error {
	return parallel(len(ids), func(i int) error {
		_, err := c.Schema(ctx, ids[i])
		return err
	})
}

// PreloadLatest does for the latest versions of subjects what Preload does for
// ids.
func (c *Cache) PreloadLatest(ctx context.Context, subjects ...string) error {
	return parallel(len(subjects), func(i int) error {
		_, err := c.Latest(ctx, subjects[i])
		return err
	})
}

func parallel(n int, do func(i int) error) error {
	errs := make([]error, n)
	slots := make(chan struct{}, preloadParallel)
	var wg sync.WaitGroup
	for i := range n {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			errs[i] = do(i)
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// ask answers from what is known to fail, or by a request. It is called with
// c.mu held and unlocks it.
func (c *Cache) ask(ctx context.Context, key cacheKey) (*Schema, error) {
	if c.reg == nil {
		c.mu.Unlock()
		return nil, c.noRegistry(key)
	}
	inv := c.invocation(ctx)
	if m, ok := c.missing.get(key); ok && (m.inv == inv || !elapsed(m.asked, c.cfg.unknownPause)) {
		c.stats.Negative++
		c.mu.Unlock()
		return nil, m.err.clone()
	}
	f, underWay := c.flights[key]
	if underWay {
		c.stats.Joined++
	} else if err := ctx.Err(); err != nil {
		c.mu.Unlock()
		return nil, &Error{Kind: KindUnavailable, ID: key.id, Msg: "the context had ended before the registry was asked", Err: err}
	} else if err := inv.spent(c); err != nil {
		c.stats.Spared++
		c.mu.Unlock()
		err.ID = key.id
		return nil, err
	} else {
		f = c.takeOff(ctx, key, inv)
	}
	f.waiting++
	c.mu.Unlock()
	return c.wait(ctx, f)
}

func (c *Cache) noRegistry(key cacheKey) *Error {
	if c.cfg.snapshot == nil {
		return &Error{Kind: KindConfig, ID: key.id, Msg: "Cached has neither a registry nor a snapshot"}
	}
	if key.id.IsZero() {
		return &Error{Kind: KindUnknownSchema, Msg: "the snapshot has no schema with subject " + key.subject}
	}
	return &Error{Kind: KindUnknownSchema, ID: key.id, Msg: "not in the snapshot, and there is no registry to ask"}
}

// unknown remembers an answer that the next ones to ask get as well. It is
// called with c.mu held.
func (c *Cache) unknown(key cacheKey, inv *invocation, err *Error) *Error {
	m, _ := c.missing.get(key)
	m.answers++
	m.asked, m.inv = now(), inv
	m.err = err.clone()
	m.err.ID = key.id
	if err.Kind == KindUnknownSchema && !key.id.IsZero() {
		if m.err.Msg != "" {
			m.err.Msg += "; "
		}
		if m.answers >= c.cfg.unknownGrace {
			m.err.Kind = KindNoSuchSchema
			m.err.Msg += fmt.Sprintf("%d answers say so", m.answers)
		} else {
			m.err.Msg += fmt.Sprintf("answer %d of %d before the record counts as undecodable", m.answers, c.cfg.unknownGrace)
		}
	}
	c.missing.put(key, m, 0)
	return m.err.clone()
}

// clone makes an error that its receiver may change.
func (e *Error) clone() *Error {
	c := *e
	return &c
}

// now is the wall clock: the monotonic one may stand still while the sandbox
// is frozen between invocations.
func now() time.Time { return time.Now().Round(0) }

// elapsed is true also after the clock was set back, which must not make
// anything last for ever.
func elapsed(since time.Time, d time.Duration) bool {
	passed := now().Sub(since)
	return passed < 0 || passed >= d
}

// size is what a schema weighs in the cache, references included. The number
// of steps is bounded, for a registry of somebody else's may hand out cycles.
func (s *Schema) size() int {
	steps := 10_000
	var walk func(s *Schema) int
	walk = func(s *Schema) int {
		if s == nil || steps == 0 {
			return 0
		}
		steps--
		n := len(s.Text) + len(s.Serialized)
		for _, r := range s.References {
			n += walk(r.Schema)
		}
		return n
	}
	return walk(s)
}
