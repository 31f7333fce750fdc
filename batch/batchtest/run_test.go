package batchtest_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mskit-go/mskit/batch"
	"github.com/mskit-go/mskit/batch/batchtest"
	"github.com/mskit-go/mskit/filter"
	"github.com/mskit-go/mskit/kafkaevent"
	"github.com/mskit-go/mskit/kafkaevent/kafkaeventtest"
)

var silent = batch.WithLogger(slog.New(slog.DiscardHandler))

// fakeT collects the errors of a test that is meant to fail.
type fakeT struct {
	testing.TB

	mu   sync.Mutex
	errs []string
}

func (t *fakeT) Helper()                  {}
func (t *fakeT) Context() context.Context { return context.Background() }

func (t *fakeT) Errorf(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.errs = append(t.errs, fmt.Sprintf(format, args...))
}

func (t *fakeT) Fatal(args ...any) {
	t.Errorf("%s", fmt.Sprint(args...))
	runtime.Goexit()
}

// want checks that there is one error for each part, which it contains.
func (t *fakeT) want(outer *testing.T, parts ...string) {
	outer.Helper()
	for i := range max(len(t.errs), len(parts)) {
		if i >= len(t.errs) || i >= len(parts) || !strings.Contains(t.errs[i], parts[i]) {
			outer.Fatalf("errors of the test:\n got %q\nwant %q", t.errs, parts)
		}
	}
}

// handler is a function as a Handler. It gets the event.
type handler func(ctx context.Context, e *kafkaevent.Event) (string, error)

func (h handler) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	e, err := kafkaevent.Parse(payload)
	if err != nil {
		return nil, err
	}
	reply, err := h(ctx, e)
	return []byte(reply), err
}

// replies are given one after the other; "error" is one, and after the last all
// succeed.
func replies(list ...string) handler {
	return func(context.Context, *kafkaevent.Event) (string, error) {
		if len(list) == 0 {
			return "", nil
		}
		reply := list[0]
		list = list[1:]
		if reply == "error" {
			return "", errors.New("failed")
		}
		return reply, nil
	}
}

func always(reply string) handler {
	return func(context.Context, *kafkaevent.Event) (string, error) {
		if reply == "error" {
			return "", errors.New("failed")
		}
		return reply, nil
	}
}

// name is a reply that names offsets of partition t-0.
func name(offsets ...int) string {
	var items []string
	for _, o := range offsets {
		items = append(items, fmt.Sprintf(`{"itemIdentifier":{"partition":"t-0","offset":%d}}`, o))
	}
	return `{"batchItemFailures":[` + strings.Join(items, ",") + `]}`
}

// log is n records in each of so many partitions of topic t.
func log(partitions, n int) []kafkaevent.Record {
	var records []kafkaevent.Record
	for i := range n {
		for p := range partitions {
			records = append(records, kafkaeventtest.Text("t", fmt.Sprint("value", i), kafkaeventtest.WithPartition(int32(p))))
		}
	}
	return records
}

// offsets are the deliveries of topic t as partition:offset.
func deliveries(r *batchtest.Report) []string {
	var list []string
	for _, inv := range r.Invocations {
		s := strings.Join(inv.Records, " ")
		s = strings.ReplaceAll(strings.ReplaceAll(s, "t/0/", ""), "t/", "")
		list = append(list, s)
	}
	return list
}

func wantDeliveries(t *testing.T, r *batchtest.Report, want ...string) {
	t.Helper()
	if got := deliveries(r); !slices.Equal(got, want) {
		t.Errorf("deliveries are %q, want %q", got, want)
	}
}

