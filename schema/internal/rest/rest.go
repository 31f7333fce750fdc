// Package rest is what the registry clients share: one exchange over HTTP,
// repeated within the caller's deadline, with bounds on what comes back.
package rest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/mskit-go/mskit/schema"
)

const (
	baseDelay     = 100 * time.Millisecond
	maxDelay      = 2 * time.Second
	maxRetryAfter = 10 * time.Second
	maxErrorBody  = 64 << 10
	maxRedirects  = 3
)

// Exchanger sends requests.
type Exchanger struct {
	Client  *http.Client
	Tries   int           // at least 1
	Timeout time.Duration // of one try, its body included
	MaxBody int           // bytes of a successful reply
}

// Reply is what a server answered.
type Reply struct {
	Status int
	Header http.Header
	Body   []byte // cut at 64 KiB; with status 200 whole, but for pages for people
}

// HTML reports whether the reply is a page for people: a proxy's or a load
// balancer's, not the registry's.
func (r *Reply) HTML() bool {
	return bytes.HasPrefix(bytes.TrimLeft(r.Body, " \t\r\n\ufeff"), []byte("<"))
}

// Busy reports whether the status is one of those that a later try may not
// get.
func Busy(r *Reply) bool {
	switch r.Status {
	case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusInternalServerError,
		http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	default:
		return false
	}
}

// Do sends the request that build makes, anew for each try, until there is a
// reply for which again is false, see [Busy]. The error is an [*schema.Error] or
// build's own. Requests must be safe to repeat.
func (x *Exchanger) Do(ctx context.Context, again func(*Reply) bool, build func(ctx context.Context, try int) (*http.Request, error)) (*Reply, error) {
	for try := 0; ; try++ {
		reply, err := x.once(ctx, build, try)
		if err != nil && !transient(err) || err == nil && !again(reply) || try+1 >= x.Tries {
			return reply, err
		}
		pause, ok := delay(reply, try)
		if !ok || !sleep(ctx, pause) {
			return reply, err
		}
	}
}

// transportError is a failure on the way, as opposed to one of build or of
// what came back.
type transportError struct{ err *schema.Error }

func (e transportError) Error() string { return e.err.Error() }
func (e transportError) Unwrap() error { return e.err }

func transient(err error) bool {
	_, ok := errors.AsType[transportError](err)
	return ok
}

func (x *Exchanger) once(ctx context.Context, build func(context.Context, int) (*http.Request, error), try int) (*Reply, error) {
	ctx, cancel := context.WithTimeout(ctx, x.Timeout)
	defer cancel()
	req, err := build(ctx, try)
	if err != nil {
		return nil, err
	}
	resp, err := x.Client.Do(req)
	if err != nil {
		return nil, unreachable(req, err)
	}
	defer func() { _ = resp.Body.Close() }()

	limit := maxErrorBody
	if resp.StatusCode == http.StatusOK {
		limit = x.MaxBody
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, int64(limit)+1))
	if err != nil {
		return nil, unreachable(req, err)
	}
	tooLong := len(body) > limit
	if tooLong {
		body = body[:limit]
	}
	reply := &Reply{resp.StatusCode, resp.Header, body}
	// A page of a proxy says nothing of the schema, however long it is.
	if tooLong && reply.Status == http.StatusOK && !reply.HTML() {
		return nil, &schema.Error{Kind: schema.KindTooLarge, Msg: fmt.Sprintf("the registry's reply is over %d bytes", limit)}
	}
	return reply, nil
}

// unreachable drops the URL from the error: the host says enough, and a query
// is nobody's business.
func unreachable(req *http.Request, err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	return transportError{&schema.Error{Kind: schema.KindUnavailable, Msg: "no answer from " + req.URL.Host, Err: err}}
}

// delay is how long to wait before the next try: what the server asks for, else
// exponentially more with full jitter. False when the server asks for more than
// a record can wait.
func delay(reply *Reply, try int) (time.Duration, bool) {
	if reply != nil {
		if d, ok := retryAfter(reply.Header.Get("Retry-After")); ok {
			return d, d <= maxRetryAfter
		}
	}
	return rand.N(min(baseDelay<<min(try, 10), maxDelay)) + 1, true
}

// retryAfter reads seconds or a date (RFC 9110, 10.2.3).
func retryAfter(s string) (time.Duration, bool) {
	if n, err := strconv.ParseUint(s, 10, 31); err == nil {
		return time.Duration(n) * time.Second, true
	}
	if t, err := http.ParseTime(s); err == nil {
		return max(time.Until(t), 0), true
	}
	return 0, false
}

// sleep reports false at once when the pause would outlast the context.
func sleep(ctx context.Context, d time.Duration) bool {
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= d {
		return false
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// SameHost makes c follow redirects within the host alone, so that no
// credential of a request goes elsewhere. A reply that leads elsewhere is
// returned as it is.
func SameHost(c http.Client) *http.Client {
	c.CheckRedirect = func(req *http.Request, via []*http.Request) error {
		first := via[0].URL
		if len(via) > maxRedirects || req.URL.Scheme != first.Scheme || req.URL.Host != first.Host || req.URL.User != nil {
			return http.ErrUseLastResponse
		}
		return nil
	}
	return &c
}

// Transport is a transport with net/http's default settings and no more than a
// registry's headers.
func Transport() *http.Transport {
	t, ok := http.DefaultTransport.(*http.Transport)
	if ok {
		t = t.Clone()
	} else { // somebody replaced it
		t = &http.Transport{Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, IdleConnTimeout: 90 * time.Second}
	}
	t.MaxResponseHeaderBytes = maxErrorBody
	return t
}
