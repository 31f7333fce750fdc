package jsonschema

import (
	"container/list"
	"context"
	"sync"

	"github.com/mskit-go/mskit/schema"
)

// cache keeps compiled schemas by id, never by text: an id is immutable, and
// one text means different things with different references. A schema that
// does not compile stays too, as its error.
type cache struct {
	capacity int

	mu    sync.Mutex
	byID  map[schema.ID]*list.Element
	order list.List // of *entry, most recently used first
}

// entry is one schema, compiled or being compiled.
type entry struct {
	id   schema.ID
	done chan struct{} // closed once c or err is set
	c    *compiled
	err  *schema.Error
}

func newCache(capacity int) *cache {
	return &cache{capacity: capacity, byID: make(map[schema.ID]*list.Element)}
}

// get is nil for an unknown id.
func (c *cache) get(id schema.ID) *entry {
	c.mu.Lock()
	defer c.mu.Unlock()
	el, ok := c.byID[id]
	if !ok {
		return nil
	}
	c.order.MoveToFront(el)
	return el.Value.(*entry)
}

// add returns the entry of id. When it is new, the caller must fill it.
func (c *cache) add(id schema.ID) (e *entry, isNew bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if el, ok := c.byID[id]; ok {
		return el.Value.(*entry), false
	}
	e = &entry{id: id, done: make(chan struct{})}
	c.byID[id] = c.order.PushFront(e)
	if c.order.Len() > c.capacity {
		oldest := c.order.Remove(c.order.Back()).(*entry)
		delete(c.byID, oldest.id)
	}
	return e, true
}

// fill compiles s for all who wait.
func (e *entry) fill(s *schema.Schema, conf *config) {
	defer close(e.done)
	if s.Format != schema.FormatJSON && s.Format != schema.FormatUnknown {
		e.err = &schema.Error{Kind: schema.KindTypeMismatch, Msg: "the registry has " + s.Format.String() + " under this id, want JSON Schema; where the event source mapping converts to JSON, use schema.JSON"}
		return
	}
	// Nothing is migrated: each record is checked against its own schema.
	if err := s.CheckRules(false, conf.ignoredRules...); err != nil {
		e.err = asError(err)
		return
	}
	e.c, e.err = compile(s, conf)
}

// wait is what fill came to. The error is the caller's own.
func (e *entry) wait(ctx context.Context) (*compiled, *schema.Error) {
	select {
	case <-e.done:
	case <-ctx.Done():
		return nil, asError(ctx.Err())
	}
	if e.err != nil {
		own := *e.err
		return nil, &own
	}
	return e.c, nil
}