func wantIDs(t *testing.T, r *batchtest.Report, o batchtest.Outcome, want ...string) {
	t.Helper()
	got := r.IDs(o)
	for i := range got {
		got[i] = strings.TrimPrefix(got[i], "t/0/")
		if slices.Contains(want, got[i]) && r.Outcome("t/0/"+got[i]) != o {
			t.Errorf("outcome of %s is %v", got[i], r.Outcome("t/0/"+got[i]))
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%v are %q, want %q", o, got, want)
	}
}

var partial = batchtest.Config{ReportBatchItemFailures: true}

func TestReplyContract(t *testing.T) {
	tests := map[string]struct {
		reply string
		want  string // deliveries
		err   string // of the test
	}{
		"no bytes":              {``, "0 1 2", ""},
		"null":                  {`null`, "0 1 2", ""},
		"an empty object":       {`{}`, "0 1 2", ""},
		"an empty list":         {name(), "0 1 2", ""},
		"a null list":           {`{"batchItemFailures":null}`, "0 1 2", ""},
		"one named":             {name(1), "0 1 2|1", ""},
		"all named":             {name(0, 1, 2), "0 1 2|0 1 2", ""},
		"more beside the list":  {`{"batchItemFailures":[],"more":1}`, "0 1 2", ""},
		"an error":              {"error", "0 1 2|0 1 2", ""},
		"not JSON":              {`OK`, "0 1 2|0 1 2", "not JSON"},
		"a string":              {`"OK"`, "0 1 2|0 1 2", "not an object"},
		"a list":                {`[]`, "0 1 2|0 1 2", "not an object"},
		"another name":          {`{"BatchItemFailures":[]}`, "0 1 2|0 1 2", `no "batchItemFailures"`},
		"not a list":            {`{"batchItemFailures":{}}`, "0 1 2|0 1 2", "not a list"},
		"a string as in SQS":    {`{"batchItemFailures":[{"itemIdentifier":"t-0"}]}`, "0 1 2|0 1 2", "not an object"},
		"no identifier":         {`{"batchItemFailures":[{}]}`, "0 1 2|0 1 2", "not an object"},
		"a null identifier":     {`{"batchItemFailures":[{"itemIdentifier":null}]}`, "0 1 2|0 1 2", "not an object"},
		"a null item":           {`{"batchItemFailures":[null]}`, "0 1 2|0 1 2", "not an object"},
		"a numeric partition":   {`{"batchItemFailures":[{"itemIdentifier":{"partition":0,"offset":1}}]}`, "0 1 2|0 1 2", `"partition" is not a string`},
		"an offset in a string": {`{"batchItemFailures":[{"itemIdentifier":{"partition":"t-0","offset":"1"}}]}`, "0 1 2|0 1 2", `"offset" is not a number`},
		"another partition":     {`{"batchItemFailures":[{"itemIdentifier":{"partition":"t-1","offset":1}}]}`, "0 1 2|0 1 2", `offset 1 of "t-1", which was not in the event`},
		"another offset":        {name(1, 9), "0 1 2|0 1 2", `offset 9 of "t-0", which was not in the event`},
		"one named twice":       {name(1, 1), "0 1 2|0 1 2", "for the second time"},
		"over 6 MB":             {`{"batchItemFailures":[]}` + strings.Repeat(" ", 6<<20), "0 1 2|0 1 2", "at most 6291456"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			ft := &fakeT{}
			r := batchtest.Run(ft, replies(tt.reply), log(1, 3), partial)
			wantDeliveries(t, r, strings.Split(tt.want, "|")...)
			wantIDs(t, r, batchtest.Done, "0", "1", "2")
			if tt.err == "" {
				ft.want(t)
			} else {
				ft.want(t, tt.err)
				if !strings.Contains(fmt.Sprint(r.Invocations[0].Err), tt.err) {
					t.Errorf("error of the invocation is %v", r.Invocations[0].Err)
				}
			}
		})
	}
}

func TestTheTwoReadings(t *testing.T) {
	cfg := partial
	r := batchtest.Run(t, replies(name(3, 1), name(3)), log(1, 5), cfg)
	wantDeliveries(t, r, "0 1 2 3 4", "1 3", "3")

	cfg.Redelivery = batchtest.FromLowestOffset
	r = batchtest.Run(t, replies(name(3, 1), name(3)), log(1, 5), cfg)
	wantDeliveries(t, r, "0 1 2 3 4", "1 2 3 4", "3 4")
	if got := r.Redelivered(); got != 6 {
		t.Errorf("%d deliveries again, want 6", got)
	}

	r = batchtest.Run(t, replies(name(1)), log(2, 2), cfg)
	wantDeliveries(t, r, "0 1 1/0 1/1", "1")
}

func TestRepliesNobodyReads(t *testing.T) {
	ft := &fakeT{}
	r := batchtest.Run(ft, replies(name(1, 2)), log(1, 3), batchtest.Config{})
	wantDeliveries(t, r, "0 1 2")
	wantIDs(t, r, batchtest.Dropped, "1", "2")
	ft.want(t, "names 2 records, but without ReportBatchItemFailures")

	r = batchtest.Run(t, replies("OK", "error", "null"), log(1, 3), batchtest.Config{BatchSize: 1})
	wantDeliveries(t, r, "0", "1", "1", "2")
}

