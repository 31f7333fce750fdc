package jsonschema_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/jsonschema"
)

// counting serves {"const": id} under each id and counts how often it is asked.
func counting(asked *atomic.Int64) schema.Registry {
	return registryFunc(func(_ context.Context, id schema.ID) (*schema.Schema, error) {
		asked.Add(1)
		return &schema.Schema{ID: id, Format: schema.FormatJSON, Text: fmt.Sprintf(`{"const":%s}`, id)}, nil
	})
}

func TestSchemasAreKeptById(t *testing.T) {
	var asked atomic.Int64
	d := jsonschema.NewDecoder[any](counting(&asked), jsonschema.WithLimits(jsonschema.Limits{Schemas: 2}))
	decode := func(id byte) {
		t.Helper()
		if _, err := d.Decode(t.Context(), schema.Input{Data: confluent(id, fmt.Sprint(id))}); err != nil {
			t.Error(err)
		}
		if _, err := d.Decode(t.Context(), schema.Input{Data: confluent(id, fmt.Sprint(id+1))}); schema.KindOf(err) != schema.KindValidation {
			t.Error(err)
		}
	}
	for _, step := range []struct {
		id    byte
		asked int64
	}{{1, 1}, {2, 2}, {1, 2}, {3, 3}, {1, 3}, {2, 4}, {3, 5}} { // 3 displaces 2, not 1
		decode(step.id)
		if got := asked.Load(); got != step.asked {
			t.Errorf("after id %d the registry was asked %d times, want %d", step.id, got, step.asked)
		}
	}
}

func TestAnInvalidSchemaIsCompiledOnce(t *testing.T) {
	var asked atomic.Int64
	reg := registryFunc(func(_ context.Context, id schema.ID) (*schema.Schema, error) {
		asked.Add(1)
		return &schema.Schema{ID: id, Text: `{"type":1}`}, nil
	})
	d := jsonschema.NewDecoder[any](reg)
	var topics []string
	for _, topic := range []string{"a", "b"} {
		_, err := d.Decode(t.Context(), schema.Input{Topic: topic, Data: confluent(1, `1`)})
		e, _ := errors.AsType[*schema.Error](err)
		topics = append(topics, e.Topic)
	}
	if asked.Load() != 1 || topics[0] != "a" || topics[1] != "b" {
		t.Errorf("asked %d times; topics %q", asked.Load(), topics)
	}
}

func TestAFailingRegistryIsAskedAgain(t *testing.T) {
	up := false
	reg := registryFunc(func(_ context.Context, id schema.ID) (*schema.Schema, error) {
		if !up {
			return nil, &schema.Error{Kind: schema.KindUnavailable, ID: id}
		}
		return &schema.Schema{ID: id, Text: `true`}, nil
	})
	d := jsonschema.NewDecoder[any](reg)
	if _, err := d.Decode(t.Context(), schema.Input{Data: confluent(1, `1`)}); !schema.Retryable(err) {
		t.Errorf("%v is not retryable", err)
	}
	up = true
	if _, err := d.Decode(t.Context(), schema.Input{Data: confluent(1, `1`)}); err != nil {
		t.Error(err)
	}
}

func TestConcurrentUse(t *testing.T) {
	var asked atomic.Int64
	d := jsonschema.NewDecoder[int](counting(&asked), jsonschema.WithLimits(jsonschema.Limits{Schemas: 4}))
	var wg sync.WaitGroup
	for g := range 64 {
		wg.Go(func() {
			for i := range 50 {
				id := byte(g+i)%8 + 1
				got, err := d.Decode(t.Context(), schema.Input{Topic: fmt.Sprint(g), Data: confluent(id, fmt.Sprint(id))})
				if err != nil || got != int(id) {
					t.Errorf("%d, %v", got, err)
				}
				_, err = d.Decode(t.Context(), schema.Input{Topic: fmt.Sprint(g), Data: confluent(id, `{"a":[1,1]}`)})
				if e, _ := errors.AsType[*schema.Error](err); e == nil || e.Topic != fmt.Sprint(g) || e.ID != schema.ConfluentID(uint32(id)) {
					t.Errorf("%v", err)
				}
			}
		})
	}
	wg.Wait()
}

func TestOneRequestForAColdSchema(t *testing.T) {
	var asked atomic.Int64
	d := jsonschema.NewDecoder[int](schema.Cached(counting(&asked)))
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			if _, err := d.Decode(t.Context(), schema.Input{Data: confluent(1, `1`)}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := asked.Load(); got != 1 {
		t.Errorf("%d requests", got)
	}
}

// A validation that waits for another one's compiled schema gives up when its
// invocation does.
func TestWaitingEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		compiling, release := make(chan struct{}), make(chan struct{})
		blocking := jsonschema.WithFormat("blocking", func(string) bool {
			compiling <- struct{}{}
			<-release
			return true
		})
		d := jsonschema.NewDecoder[any](nil, jsonschema.WithSchema(`{"format":"blocking"}`), blocking)
		var wg sync.WaitGroup
		busy := 0
		for {
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error, 1)
			wg.Go(func() {
				_, err := d.Decode(ctx, schema.Input{Data: []byte(`"x"`)})
				done <- err
			})
			synctest.Wait()
			select {
			case <-compiling:
				busy++
				t.Cleanup(cancel)
				continue
			default:
			}
			cancel()
			if err := <-done; !errors.Is(err, context.Canceled) || !schema.Retryable(err) {
				t.Errorf("a caller without a turn: %v", err)
			}
			break
		}
		if busy == 0 {
			t.Error("no validation ran")
		}
		close(release)
		wg.Wait()
	})
}

func TestAPanickingFormatFailsItsRecord(t *testing.T) {
	panics := jsonschema.WithFormat("odd", func(s string) bool {
		if s == "boom" {
			panic("secret")
		}
		return true
	})
	d := jsonschema.NewDecoder[any](nil, jsonschema.WithSchema(`{"format":"odd"}`), panics)
	for range 8 { // more often than there are compiled copies
		if _, err := d.Decode(t.Context(), schema.Input{Data: []byte(`"boom"`)}); schema.KindOf(err) != schema.KindValidation {
			t.Error(err)
		}
	}
	if _, err := d.Decode(t.Context(), schema.Input{Data: []byte(`"x"`)}); err != nil {
		t.Error(err)
	}
}
