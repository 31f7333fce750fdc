package kafkaevent_test

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/mskit-go/mskit/kafkaevent"
)

func TestHeadersKeepOrderNullsAndSigns(t *testing.T) {
	e, err := kafkaevent.Parse(load(t, "headers"))
	if err != nil {
		t.Fatal(err)
	}
	h := e.Partitions[0].Records[0].Headers()
	want := kafkaevent.Headers{
		{Key: "greeting", Value: []byte("Grüße")},
		{Key: "raw", Value: []byte{0x00, 0xff, 0x80, 0x7f}},
		{Key: "hop", Value: []byte("1")},
		{Key: "hop", Value: []byte("2")},
		{Key: "empty", Value: []byte{}},
		{Key: "maybe", Value: nil},
		{Key: "unsigned", Value: []byte{0, 128, 255}},
		{Key: "a", Value: []byte{1}},
		{Key: "b", Value: []byte{2}},
	}
	if !slices.EqualFunc(h, want, func(a, b kafkaevent.Header) bool {
		return a.Key == b.Key && bytes.Equal(a.Value, b.Value) && (a.Value == nil) == (b.Value == nil)
	}) {
		t.Errorf("%v", []kafkaevent.Header(h))
	}
	for _, r := range e.Partitions[0].Records[1:] {
		if len(r.Headers()) != 0 || r.Err() != nil {
			t.Errorf("null or absent headers: %v, %v", r.Headers(), r.Err())
		}
	}
}

func TestHeaderCarrier(t *testing.T) {
	h := kafkaevent.Headers{{Key: "a", Value: []byte("1")}, {Key: "b"}, {Key: "a", Value: []byte("2")}}
	if h.Get("a") != "2" || h.Get("b") != "" || h.Get("A") != "" {
		t.Error("Get is the last one, and names are case-sensitive")
	}
	if v, ok := h.Last("b"); v != nil || !ok {
		t.Error("a null header is there")
	}
	if _, ok := h.Last("c"); ok {
		t.Error("an absent header is not")
	}
	if !slices.Equal(h.Values("a"), []string{"1", "2"}) || h.Values("c") != nil {
		t.Errorf("Values: %q", h.Values("a"))
	}
	if !slices.Equal(h.Keys(), []string{"a", "b"}) {
		t.Errorf("Keys: %q", h.Keys())
	}
	before := slices.Clone(h)
	set := h
	set.Set("a", "3")
	set.Set("c", "4")
	if !slices.Equal(set.Keys(), []string{"a", "b", "c"}) || set.Get("a") != "3" || len(set) != 3 {
		t.Errorf("Set: %q", set.Keys())
	}
	if h.Get("a") != "2" || len(h) != len(before) {
		t.Error("Set changed another copy")
	}
}

func TestSetHeadersIsOfOneRecordOnly(t *testing.T) {
	r := only(t, `{"offset":1,"key":7,"headers":[{"a":[49]}]}`)
	c := r
	c.SetHeaders(kafkaevent.Headers{{Key: "b"}})
	if r.Headers().Get("a") != "1" || len(r.Headers()) != 1 || c.Headers().Keys()[0] != "b" {
		t.Error("SetHeaders reached a copy")
	}
	if c.Err() == nil {
		t.Error("SetHeaders lost the record's error")
	}
	var made kafkaevent.Record
	if made.Headers() != nil || made.Err() != nil {
		t.Error("a zero record")
	}
	made.SetHeaders(kafkaevent.Headers{{Key: "x"}})
	if len(made.Headers()) != 1 {
		t.Error("a record made by hand")
	}
}

func TestHeadersAreSafeForConcurrentReaders(t *testing.T) {
	e, err := kafkaevent.Parse(load(t, "headers"))
	if err != nil {
		t.Fatal(err)
	}
	r := &e.Partitions[0].Records[0]
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if len(r.Headers()) != 9 {
				t.Error("headers")
			}
		})
	}
	wg.Wait()
	if first, again := r.Headers(), r.Headers(); &first[0] != &again[0] {
		t.Error("headers are decoded again")
	}
}

