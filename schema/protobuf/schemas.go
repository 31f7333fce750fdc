package protobuf

import (
	"container/list"
	"context"
	"fmt"
	"sync"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/mskit-go/mskit/schema"
)

// schemas compiles the schemas of a registry and keeps them by id. An id never
// changes its meaning, so failures to compile are kept as well; failures of
// the registry are not.
type schemas struct {
	reg    schema.Registry
	config *config
	// migrate says that records are read as another version of their schema.
	migrate bool

	mu     sync.Mutex
	byID   map[schema.ID]*list.Element // of *entry
	recent list.List                   // most recently used first
}

type entry struct {
	id schema.ID
	// compiled compiles once, whoever calls it first.
	compiled func() (*compiled, *schema.Error)
}

// compiled is a linked schema.
type compiled struct {
	messages *messages
	types    *dynamicpb.Types // of the file and all that it imports
}

func newSchemas(reg schema.Registry, c *config, migrate bool) *schemas {
	return &schemas{reg: reg, config: c, migrate: migrate, byID: map[schema.ID]*list.Element{}}
}

// get finds the schema of id. Callers with the same new id each ask the
// registry, which is made for that (see [schema.Cached]), and compile its
// answer once.
func (s *schemas) get(ctx context.Context, id schema.ID) (*compiled, error) {
	e := s.lookup(id)
	if e == nil {
		sch, err := s.reg.Schema(ctx, id)
		if err != nil {
			return nil, err
		}
		if sch == nil {
			return nil, &schema.Error{Kind: schema.KindUnavailable, ID: id, Msg: "the registry returned neither a schema nor an error"}
		}
		e = s.insert(id, sch)
	}
	c, err := e.compiled()
	if err != nil {
		return nil, err
	}
	return c, nil
}

func (s *schemas) lookup(id schema.ID) *entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	el := s.byID[id]
	if el == nil {
		return nil
	}
	s.recent.MoveToFront(el)
	return el.Value.(*entry)
}

func (s *schemas) insert(id schema.ID, sch *schema.Schema) *entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	if el := s.byID[id]; el != nil {
		return el.Value.(*entry)
	}
	e := &entry{id, sync.OnceValues(func() (*compiled, *schema.Error) {
		c, err := compile(sch, s.config, s.migrate)
		if err != nil {
			err.ID = id
		}
		return c, err
	})}
	s.byID[id] = s.recent.PushFront(e)
	if s.recent.Len() > s.config.limits.Schemas {
		last := s.recent.Remove(s.recent.Back()).(*entry)
		delete(s.byID, last.id)
	}
	return e
}

func (s *schemas) messageName(ctx context.Context, id schema.ID, idx schema.MessageIndex) (protoreflect.FullName, error) {
	c, err := s.get(ctx, id)
	if err != nil {
		return "", err
	}
	md, err := c.message(id, idx)
	if err != nil {
		return "", err
	}
	return md.FullName(), nil
}

// message finds what a record of the schema holds.
func (c *compiled) message(id schema.ID, idx schema.MessageIndex) (protoreflect.MessageDescriptor, error) {
	if none(idx) {
		// A framing of the user's own knows ids and no indexes.
		if len(c.messages.roots) == 1 {
			return c.messages.roots[0].desc, nil
		}
		return nil, &schema.Error{Kind: schema.KindFraming, ID: id, Msg: "the framing has no message index, and the schema has not just one message"}
	}
	md := c.messages.at(idx)
	if md == nil {
		return nil, &schema.Error{Kind: schema.KindFraming, ID: id, Msg: fmt.Sprintf("the record's message has %s, which the schema does not have", describe(idx))}
	}
	return md, nil
}
