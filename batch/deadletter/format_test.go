package deadletter_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/mskit-go/mskit/batch/deadletter"
	"github.com/mskit-go/mskit/kafkaevent"
)

func TestMessagePrintsNoPayload(t *testing.T) {
	const secret = "tops3cret"
	m := deadletter.Message{
		Topic: "orders-dead", Key: []byte(secret), Value: []byte(secret),
		Headers: kafkaevent.Headers{{Key: "h", Value: []byte(secret)}},
	}
	var out strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&out, verb+"\n"+verb+"\n", m, &m)
	}
	slog.New(slog.NewTextHandler(&out, nil)).Info("m", "message", m)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("m", "message", m)
	for _, form := range []string{secret, fmt.Sprintf("%x", secret), strings.Trim(fmt.Sprint([]byte(secret)), "[]"), "dG9wczNjcmV0"} {
		if strings.Contains(out.String(), form) {
			t.Errorf("it prints %s:\n%s", form, out.String())
		}
	}
	if !strings.Contains(out.String(), "orders-dead") {
		t.Error("it does not name the topic")
	}
}
