package main

import (
	"bytes"
	"crypto/tls"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"github.com/mskit-go/mskit/kafkaevent"

	"github.com/mskit-go/mskit/cmd/mskit/esm"
)

// The bootstrap of the example runs behind a topic, unmodified, by the
// template that it is deployed with.
func TestESMRunsTheExample(t *testing.T) {
	cluster := newCluster(t, []string{"orders"})
	client := newClient(t, cluster)
	produce(t, client, values("orders", strings.Split(strings.Repeat(`{"id":"SE-1001"} `, 300), " ")[:300]...)...)
	bootstrap := buildOrders(t)
	for _, row := range []struct {
		name string
		args []string
		said string
	}{
		{name: "by flags", args: []string{"--topic", "orders", "--report-item-failures"}},
		{
			name: "by its template",
			args: []string{"--template", "../../examples/orders/template.yaml"},
			said: "the destination is not used here, so what is given up is dropped",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			var out, log bytes.Buffer
			std := &streams{in: strings.NewReader(""), out: &out, err: &log}
			args := append([]string{"esm", "--brokers", cluster.ListenAddrs()[0], "--until-end", "--json"}, row.args...)
			code := run(t.Context(), append(args, "--", bootstrap), std)
			if code != exitOK || !strings.HasPrefix(out.String(), `{"records":300,"filtered":0,"succeeded":300,`) || !strings.Contains(log.String(), row.said) {
				t.Errorf("exit code %d, summary %s\n%s", code, out.String(), log.String())
			}
		})
	}
	if at := committed(t, client, "orders-shipping", "orders"); at != 300 {
		t.Errorf("the template's group is at %d, want 300", at)
	}
}

func TestESMGetsInByTLSAndSASL(t *testing.T) {
	ca := newAuthority(t)
	server := ca.issue("server", nil, net.IPv4(127, 0, 0, 1))
	ca.issue("client", nil)
	cluster := newCluster(t, []string{"orders"}, kfake.EnableSASL(), kfake.Superuser("SCRAM-SHA-512", "ada", "s3cret"),
		kfake.TLS(&tls.Config{
			Certificates: []tls.Certificate{server}, MinVersion: tls.VersionTLS12,
			ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: ca.pool(),
		}))
	pair, err := tls.LoadX509KeyPair(ca.path("client.pem"), ca.path("client-key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	client := newClient(t, cluster,
		kgo.DialTLSConfig(&tls.Config{RootCAs: ca.pool(), Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}),
		kgo.SASL(scram.Auth{User: "ada", Pass: "s3cret"}.AsSha512Mechanism()))
	produce(t, client, values("orders", "1", "2", "3")...)
	t.Setenv(passwordVariable, "s3cret")
	var out, log bytes.Buffer
	std := &streams{in: strings.NewReader(""), out: &out, err: &log}
	code := run(t.Context(), []string{
		"esm", "--brokers", cluster.ListenAddrs()[0], "--topic", "orders", "--until-end", "--json",
		"--sasl", "scram-sha-512", "--username", "ada", "--ca", ca.path("ca.pem"), "--cert", ca.path("client.pem"), "--key", ca.path("client-key.pem"),
		"--", fn(t), "count",
	}, std)
	if code != exitOK || !strings.HasPrefix(out.String(), `{"records":3,"filtered":0,"succeeded":3,`) {
		t.Errorf("exit code %d, summary %s\n%s", code, out.String(), log.String())
	}
	if strings.Contains(out.String()+log.String(), "s3cret") {
		t.Error("the password was printed")
	}
}

// fn is this test binary as the function of the scripts.
func fn(t *testing.T) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "fn")
	if err := os.Symlink(self, path); err != nil {
		t.Skip("no symbolic links here: ", err)
	}
	return path
}

// esmFlags is the command as these arguments make it, not run.
func esmFlags(t *testing.T, args ...string) (*esmCommand, error) {
	t.Helper()
	flags := &cli{}
	_, err := newParser(flags, &streams{}, nil).Parse(append(append([]string{"esm"}, args...), "--", "fn"))
	return &flags.Esm, err
}

