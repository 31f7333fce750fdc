// Command together is the mapping and an embedded broker in one process: it
// produces the records of the proof, delivers them to a function and prints the
// summary.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"log"
	"os"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mskit-go/mskit/cmd/mskit/esm"
	"github.com/mskit-go/mskit/cmd/mskit/function"
	"github.com/mskit-go/mskit/cmd/mskit/internal/proof"
)

func main() {
	n := flag.Int("records", 100_000, "how many")
	partitions := flag.Int("partitions", 6, "in how many")
	flag.Parse()
	if err := run(context.Background(), *n, *partitions, flag.Args()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, n, partitions int, command []string) error {
	const topic = "orders"
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(int32(partitions), topic))
	if err != nil {
		return err
	}
	defer cluster.Close()
	if err := produce(ctx, cluster.ListenAddrs(), topic, n, partitions); err != nil {
		return err
	}
	sandbox := &function.Sandbox{Config: function.Config{Command: command}}
	defer sandbox.Close()
	summary, err := esm.Run(ctx, sandbox, esm.Config{
		Brokers: cluster.ListenAddrs(), Topic: topic, ReportBatchItemFailures: true, UntilEnd: true,
	})
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(summary)
}

func produce(ctx context.Context, brokers []string, topic string, n, partitions int) error {
	client, err := kgo.NewClient(kgo.SeedBrokers(brokers...), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		return err
	}
	defer client.Close()
	first := make(chan error, 1)
	for i := range n {
		r := proof.Record(topic, i, partitions)
		client.Produce(ctx, &kgo.Record{Topic: r.Topic, Partition: r.Partition, Key: r.Key, Value: r.Value},
			func(_ *kgo.Record, err error) {
				if err != nil {
					select {
					case first <- err:
					default:
					}
				}
			})
	}
	if err := client.Flush(ctx); err != nil {
		return err
	}
	select {
	case err := <-first:
		return err
	default:
		return nil
	}
}
