package schematest

import (
	"context"
	"sync"

	"github.com/mskit-go/mskit/schema"
)

// Registry is a [schema.LatestRegistry] in memory that can be told to fail and
// counts what it is asked. It is safe for concurrent use.
type Registry struct {
	mu      sync.Mutex
	schemas []*schema.Schema
	static  *schema.StaticRegistry
	fault   func(ctx context.Context) error
	asked   map[schema.ID]int
	latest  int
}

// NewRegistry makes a registry that knows the schemas by their ids and
// subjects.
func NewRegistry(schemas ...*schema.Schema) *Registry {
	r := &Registry{asked: make(map[schema.ID]int)}
	r.Add(schemas...)
	return r
}

// Add registers further schemas.
func (r *Registry) Add(schemas ...*schema.Schema) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.schemas = append(r.schemas, schemas...)
	r.static = schema.Static(r.schemas...)
}

// Inject calls f for each request from now on: its error is the answer, and it
// may wait. Nil ends it.
func (r *Registry) Inject(f func(ctx context.Context) error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fault = f
}

// Fail makes each request from now on fail with an error of a kind.
func (r *Registry) Fail(kind schema.Kind) {
	r.Inject(func(context.Context) error {
		return &schema.Error{Kind: kind, Msg: "injected by schematest"}
	})
}

// Asked is how often the schema of an id was asked for.
func (r *Registry) Asked(id schema.ID) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.asked[id]
}

// Requests is how often anything was asked for.
func (r *Registry) Requests() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := r.latest
	for _, asked := range r.asked {
		n += asked
	}
	return n
}

// Schema implements [schema.Registry].
func (r *Registry) Schema(ctx context.Context, id schema.ID) (*schema.Schema, error) {
	r.mu.Lock()
	r.asked[id]++
	static, fault := r.static, r.fault
	r.mu.Unlock()
	if fault != nil {
		if err := fault(ctx); err != nil {
			return nil, err
		}
	}
	return static.Schema(ctx, id)
}

// Latest implements [schema.LatestRegistry].
func (r *Registry) Latest(ctx context.Context, subject string) (*schema.Schema, error) {
	r.mu.Lock()
	r.latest++
	static, fault := r.static, r.fault
	r.mu.Unlock()
	if fault != nil {
		if err := fault(ctx); err != nil {
			return nil, err
		}
	}
	return static.Latest(ctx, subject)
}

// Framing is what the kinds of the ids ask for.
func (r *Registry) Framing() schema.Framing {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.static.Framing()
}