const mappingTemplate = `
Parameters:
  Group: {Type: String}
Resources:
  Ship:
    Type: AWS::Serverless::Function
    Properties:
      Environment: {Variables: {MSKIT_TEST_A: one, MSKIT_TEST_B: !GetAtt Table.Arn}}
      Events:
        Orders:
          Type: MSK
          Properties:
            Topics: [orders]
            ConsumerGroupId: !Ref Group
            StartingPosition: AT_TIMESTAMP
            StartingPositionTimestamp: 1767225600
            BatchSize: 7
            MaximumBatchingWindowInSeconds: 0
            MaximumRetryAttempts: 20
            DestinationConfig: {OnFailure: {Destination: 'kafka://given-up'}}
            Stream: !ImportValue cluster
        Refunds:
          Type: MSK
          Properties: {Stream: 'arn:aws:kafka:one', Topics: [refunds], StartingPosition: LATEST, BisectBatchOnFunctionError: true}
`

func TestFlagsWinOverTheTemplate(t *testing.T) {
	file := filepath.Join(t.TempDir(), "template.yaml")
	if err := os.WriteFile(file, []byte(mappingTemplate), 0o600); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	std := &streams{in: strings.NewReader(""), err: &log}
	settle := func(args ...string) (*settings, error) {
		log.Reset()
		flags, err := esmFlags(t, append([]string{"--template", file}, args...)...)
		if err != nil {
			t.Fatal(err)
		}
		return flags.settings(std)
	}

	s, err := settle("--topic", "orders", "--parameter", "Group=shipping")
	if err != nil {
		t.Fatal(err)
	}
	if m := s.mapping; m.Topic != "orders" || !strings.HasPrefix(m.EventSourceARN, "arn:aws:kafka:us-east-1:123456789012:cluster/mskit/") || m.ConsumerGroupID != "shipping" || m.BatchSize != 7 || m.MaximumBatchingWindow >= 0 ||
		m.StartingPosition != esm.AtTimestamp || m.StartingPositionTimestamp.Unix() != 1767225600 || m.OnFailure == nil ||
		*m.MaximumRetryAttempts != 10 || m.ReportBatchItemFailures || m.BisectBatchOnFunctionError {
		t.Errorf("by the template: %+v, %d retries", m, *m.MaximumRetryAttempts)
	}
	if s.function.Timeout != 3*time.Second || s.function.Name != "Ship" || strings.Join(s.function.Env, " ") != "MSKIT_TEST_A=one MSKIT_PASSWORD= MSKIT_REGISTRY_AUTH=" {
		t.Errorf("function: %+v", s.function)
	}
	for _, want := range []string{"without ReportBatchItemFailures", "not set, since a deployment alone knows their values: MSKIT_TEST_B"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("nothing said of %q:\n%s", want, &log)
		}
	}

	s, err = settle("--topic", "orders", "--group", "mine", "--batch-size", "9", "--window", "2s", "--retries=-1", "--report-item-failures",
		"--bisect", "--starting-position", "LATEST", "--record-age", "1h", "--timeout", "8s", "--event-source-arn", "arn:mine")
	if err != nil {
		t.Fatal(err)
	}
	if m := s.mapping; m.ConsumerGroupID != "mine" || m.BatchSize != 9 || m.MaximumBatchingWindow != 2*time.Second || *m.MaximumRetryAttempts != -1 ||
		!m.ReportBatchItemFailures || !m.BisectBatchOnFunctionError || m.StartingPosition != esm.Latest || m.MaximumRecordAge != time.Hour || m.EventSourceARN != "arn:mine" ||
		s.function.Timeout != 8*time.Second {
		t.Errorf("by the flags: %+v, %d retries", m, *m.MaximumRetryAttempts)
	}

	s, err = settle("--topic", "refunds", "--no-bisect")
	if err != nil {
		t.Fatal(err)
	}
	if m := s.mapping; m.EventSourceARN != "arn:aws:kafka:one" || m.BisectBatchOnFunctionError || m.BatchSize != 100 || *m.MaximumRetryAttempts != -1 || m.MaximumBatchingWindow != 500*time.Millisecond {
		t.Errorf("the other mapping: %+v, %d retries", m, *m.MaximumRetryAttempts)
	}

	for _, row := range []struct {
		name string
		args []string
		want string
	}{
		{name: "parameter without a value", args: []string{"--topic", "orders"}, want: "template.yaml: template: line 14: ConsumerGroupId: the parameter Group has no default; --group sets it instead"},
		{name: "several mappings", want: "choose one by its topic: Ship.Orders (orders), Ship.Refunds (refunds)"},
		{name: "no such function", args: []string{"--function", "Bill"}, want: "there is Ship"},
		{name: "group of the deployed mapping", args: []string{"--topic", "orders", "--parameter", "Group=shipping", "--brokers", "kafka.example:9092"}, want: "give --group"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if _, err := settle(row.args...); err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("error %v, want %q", err, row.want)
			}
		})
	}
}

