package kafkaevent_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/mskit-go/mskit/kafkaevent"
)

// Payload is what operators must never find in a log.
func TestNothingPrintsAPayload(t *testing.T) {
	const secret = "tops3cret"
	r := kafkaevent.Record{TopicPartition: kafkaevent.TopicPartition{Topic: "orders", Partition: 3}, Offset: 42, Key: []byte(secret), Value: []byte(secret)}
	r.SetHeaders(kafkaevent.Headers{{Key: "h", Value: []byte(secret)}})
	made := kafkaevent.Event{Partitions: []kafkaevent.Partition{{Key: "orders-3", Records: []kafkaevent.Record{r}}}}
	text, err := made.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	text = bytes.Replace(text, []byte(`{"records"`), []byte(`{"x":"`+secret+`","records"`), 1)
	parsed, err := kafkaevent.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	type holder struct {
		R kafkaevent.Record
		P *kafkaevent.Record
	}
	var values []any
	for _, e := range []*kafkaevent.Event{&made, parsed} {
		r := &e.Partitions[0].Records[0]
		values = append(values, e, *e, e.Partitions[0], &e.Partitions[0], e.Partitions, r, *r, holder{*r, r}, r.Headers(), r.Headers()[0])
	}
	forms := []string{secret, fmt.Sprintf("%x", secret), fmt.Sprintf("%X", secret), strings.Trim(fmt.Sprint([]byte(secret)), "[]"), strings.Trim(fmt.Sprintf("%#v", []byte(secret)), "[]byte{}"), "dG9wczNjcmV0"}
	for _, v := range values {
		var out strings.Builder
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
		slog.New(slog.NewTextHandler(&out, nil)).Info("m", "v", v)
		if !strings.HasPrefix(fmt.Sprintf("%T", v), "[]") && !strings.Contains(fmt.Sprintf("%T", v), "holder") {
			slog.New(slog.NewJSONHandler(&out, nil)).Info("m", "v", v)
		}
		for _, form := range forms {
			if strings.Contains(out.String(), form) {
				t.Errorf("%T prints %s:\n%s", v, form, out.String())
			}
		}
	}
	if s := fmt.Sprintf("%+v", r); s != "orders/3/42" {
		t.Errorf("%%+v of a record is %s", s)
	}
}