func TestRetries(t *testing.T) {
	tests := map[string]struct {
		cfg   batchtest.Config
		calls int
		err   string
	}{
		"none, and lost":             {batchtest.Config{MaximumRetryAttempts: new(0)}, 1, "lost after 1 invocations, as there is no on-failure destination: t/0/0, t/0/1"},
		"two":                        {batchtest.Config{MaximumRetryAttempts: new(2), OnFailure: batchtest.ToQueue}, 3, ""},
		"ten with a destination":     {batchtest.Config{OnFailure: batchtest.ToQueue}, 11, ""},
		"ten instead of endless":     {batchtest.Config{OnFailure: batchtest.ToQueue, MaximumRetryAttempts: new(-1)}, 11, ""},
		"endless until blocked":      {batchtest.Config{MaximumRetryAttempts: new(-1)}, 100, "blocked: 100 invocations in a row have failed for t/0/0, t/0/1"},
		"endless until blocked soon": {batchtest.Config{Patience: 3}, 3, "blocked: 3 invocations"},
		"limited beyond patience":    {batchtest.Config{Patience: 3, MaximumRetryAttempts: new(5), OnFailure: batchtest.ToQueue}, 6, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			for _, reply := range []string{"error", `{"batchItemFailures":[{"itemIdentifier":{"partition":"t-0","offset":0}},{"itemIdentifier":{"partition":"t-0","offset":1}}]}`} {
				ft := &fakeT{}
				tt.cfg.ReportBatchItemFailures = reply != "error"
				r := batchtest.Run(ft, always(reply), log(1, 2), tt.cfg)
				if len(r.Invocations) != tt.calls || r.Invocations[tt.calls-1].Attempt != tt.calls {
					t.Errorf("%d invocations, want %d", len(r.Invocations), tt.calls)
				}
				if tt.err == "" {
					ft.want(t)
					wantIDs(t, r, batchtest.GivenUp, "0", "1")
				} else {
					ft.want(t, tt.err)
				}
			}
		})
	}
}

func TestABlockedPartitionDoesNotBlockTheOthers(t *testing.T) {
	ft := &fakeT{}
	h := handler(func(_ context.Context, e *kafkaevent.Event) (string, error) {
		if e.Partitions[0].Key == "t-0" {
			return name(int(e.Partitions[0].Records[0].Offset)), nil
		}
		return "", nil
	})
	cfg := partial
	cfg.BatchSize, cfg.Patience = 1, 2
	r := batchtest.Run(ft, h, log(2, 2), cfg)
	wantDeliveries(t, r, "0", "0", "1/0", "1/1")
	wantIDs(t, r, batchtest.Pending, "0", "1")
	ft.want(t, "the reply names them")
}

func TestAHalfBehindABlockedOneIsBlocked(t *testing.T) {
	ft := &fakeT{}
	h := handler(func(_ context.Context, e *kafkaevent.Event) (string, error) {
		if e.Partitions[0].Records[0].ID() == "t/0/1" {
			return "", errors.New("poison")
		}
		if e.Len() > 1 {
			return "", errors.New("too many")
		}
		return "", nil
	})
	r := batchtest.Run(ft, h, log(2, 3), batchtest.Config{BisectBatchOnFunctionError: true, Patience: 2})
	wantDeliveries(t, r, "0 1 2 1/0 1/1 1/2", "0 1 2", "0", "1 2", "1", "1", "1/0 1/1 1/2", "1/0", "1/1 1/2", "1/1", "1/2")
	wantIDs(t, r, batchtest.Pending, "1", "2")
	ft.want(t, "blocked: 2 invocations in a row have failed for t/0/1")
}

func TestBisect(t *testing.T) {
	h := handler(func(_ context.Context, e *kafkaevent.Event) (string, error) {
		for rec := range e.Records() {
			if rec.Offset == 2 {
				return "", errors.New("poison")
			}
		}
		return "", nil
	})
	r := batchtest.Run(t, h, log(1, 4), batchtest.Config{
		BisectBatchOnFunctionError: true, MaximumRetryAttempts: new(1), OnFailure: batchtest.ToTopic,
	})
	wantDeliveries(t, r, "0 1 2 3", "0 1", "2 3", "2", "2", "3")
	wantIDs(t, r, batchtest.GivenUp, "2")
	if len(r.OnFailure) != 1 {
		t.Errorf("%d messages at the destination", len(r.OnFailure))
	}
}

