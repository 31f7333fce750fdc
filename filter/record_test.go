package filter_test

import (
	"errors"
	"testing"
	"time"

	"github.com/mskit-go/mskit/filter"
	"github.com/mskit-go/mskit/kafkaevent"
)

func record(key, value []byte, headers ...kafkaevent.Header) *kafkaevent.Record {
	r := &kafkaevent.Record{
		TopicPartition: kafkaevent.TopicPartition{Topic: "orders", Partition: 3},
		Offset:         9007199254740993,
		Timestamp:      time.UnixMilli(1700000000000).UTC(),
		TimestampType:  "CREATE_TIME",
		Key:            key,
		Value:          value,
	}
	r.SetHeaders(headers)
	return r
}

func TestMatchRecord(t *testing.T) {
	headers := []kafkaevent.Header{
		{Key: "source", Value: []byte("checkout")},
		{Key: "a.b", Value: []byte("1")},
		{Key: "source", Value: []byte("replay")},
		{Key: "none", Value: nil},
	}
	const paid = `{"status":"PAID"}`
	framed := "\x00\x00\x00\x00\x01" + paid
	tests := []struct {
		name, pattern string
		key, value    string // "-" is none
		want          bool
		options       []filter.Option
	}{
		{"topic", `{"topic":["orders"]}`, "k", paid, true, nil},
		{"other topic", `{"topic":["payments"],"value":{"status":["PAID"]}}`, "k", paid, false, nil},
		{"partition", `{"partition":[{"numeric":[">=",3]}]}`, "k", paid, true, nil},
		{"offset beyond 2^53", `{"offset":[9007199254740993]}`, "k", paid, true, nil},
		{"timestamp", `{"timestamp":[{"numeric":[">",1699999999999]}]}`, "k", paid, true, nil},
		{"timestamp type", `{"timestampType":["CREATE_TIME"]}`, "k", paid, true, nil},
		{"header, first of its name", `{"headers":{"source":["checkout"]}}`, "k", paid, true, nil},
		{"header, last of its name", `{"headers":{"source":["replay"]}}`, "k", paid, true, nil},
		{"header with a dot", `{"headers":{"a.b":["1"]}}`, "k", paid, true, nil},
		{"null header", `{"headers":{"none":[null]}}`, "k", paid, true, nil},
		{"no such header", `{"headers":{"other":[{"exists":false}]}}`, "k", paid, true, nil},
		{"key as text", `{"key":[{"prefix":"k"}]}`, "k1", paid, true, nil},
		{"key as JSON", `{"key":{"id":[1]}}`, `{"id":1}`, paid, true, nil},
		{"no key is null", `{"key":[null]}`, "-", paid, true, nil},
		{"no key is absent", `{"key":[{"exists":false}]}`, "-", paid, true, nil},
		{"no key does not exist", `{"key":[{"exists":true}]}`, "-", paid, false, nil},
		{"value as JSON", `{"value":{"status":["PAID"]}}`, "k", paid, true, nil},
		{"value as JSON, other", `{"value":{"status":["NEW"]}}`, "k", paid, false, nil},
		{"value as text", `{"value":["hello"]}`, "k", "hello", true, nil},
		{"value as other text", `{"value":["hello"]}`, "k", "bye", false, nil},
		{"value as scalar text", `{"value":["12"]}`, "k", "12", true, nil},
		{"value as scalar number", `{"value":[12]}`, "k", "12.0", true, nil},
		{"value as scalar string", `{"value":["x"]}`, "k", `"x"`, true, nil},
		{"empty value is empty text", `{"value":[""]}`, "k", "", true, nil},
		{"array value", `{"value":{"status":["PAID"]}}`, "k", `[{"status":"NEW"},{"status":"PAID"}]`, true, nil},
		{"array value, none", `{"value":{"status":["PAID"]}}`, "k", `[{"status":"NEW"}]`, false, nil},
		{"text where JSON is wanted passes", `{"value":{"status":["NEW"]}}`, "k", "hello", true, nil},
		{"broken JSON passes", `{"value":{"status":["NEW"]}}`, "k", `{"status":"PAID"`, true, nil},
		{"broken JSON passes only if the rest holds", `{"topic":["x"],"value":{"status":["NEW"]}}`, "k", `{`, false, nil},
		{"broken JSON is text", `{"value":["{"]}`, "k", `{`, true, nil},
		{"broken JSON is other text", `{"value":["{"]}`, "k", `{{`, false, nil},
		{"JSON where text is wanted passes", `{"value":["hello"]}`, "k", paid, true, nil},
		{"not UTF-8 passes", `{"value":["hello"]}`, "k", "\xff", true, nil},
		{"not UTF-8 inside JSON passes", `{"value":{"status":["NEW"]}}`, "k", "{\"status\":\"\xff\"}", true, nil},
		{"framed passes", `{"value":{"status":["NEW"]}}`, "k", framed, true, nil},
		{"framed passes a text pattern", `{"value":["hello"]}`, "k", framed, true, nil},
		{"trailing bytes are no JSON", `{"value":{"status":["NEW"]}}`, "k", paid + "x", true, nil},
		{"tombstone passes", `{"value":{"status":["NEW"]}}`, "k", "-", true, nil},
		{"tombstone passes only if the rest holds", `{"topic":["x"],"value":{"status":["NEW"]}}`, "k", "-", false, nil},

		{"drop: text", `{"value":{"status":["NEW"]}}`, "k", "hello", false, []filter.Option{filter.OnMismatch(filter.Drop)}},
		{"drop: broken after a match", `{"value":{"status":["PAID"]}}`, "k", paid + "x", false, []filter.Option{filter.OnMismatch(filter.Drop)}},
		{"drop: text under absence", `{"value":{"status":[{"exists":false}]}}`, "k", "hello", false, []filter.Option{filter.OnMismatch(filter.Drop)}},
		{"drop: JSON where text is wanted", `{"value":["hello"]}`, "k", paid, false, []filter.Option{filter.OnMismatch(filter.Drop)}},
		{"drop: presence is no mismatch", `{"value":[{"exists":true}]}`, "k", paid, true, []filter.Option{filter.OnMismatch(filter.Drop)}},
		{"presence only", `{"value":[{"exists":false}]}`, "k", paid, false, nil},
		{"tombstone matched: fields", `{"value":{"status":["NEW"]}}`, "k", "-", false, []filter.Option{filter.OnTombstone(filter.Match)}},
		{"tombstone matched: absence", `{"value":{"status":[{"exists":false}]}}`, "k", "-", true, []filter.Option{filter.OnTombstone(filter.Match)}},
		{"tombstone matched: null", `{"value":[null]}`, "k", "-", true, []filter.Option{filter.OnTombstone(filter.Match)}},
		{"tombstone matched: anything-but", `{"value":[{"anything-but":"x"}]}`, "k", "-", true, []filter.Option{filter.OnTombstone(filter.Match)}},
		{"tombstone dropped", `{"value":{"status":["NEW"]}}`, "k", "-", false, []filter.Option{filter.OnTombstone(filter.Drop)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := filter.MustCompile(tt.pattern).With(tt.options...)
			got, err := f.Match(record(orNil(tt.key), orNil(tt.value), headers...))
			if err != nil {
				t.Fatal(err)
			}
			if got != tt.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func orNil(s string) []byte {
	if s == "-" {
		return nil
	}
	return []byte(s)
}

func TestFailErrsOnlyWhereTheOutcomeHangsOnIt(t *testing.T) {
	f := filter.MustCompile(`{"value":{"a":[1]}}`, `{"topic":["orders"],"key":["k"]}`).With(filter.OnMismatch(filter.Fail))
	if ok, err := f.Match(record([]byte("k"), []byte("text"))); !ok || err != nil {
		t.Errorf("another pattern matches: got %v, %v", ok, err)
	}
	_, err := f.Match(record([]byte("x"), []byte("secret text")))
	mismatch, ok := errors.AsType[*filter.MismatchError](err)
	if !ok || mismatch.Field != "value" {
		t.Fatalf("got %v", err)
	}
	if ok, err := f.Match(record([]byte("x"), []byte(`{"a":2}`))); ok || err != nil {
		t.Errorf("no mismatch: got %v, %v", ok, err)
	}
	g := filter.MustCompile(`{"topic":["other"],"value":{"a":[1]}}`).With(filter.OnMismatch(filter.Fail))
	if ok, err := g.Match(record(nil, []byte("text"))); ok || err != nil {
		t.Errorf("the topic decides: got %v, %v", ok, err)
	}
}

func TestViewIsRenderedOnceAndOnlyIfNeeded(t *testing.T) {
	calls := 0
	v := filter.View{Value: func(dst []byte) ([]byte, error) {
		calls++
		return append(dst, `{"status":"PAID"}`...), nil
	}}
	match := func(pattern string, options ...filter.Option) bool {
		t.Helper()
		calls = 0
		ok, err := filter.MustCompile(pattern).With(options...).MatchView(record(nil, []byte{0, 0, 0, 0, 1, 2}), v)
		if err != nil {
			t.Fatal(err)
		}
		return ok
	}
	if !match(`{"value":{"status":["PAID"]}}`) || calls != 1 {
		t.Errorf("on a match: %d calls", calls)
	}
	if match(`{"topic":["x"],"value":{"status":["PAID"]}}`) || calls != 0 {
		t.Errorf("decided by the topic: %d calls", calls)
	}
	if !match(`{"topic":["orders"]}`) || calls != 0 {
		t.Errorf("no pattern names the value: %d calls", calls)
	}
	if match(`{"value":{"status":["NEW"]}}`, filter.OnMismatch(filter.Fail)) || calls != 1 {
		t.Errorf("under Fail: %d calls", calls)
	}
}

func TestViewErrorIsToldApart(t *testing.T) {
	cause := errors.New("no such schema")
	v := filter.View{Value: func([]byte) ([]byte, error) { return nil, cause }}
	ok, err := filter.MustCompile(`{"value":{"a":[1]}}`).MatchView(record(nil, []byte("x")), v)
	if ve, is := errors.AsType[*filter.ViewError](err); ok || !is || ve.Field != "value" || !errors.Is(err, cause) {
		t.Errorf("got %v, %v", ok, err)
	}
}

func TestCheckRecord(t *testing.T) {
	if err := filter.MustCompile(`{"value":{"a":[1]},"topic":["x"]}`).CheckRecord(); err != nil {
		t.Error(err)
	}
	err := filter.MustCompile(`{"status":["PAID"]}`).CheckRecord()
	if fe, ok := errors.AsType[*filter.Error](err); !ok || fe.Path != "status" || fe.Pattern != 1 || fe.Col != 11 {
		t.Errorf("got %v", err)
	}
}

func TestSeesFramed(t *testing.T) {
	framed := record([]byte("k"), []byte{0, 0, 0, 0, 1, 2})
	f := filter.MustCompile(`{"value":{"a":[1]}}`)
	if !f.SeesFramed(framed, filter.View{}) {
		t.Error("framed value, no view")
	}
	if f.SeesFramed(framed, filter.View{Value: func(b []byte) ([]byte, error) { return b, nil }}) {
		t.Error("framed value with a view")
	}
	if filter.MustCompile(`{"key":["k"]}`).SeesFramed(framed, filter.View{}) {
		t.Error("only the key is named")
	}
}