// What is given up goes where the flag says, in the shape of that destination.
func TestESMGivesUp(t *testing.T) {
	cluster := newCluster(t, []string{"orders", "given-up"})
	client := newClient(t, cluster)
	produce(t, client, values("orders", `{"id":1}`, `{"id":2}`)...)
	file := filepath.Join(t.TempDir(), "failed.jsonl")
	for _, destination := range []string{file, "kafka://given-up"} {
		var out, log bytes.Buffer
		std := &streams{in: strings.NewReader(""), out: &out, err: &log}
		code := run(t.Context(), []string{
			"esm", "--brokers", cluster.ListenAddrs()[0], "--topic", "orders", "--group", destination, "--until-end", "--json",
			"--retries", "1", "--retry-delay", "0s", "--on-failure", destination, "--", fn(t), "fail",
		}, std)
		if code != exitOK || !strings.Contains(out.String(), `"givenUp":2`) {
			t.Fatalf("exit code %d, summary %s\n%s", code, &out, &log)
		}
	}
	line, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	failure, err := kafkaevent.ParseFailure(line)
	if err != nil || failure.Batch.Size != 2 || failure.InvokeCount != 2 {
		t.Errorf("failure %v, error %v", failure, err)
	}
	client.AddConsumeTopics("given-up")
	for n := 0; n < 2; {
		fetches := client.PollFetches(t.Context())
		if err := fetches.Err(); err != nil {
			t.Fatal(err)
		}
		for _, r := range fetches.Records() {
			n++
			failure, err := kafkaevent.ParseFailure(r.Value)
			if err != nil || failure.Condition != kafkaevent.RetriesExhausted || failure.Batch.Size != 1 {
				t.Errorf("failure %v, error %v", failure, err)
			}
		}
	}
}

// However often it were tried, such a function would not start.
func TestESMEndsWithACommandThatCannotStart(t *testing.T) {
	cluster := newCluster(t, []string{"orders"})
	client := newClient(t, cluster)
	produce(t, client, values("orders", "1")...)
	file := func(name string, mode os.FileMode) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte("no program\n"), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for name, command := range map[string]string{
		"missing":        "./no-such-command",
		"not executable": file("bootstrap", 0o600),
		"no program":     file("bootstrap", 0o700),
	} {
		t.Run(name, func(t *testing.T) {
			var out, log bytes.Buffer
			std := &streams{in: strings.NewReader(""), out: &out, err: &log}
			code := run(t.Context(), []string{"esm", "--brokers", cluster.ListenAddrs()[0], "--topic", "orders", "--", command}, std)
			if code != exitInitError || strings.Count(log.String(), "mskit: init error: cannot start: ") != 1 {
				t.Errorf("exit code %d\n%s%s", code, out.String(), log.String())
			}
			if at := committed(t, client, "mskit", "orders"); at > 0 {
				t.Errorf("%d records committed", at)
			}
		})
	}
}
