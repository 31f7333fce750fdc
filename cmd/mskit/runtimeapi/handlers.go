package runtimeapi

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

const (
	errorTypeHeader = "Lambda-Runtime-Function-Error-Type"
	errorBodyHeader = "Lambda-Runtime-Function-Error-Body" // trailer only, base64
)

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	const root = "/2018-06-01/runtime"
	mux.HandleFunc("GET "+root+"/invocation/next", s.next)
	mux.HandleFunc("POST "+root+"/invocation/{id}/response", s.response)
	mux.HandleFunc("POST "+root+"/invocation/{id}/error", s.invocationError)
	mux.HandleFunc("POST "+root+"/init/error", s.initErrorReport)
	return mux
}

// next hands out one event. It blocks while there is none, however long.
func (s *Server) next(w http.ResponseWriter, r *http.Request) {
	s.readyOnce.Do(func() { close(s.ready) })
	var inv *invocation
	select {
	case inv = <-s.queue:
	case <-r.Context().Done():
		return
	case <-s.closed:
		return
	}
	inv.handedAt = time.Now()
	s.mu.Lock()
	s.pending[inv.id] = inv
	s.mu.Unlock()
	close(inv.taken)

	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(inv.payload)))
	h.Set("Lambda-Runtime-Aws-Request-Id", inv.id)
	h.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(inv.handedAt.Add(inv.timeout).UnixMilli(), 10))
	h.Set("Lambda-Runtime-Invoked-Function-Arn", s.functionARN)
	h.Set("Lambda-Runtime-Trace-Id", inv.trace)
	// A function that goes away here is noticed as its exit or as the timeout.
	w.Write(inv.payload) //nolint:errcheck // see above
}

func (s *Server) response(w http.ResponseWriter, r *http.Request) {
	payload, err := io.ReadAll(io.LimitReader(r.Body, MaxReply+1))
	if err != nil {
		refuse(w, http.StatusBadRequest, "InvalidRequest", "the body could not be read")
		return
	}
	reply := &Reply{Payload: payload}
	if len(payload) > MaxReply {
		const text = "Exceeded maximum allowed payload size (%d bytes)."
		reply = &Reply{Err: &FunctionError{Type: "Function.ResponseSizeTooLarge", Message: fmt.Sprintf(text, MaxReply)}}
		if s.answer(w, r, reply) {
			refuse(w, http.StatusRequestEntityTooLarge, "RequestEntityTooLarge", reply.Err.Message)
		}
		return
	}
	// A runtime that fails while it streams its reply says so in a trailer.
	if kind := r.Trailer.Get(errorTypeHeader); kind != "" {
		body, _ := base64.StdEncoding.DecodeString(r.Trailer.Get(errorBodyHeader)) // the type is enough
		reply = &Reply{Err: parseFunctionError(kind, body)}
	}
	if s.answer(w, r, reply) {
		accept(w)
	}
}

func (s *Server) invocationError(w http.ResponseWriter, r *http.Request) {
	report, err := readFunctionError(r)
	if err != nil {
		refuse(w, http.StatusBadRequest, "InvalidRequest", "the body could not be read")
		return
	}
	if s.answer(w, r, &Reply{Err: report}) {
		accept(w)
	}
}

func (s *Server) initErrorReport(w http.ResponseWriter, r *http.Request) {
	report, err := readFunctionError(r)
	if err != nil {
		refuse(w, http.StatusBadRequest, "InvalidRequest", "the body could not be read")
		return
	}
	s.initOnce.Do(func() {
		s.initError = report
		close(s.failed)
	})
	accept(w)
}

// answer ends the invocation that the path names. Where there is none, for it
// was never handed out, is answered or has timed out, it writes the refusal
// and returns false.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, reply *Reply) bool {
	id := r.PathValue("id")
	s.mu.Lock()
	inv, ok := s.pending[id]
	delete(s.pending, id)
	s.mu.Unlock()
	if !ok {
		refuse(w, http.StatusBadRequest, "InvalidRequestID", "Invalid request ID")
		return false
	}
	reply.RequestID = id
	reply.Duration = time.Since(inv.handedAt)
	inv.done <- reply
	return true
}

func accept(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusAccepted)
	io.WriteString(w, `{"status":"OK"}`+"\n") //nolint:errcheck // the function is gone, and its answer is here
}

func refuse(w http.ResponseWriter, status int, kind, message string) {
	body, _ := json.Marshal(map[string]string{"errorType": kind, "errorMessage": message}) //nolint:errchkjson // strings always marshal
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(body) //nolint:errcheck // the function is gone
}
