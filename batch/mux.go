package batch

import (
	"context"
	"path"

	"github.com/mskit-go/mskit/filter"
	"github.com/mskit-go/mskit/kafkaevent"
)

// Route is one line of a [Mux].
type Route struct {
	kind routeKind
	name string
	h    Handler
}

type routeKind uint8

const (
	routeTopic routeKind = iota
	routePattern
	routeAny
)

// Topic routes one topic, by its exact name.
func Topic(name string, h Handler) Route { return Route{routeTopic, name, h} }

// TopicPattern routes the topics that match pattern, in the syntax of
// [path.Match]: "audit.*".
func TopicPattern(pattern string, h Handler) Route { return Route{routePattern, pattern, h} }

// AnyTopic routes every topic that no other route takes.
func AnyTopic(h Handler) Route { return Route{routeAny, "", h} }

// Mux chooses a handler by the record's topic:
//
//	batch.Mux(
//		batch.Topic("orders", batch.Values(schema.JSON[Order](), handleOrder)),
//		batch.Topic("refunds", batch.Values(schema.JSON[Refund](), handleRefund)),
//		batch.TopicPattern("audit.*", batch.HandlerFunc(store)),
//	)
//
// An exact name goes before patterns, the patterns in their order, [AnyTopic]
// last. A record of a topic that has no route fails with a
// [*ConfigurationError]: Lambda delivers it again, and no dead-letter sink takes
// it. A topic that is routed twice, a malformed pattern and no route at all are
// configuration errors of every invocation.
func Mux(routes ...Route) Handler {
	m := &mux{topics: make(map[string]Handler)}
	for _, r := range routes {
		m.add(r)
	}
	if len(routes) == 0 {
		m.err = configErrorf("batch.Mux has no routes")
	}
	return m
}

type mux struct {
	topics   map[string]Handler
	patterns []Route
	rest     Handler
	err      error
}

func (m *mux) add(r Route) {
	switch r.kind {
	case routeTopic:
		if _, ok := m.topics[r.name]; ok {
			m.fail(configErrorf("batch.Mux routes topic %q twice", r.name))
		}
		m.topics[r.name] = r.h
	case routePattern:
		if _, err := path.Match(r.name, ""); err != nil {
			m.fail(configErrorf("batch.Mux has a malformed topic pattern %q", r.name))
		}
		m.patterns = append(m.patterns, r)
	default:
		if m.rest != nil {
			m.fail(configErrorf("batch.Mux has two routes for any topic"))
		}
		m.rest = r.h
	}
	m.fail(configErrorOf(r.h, "the handler of a route of batch.Mux"))
}

// fail keeps the first error.
func (m *mux) fail(err error) { m.err = firstError(m.err, err) }

func (m *mux) ConfigError() error { return m.err }

// route is nil for a topic that nobody takes.
func (m *mux) route(topic string) Handler {
	if h, ok := m.topics[topic]; ok {
		return h
	}
	for _, r := range m.patterns {
		if ok, _ := path.Match(r.name, topic); ok {
			return r.h
		}
	}
	return m.rest
}

func (m *mux) HandleRecord(ctx context.Context, r *kafkaevent.Record) error {
	h := m.route(r.Topic)
	if h == nil {
		return configErrorf("batch.Mux has no route for topic %q; add one, or batch.AnyTopic", r.Topic)
	}
	return h.HandleRecord(ctx, r)
}

func (m *mux) view(ctx context.Context, r *kafkaevent.Record) filter.View {
	return viewOf(ctx, m.route(r.Topic), r)
}

func (m *mux) slicerFor(r *kafkaevent.Record) *sliceHandler { return slicerFor(m.route(r.Topic), r) }

func (m *mux) runner() laneRunner {
	for _, h := range m.topics {
		if f := runnerFor(h); f != nil {
			return f
		}
	}
	for _, r := range m.patterns {
		if f := runnerFor(r.h); f != nil {
			return f
		}
	}
	return runnerFor(m.rest)
}
