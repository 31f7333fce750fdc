package schema_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/mskit-go/mskit/schema"
)

func TestInputAndFramePrintNoPayload(t *testing.T) {
	const secret = "tops3cret"
	in := schema.Input{Topic: "orders", Field: schema.Key, Data: []byte("\x00\x00\x00\x00\x07" + secret)}
	frame, err := schema.Confluent().Parse(in)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for _, v := range []any{in, &in, frame, &frame} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
		slog.New(slog.NewTextHandler(&out, nil)).Info("m", "v", v)
		slog.New(slog.NewJSONHandler(&out, nil)).Info("m", "v", v)
	}
	for _, form := range []string{secret, fmt.Sprintf("%x", secret), strings.Trim(fmt.Sprint([]byte(secret)), "[]")} {
		if strings.Contains(out.String(), form) {
			t.Errorf("%s is printed:\n%s", form, out.String())
		}
	}
	for _, want := range []string{"orders key (14 bytes)", "schema 7 from prefix (9 bytes)"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
}