func TestDestinations(t *testing.T) {
	for kind, messages := range map[batchtest.Destination]int{batchtest.ToQueue: 1, batchtest.ToBucket: 1, batchtest.ToTopic: 2} {
		r := batchtest.Run(t, always("error"), log(1, 2), batchtest.Config{MaximumRetryAttempts: new(1), OnFailure: kind, SelfManaged: true})
		if len(r.OnFailure) != messages {
			t.Errorf("%d messages, want %d", len(r.OnFailure), messages)
			continue
		}
		f, err := kafkaevent.ParseFailure(r.OnFailure[0])
		if err != nil {
			t.Fatal(err)
		}
		if !f.Condition.Exhausted() || f.InvokeCount != 2 || f.Batch.SourceARN != "" {
			t.Errorf("destination %d got %v after %d invocations", kind, f, f.InvokeCount)
		}
		if (f.Payload() == nil) != (kind == batchtest.ToQueue) {
			t.Errorf("destination %d got a payload of %d bytes", kind, len(f.Payload()))
		}
	}
}

func TestBatchesAreFormed(t *testing.T) {
	r := batchtest.Run(t, always(""), log(2, 3), batchtest.Config{BatchSize: 4})
	wantDeliveries(t, r, "0 1 1/0 1/1", "2 1/2")

	var sizes []int
	h := handler(func(_ context.Context, e *kafkaevent.Event) (string, error) {
		sizes = append(sizes, len(kafkaeventtest.Payload(e)))
		return "", nil
	})
	r = batchtest.Run(t, h, log(3, 100), batchtest.Config{MaximumPayload: 20_000, BatchSize: 10_000})
	if len(r.IDs(batchtest.Done)) != 300 || len(sizes) < 4 || len(sizes) > 12 || slices.Max(sizes) > 20_000 {
		t.Errorf("payloads of %v bytes, %v", sizes, r)
	}
}

func TestWhatIsTooLargeIsNeverDelivered(t *testing.T) {
	records := []kafkaevent.Record{
		kafkaeventtest.Text("t", "a"), kafkaeventtest.Value("t", make([]byte, 5<<20)), kafkaeventtest.Text("t", "c"),
	}
	r := batchtest.Run(t, always(""), records, batchtest.Config{OnFailure: batchtest.ToQueue})
	wantDeliveries(t, r, "0", "2")
	f, err := kafkaevent.ParseFailure(r.OnFailure[0])
	if err != nil || f.Condition != kafkaevent.MaximumPayloadSizeExceeded || f.Response != nil {
		t.Errorf("destination got %v, %v", f, err)
	}
	// What a rewrite makes too large is halved until it fits.
	grow := func(b []byte) []byte { return append(b, bytes.Repeat([]byte(" "), 4*len(b))...) }
	r = batchtest.Run(t, always(""), log(1, 4), batchtest.Config{MaximumPayload: 3000, Rewrite: grow})
	wantDeliveries(t, r, "0", "1 2", "3")
}

func TestFilter(t *testing.T) {
	even := func(r *kafkaevent.Record) (bool, error) {
		if r.Offset == 3 {
			return false, errors.New("cannot say")
		}
		return r.Offset%2 == 0, nil
	}
	r := batchtest.Run(t, always(""), log(1, 6), batchtest.Config{Filter: even})
	wantDeliveries(t, r, "0 2 3 4")
	wantIDs(t, r, batchtest.FilteredOut, "1", "5")

	// A filter of package filter fits as it is.
	records := []kafkaevent.Record{
		kafkaeventtest.JSON("t", Order{ID: 1}), kafkaeventtest.JSON("t", Order{ID: 2}), kafkaeventtest.Tombstone("t", "k"),
	}
	second := filter.MustCompile(`{"value":{"id":[2]}}`)
	r = batchtest.Run(t, always(""), records, batchtest.Config{Filter: second.Match})
	wantDeliveries(t, r, "1 2")
}

func TestTimeouts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int32
		release := make(chan struct{})
		h := handler(func(ctx context.Context, _ *kafkaevent.Event) (string, error) {
			if calls.Add(1) == 1 {
				<-release // minds no context
				return name(0), nil
			}
			deadline, _ := ctx.Deadline()
			time.Sleep(time.Until(deadline) - time.Millisecond)
			return "", ctx.Err()
		})
		began := time.Now()
		r := batchtest.Run(t, h, log(1, 1), batchtest.Config{Timeout: 7 * time.Second, RetryDelay: time.Second})
		wantDeliveries(t, r, "0", "0")
		if err := r.Invocations[0].Err; err == nil || !strings.Contains(err.Error(), "timed out") {
			t.Errorf("error is %v", err)
		}
		if took := time.Since(began); took != 15*time.Second-time.Millisecond {
			t.Errorf("took %v", took)
		}
		close(release)
	})
}

