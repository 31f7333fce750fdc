package schematest

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// Fault is what a fake server does in place of answering, or before it: it may
// call next.
type Fault func(w http.ResponseWriter, r *http.Request, next http.Handler)

// Reply answers with a status and a body.
func Reply(status int, contentType, body string) Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// Status answers with a status and no body.
func Status(status int) Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) { w.WriteHeader(status) }
}

// HTMLPage answers as proxies and load balancers do.
func HTMLPage(status int) Fault {
	return Reply(status, "text/html", "<!doctype html><html><body><h1>"+http.StatusText(status)+"</h1></body></html>")
}

// Throttle answers 429 and asks to come back after d.
func Throttle(d time.Duration) Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Retry-After", strconv.Itoa(int(d/time.Second)))
		w.WriteHeader(http.StatusTooManyRequests)
	}
}

// Hang does not answer until the client gives up.
func Hang() Fault {
	return func(_ http.ResponseWriter, r *http.Request, _ http.Handler) {
		_, _ = io.Copy(io.Discard, r.Body) // else the server does not notice that the client has gone
		<-r.Context().Done()
	}
}

// Stall answers the header and the start of a body, and then nothing until the
// client gives up.
func Stall() Fault {
	return func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, `{"schema":"`)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}
}

// Drop closes the connection without an answer.
func Drop() Fault {
	return func(http.ResponseWriter, *http.Request, http.Handler) { panic(http.ErrAbortHandler) }
}

// Flood answers with a body of n bytes, JSON with one long string.
func Flood(n int) Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"schema":"`)
		chunk := strings.Repeat("x", 32<<10)
		for left := n - len(`{"schema":""}`); left > 0; left -= len(chunk) {
			if _, err := io.WriteString(w, chunk[:min(left, len(chunk))]); err != nil {
				return
			}
		}
		_, _ = io.WriteString(w, `"}`)
	}
}

// Redirect leads to another place.
func Redirect(url string) Fault {
	return func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
		http.Redirect(w, r, url, http.StatusFound)
	}
}

// First has a fault for the first n requests and none after them.
func First(n int, f Fault) Fault {
	var seen atomic.Int64
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if seen.Add(1) <= int64(n) {
			f(w, r, next)
			return
		}
		next.ServeHTTP(w, r)
	}
}
