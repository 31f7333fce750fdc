package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mskit-go/mskit/batch"
	"github.com/mskit-go/mskit/batch/deadletter"
	"github.com/mskit-go/mskit/kafkaevent"
	"github.com/mskit-go/mskit/kafkaevent/kafkaeventtest"
)

// deadLetters are records of a dead-letter topic, of both kinds: the order N
// was at offset N of orders-0.
func deadLetters(topic string, orders ...int) []*kgo.Record {
	records := make([]*kgo.Record, len(orders))
	for i, n := range orders {
		r := kafkaeventtest.Text("orders", fmt.Sprintf("order-%d", n), kafkaeventtest.WithOffset(int64(n)))
		if i%2 == 0 {
			event := kafkaeventtest.SelfManagedEvent(r)
			records[i] = &kgo.Record{Topic: topic, Value: kafkaeventtest.TopicFailures(kafkaevent.FailureRecord{}, event)[0]}
			continue
		}
		m := deadletter.NewMessage(topic, batch.DeadLetter{Record: &r, Err: errors.New("boom")})
		records[i] = &kgo.Record{Topic: topic, Key: m.Key, Value: m.Value}
		for _, h := range m.Headers {
			records[i].Headers = append(records[i].Headers, kgo.RecordHeader{Key: h.Key, Value: h.Value})
		}
	}
	return records
}

// replayTopic runs the command against the function "refuse", which fails for
// these values, and gives the records that the function took.
func replayTopic(t *testing.T, cluster *kfake.Cluster, want int, args ...string) string {
	t.Helper()
	var out, log bytes.Buffer
	std := &streams{in: strings.NewReader(""), out: &out, err: &log}
	code := run(t.Context(), append([]string{"replay", "--brokers", strings.Join(cluster.ListenAddrs(), ",")}, args...), std)
	if code != want {
		t.Errorf("exit code %d, want %d\n%s", code, want, &log)
	}
	return out.String() + log.String()
}

func TestReplayOfATopicCommitsWhatSucceeded(t *testing.T) {
	cluster := newCluster(t, []string{"dead"})
	client := newClient(t, cluster)
	produce(t, client, deadLetters("dead", 10, 11, 12, 13)...)
	elsewhere := deadLetters("dead", 20)[0]
	elsewhere.Partition = 1
	produce(t, client, elsewhere)

	// 12 is refused: its partition stops before it, the other one does not.
	said := replayTopic(t, cluster, exitFunctionError, "--topic", "dead", "--", fn(t), "refuse", "order-12")
	for _, want := range []string{
		"took orders/0/10\n", "took orders/0/11\n", "took orders/0/20\n",
		"orders-0 offset 11 (dead-0 offset 1)", "orders-0 offset 12 (dead-0 offset 2)", "3 records replayed, 1 failed",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("nothing said of %q:\n%s", want, said)
		}
	}
	if strings.Contains(said, "order-13") {
		t.Errorf("13 is behind the failure:\n%s", said)
	}
	if at := committed(t, client, "mskit-replay", "dead"); at != 2 {
		t.Errorf("committed %d, want 2", at)
	}

	// The rest can be had without it, but it stays where it is.
	said = replayTopic(t, cluster, exitFunctionError, "--topic", "dead", "--keep-going", "--", fn(t), "refuse", "order-12")
	if at := committed(t, client, "mskit-replay", "dead"); at != 2 || !strings.Contains(said, "took orders/0/13\n") || strings.Contains(said, "took orders/0/11\n") {
		t.Errorf("committed %d, want 2\n%s", at, said)
	}

	// Once it succeeds the topic is done, and there is nothing left.
	replayTopic(t, cluster, exitOK, "--topic", "dead", "--", fn(t), "refuse", "nothing")
	if at := committed(t, client, "mskit-replay", "dead"); at != 4 {
		t.Errorf("committed %d, want 4", at)
	}
	if said := replayTopic(t, cluster, exitOK, "--topic", "dead", "--", fn(t), "refuse", "nothing"); !strings.Contains(said, "0 records replayed, 0 failed") {
		t.Errorf("replayed again:\n%s", said)
	}
}

func TestReplayOfATopicStopsAtWhatItCannotRead(t *testing.T) {
	queue := kafkaeventtest.QueueFailure(kafkaevent.FailureRecord{}, kafkaeventtest.SelfManagedEvent(kafkaeventtest.Text("orders", "order-1")))
	for _, row := range []struct {
		name, value, want string
	}{
		{name: "any record", value: "order-1", want: "neither a failure record of Lambda nor a dead letter"},
		{name: "failure record without an event", value: string(queue), want: "carries no event"},
	} {
		t.Run(row.name, func(t *testing.T) {
			cluster := newCluster(t, []string{"dead"})
			client := newClient(t, cluster)
			produce(t, client, values("dead", row.value)...)
			if said := replayTopic(t, cluster, exitReplay, "--topic", "dead", "--", fn(t), "refuse", "nothing"); !strings.Contains(said, row.want) {
				t.Errorf("nothing said of %q:\n%s", row.want, said)
			}
			if at := committed(t, client, "mskit-replay", "dead"); at > 0 {
				t.Errorf("committed %d", at)
			}
		})
	}
}

func TestReplayReadsOffsetsFromTheLog(t *testing.T) {
	cluster := newCluster(t, []string{"orders", "audit.v1-eu"})
	client := newClient(t, cluster)
	produce(t, client, values("orders", "order-0", "order-1", "order-2", "order-3")...)
	produce(t, client, &kgo.Record{Topic: "orders", Partition: 1, Value: []byte("order-4")})
	produce(t, client, values("audit.v1-eu", "order-5", "order-6")...)
	file := func(name string, records ...kafkaevent.Record) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, kafkaeventtest.QueueFailure(kafkaevent.FailureRecord{}, kafkaeventtest.SelfManagedEvent(records...)), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	at := func(topic string, partition int32, offset int64) kafkaevent.Record {
		return kafkaeventtest.Text(topic, "", kafkaeventtest.WithPartition(partition), kafkaeventtest.WithOffset(offset))
	}

	said := replayTopic(t, cluster, exitOK, file("all", at("orders", 0, 1), at("orders", 0, 2), at("orders", 1, 0), at("audit.v1-eu", 0, 1)), "--", fn(t), "refuse", "nothing")
	for _, want := range []string{"took orders/0/1\n", "took orders/0/2\n", "took orders/1/0\n", "took audit.v1-eu/0/1\n"} {
		if !strings.Contains(said, want) {
			t.Errorf("nothing said of %q:\n%s", want, said)
		}
	}
	if strings.Count(said, "took ") != 4 || strings.Contains(said, "note:") {
		t.Errorf("more than was given up:\n%s", said)
	}

	said = replayTopic(t, cluster, exitOK, file("gap", at("orders", 0, 0), at("orders", 0, 3)), "--", fn(t), "refuse", "nothing")
	if !strings.Contains(said, "the log has 4 records at these offsets, the batch had 2") {
		t.Errorf("the filtered ones are not told of:\n%s", said)
	}

	for _, row := range []struct {
		name   string
		record kafkaevent.Record
		want   string
	}{
		{name: "behind the end", record: at("orders", 0, 9), want: "orders-0: the log has offsets 0 to 3, and not all of 9 to 9"},
		{name: "no such partition", record: at("orders", 7, 0), want: "orders-7: no such partition"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if said := replayTopic(t, cluster, exitFailure, file("x", row.record), "--", fn(t), "refuse", "nothing"); !strings.Contains(said, row.want) {
				t.Errorf("nothing said of %q:\n%s", row.want, said)
			}
		})
	}
}
