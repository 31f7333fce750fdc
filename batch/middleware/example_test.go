package middleware_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/mskit-go/mskit/batch"
	"github.com/mskit-go/mskit/batch/middleware"
	"github.com/mskit-go/mskit/kafkaevent"
)

var discard = batch.WithLogger(slog.New(slog.DiscardHandler))

func ExampleIdempotent() {
	h := batch.HandlerFunc(func(_ context.Context, r *kafkaevent.Record) error {
		fmt.Println("charge", r)
		return nil
	})
	p := batch.NewPartial(h, discard, batch.WithMiddleware(
		middleware.Idempotent("payments-v1", middleware.NewMemoryStore(1000)),
	))

	for range 2 { // Lambda delivers the batch twice
		res, err := p.Process(context.Background(), event(2))
		fmt.Println(res.Succeeded, "succeeded,", res.Skipped, "skipped", err)
	}
	// Output:
	// charge orders/0/0
	// charge orders/0/1
	// 2 succeeded, 0 skipped <nil>
	// 0 succeeded, 2 skipped <nil>
}

func ExampleTimeout() {
	slow := batch.HandlerFunc(func(ctx context.Context, _ *kafkaevent.Record) error {
		<-ctx.Done() // a call that takes for ever, and minds its context
		return ctx.Err()
	})
	p := batch.NewPartial(slow, discard, batch.WithMiddleware(middleware.Timeout(time.Millisecond)))

	res, _ := p.Process(context.Background(), event(1))
	fmt.Println(res.Failures[0])
	// Output:
	// batch: record orders/0/0: middleware: the record took more than 1ms: context deadline exceeded
}

func ExampleLog() {
	h := batch.HandlerFunc(func(context.Context, *kafkaevent.Record) error { return nil })
	p := batch.NewPartial(h, batch.WithMiddleware(middleware.Log(slog.New(slog.DiscardHandler))))

	res, err := p.Process(context.Background(), event(1))
	fmt.Println(res.Succeeded, err)
	// Output:
	// 1 <nil>
}

// Table is the part of a DynamoDB table that a store needs. With the AWS SDK
// each method is one call:
//
//   - PutIfFree is PutItem with the condition
//     "attribute_not_exists(pk) OR (done <> :true AND #until < :now)", and
//     ReturnValuesOnConditionCheckFailure ALL_OLD to see who has the item.
//   - PutDone is PutItem with done = true, and a TTL attribute a few days away:
//     longer than a record may stay in Kafka.
//   - DeleteIfOwner is DeleteItem with the condition
//     "#owner = :owner AND done <> :true"; a failed condition is no error.
type Table interface {
	PutIfFree(ctx context.Context, c middleware.Claim, now time.Time) (done, free bool, err error)
	PutDone(ctx context.Context, key string) error
	DeleteIfOwner(ctx context.Context, key, owner string) error
}

// tableStore is a middleware.Store over DynamoDB.
type tableStore struct{ t Table }

func (s tableStore) Claim(ctx context.Context, c middleware.Claim) (middleware.State, error) {
	done, free, err := s.t.PutIfFree(ctx, c, time.Now())
	switch {
	case err != nil:
		return 0, err
	case free:
		return middleware.Claimed, nil
	case done:
		return middleware.Done, nil
	default:
		return middleware.Busy, nil
	}
}

func (s tableStore) Complete(ctx context.Context, c middleware.Claim) error {
	return s.t.PutDone(ctx, c.Key)
}

func (s tableStore) Release(ctx context.Context, c middleware.Claim) error {
	return s.t.DeleteIfOwner(ctx, c.Key, c.Owner)
}

// fakeTable stands for the table.
type fakeTable struct {
	mu    sync.Mutex
	items map[string]item
}

type item struct {
	middleware.Claim
	done bool
}

func (f *fakeTable) PutIfFree(_ context.Context, c middleware.Claim, now time.Time) (done, free bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if i, ok := f.items[c.Key]; ok && (i.done || !i.Until.Before(now)) {
		return i.done, false, nil
	}
	f.items[c.Key] = item{Claim: c}
	return false, true, nil
}

func (f *fakeTable) PutDone(_ context.Context, key string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.items[key] = item{done: true}
	return nil
}

func (f *fakeTable) DeleteIfOwner(_ context.Context, key, owner string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if i := f.items[key]; i.Owner == owner && !i.done {
		delete(f.items, key)
	}
	return nil
}

// A store that all sandboxes share is three conditional writes.
func ExampleStore_dynamoDB() {
	var store middleware.Store = tableStore{t: &fakeTable{items: make(map[string]item)}}
	h := batch.HandlerFunc(func(_ context.Context, r *kafkaevent.Record) error {
		fmt.Println("charge", r)
		return nil
	})

	for range 2 { // two sandboxes
		p := batch.NewPartial(h, discard, batch.WithMiddleware(middleware.Idempotent("payments-v1", store)))
		res, err := p.Process(context.Background(), event(1))
		fmt.Println(res.Succeeded, "succeeded,", res.Skipped, "skipped", err)
	}
	// Output:
	// charge orders/0/0
	// 1 succeeded, 0 skipped <nil>
	// 0 succeeded, 1 skipped <nil>
}
