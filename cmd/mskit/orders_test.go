package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mskit-go/mskit/kafkaevent"
	"github.com/mskit-go/mskit/kafkaevent/kafkaeventtest"

	"github.com/mskit-go/mskit/cmd/mskit/function"
)

// buildOrders builds the bootstrap of examples/orders as it is deployed, but
// for this machine.
func buildOrders(t *testing.T) string {
	t.Helper()
	bootstrap := filepath.Join(t.TempDir(), "bootstrap")
	build := exec.CommandContext(t.Context(), "go", "build", "-tags", "lambda.norpc", "-trimpath", "-ldflags=-s -w", "-o", bootstrap, "./examples/orders")
	build.Dir = filepath.Join("..", "..")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return bootstrap
}

// One process answers whatever comes: it neither ends nor remembers.
func TestOrdersLivesThroughEveryEvent(t *testing.T) {
	var log bytes.Buffer
	f, err := function.Start(t.Context(), function.Config{Command: []string{buildOrders(t)}, Log: &log})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()

	const none = `{"batchItemFailures":[]}`
	good := kafkaeventtest.MSK(order("SE-1001"), order("FI-1002"))
	rows := []struct {
		name  string
		event []byte
		reply string // exact; empty: a function error that says cause
		cause string
	}{
		{name: "orders", event: good, reply: none},
		{name: "5.8 MB", event: big(t, 5_800_000), reply: none},
		{name: "handler panics", event: kafkaeventtest.MSK(order("SE-1"), order(""), order("SE-3")), reply: failures("orders-0", 1, 2)},
		{name: "orders after a panic", event: good, reply: none},
		{name: "no Kafka event", event: []byte(`{"source":"aws.s3","detail":{}}`), cause: "records"},
		{name: "orders after an error", event: good, reply: none},
		{name: "SQS event", event: []byte(`{"Records":[{"messageId":"1","eventSource":"aws:sqs","body":"{}"}]}`), cause: "SQS"},
		{name: "EventBridge Pipes array", event: []byte(`[{"topic":"orders","partition":0,"offset":1,"value":"e30="}]`), cause: "Pipes"},
		{name: "truncated JSON", event: good[:len(good)-40], cause: "byte"},
		{name: "broken base64", event: bytes.Replace(good, []byte(`"value":"`), []byte(`"value":"*`), 1), reply: failures("orders-0", 0, 1)},
		{name: "self-managed", event: kafkaeventtest.SelfManaged(order("SE-1")), reply: none},
		{name: "no records", event: []byte(`{"eventSource":"aws:kafka","records":{}}`), reply: none},
		{name: "empty event", event: []byte(`{}`), cause: "records"},
		{name: "null", event: []byte(`null`), cause: "event"},
	}
	for len(rows) < 20 {
		rows = append(rows, rows[0])
	}
	for n, row := range rows {
		result, err := f.Invoke(t.Context(), row.event)
		switch failure, failed := err.(*function.Error); { //nolint:errorlint // Invoke returns it unwrapped
		case row.reply != "" && err != nil:
			t.Errorf("%d, %s: %v", n, row.name, err)
		case row.reply != "" && string(result.Reply) != row.reply:
			t.Errorf("%d, %s: reply %s, want %s", n, row.name, result.Reply, row.reply)
		case row.reply == "" && (!failed || failure.Kind != function.Failed || !strings.Contains(failure.Message, row.cause)):
			t.Errorf("%d, %s: error %v, want a function error that says %q", n, row.name, err, row.cause)
		}
	}
	select {
	case <-f.Exited():
		t.Error("the process ended")
	default:
	}
	f.Close()
	if n := strings.Count(log.String(), "goroutine "); n > 1 {
		t.Errorf("%d stacks in the log, want that of the one panic", n)
	}
}

func order(id string) kafkaevent.Record {
	return kafkaeventtest.JSON("orders", map[string]string{"id": id})
}

// big is an event of many orders that comes to about that many bytes.
func big(t *testing.T, size int) []byte {
	t.Helper()
	record := kafkaeventtest.JSON("orders", map[string]string{"id": "SE-1001", "customer": strings.Repeat("c", 20_000)})
	one := len(kafkaeventtest.MSK(record))
	records := make([]kafkaevent.Record, size/one)
	for i := range records {
		records[i] = record
	}
	event := kafkaeventtest.MSK(records...)
	if len(event) < size*9/10 || len(event) > size*11/10 {
		t.Fatalf("event of %d bytes, want about %d", len(event), size)
	}
	return event
}

// failures is the reply that names these offsets of a partition.
func failures(partition string, offsets ...int) string {
	items := make([]string, len(offsets))
	for i, offset := range offsets {
		items[i] = fmt.Sprintf(`{"itemIdentifier":{"partition":%q,"offset":%d}}`, partition, offset)
	}
	return `{"batchItemFailures":[` + strings.Join(items, ",") + `]}`
}
