//go:build node

package esm_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mskit-go/mskit/kafkaevent"
	"github.com/mskit-go/mskit/kafkaevent/kafkaeventtest"
)

const (
	topic      = "orders"
	orders     = 1000
	partitions = 4
)

// order is the n-th one: one in a hundred is bad, one in a hundred late.
func order(n int) []byte {
	return fmt.Appendf(nil, `{"id":%d,"bad":%t,"late":%t}`, n, n%100 == 7, n%100 == 31)
}

// A function in JavaScript, as npm's runtime interface client runs it.
func TestFunctionInJavaScript(t *testing.T) {
	dir := t.TempDir()
	copyTestdata(t, dir, "package.json", "index.mjs")
	begin := time.Now()
	run(t, dir, "npm", "install", "--no-package-lock")
	t.Logf("npm install took %v", time.Since(begin).Round(time.Second))
	mskit := filepath.Join(dir, "mskit")
	run(t, filepath.Join("..", "..", "..", "cmd", "mskit"), "go", "build", "-o", mskit, ".")

	t.Run("mskit invoke", func(t *testing.T) { invoke(t, dir, mskit) })
	t.Run("mskit esm", func(t *testing.T) { consume(t, dir, mskit) })
}

// command is mskit with that function.
func command(t *testing.T, dir, mskit, ledger string, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), mskit, append(args, "--", "npx", "--no-install", "aws-lambda-ric", "index.handler")...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "_HANDLER=index.handler", "LEDGER="+ledger)
	var out, log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &log
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, log.Bytes())
	}
	return out.Bytes()
}

func invoke(t *testing.T, dir, mskit string) {
	event := filepath.Join(dir, "event.json")
	records := []kafkaevent.Record{
		kafkaeventtest.Value(topic, order(6)),
		kafkaeventtest.Value(topic, order(7)),
		kafkaeventtest.Value(topic, order(31)),
	}
	if err := os.WriteFile(event, kafkaeventtest.MSK(records...), 0o600); err != nil {
		t.Fatal(err)
	}
	got := string(command(t, dir, mskit, filepath.Join(t.TempDir(), "ledger"), "invoke", "--repeat", "2", "--event", event))
	const want = `{"batchItemFailures":[{"itemIdentifier":{"partition":"orders-0","offset":1}},{"itemIdentifier":{"partition":"orders-0","offset":2}}]}
{"batchItemFailures":[{"itemIdentifier":{"partition":"orders-0","offset":1}}]}
`
	if got != want {
		t.Errorf("replies\n%swant\n%s", got, want)
	}
}

func consume(t *testing.T, dir, mskit string) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(partitions, topic))
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	client, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	var wantTaken, wantLost []string
	records := make([]*kgo.Record, orders)
	for n := range records {
		records[n] = &kgo.Record{Topic: topic, Partition: int32(n % partitions), Value: order(n)}
		place := fmt.Sprintf("orders-%d %d", n%partitions, n/partitions)
		if bytes.Contains(order(n), []byte(`"bad":true`)) {
			wantLost = append(wantLost, place)
		} else {
			wantTaken = append(wantTaken, place)
		}
	}
	if err := client.ProduceSync(t.Context(), records...).FirstErr(); err != nil {
		t.Fatal(err)
	}

	ledger, failures := filepath.Join(t.TempDir(), "ledger"), filepath.Join(t.TempDir(), "failures")
	out := command(t, dir, mskit, ledger, "esm", "--brokers", cluster.ListenAddrs()[0], "--topic", topic,
		"--report-item-failures", "--retries", "2", "--retry-delay", "1ms", "--on-failure", failures, "--until-end", "--json")
	var got struct{ Records, Succeeded, GivenUp, Invocations, PartialFailures, FailedInvocations int }
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", got)
	if got.Records != orders || got.Succeeded != len(wantTaken) || got.GivenUp != len(wantLost) || got.FailedInvocations != 0 {
		t.Errorf("%+v, want %d records taken and %d given up", got, len(wantTaken), len(wantLost))
	}
	var taken, lost []string
	eachLine(t, ledger, func(line []byte) { taken = append(taken, strings.TrimSuffix(string(line), " "+topic)) })
	eachLine(t, failures, func(line []byte) {
		failure, err := kafkaevent.ParseFailure(line)
		if err != nil {
			t.Fatal(err)
		}
		e, err := failure.Event()
		if err != nil {
			t.Fatal(err)
		}
		for r := range e.Records() {
			lost = append(lost, fmt.Sprintf("orders-%d %d", r.Partition, r.Offset))
		}
	})
	wantSame(t, "taken", taken, wantTaken)
	wantSame(t, "given up", lost, wantLost)
	lag, err := kadm.NewClient(client).Lag(t.Context(), "mskit")
	if err != nil {
		t.Fatal(err)
	}
	if n := lag["mskit"].Lag.Total(); n != 0 {
		t.Errorf("lag %d, want the end of the log committed", n)
	}
}

func eachLine(t *testing.T, name string, do func([]byte)) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, len(text)+1)
	for lines.Scan() {
		do(lines.Bytes())
	}
}

func wantSame(t *testing.T, what string, got, want []string) {
	t.Helper()
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%s: %d records, want %d, each once", what, len(got), len(want))
	}
}
