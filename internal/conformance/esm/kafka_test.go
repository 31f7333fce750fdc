//go:build kafka

package esm_test

import (
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// The proof of cmd/mskit, on Apache Kafka.
func TestProofOnApacheKafka(t *testing.T) {
	address := startKafka(t)
	cmd := exec.CommandContext(t.Context(), "go", "test", "-count=1", "-v", "./internal/proof", "-brokers", address)
	cmd.Dir = filepath.Join("..", "..", "..", "cmd", "mskit")
	cmd.Env = append(os.Environ(), "GOWORK=off")
	out, err := cmd.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Error(err)
	}
}

const (
	startTime = time.Minute
	stopTime  = 20 * time.Second
)

// startKafka runs a broker of Apache Kafka on loopback until the test ends, and
// returns its address.
func startKafka(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	copyTestdata(t, dir, "pom.xml")
	run(t, dir, "mvn", "-q", "-B", "dependency:copy-dependencies", "-DoutputDirectory="+filepath.Join(dir, "lib"))

	address, controller := freeAddress(t), freeAddress(t)
	properties := filepath.Join(dir, "server.properties")
	text := strings.NewReplacer("CONTROLLER_ADDRESS", controller, "ADDRESS", address, "DIR", filepath.Join(dir, "data")).Replace(`
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=CONTROLLER_ADDRESS
listeners=PLAINTEXT://ADDRESS,CONTROLLER://CONTROLLER_ADDRESS
controller.listener.names=CONTROLLER
log.dirs=DIR
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
`)
	if err := os.WriteFile(properties, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	class := []string{"-Xmx512m", "-cp", filepath.Join(dir, "lib", "*")}
	id := "bXNraXQtcHJvb2YtMDAwMQ" // any base64 of 16 bytes
	run(t, dir, "java", append(class, "kafka.tools.StorageTool", "format", "--standalone", "-t", id, "-c", properties)...)

	kafka := exec.Command("java", append(class, "kafka.Kafka", properties)...)
	kafka.Dir = dir
	var log bytes.Buffer
	kafka.Stdout, kafka.Stderr = &log, &log
	if err := kafka.Start(); err != nil {
		t.Fatal(err)
	}
	exited := make(chan struct{})
	go func() {
		kafka.Wait()
		close(exited)
	}()
	t.Cleanup(func() {
		kafka.Process.Signal(syscall.SIGTERM)
		select {
		case <-exited:
		case <-time.After(stopTime):
			kafka.Process.Kill()
			<-exited
		}
	})

	client, err := kgo.NewClient(kgo.SeedBrokers(address))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(t.Context(), startTime)
	defer cancel()
	for begin := time.Now(); ; time.Sleep(100 * time.Millisecond) {
		err := client.Ping(ctx)
		if err == nil {
			t.Logf("Apache Kafka answers after %v", time.Since(begin).Round(time.Millisecond))
			return address
		}
		select {
		case <-exited:
			t.Fatalf("Kafka ended: %v\n%s", kafka.ProcessState, log.Bytes())
		case <-ctx.Done():
			t.Fatalf("Kafka does not answer: %v", err)
		default:
		}
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