func TestLastHeaderAgreesWithHeaders(t *testing.T) {
	e, err := kafkaevent.Parse(load(t, "headers"))
	if err != nil {
		t.Fatal(err)
	}
	for r := range e.Records() {
		for _, name := range []string{"greeting", "hop", "maybe", "empty", "a", "b", "absent", "", "\ufffd", "re"} {
			// Before the headers are decoded, and after.
			got, ok := r.LastHeader(name)
			want, wantOK := r.Headers().Last(name)
			again, againOK := r.LastHeader(name)
			if ok != wantOK || againOK != wantOK || !bytes.Equal(got, want) || !bytes.Equal(again, want) {
				t.Errorf("%s %q: %q, %t, then %q, %t, want %q, %t", r.ID(), name, got, ok, again, againOK, want, wantOK)
			}
		}
	}
}

// A name may be spelled with escapes.
func TestLastHeaderOfAnEscapedName(t *testing.T) {
	e, err := kafkaevent.Parse([]byte(`{"eventSource":"aws:kafka","records":{"t-0":[{"topic":"t","partition":0,"offset":1,"headers":[{"\u0061b":[49]}]}]}}`))
	if err != nil {
		t.Fatal(err)
	}
	if v, ok := e.Partitions[0].Records[0].LastHeader("ab"); !ok || string(v) != "1" {
		t.Errorf("%q, %t", v, ok)
	}
}

// spelled writes a header as Lambda, an emulator or a person would.
func spelled(b []byte, rng *rand.Rand, h kafkaevent.Header, space string) []byte {
	b = append(strconv.AppendQuote(append(b, space...), h.Key), ":"+space...)
	if h.Value == nil {
		return append(b, "null"...)
	}
	b = append(b, '[')
	for i, c := range h.Value {
		if i > 0 {
			b = append(append(b, space...), ","+space...)
		}
		n := int64(c)
		if c >= 0x80 && rng.IntN(2) == 0 {
			n -= 256
		}
		b = strconv.AppendInt(b, n, 10)
	}
	return append(b, ']')
}

// Headers at the same place of other records, alike, similar and not, do not
// get into one another's way.
func TestHeadersInEverySpelling(t *testing.T) {
	rng := rand.New(rand.NewPCG(13, 17))
	names := []string{"a", "b", "trace-id", "é"}
	var records []byte
	var want []kafkaevent.Headers
	for i := range 2000 {
		records = append(records, `,{"topic":"t","partition":0,"offset":`+strconv.Itoa(i)+`,"headers":[`...)
		var headers kafkaevent.Headers
		for n := range 1 + rng.IntN(12) {
			h := kafkaevent.Header{Key: names[rng.IntN(1+n%len(names))]}
			if rng.IntN(8) > 0 {
				h.Value = make([]byte, rng.IntN(1+[]int{1, 2, 40}[rng.IntN(3)]))
			}
			most := []int{10, 128, 256}[rng.IntN(3)]
			for j := range h.Value {
				h.Value[j] = byte(rng.IntN(most))
			}
			headers = append(headers, h)
			space := []string{"", "", "", " ", "\n\t"}[rng.IntN(5)]
			switch {
			case n == 0:
				records = append(records, '{')
			case rng.IntN(8) == 0: // two in one object
				records = append(records, ',')
			default:
				records = append(records, "},{"...)
			}
			records = spelled(records, rng, h, space)
		}
		records = append(records, "}]}"...)
		want = append(want, headers)
	}
	e, err := kafkaevent.ParseInPlace([]byte(`{"records":{"t-0":[` + string(records[1:]) + `]}}`))
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range e.Partitions[0].Records {
		if r.Err() != nil || !slices.EqualFunc(r.Headers(), want[i], func(a, b kafkaevent.Header) bool {
			return a.Key == b.Key && bytes.Equal(a.Value, b.Value) && (a.Value == nil) == (b.Value == nil)
		}) {
			t.Fatalf("record %d: %v, %q, not %q", i, r.Err(), []kafkaevent.Header(r.Headers()), []kafkaevent.Header(want[i]))
		}
	}
}

// In place, a record that is used after its payload has become another has
// wrong headers, at worst.
func TestHeadersOfARecordThatIsKeptTooLong(t *testing.T) {
	rng := rand.New(rand.NewPCG(19, 23))
	const alphabet = `[]{}[],,"":0123456789-  \aé`
	for range 200 {
		payload := big(64)
		e, err := kafkaevent.ParseInPlace(payload)
		if err != nil {
			t.Fatal(err)
		}
		for r := range e.Records() {
			if r.Offset == 0 {
				r.Headers()
			}
		}
		for range 1 + rng.IntN(len(payload)) {
			payload[rng.IntN(len(payload))] = alphabet[rng.IntN(len(alphabet))]
		}
		for r := range e.Records() {
			r.Headers() // does not panic
		}
	}
}
