package esm

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Mapping is an event source mapping that is connected. [Mapping.Step],
// [Mapping.Drain] and [Mapping.Run] are for one goroutine at a time; its other
// methods are safe for concurrent use.
type Mapping struct {
	config   Config
	function Invoker
	registry *deserializer // nil without a SchemaRegistry
	client   *kgo.Client
	admin    *kadm.Client

	stopping context.Context // done once Stop is called
	stop     context.CancelFunc
	yield    chan struct{} // has a token while a rebalance waits for the batch under way

	// undone has, of the batch under way, the lowest offset of each partition
	// that is left undone.
	undone map[int32]int64

	mu         sync.Mutex // guards what follows
	summary    Summary
	partitions map[int32]*PartitionLag // those this member has; nil: not fetched yet
}

// slowestInvocation is how long the group waits for a member that is busy
// before it goes on without it: Lambda's longest invocation.
const slowestInvocation = 15 * time.Minute

// sessionTimeout is how long the partitions of a killed mapping stay its own:
// nobody else gets them for so long. Brokers take no less than 6 seconds.
const sessionTimeout = 10 * time.Second

// What the client reads ahead from a broker, and of it from one partition, in
// bytes. They are compressed bytes, so what they hold may be many times as much;
// a small share for each partition also mixes them in a batch.
const (
	fetchBytes          = 1 << 20
	fetchPartitionBytes = 256 << 10
)

// New connects a mapping. It fails for a configuration that cannot work, a
// cluster that does not answer and a topic that does not exist. The caller
// closes the mapping.
func New(ctx context.Context, function Invoker, config Config) (*Mapping, error) {
	if err := config.validate(); err != nil {
		return nil, fmt.Errorf("esm: %w", err)
	}
	m := &Mapping{
		config:     config.withDefaults(),
		function:   function,
		registry:   config.SchemaRegistry.deserializer(),
		yield:      make(chan struct{}, 1),
		partitions: make(map[int32]*PartitionLag),
	}
	m.stopping, m.stop = context.WithCancel(context.Background())
	options := []kgo.Opt{
		kgo.SeedBrokers(config.Brokers...),
		kgo.ConsumerGroup(m.config.ConsumerGroupID),
		// The eager protocol: while others are waited for in a rebalance,
		// nothing is delivered that could not be committed before its end.
		kgo.Balancers(kgo.RangeBalancer()),
		kgo.DisableAutoCommit(),
		kgo.BlockRebalanceOnPoll(),
		kgo.RebalanceTimeout(slowestInvocation),
		kgo.SessionTimeout(sessionTimeout),
		kgo.OnPartitionsAssigned(m.assigned),
		kgo.OnPartitionsRevoked(m.revoked),
		kgo.OnPartitionsLost(m.revoked),
		kgo.OnPartitionsCallbackBlocked(m.blocked),
		kgo.ConsumeStartOffset(kgo.NewOffset().AtStart()),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.KeepControlRecords(), // their offsets count, they do not
		kgo.FetchMaxBytes(fetchBytes),
		kgo.FetchMaxPartitionBytes(fetchPartitionBytes),
	}
	client, err := kgo.NewClient(append(options, config.Client...)...)
	if err != nil {
		return nil, fmt.Errorf("esm: %w", err)
	}
	m.client, m.admin = client, kadm.NewClient(client)
	if err := m.start(ctx); err != nil {
		m.Close()
		return nil, fmt.Errorf("esm: %w", err)
	}
	return m, nil
}

// start joins the group, which it does not before it knows where to begin.
func (m *Mapping) start(ctx context.Context) error {
	if err := m.commitStart(ctx); err != nil {
		return err
	}
	if d, ok := m.config.OnFailure.(topicDestination); ok {
		var err error
		if m.config.OnFailure, err = d.bind(ctx, m); err != nil {
			return err
		}
	}
	m.client.AddConsumeTopics(m.config.Topic)
	return nil
}

// Run is [New], [Mapping.Run] and [Mapping.Close] in one. The summary is valid
// in any case.
func Run(ctx context.Context, function Invoker, config Config) (Summary, error) {
	m, err := New(ctx, function, config)
	if err != nil {
		return Summary{}, err
	}
	defer m.Close()
	err = m.Run(ctx)
	return m.Summary(), err
}

// Run delivers until [Mapping.Stop], and with [Config.UntilEnd] no further than
// [Mapping.Drain]; the error is nil then. When the context ends, what is under
// way is left at once and comes again to the next run; the error is the
// context's cause. After an error the mapping can only be closed.
func (m *Mapping) Run(ctx context.Context) error {
	if m.config.UntilEnd {
		return m.Drain(ctx)
	}
	for m.stopping.Err() == nil {
		if _, err := m.next(ctx, nil); err != nil {
			return err
		}
	}
	return nil
}

// Drain delivers what the log has now, up to its end, or until [Mapping.Stop].
// The error is as of [Mapping.Run].
func (m *Mapping) Drain(ctx context.Context) error {
	left, err := m.unread(ctx)
	for err == nil && len(left) > 0 && m.stopping.Err() == nil {
		_, err = m.next(ctx, left)
	}
	return err
}

// Step delivers one batch until it is settled and commits it; false if the log
// has nothing for it now. The error is as of [Mapping.Run].
func (m *Mapping) Step(ctx context.Context) (bool, error) {
	left, err := m.unread(ctx)
	for err == nil && len(left) > 0 && m.stopping.Err() == nil {
		var n int
		if n, err = m.next(ctx, left); n > 0 {
			return true, err
		}
	}
	return false, err
}

// Stop ends a [Mapping.Run] that goes on, and every later one: the invocation
// under way is waited for, what is settled is committed, and Run returns nil.
// Records of the batch that would take another invocation are left to the next
// run.
func (m *Mapping) Stop() { m.stop() }

// Close leaves the group. It commits nothing.
func (m *Mapping) Close() {
	m.stop()
	m.client.CloseAllowingRebalance()
}

// Summary is the counts so far.
func (m *Mapping) Summary() Summary {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.summary
}

func (m *Mapping) count(add func(*Summary)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	add(&m.summary)
}

// blocked asks the batch under way to make room for a rebalance.
func (m *Mapping) blocked(context.Context, *kgo.Client) {
	select {
	case m.yield <- struct{}{}:
	default:
	}
}
