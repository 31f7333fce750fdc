package runtimeapi_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mskit-go/mskit/cmd/mskit/runtimeapi"
)

// client plays the function's part by hand.
type client struct {
	t    *testing.T
	root string
}

func listen(t *testing.T) (*runtimeapi.Server, client) {
	t.Helper()
	s, err := runtimeapi.Listen("arn:aws:lambda:eu-north-1:123456789012:function:orders")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s, client{t, "http://" + s.Addr() + "/2018-06-01/runtime"}
}

// next fetches an event and returns its headers and body.
func (c client) next() (http.Header, string) {
	c.t.Helper()
	response, err := http.Get(c.root + "/invocation/next")
	if err != nil {
		c.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		c.t.Fatalf("next: status %d, error %v", response.StatusCode, err)
	}
	return response.Header, string(body)
}

// post returns the status.
func (c client) post(path, body string, change ...func(*http.Request)) int {
	c.t.Helper()
	request, err := http.NewRequestWithContext(c.t.Context(), http.MethodPost, c.root+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	for _, f := range change {
		f(request)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		c.t.Fatal(err)
	}
	response.Body.Close()
	return response.StatusCode
}

// outcome is what Invoke returned.
type outcome struct {
	reply *runtimeapi.Reply
	err   error
}

func invoke(t *testing.T, s *runtimeapi.Server, event string, timeout time.Duration) <-chan outcome {
	t.Helper()
	done := make(chan outcome, 1)
	go func() {
		reply, err := s.Invoke(t.Context(), []byte(event), timeout)
		done <- outcome{reply, err}
	}()
	return done
}

func TestInvocationOverTheWire(t *testing.T) {
	s, c := listen(t)
	done := invoke(t, s, `{"records":{}}`, time.Hour)
	header, body := c.next()

	if body != `{"records":{}}` {
		t.Errorf("event %s", body)
	}
	id := header.Get("Lambda-Runtime-Aws-Request-Id")
	if len(id) != 36 || strings.Count(id, "-") != 4 {
		t.Errorf("request id %q, want a UUID", id)
	}
	if got := header.Get("Lambda-Runtime-Invoked-Function-Arn"); got != "arn:aws:lambda:eu-north-1:123456789012:function:orders" {
		t.Errorf("function ARN %q", got)
	}
	if got := header.Get("Lambda-Runtime-Trace-Id"); !strings.HasPrefix(got, "Root=1-") {
		t.Errorf("trace id %q", got)
	}
	ms, err := strconv.ParseInt(header.Get("Lambda-Runtime-Deadline-Ms"), 10, 64)
	if left := time.Until(time.UnixMilli(ms)); err != nil || left > time.Hour || left < 59*time.Minute {
		t.Errorf("deadline in %v, error %v, want an hour", left, err)
	}

	if status := c.post("/invocation/"+id+"/response", `{"batchItemFailures":[]}`); status != http.StatusAccepted {
		t.Errorf("status %d, want 202", status)
	}
	got := <-done
	if got.err != nil || string(got.reply.Payload) != `{"batchItemFailures":[]}` || got.reply.RequestID != id {
		t.Errorf("got %+v, %v", got.reply, got.err)
	}
	if status := c.post("/invocation/"+id+"/response", `{}`); status != http.StatusBadRequest {
		t.Errorf("second answer: status %d, want 400", status)
	}
}

func TestFunctionErrors(t *testing.T) {
	report := `{"errorType":"Boom","errorMessage":"it broke","stackTrace":["a","b"]}`
	kind := func(r *http.Request) { r.Header.Set("Lambda-Runtime-Function-Error-Type", "FromHeader") }
	for _, row := range []struct {
		name, path, body string
		change           func(*http.Request)
		want             runtimeapi.FunctionError
	}{
		{
			name: "report with a stack", path: "/error", body: report,
			want: runtimeapi.FunctionError{Type: "Boom", Message: "it broke", Stack: []byte(`["a","b"]`)},
		},
		{
			name: "null stack is none", path: "/error", body: `{"errorType":"Boom","stackTrace":null}`,
			want: runtimeapi.FunctionError{Type: "Boom"},
		},
		{
			name: "type in the header", path: "/error", body: `{"errorMessage":"it broke"}`, change: kind,
			want: runtimeapi.FunctionError{Type: "FromHeader", Message: "it broke"},
		},
		{
			name: "plain text", path: "/error", body: `it broke`, change: kind,
			want: runtimeapi.FunctionError{Type: "FromHeader", Message: "it broke"},
		},
		{
			name: "failure while streaming", path: "/response", body: `{"half":`,
			change: func(r *http.Request) {
				r.ContentLength = -1
				r.Trailer = http.Header{
					"Lambda-Runtime-Function-Error-Type": {"Boom"},
					"Lambda-Runtime-Function-Error-Body": {base64.StdEncoding.EncodeToString([]byte(report))},
				}
			},
			want: runtimeapi.FunctionError{Type: "Boom", Message: "it broke", Stack: []byte(`["a","b"]`)},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			s, c := listen(t)
			done := invoke(t, s, `{}`, time.Hour)
			header, _ := c.next()
			change := func(*http.Request) {}
			if row.change != nil {
				change = row.change
			}
			path := "/invocation/" + header.Get("Lambda-Runtime-Aws-Request-Id") + row.path
			if status := c.post(path, row.body, change); status != http.StatusAccepted {
				t.Errorf("status %d, want 202", status)
			}
			got := <-done
			if got.err != nil || got.reply.Payload != nil {
				t.Fatalf("got %+v, %v, want the report alone", got.reply, got.err)
			}
			if diff := cmp.Diff(&row.want, got.reply.Err); diff != "" {
				t.Errorf("report (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReplyOverTheLimitIsRefused(t *testing.T) {
	s, c := listen(t)
	done := invoke(t, s, `{}`, time.Hour)
	header, _ := c.next()
	path := "/invocation/" + header.Get("Lambda-Runtime-Aws-Request-Id") + "/response"
	if status := c.post(path, strings.Repeat("1", runtimeapi.MaxReply+1)); status != http.StatusRequestEntityTooLarge {
		t.Errorf("status %d, want 413", status)
	}
	if got := <-done; got.reply == nil || got.reply.Err == nil || got.reply.Err.Type != "Function.ResponseSizeTooLarge" {
		t.Errorf("got %+v, %v, want the failure that Lambda gives", got.reply, got.err)
	}
}

func TestLateAnswerIsRefused(t *testing.T) {
	s, c := listen(t)
	done := invoke(t, s, `{}`, time.Millisecond)
	header, _ := c.next()
	if got := <-done; !errors.Is(got.err, runtimeapi.ErrTimeout) {
		t.Errorf("error %v, want ErrTimeout", got.err)
	}
	path := "/invocation/" + header.Get("Lambda-Runtime-Aws-Request-Id") + "/response"
	if status := c.post(path, `{}`); status != http.StatusBadRequest {
		t.Errorf("status %d, want 400", status)
	}
}

func TestInvocationsRunSideBySide(t *testing.T) {
	s, c := listen(t)
	done := make(map[string]<-chan outcome)
	for i := range 4 {
		event := fmt.Sprint(i)
		done[event] = invoke(t, s, event, time.Hour)
	}
	ids := make(map[string]string)
	for range done {
		header, event := c.next()
		ids[event] = header.Get("Lambda-Runtime-Aws-Request-Id")
	}
	for event, id := range ids {
		c.post("/invocation/"+id+"/response", event)
		if got := <-done[event]; got.err != nil || string(got.reply.Payload) != event {
			t.Errorf("event %s: got %+v, %v", event, got.reply, got.err)
		}
	}
}

func TestInitErrorEndsTheWait(t *testing.T) {
	s, c := listen(t)
	if status := c.post("/init/error", `{"errorType":"Boom","errorMessage":"no config"}`); status != http.StatusAccepted {
		t.Errorf("status %d, want 202", status)
	}
	report, ok := errors.AsType[*runtimeapi.FunctionError](s.WaitReady(t.Context()))
	if !ok || report.Type != "Boom" {
		t.Errorf("got %v, want the report", report)
	}
}

func TestCloseEndsEverything(t *testing.T) {
	s, c := listen(t)
	ready := make(chan error, 1)
	go func() { ready <- s.WaitReady(t.Context()) }()
	running := invoke(t, s, `{}`, time.Hour)
	c.next()
	if err := <-ready; err != nil {
		t.Errorf("WaitReady: %v", err)
	}
	queued := invoke(t, s, `{}`, time.Hour)
	s.Close()
	for _, done := range []<-chan outcome{running, queued} {
		if got := <-done; !errors.Is(got.err, runtimeapi.ErrClosed) {
			t.Errorf("error %v, want ErrClosed", got.err)
		}
	}
}

func TestUnknownPathIsNotFound(t *testing.T) {
	_, c := listen(t)
	if status := c.post("/restore/next", ""); status != http.StatusNotFound {
		t.Errorf("status %d, want 404", status)
	}
}
