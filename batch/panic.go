package batch

import (
	"context"
	"fmt"
	"reflect"
	"runtime"
	"strings"

	"github.com/mskit-go/mskit/kafkaevent"
)

// PanicError is the failure of a record whose handler, decoder, middleware or
// sink panicked. It is transient.
//
// The value is shown only where the Go runtime made it (a nil dereference, an
// index out of range): any other value could hold a payload.
type PanicError struct {
	// Type is the Go type of the panic's value.
	Type string
	// Runtime is the text of a runtime error, else empty.
	Runtime string
	// Stack lists functions and lines, innermost first, without arguments.
	Stack string
}

func (e *PanicError) Error() string {
	if e.Runtime != "" {
		return "panic: " + e.Runtime
	}
	return "panic with a value of type " + e.Type
}

// newPanicError describes what recover returned. It is called by the deferred
// function that recovered.
func newPanicError(v any) *PanicError {
	e := &PanicError{Type: fmt.Sprintf("%T", v), Stack: panicStack()}
	// Anybody can implement runtime.Error; only the runtime's own are known to
	// quote no data.
	if re, ok := v.(runtime.Error); ok && fromRuntime(reflect.TypeOf(v)) {
		e.Runtime = re.Error()
	}
	return e
}

func fromRuntime(t reflect.Type) bool {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.PkgPath() == "runtime"
}

// panicStack is the stack at the panic. The runtime's own format would print
// the functions' arguments too.
func panicStack() string {
	pcs := make([]uintptr, 64)
	// Skip runtime.Callers, panicStack, newPanicError and the deferred function.
	frames := runtime.CallersFrames(pcs[:runtime.Callers(4, pcs)])
	var b strings.Builder
	for {
		f, more := frames.Next()
		switch {
		case strings.HasPrefix(f.Function, "runtime."):
		case f.Function != "":
			fmt.Fprintf(&b, "%s\n\t%s:%d\n", f.Function, f.File, f.Line)
		}
		if !more {
			return b.String()
		}
	}
}

// guarded makes an error of a panic in h.
type guarded struct{ h Handler }

func (g guarded) HandleRecord(ctx context.Context, r *kafkaevent.Record) (err error) {
	defer func() {
		// nil after a normal return and during runtime.Goexit, which nobody can
		// stop: run.work deals with that.
		if v := recover(); v != nil {
			err = newPanicError(v)
		}
	}()
	return g.h.HandleRecord(ctx, r)
}

// protect calls f and makes an error of a panic.
func protect(f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = newPanicError(v)
		}
	}()
	return f()
}
