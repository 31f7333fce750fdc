package demo

import (
	"context"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mskit-go/mskit/batch/middleware"
	"github.com/mskit-go/mskit/filter"
	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/confluent"

	"github.com/mskit-go/mskit/cmd/mskit/esm"
)

// MinRecords leaves room for one poison pill of each kind.
const MinRecords = 100

// Config is a run.
type Config struct {
	// Records is how many are produced, at least [MinRecords].
	Records int
	// Seed decides what they are.
	Seed uint64
	// BatchSize is the mapping's.
	BatchSize int
	// Pause is how long each invocation takes beside its work, as the way to
	// Lambda and back does.
	Pause time.Duration
	// Observe is called after each batch; nil: nobody is told.
	Observe func(esm.Progress, Counts)

	wrap func(esm.Invoker) esm.Invoker // of a test: a function that is not to be trusted
}

// notATest is the mapping's filter. It sees keys alone: without a registry a
// mapping cannot look into framed values, and would drop them.
const notATest = `{"key":[{"anything-but":{"prefix":"test-"}}]}`

// Run sets everything up, delivers all records and accounts for them. The error
// says what kept it from that; what does not add up is in the report.
func Run(ctx context.Context, config Config) (*Report, error) {
	if config.Records < MinRecords {
		return nil, fmt.Errorf("demo: %d records, want at least %d", config.Records, MinRecords)
	}
	begin := time.Now()
	s, err := newStage()
	if err != nil {
		return nil, err
	}
	defer s.close()
	ids, err := s.register()
	if err != nil {
		return nil, err
	}
	records := plan(config.Seed, config.Records, ids)
	if err := s.produce(ctx, records); err != nil {
		return nil, err
	}
	w := newWarehouse(records)
	report := &Report{Seed: config.Seed, Records: len(records), Partitions: partitions}
	if err := s.deliver(ctx, config, w, report); err != nil {
		return nil, err
	}
	if report.Uncommitted, err = s.uncommitted(ctx); err != nil {
		return nil, err
	}
	var read [3][]*kgo.Record
	for i, topic := range []string{ordersTopic, lettersTopic, failedTopic} {
		if read[i], err = s.readBack(ctx, topic); err != nil {
			return nil, err
		}
	}
	report.account(records, newAudit(w, read[0], read[1], read[2]))
	report.Elapsed = time.Since(begin)
	return report, nil
}

// deliver runs the mapping to the end of the topic.
func (s *stage) deliver(ctx context.Context, config Config, w *warehouse, report *Report) error {
	client, err := confluent.NewClient(s.registry.URL())
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	f := &function{
		warehouse: w,
		// A schema id that nobody knows is taken for unknown after three answers,
		// in production half a minute apart.
		registry: schema.Cached(client, schema.WithUnknownGrace(3, time.Millisecond)),
		handled:  middleware.NewMemoryStore(2 * config.Records), // outlives the sandboxes, as a table does
		letters:  s.letterSink(w),
		pause:    config.Pause,
	}
	var invoker esm.Invoker = f
	if config.wrap != nil {
		invoker = config.wrap(f)
	}
	report.Mapping, err = esm.Run(ctx, invoker, esm.Config{
		Brokers:                    s.cluster.ListenAddrs(),
		Topic:                      ordersTopic,
		ConsumerGroupID:            group,
		BatchSize:                  config.BatchSize,
		Filter:                     filter.MustCompile(notATest),
		ReportBatchItemFailures:    true,
		BisectBatchOnFunctionError: true,
		MaximumRetryAttempts:       new(5),
		RetryDelay:                 2 * time.Millisecond,
		MaximumRetryDelay:          10 * time.Millisecond,
		OnFailure:                  esm.ToTopic(failedTopic),
		UntilEnd:                   true,
		Observe: func(p esm.Progress) {
			if config.Observe != nil {
				config.Observe(p, f.counts)
			}
		},
	})
	report.Function = f.counts
	return err
}
