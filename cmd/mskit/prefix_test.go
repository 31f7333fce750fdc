package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestPrefixWriterMarksEveryLine(t *testing.T) {
	for _, row := range []struct {
		name   string
		writes []string
		want   string
	}{
		{name: "one line", writes: []string{"a\n"}, want: "> a\n"},
		{name: "lines in one write", writes: []string{"a\nb\n"}, want: "> a\n> b\n"},
		{name: "line in parts", writes: []string{"a", "b", "\n"}, want: "> ab\n"},
		{name: "empty lines", writes: []string{"a\n\n\nb\n"}, want: "> a\n> \n> \n> b\n"},
		{name: "no end", writes: []string{"a\nb"}, want: "> a\n> b\n"},
		{name: "nothing", writes: []string{""}, want: ""},
		{name: "endless line is cut", writes: []string{strings.Repeat("x", maxPending), "y"}, want: "> " + strings.Repeat("x", maxPending) + "\n> y\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			var out bytes.Buffer
			p := &prefixWriter{w: &out, prefix: "> "}
			for _, text := range row.writes {
				if n, err := p.Write([]byte(text)); n != len(text) || err != nil {
					t.Errorf("wrote %d of %d, error %v", n, len(text), err)
				}
			}
			if err := p.Flush(); err != nil {
				t.Error(err)
			}
			if got := out.String(); got != row.want {
				t.Errorf("got %q, want %q", got, row.want)
			}
		})
	}
}