func TestRecordAge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := batchtest.Run(t, always("error"), log(1, 1), batchtest.Config{
			MaximumRecordAge: time.Minute, RetryDelay: 25 * time.Second, OnFailure: batchtest.ToQueue,
		})
		wantDeliveries(t, r, "0", "0", "0")
		wantIDs(t, r, batchtest.GivenUp, "0")
	})
}

func TestHandlersThatDie(t *testing.T) {
	for how, die := range map[string]func(){
		"panic: pill":                     func() { panic("pill") },
		"the handler ended its goroutine": runtime.Goexit,
	} {
		dead := false
		h := handler(func(context.Context, *kafkaevent.Event) (string, error) {
			if !dead {
				dead = true
				die()
			}
			return "", nil
		})
		r := batchtest.Run(t, h, log(1, 1), batchtest.Config{})
		wantDeliveries(t, r, "0", "0")
		if got := fmt.Sprint(r.Invocations[0].Err); got != how {
			t.Errorf("error is %q, want %q", got, how)
		}
	}
}

func TestFaults(t *testing.T) {
	tests := map[batchtest.Fault]struct {
		deliveries []string
		calls      int
	}{
		batchtest.NoFault:     {[]string{"0 1"}, 1},
		batchtest.CrashBefore: {[]string{"0 1", "0 1"}, 1},
		batchtest.CrashAfter:  {[]string{"0 1", "0 1"}, 2},
		batchtest.Duplicate:   {[]string{"0 1", "0 1"}, 2},
	}
	for fault, tt := range tests {
		t.Run(fault.String(), func(t *testing.T) {
			calls := 0
			h := handler(func(context.Context, *kafkaevent.Event) (string, error) { calls++; return "", nil })
			r := batchtest.Run(t, h, log(1, 2), batchtest.Config{Faults: func(inv batchtest.Invocation) batchtest.Fault {
				if inv.Attempt == 1 && calls == 0 {
					return fault
				}
				return batchtest.NoFault
			}})
			wantDeliveries(t, r, tt.deliveries...)
			if calls != tt.calls || r.Invocations[0].Fault != fault {
				t.Errorf("%d calls, want %d; fault %v", calls, tt.calls, r.Invocations[0].Fault)
			}
			wantIDs(t, r, batchtest.Done, "0", "1")
		})
	}
}

func TestFaultsWithoutEndAreBlocked(t *testing.T) {
	for _, fault := range []batchtest.Fault{batchtest.CrashBefore, batchtest.Duplicate} {
		ft := &fakeT{}
		cfg := partial
		cfg.Faults = func(batchtest.Invocation) batchtest.Fault { return fault }
		batchtest.Run(ft, always(name(0)), log(1, 1), cfg)
		ft.want(t, "blocked: 100 invocations")
	}
}

func TestRandomFaultsAreThoseOfTheSeed(t *testing.T) {
	draw := func(seed uint64) (list []batchtest.Fault) {
		f := batchtest.RandomFaults(seed, 0.5)
		for range 100 {
			list = append(list, f(batchtest.Invocation{}))
		}
		return list
	}
	if !slices.Equal(draw(7), draw(7)) || slices.Equal(draw(7), draw(8)) {
		t.Error("the seed does not make the faults")
	}
	for _, f := range []batchtest.Fault{batchtest.NoFault, batchtest.CrashBefore, batchtest.CrashAfter, batchtest.Duplicate} {
		if !slices.Contains(draw(7), f) {
			t.Errorf("no %v in 100", f)
		}
	}
}

func TestPollersShareNoPartition(t *testing.T) {
	var mu sync.Mutex
	busy := map[string]bool{}
	together := 0
	h := handler(func(_ context.Context, e *kafkaevent.Event) (string, error) {
		mu.Lock()
		together = max(together, len(busy)/len(e.Partitions))
		for _, p := range e.Partitions {
			if busy[p.Key] {
				t.Errorf("two invocations have %s at the same time", p.Key)
			}
			busy[p.Key] = true
		}
		mu.Unlock()
		time.Sleep(time.Second)
		mu.Lock()
		defer mu.Unlock()
		for _, p := range e.Partitions {
			delete(busy, p.Key)
		}
		return "", nil
	})
	synctest.Test(t, func(t *testing.T) {
		r := batchtest.Run(t, h, log(7, 10), batchtest.Config{Pollers: 3, BatchSize: 4, Faults: batchtest.RandomFaults(1, 0.2)})
		if got := len(r.IDs(batchtest.Done)); got != 70 {
			t.Errorf("%d records are done: %v", got, r)
		}
	})
	if together == 0 {
		t.Error("the pollers never worked at the same time")
	}
}

