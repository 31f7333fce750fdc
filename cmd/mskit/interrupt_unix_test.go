//go:build unix

package main

import (
	"bytes"
	"context"
	"strings"
	"testing"
)

// cancelOn is a writer that cancels once a text has been written to it.
type cancelOn struct {
	text   string
	cancel context.CancelFunc
}

func (c cancelOn) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte(c.text)) {
		c.cancel()
	}
	return len(p), nil
}

func TestInterruptEndsTheFunction(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var out bytes.Buffer
	std := &streams{in: strings.NewReader(`{}`), out: &out, err: cancelOn{"function | working", cancel}}
	code := run(ctx, []string{"invoke", "--event", "-", "--", "sh", "-c", "echo working; sleep 300"}, std)
	if code != exitInterrupted || out.Len() != 0 {
		t.Errorf("exit code %d, output %q, want %d and none", code, out.String(), exitInterrupted)
	}
}
