package rest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/internal/rest"
)

type roundTripper func(try int, r *http.Request) (*http.Response, error)

type counter struct {
	next  roundTripper
	tries int
}

func (c *counter) RoundTrip(r *http.Request) (*http.Response, error) {
	c.tries++
	return c.next(c.tries, r)
}

func reply(status int, retryAfter string) *http.Response {
	w := httptest.NewRecorder()
	if retryAfter != "" {
		w.Header().Set("Retry-After", retryAfter)
	}
	w.WriteHeader(status)
	return w.Result()
}

func get(ctx context.Context, _ int) (*http.Request, error) {
	return http.NewRequestWithContext(ctx, http.MethodGet, "https://registry/a?secret=1", nil)
}

// do makes an exchange of at most three tries in a bubble and returns how long
// it took.
func do(t *testing.T, deadline time.Duration, next roundTripper) (*rest.Reply, int, time.Duration, error) {
	t.Helper()
	c := &counter{next: next}
	x := rest.Exchanger{Client: &http.Client{Transport: c}, Tries: 3, Timeout: time.Minute, MaxBody: 10}
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	defer cancel()
	start := time.Now()
	r, err := x.Do(ctx, rest.Busy, get)
	return r, c.tries, time.Since(start), err
}

func TestPausesBetweenTries(t *testing.T) {
	for _, tc := range []struct {
		name       string
		retryAfter func() string
		deadline   time.Duration
		tries      int
		took       func(time.Duration) bool
	}{
		{"jitter", func() string { return "" }, time.Hour, 3, func(d time.Duration) bool { return d > 0 && d <= 300*time.Millisecond }},
		{"Retry-After in seconds", func() string { return "4" }, time.Hour, 3, func(d time.Duration) bool { return d == 8*time.Second }},
		{"Retry-After at a date", func() string { return time.Now().Add(4 * time.Second).UTC().Format(http.TimeFormat) }, time.Hour, 3, func(d time.Duration) bool { return d > 6*time.Second && d <= 8*time.Second }},
		{"Retry-After in the past", func() string { return time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat) }, time.Hour, 3, func(d time.Duration) bool { return d == 0 }},
		{"Retry-After that is none", func() string { return "soon" }, time.Hour, 3, func(d time.Duration) bool { return d <= 300*time.Millisecond }},
		{"Retry-After longer than a record can wait", func() string { return "11" }, time.Hour, 1, func(d time.Duration) bool { return d == 0 }},
		{"Retry-After beyond the deadline", func() string { return "5" }, 5 * time.Second, 1, func(d time.Duration) bool { return d == 0 }},
		{"Retry-After beyond the deadline at the second try", func() string { return "4" }, 7 * time.Second, 2, func(d time.Duration) bool { return d == 4*time.Second }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, tries, took, err := do(t, tc.deadline, func(int, *http.Request) (*http.Response, error) { return reply(503, tc.retryAfter()), nil })
				if err != nil || r.Status != 503 || tries != tc.tries || !tc.took(took) {
					t.Errorf("%d tries in %v, reply %+v, %v", tries, took, r, err)
				}
			})
		})
	}
}

func TestWhatIsTriedAgain(t *testing.T) {
	for status, tries := range map[int]int{200: 1, 204: 1, 302: 1, 400: 1, 401: 1, 403: 1, 404: 1, 408: 3, 409: 1, 422: 1, 429: 3, 500: 3, 501: 1, 502: 3, 503: 3, 504: 3} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, n, _, err := do(t, time.Hour, func(int, *http.Request) (*http.Response, error) { return reply(status, ""), nil })
				if err != nil || r.Status != status || n != tries {
					t.Errorf("%d tries, %+v, %v", n, r, err)
				}
			})
		})
	}
}

