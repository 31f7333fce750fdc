package schematest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"sync"
	"testing"
)

// Request is one request that a fake server received.
type Request struct {
	Method string
	Path   string
	Query  url.Values
	Header http.Header
	Body   []byte
}

// Server is what the fake registries have in common. It is safe for concurrent
// use and closes when its test ends.
type Server struct {
	// URL is the server's address, on the loopback interface.
	URL string

	http     *httptest.Server
	mu       sync.Mutex
	requests []Request
	fault    Fault
}

// maxRequestBody is more than any client of a registry sends.
const maxRequestBody = 1 << 20

func (s *Server) start(tb testing.TB, answer http.Handler) {
	s.http = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(io.LimitReader(r.Body, maxRequestBody))
		if err != nil {
			http.Error(w, "unreadable body", http.StatusBadRequest)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		s.mu.Lock()
		s.requests = append(s.requests, Request{r.Method, r.URL.EscapedPath(), r.URL.Query(), r.Header.Clone(), body})
		fault := s.fault
		s.mu.Unlock()
		if fault != nil {
			fault(w, r, answer)
			return
		}
		answer.ServeHTTP(w, r)
	}))
	s.URL = s.http.URL
	tb.Cleanup(func() {
		s.http.CloseClientConnections()
		s.http.Close()
	})
}

// writeJSON answers with v, which is always one that marshals.
func writeJSON(w http.ResponseWriter, contentType string, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		http.Error(w, "schematest: "+err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// Inject makes all requests from now on meet the fault; nil ends it.
func (s *Server) Inject(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = f
}

// CloseConnections drops the clients' connections, as it happens to them while
// a sandbox is frozen.
func (s *Server) CloseConnections() { s.http.CloseClientConnections() }

// Requests are all requests so far, in order.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// ResetRequests forgets the requests so far.
func (s *Server) ResetRequests() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = nil
}
