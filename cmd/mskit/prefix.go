package main

import (
	"bytes"
	"io"
	"sync"
)

// lockedWriter is for the log of the function and the messages of mskit, which
// are written side by side.
type lockedWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lockedWriter) Write(text []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(text)
}

// maxPending bounds what a line without an end takes; it is cut there.
const maxPending = 256 << 10

// prefixWriter sets a prefix before every line. It holds back a line that has
// no end yet, so that a line is always one write.
type prefixWriter struct {
	w       io.Writer
	prefix  string
	pending []byte
}

func (p *prefixWriter) Write(text []byte) (int, error) {
	n := len(text)
	for len(text) > 0 {
		line, rest, ended := bytes.Cut(text, []byte("\n"))
		p.pending = append(p.pending, line...)
		if ended || len(p.pending) >= maxPending {
			if err := p.emit(); err != nil {
				return 0, err
			}
		}
		text = rest
	}
	return n, nil
}

// Flush ends the line that is held back, if there is one.
func (p *prefixWriter) Flush() error {
	if len(p.pending) == 0 {
		return nil
	}
	return p.emit()
}

func (p *prefixWriter) emit() error {
	line := append(append([]byte(p.prefix), p.pending...), '\n')
	p.pending = p.pending[:0]
	_, err := p.w.Write(line)
	return err
}
