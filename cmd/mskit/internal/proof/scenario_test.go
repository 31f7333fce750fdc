package proof_test

import (
	"bufio"
	"bytes"
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/mskit-go/mskit/batch"
	"github.com/mskit-go/mskit/batch/batchtest"
	"github.com/mskit-go/mskit/cmd/mskit/internal/proof"
	"github.com/mskit-go/mskit/filter"
	"github.com/mskit-go/mskit/kafkaevent"
)

const scenarioRecords = 1000

// scenario is a log of so many records, a function and a mapping.
type scenario struct {
	partitions int
	function   proof.Function

	batchSize        int // 100 if 0
	fromLowestOffset bool
	retries          int
	bisect           bool
	filter           bool
	// composed is set where batches may be made up otherwise: of partitions by
	// other turns, or of records before the filter where the other counts those
	// behind it. The outcomes are the same then, the invocations are not.
	composed bool
}

// counts are what became of a scenario.
type counts struct {
	Succeeded, Filtered, GivenUp int
	// Invocations, and those that named records or failed as a whole.
	Invocations, Partial, Failures int
	// Abandoned are the IDs in the failure destination.
	Abandoned []string
	Ledger    tally
}

// One definition, three ways to run it: batchtest, mskit with the embedded
// broker and, with -brokers, mskit with a real Kafka. The counts are the same.
func TestTheSameScenarioGivesTheSameCounts(t *testing.T) {
	dead := proof.Function{DeadLetter: true}
	all := proof.Function{AllOrNothing: true}
	for name, s := range map[string]scenario{
		"poison goes to the dead-letter sink":    {partitions: 1, function: dead, retries: 5},
		"in many partitions":                     {partitions: 4, function: dead, retries: 5, composed: true},
		"without unwanted records":               {partitions: 1, function: dead, retries: 5, filter: true, composed: true},
		"poison takes what is behind it with it": {partitions: 1, retries: 2},
		"poison alone, where order is no matter": {partitions: 1, function: proof.Function{Unordered: true}, retries: 2},
		"bisecting finds poison":                 {partitions: 1, function: all, retries: 1, bisect: true},
		"bisecting finds it in many partitions":  {partitions: 4, function: all, retries: 1, bisect: true, composed: true},
		"poison takes its batch with it":         {partitions: 1, function: all, retries: 1, batchSize: 10},
	} {
		for _, s.fromLowestOffset = range []bool{false, true} {
			if s.fromLowestOffset && s.function.AllOrNothing {
				continue // no reply names records
			}
			t.Run(fmt.Sprintf("%s/from the lowest offset %t", name, s.fromLowestOffset), s.compare)
		}
	}
}

func (c counts) String() string {
	return fmt.Sprintf("%d succeeded, %d filtered, %d given up; %d invocations: %d partial failures, %d failures; ledger %+v",
		c.Succeeded, c.Filtered, c.GivenUp, c.Invocations, c.Partial, c.Failures, c.Ledger)
}

