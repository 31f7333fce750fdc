package emf_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mskit-go/mskit/batch"
	"github.com/mskit-go/mskit/batch/emf"
	"github.com/mskit-go/mskit/kafkaevent"
)

func TestLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		t.Setenv("AWS_LAMBDA_FUNCTION_NAME", "orders-fn")
		var out bytes.Buffer
		p := batch.NewPartial(batch.HandlerFunc(func(_ context.Context, r *kafkaevent.Record) error {
			time.Sleep(time.Millisecond)
			if r.Offset == 8 {
				return errors.New("boom")
			}
			return nil
		}), batch.WithLogger(slog.New(slog.DiscardHandler)),
			batch.WithObserver(emf.New("Orders", emf.WithWriter(nil), emf.WithWriter(&out), emf.WithDimension("Stage", "test"))))
		e := &kafkaevent.Event{Partitions: []kafkaevent.Partition{{Key: "orders-0", Records: []kafkaevent.Record{
			{Offset: 7, Timestamp: time.Now().Add(-time.Minute)}, {Offset: 8}, {Offset: 9},
		}}}}
		if _, err := p.Process(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		if strings.Count(out.String(), "\n") != 1 {
			t.Errorf("not one line: %s", out.String())
		}
		const want = `{
			"_aws": {"Timestamp": 946684800000, "CloudWatchMetrics": [{
				"Namespace": "Orders", "Dimensions": [["FunctionName", "Stage"]],
				"Metrics": [
					{"Name": "Records", "Unit": "Count"}, {"Name": "Succeeded", "Unit": "Count"},
					{"Name": "Failed", "Unit": "Count"}, {"Name": "Deferred", "Unit": "Count"},
					{"Name": "Filtered", "Unit": "Count"}, {"Name": "Skipped", "Unit": "Count"},
					{"Name": "DeadLettered", "Unit": "Count"}, {"Name": "Tombstones", "Unit": "Count"},
					{"Name": "Errors", "Unit": "Count"}, {"Name": "Duration", "Unit": "Milliseconds"},
					{"Name": "DecodeTime", "Unit": "Milliseconds"}, {"Name": "OldestRecordAge", "Unit": "Milliseconds"}
				]}]},
			"FunctionName": "orders-fn", "Stage": "test",
			"Records": 3, "Succeeded": 1, "Failed": 1, "Deferred": 1, "Filtered": 0, "Skipped": 0, "DeadLettered": 0,
			"Tombstones": 3, "Errors": 0, "Duration": 2, "DecodeTime": 0, "OldestRecordAge": 60000,
			"partitions": {"orders-0": {"records": 3, "firstOffset": 7, "lastOffset": 9, "oldestAgeMs": 60000}}
		}`
		if diff := cmp.Diff(decode(t, want), decode(t, out.String())); diff != "" {
			t.Error(diff)
		}
	})
}

func TestLineOfAnErrorHasNoPartitions(t *testing.T) {
	var out bytes.Buffer
	p := batch.NewPartial(nil, batch.WithObserver(emf.New("Orders", emf.WithWriter(&out))))
	if _, err := p.Process(t.Context(), nil); err == nil {
		t.Fatal("no error")
	}
	line := decode(t, out.String())
	if line["Errors"] != 1.0 || line["Records"] != 0.0 || line["partitions"] != nil || line["OldestRecordAge"] != nil {
		t.Errorf("%v", line)
	}
}

func decode(t *testing.T, text string) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func ExampleNew() {
	h := batch.HandlerFunc(func(context.Context, *kafkaevent.Record) error { return nil })
	p := batch.NewPartial(h, batch.WithObserver(emf.New("Orders", emf.WithWriter(new(bytes.Buffer)))))
	_, _ = p.Invoke(context.Background(), []byte(`{"eventSource":"aws:kafka","records":{}}`))
	// Output:
}