func TestFailuresOnTheWay(t *testing.T) {
	broken := errors.New("broken pipe")
	failing := func(body string, err error) *http.Response {
		r := reply(200, "")
		r.Body = io.NopCloser(io.MultiReader(strings.NewReader(body), errReader{err}))
		return r
	}
	for name, next := range map[string]roundTripper{
		"no connection": func(int, *http.Request) (*http.Response, error) { return nil, broken },
		"half a body":   func(int, *http.Request) (*http.Response, error) { return failing("half", broken), nil },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, tries, _, err := do(t, time.Hour, next)
				e, ok := errors.AsType[*schema.Error](err)
				if !ok || e.Kind != schema.KindUnavailable || !errors.Is(err, broken) || tries != 3 {
					t.Errorf("%d tries, %v", tries, err)
				}
				if text := err.Error(); strings.Contains(text, "secret") || !strings.Contains(text, "no answer from registry") {
					t.Errorf("error says %q", text)
				}
			})
		})
	}
	t.Run("then an answer", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			r, tries, _, err := do(t, time.Hour, func(try int, _ *http.Request) (*http.Response, error) {
				if try < 3 {
					return nil, broken
				}
				return reply(200, ""), nil
			})
			if err != nil || r.Status != 200 || tries != 3 {
				t.Errorf("%d tries, %+v, %v", tries, r, err)
			}
		})
	})
}

type errReader struct{ err error }

func (r errReader) Read([]byte) (int, error) { return 0, r.err }

func TestOneTryIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hang := &counter{next: func(_ int, r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		}}
		x := rest.Exchanger{Client: &http.Client{Transport: hang}, Tries: 2, Timeout: 3 * time.Second, MaxBody: 10}
		start := time.Now()
		_, err := x.Do(t.Context(), rest.Busy, get)
		if took := time.Since(start); schema.KindOf(err) != schema.KindUnavailable || hang.tries != 2 || took < 6*time.Second || took > 7*time.Second {
			t.Errorf("%d tries in %v, %v", hang.tries, took, err)
		}
	})
}

func TestBodiesAreBounded(t *testing.T) {
	body := func(status, n int) roundTripper {
		return func(int, *http.Request) (*http.Response, error) {
			r := reply(status, "")
			r.Body = io.NopCloser(strings.NewReader(strings.Repeat("x", n)))
			return r, nil
		}
	}
	for _, tc := range []struct {
		name      string
		status, n int
		kind      schema.Kind
		got       int
	}{
		{"at the bound", 200, 10, schema.KindUnknown, 10},
		{"over the bound", 200, 11, schema.KindTooLarge, 0},
		{"an error page is cut", 404, 1 << 20, schema.KindUnknown, 64 << 10},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r, tries, _, err := do(t, time.Hour, body(tc.status, tc.n))
			if schema.KindOf(err) != tc.kind || (err == nil) != (tc.got > 0) || tries != 1 {
				t.Fatalf("%d tries, %v", tries, err)
			}
			if err == nil && len(r.Body) != tc.got {
				t.Errorf("%d bytes, want %d", len(r.Body), tc.got)
			}
		})
	}
}

func TestBuildersErrorsAreTheirOwn(t *testing.T) {
	oops := errors.New("no credentials")
	x := rest.Exchanger{Client: http.DefaultClient, Tries: 3, Timeout: time.Second, MaxBody: 10}
	calls := 0
	_, err := x.Do(t.Context(), rest.Busy, func(context.Context, int) (*http.Request, error) {
		calls++
		return nil, oops
	})
	if !errors.Is(err, oops) || calls != 1 {
		t.Errorf("%d calls, %v", calls, err)
	}
}

func TestHTMLPages(t *testing.T) {
	for _, tc := range []struct {
		body string
		want bool
	}{{"<html>", true}, {" \r\n\t<!doctype html>", true}, {"\ufeff<html>", true}, {`{"a":"<b>"}`, false}, {"", false}} {
		if got := (&rest.Reply{Body: []byte(tc.body)}).HTML(); got != tc.want {
			t.Errorf("%q: got %v", tc.body, got)
		}
	}
}