func TestRewriteBreaksARecord(t *testing.T) {
	broken := func(payload []byte) []byte {
		return bytes.ReplaceAll(payload, []byte(`"dmFsdWUx"`), []byte(`"%"`)) // value1
	}
	var dead []string
	sink := batch.DeadLetterSinkFunc(func(_ context.Context, d batch.DeadLetter) error {
		dead = append(dead, d.Record.ID())
		return nil
	})
	var ledger batchtest.Ledger
	ok := batch.HandlerFunc(func(context.Context, *kafkaevent.Record) error { return nil })
	h := batch.NewPartial(ok, batch.WithMiddleware(ledger.Middleware), batch.WithDeadLetter(ledger.Sink(sink)), silent)
	cfg := partial
	cfg.Rewrite, cfg.Ledger = broken, &ledger
	r := batchtest.Run(t, h, log(1, 3), cfg)
	wantIDs(t, r, batchtest.Done, "0", "1", "2")
	if !slices.Equal(dead, []string{"t/0/1"}) || ledger.Handled("t/0/1") != 1 {
		t.Errorf("dead letters are %q", dead)
	}
}

func TestPayloadsAreOverwritten(t *testing.T) {
	var kept *kafkaevent.Record
	h := batch.NewPartial(batch.HandlerFunc(func(_ context.Context, r *kafkaevent.Record) error {
		kept = r
		return nil
	}), batch.WithZeroCopy())
	batchtest.Run(t, h, []kafkaevent.Record{kafkaeventtest.Text("t", "secret")}, partial)
	if string(kept.Value) == "secret" {
		t.Error("a zero-copy record is still readable after its invocation")
	}
}

func TestLogsThatCannotBeDelivered(t *testing.T) {
	broken, err := kafkaevent.Parse(kafkaeventtest.Fixture("value-not-base64"))
	if err != nil {
		t.Fatal(err)
	}
	twice := []kafkaevent.Record{
		kafkaeventtest.Text("t", "a", kafkaeventtest.WithOffset(3)), kafkaeventtest.Text("t", "a", kafkaeventtest.WithOffset(3)),
	}
	for want, log := range map[string][]kafkaevent.Record{
		"record saws/0/2 is broken": broken.Partitions[0].Records, "record t/0/3 twice": twice,
	} {
		ft := &fakeT{}
		var wg sync.WaitGroup
		wg.Go(func() { batchtest.Run(ft, always(""), log, partial) })
		wg.Wait()
		ft.want(t, want)
	}
}

func TestNothingToDeliver(t *testing.T) {
	if r := batchtest.Run(t, always("error"), nil, batchtest.Config{Pollers: 3}); len(r.Invocations) != 0 {
		t.Errorf("%d invocations for an empty log", len(r.Invocations))
	}
}

// FuzzReply checks that no reply breaks Run, and that whatever the reply is, no
// record is forgotten: it is done, or it comes again.
func FuzzReply(f *testing.F) {
	for _, reply := range []string{
		``, `null`, `{}`, `"OK"`, `[]`, name(), name(1), name(0, 2), name(1, 1), name(9), `{"batchItemFailures":[{"itemIdentifier":"t-0"}]}`,
	} {
		f.Add([]byte(reply))
	}
	f.Fuzz(func(t *testing.T, reply []byte) {
		ft := &fakeT{}
		r := batchtest.Run(ft, replies(string(reply)), log(1, 3), partial)
		first := r.Invocations[0]
		if (first.Err != nil) != (len(ft.errs) > 0) && string(reply) != "error" {
			t.Errorf("error of the invocation: %v, of the test: %q", first.Err, ft.errs)
		}
		again := 0
		if len(r.Invocations) > 1 {
			again = len(r.Invocations[1].Records)
		}
		if want := len(first.Named); first.Err == nil && again != want || first.Err != nil && again != 3 {
			t.Errorf("%d records come again: %q, %v", again, first.Named, first.Err)
		}
		wantIDs(t, r, batchtest.Done, "0", "1", "2")
	})
}
