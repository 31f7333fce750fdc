package esm_test

import (
	"context"
	"fmt"
	"os"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mskit-go/mskit/batch"
	"github.com/mskit-go/mskit/cmd/mskit/esm"
	"github.com/mskit-go/mskit/schema"
)

// cluster is a Kafka with three orders.
func cluster() *kfake.Cluster {
	c := kfake.MustCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "orders"))
	client, err := kgo.NewClient(kgo.SeedBrokers(c.ListenAddrs()...))
	if err != nil {
		panic(err)
	}
	defer client.Close()
	for id := range 3 {
		client.Produce(context.Background(), &kgo.Record{Topic: "orders", Value: fmt.Appendf(nil, `{"id":%d}`, id)}, nil)
	}
	if err := client.Flush(context.Background()); err != nil {
		panic(err)
	}
	return c
}

var processor = batch.NewPartial(batch.Values(schema.JSON[order](), func(_ context.Context, m batch.Message[order]) error {
	fmt.Println("order", m.Value.ID)
	return nil
}), silent)

func ExampleRun() {
	kafka := cluster()
	defer kafka.Close()

	summary, err := esm.Run(context.Background(), processor, esm.Config{
		Brokers:                 kafka.ListenAddrs(),
		Topic:                   "orders",
		ReportBatchItemFailures: true,
		MaximumRetryAttempts:    new(3),
		OnFailure:               esm.ToBucket(os.Stderr),
		UntilEnd:                true,
	})
	fmt.Println(summary.Succeeded, "succeeded", err)
	// Output:
	// order 0
	// order 1
	// order 2
	// 3 succeeded <nil>
}

func ExampleNew() {
	kafka := cluster()
	defer kafka.Close()

	ctx := context.Background()
	mapping, err := esm.New(ctx, processor, esm.Config{
		Brokers:                 kafka.ListenAddrs(),
		Topic:                   "orders",
		BatchSize:               2,
		ReportBatchItemFailures: true,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer mapping.Close()
	for {
		ok, err := mapping.Step(ctx)
		fmt.Println("a batch:", ok, err)
		if !ok {
			return
		}
	}
	// Output:
	// order 0
	// order 1
	// a batch: true <nil>
	// order 2
	// a batch: true <nil>
	// a batch: false <nil>
}
