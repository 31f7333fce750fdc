//go:build unix

package function_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/mskit-go/mskit/cmd/mskit/function"
)

// The shell leaves a child that ignores being asked to end, as "go run" leaves
// the program it runs. The child holds a named pipe open: its end is the end
// of the pipe.
func TestCloseLeavesNothingBehind(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "alive")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	const script = `(trap '' TERM; sleep 300) >"$1" & echo "$TMPDIR"; exec "$0"`
	var log bytes.Buffer
	f, err := start(t, "echo", func(c *function.Config) {
		c.Command = []string{"sh", "-c", script, os.Args[0], fifo}
		c.Log = &log
	})
	if err != nil {
		t.Fatal(err)
	}
	alive, err := os.Open(fifo)
	if err != nil {
		t.Fatal(err)
	}
	defer alive.Close()
	f.Close()

	if _, err := alive.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("read of the child's pipe: %v, want its end", err)
	}
	tmp, _, _ := strings.Cut(log.String(), "\n")
	if _, err := os.Stat(tmp); tmp == "" || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("TMPDIR %q: %v, want it gone", tmp, err)
	}
}
