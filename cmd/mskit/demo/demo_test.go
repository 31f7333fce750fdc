package demo_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/mskit-go/mskit/cmd/mskit/demo"
	"github.com/mskit-go/mskit/cmd/mskit/esm"
)

func run(t *testing.T, config demo.Config) *demo.Report {
	t.Helper()
	r, err := demo.Run(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestEveryRecordIsAccountedFor(t *testing.T) {
	for _, config := range []demo.Config{
		{Records: 100, Seed: 1, BatchSize: 100}, // nothing but poison, nearly
		{Records: 200, Seed: 2, BatchSize: 1},
		{Records: 500, Seed: 3, BatchSize: 7},
		{Records: 2000, Seed: 4, BatchSize: 10_000}, // one batch
		{Records: 3000, Seed: 5, BatchSize: 100},
	} {
		r := run(t, config)
		if len(r.Problems) > 0 {
			t.Errorf("%+v: %s", config, strings.Join(r.Problems, "\n"))
		}
		sum := r.Shipped + r.Cancelled + r.Duplicates + r.FilteredByMapping + r.FilteredByHandler + r.DeadLettered + r.GivenUp
		if sum != config.Records || r.Uncommitted != 0 {
			t.Errorf("%+v: %d accounted for, %d not committed", config, sum, r.Uncommitted)
		}
		bad := 0
		for _, p := range r.Pills {
			bad += p.Count
			if p.Count != len(p.Places) || p.Why == "" {
				t.Errorf("%+v: %+v", config, p)
			}
		}
		if len(r.Pills) != 9 || bad != r.DeadLettered+r.GivenUp {
			t.Errorf("%+v: %d kinds of poison pills, %d of them, want 9 and %d", config, len(r.Pills), bad, r.DeadLettered+r.GivenUp)
		}
	}
}

func TestTooFewRecords(t *testing.T) {
	if r, err := demo.Run(t.Context(), demo.Config{Records: demo.MinRecords - 1}); err == nil {
		t.Errorf("%+v", r)
	}
}

func TestTheSeedDecides(t *testing.T) {
	places := func(seed uint64) (all []string) {
		for _, p := range run(t, demo.Config{Records: 400, Seed: seed, BatchSize: 50}).Pills {
			all = append(all, p.Places...)
		}
		return all
	}
	if a, b := places(1), places(1); !slices.Equal(a, b) {
		t.Errorf("%v and then %v", a, b)
	}
	if a, b := places(1), places(2); slices.Equal(a, b) {
		t.Errorf("two seeds, one result: %v", a)
	}
}

// invoker is a function as an esm.Invoker.
type invoker func(ctx context.Context, payload []byte) ([]byte, error)

func (f invoker) Invoke(ctx context.Context, payload []byte) ([]byte, error) { return f(ctx, payload) }

// What the demo says would be worth nothing if it said so of any function.
func TestTheAuditFindsOut(t *testing.T) {
	rows := []struct {
		name string
		lie  func(call int, function esm.Invoker, payload []byte) ([]byte, error)
		told string
	}{
		{
			name: "a batch that was never handled",
			lie: func(call int, function esm.Invoker, payload []byte) ([]byte, error) {
				if call == 1 {
					return []byte(`{"batchItemFailures":[]}`), nil
				}
				return function.Invoke(t.Context(), payload)
			},
			told: `want "shipped", found ""`,
		},
		{
			name: "failures that are not reported",
			lie: func(_ int, function esm.Invoker, payload []byte) ([]byte, error) {
				if _, err := function.Invoke(t.Context(), payload); err != nil {
					return nil, err
				}
				return []byte(`{"batchItemFailures":[]}`), nil
			},
			told: `want "dead-lettered", found ""`,
		},
		{
			name: "batches handled twice",
			lie: func(_ int, function esm.Invoker, payload []byte) ([]byte, error) {
				if reply, err := function.Invoke(t.Context(), payload); err != nil {
					return reply, err
				}
				return function.Invoke(t.Context(), payload)
			},
			told: "records that the function handled or skipped",
		},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			config := demo.Config{Records: 200, Seed: 1, BatchSize: 20}
			call := 0
			config.Wrap(func(function esm.Invoker) esm.Invoker {
				return invoker(func(_ context.Context, payload []byte) ([]byte, error) {
					call++
					return row.lie(call, function, payload)
				})
			})
			r := run(t, config)
			if told := strings.Join(r.Problems, "\n"); !strings.Contains(told, row.told) {
				t.Errorf("problems do not say %q:\n%s", row.told, told)
			}
			var out strings.Builder
			r.Print(&out, demo.Style{})
			if strings.Contains(out.String(), "every one") || !strings.Contains(out.String(), "does not add up: ") {
				t.Errorf("printed:\n%s", out.String())
			}
		})
	}
}

func TestItEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	stopped := errors.New("stopped")
	config := demo.Config{Records: 1000, Seed: 1, BatchSize: 10}
	config.Observe = func(esm.Progress, demo.Counts) { cancel(stopped) }
	if r, err := demo.Run(ctx, config); !errors.Is(err, stopped) {
		t.Errorf("%v, %v", r, err)
	}
}

func TestStyle(t *testing.T) {
	r := run(t, demo.Config{Records: 1200, Seed: 1, BatchSize: 100})
	var plain, narrow, colored strings.Builder
	r.Print(&plain, demo.Style{})
	r.Print(&narrow, demo.Style{Width: 80})
	r.Print(&colored, demo.Style{Color: true})
	if strings.Contains(plain.String()+narrow.String(), "\x1b") || !strings.Contains(colored.String(), "\x1b[1;32mevery one accounted for\x1b[0m") {
		t.Errorf("colours:\n%q\n%q", plain.String(), colored.String())
	}
	if !strings.HasPrefix(plain.String(), "1,200 records, ") {
		t.Errorf("begins %.40q", plain.String())
	}
	for line := range strings.Lines(narrow.String()) {
		if len(line) > 81 {
			t.Errorf("%d columns: %s", len(line)-1, line)
		}
	}
}