func (s scenario) compare(t *testing.T) {
	s.batchSize = cmp.Or(s.batchSize, 100)
	want := s.inMemory(t)
	t.Logf("batchtest:       %v", want)
	same := func(name string, got counts) {
		t.Logf("%s %v", name, got)
		if s.composed {
			got.Invocations, got.Partial, got.Failures = want.Invocations, want.Partial, want.Failures
			got.Ledger.Repeated, got.Ledger.Failed = want.Ledger.Repeated, want.Ledger.Failed
		}
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-batchtest +got)\n%s", name, diff)
		}
	}
	same("embedded broker:", s.onKafka(t, embedded(t)))
	if *brokersFlag != "" {
		same("-brokers:       ", s.onKafka(t, brokers(t)))
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// inMemory runs the scenario in batchtest.
func (s scenario) inMemory(t *testing.T) counts {
	t.Helper()
	var entries []proof.Entry
	function := s.function.Processor(func(e proof.Entry) error {
		entries = append(entries, e)
		return nil
	})
	records := make([]kafkaevent.Record, scenarioRecords)
	for i := range records {
		records[i] = proof.Record("orders", i, s.partitions)
	}
	config := batchtest.Config{
		ReportBatchItemFailures:    !s.function.AllOrNothing,
		BatchSize:                  s.batchSize,
		MaximumRetryAttempts:       &s.retries,
		BisectBatchOnFunctionError: s.bisect,
		OnFailure:                  batchtest.ToBucket,
	}
	if s.function.Unordered {
		config.Order = batch.Unordered
	}
	if s.fromLowestOffset {
		config.Redelivery = batchtest.FromLowestOffset
	}
	if s.filter {
		f, err := filter.FromCriteria([]byte(proof.Criteria))
		if err != nil {
			t.Fatal(err)
		}
		config.Filter = f.Match
	}
	report := batchtest.Run(t, function, records, config)
	filtered, lost := len(report.IDs(batchtest.FilteredOut)), abandoned(t, report.OnFailure)
	c := counts{
		// Not the report's own outcomes: there a record that a reply once took
		// for done stays done, also where it came again and was given up.
		Succeeded:   len(records) - filtered - len(lost),
		Filtered:    filtered,
		GivenUp:     len(lost),
		Invocations: len(report.Invocations),
		Abandoned:   lost,
		Ledger:      count(t, entries, scenarioRecords, s.partitions, !s.function.Unordered),
	}
	for _, i := range report.Invocations {
		c.Partial += btoi(len(i.Named) > 0)
		c.Failures += btoi(i.Err != nil)
	}
	return c
}

// onKafka runs the scenario in mskit.
func (s scenario) onKafka(t *testing.T, brokers []string) counts {
	t.Helper()
	tp := produce(t, brokers, scenarioRecords, s.partitions)
	dir := t.TempDir()
	ledger, failures, criteria := filepath.Join(dir, "ledger"), filepath.Join(dir, "failures"), filepath.Join(dir, "criteria")
	flags := []string{
		"--batch-size", strconv.Itoa(s.batchSize), "--retries", strconv.Itoa(s.retries), "--on-failure", failures,
		"--window", "1m", // batches are full, or the last
	}
	if s.fromLowestOffset {
		flags = append(flags, "--from-lowest-offset")
	}
	if s.bisect {
		flags = append(flags, "--bisect")
	}
	if s.filter {
		if err := os.WriteFile(criteria, []byte(proof.Criteria), 0o600); err != nil {
			t.Fatal(err)
		}
		flags = append(flags, "--filter", criteria)
	}
	got := tp.start(t, s.function, ledger, flags...).wait(t)
	tp.wantCommitted(t)

	text, err := os.ReadFile(failures)
	if err != nil {
		t.Fatal(err)
	}
	var bodies [][]byte
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, len(text)+1)
	for lines.Scan() {
		bodies = append(bodies, bytes.Clone(lines.Bytes()))
	}
	entries, _ := readLedger(t, ledger)
	return counts{
		Succeeded:   got.Succeeded,
		Filtered:    got.Filtered,
		GivenUp:     got.GivenUp,
		Invocations: got.Invocations,
		Partial:     got.PartialFailures,
		Failures:    got.FailedInvocations,
		Abandoned:   abandoned(t, bodies),
		Ledger:      count(t, entries, scenarioRecords, s.partitions, !s.function.Unordered),
	}
}

// abandoned are the places of what a destination got, sorted.
func abandoned(t *testing.T, bodies [][]byte) []string {
	t.Helper()
	var places []string
	for _, body := range bodies {
		failure, err := kafkaevent.ParseFailure(body)
		if err != nil {
			t.Fatal(err)
		}
		e, err := failure.Event()
		if err != nil {
			t.Fatal(err)
		}
		for r := range e.Records() {
			places = append(places, strconv.Itoa(int(r.Partition))+"/"+strconv.FormatInt(r.Offset, 10))
		}
	}
	slices.Sort(places)
	return places
}
