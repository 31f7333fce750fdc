package bench_test

import (
	"encoding/base64"
	"encoding/json"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"github.com/mskit-go/mskit/internal/bench"
	"github.com/mskit-go/mskit/internal/bench/gen"
	"github.com/mskit-go/mskit/kafkaevent"
)

// baseline is what a function does today: the event as aws-lambda-go has it,
// then base64 of every key and value.
func baseline(t testing.TB, payload []byte) {
	var e events.KafkaEvent
	if err := json.Unmarshal(payload, &e); err != nil {
		t.Fatal(err)
	}
	for _, records := range e.Records {
		for i := range records {
			if _, err := base64.StdEncoding.DecodeString(records[i].Key); err != nil {
				t.Fatal(err)
			}
			if _, err := base64.StdEncoding.DecodeString(records[i].Value); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// BenchmarkRaceEvents is what decoding an event costs beside aws-lambda-go; with
// -tags purego, what it costs without vector code.
func BenchmarkRaceEvents(b *testing.B) {
	for _, size := range []struct {
		name               string
		value, count, room int
	}{
		{"100B", 100, 10_000, 6 << 20},
		{"350B", 350, 10_000, 5_800_000},
		{"8KB", 8192, 500, 6 << 20},
	} {
		b.Run(size.name, func(b *testing.B) {
			payload, n := gen.Event(size.value, size.count, size.room)
			scratch := make([]byte, len(payload))
			refill := func() { copy(scratch, payload) }
			parse := func(f func([]byte) (*kafkaevent.Event, error), headers bool) func() {
				return func() {
					e, err := f(scratch)
					if err != nil || e.Len() != n {
						b.Fatal(err)
					}
					if headers {
						for r := range e.Records() {
							if len(r.Headers()) != 2 {
								b.Fatal("headers")
							}
						}
					}
				}
			}
			bench.Race(b, n,
				bench.Candidate{Name: "aws-lambda-go + base64", Setup: refill, Run: func() { baseline(b, scratch) }},
				bench.Candidate{Name: "Parse", Setup: refill, Run: parse(kafkaevent.Parse, false)},
				bench.Candidate{Name: "Parse, headers read", Setup: refill, Run: parse(kafkaevent.Parse, true)},
				bench.Candidate{Name: "ParseInPlace", Setup: refill, Run: parse(kafkaevent.ParseInPlace, false)},
				bench.Candidate{Name: "ParseInPlace, headers read", Setup: refill, Run: parse(kafkaevent.ParseInPlace, true)},
			)
		})
	}
}

func BenchmarkParseInPlace(b *testing.B) {
	payload, n := gen.Event(350, 10_000, 5_800_000)
	scratch := make([]byte, len(payload))
	b.ReportAllocs()
	b.SetBytes(int64(len(payload)))
	for b.Loop() {
		copy(scratch, payload)
		if e, err := kafkaevent.ParseInPlace(scratch); err != nil || e.Len() != n {
			b.Fatal(err)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	payload, n := gen.Event(350, 10_000, 5_800_000)
	b.ReportAllocs()
	b.SetBytes(int64(len(payload)))
	for b.Loop() {
		if e, err := kafkaevent.Parse(payload); err != nil || e.Len() != n {
			b.Fatal(err)
		}
	}
}
