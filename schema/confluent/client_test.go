package confluent_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/confluent"
	"github.com/mskit-go/mskit/schema/schematest"
)

func newClient(t testing.TB, url string, opts ...confluent.Option) *confluent.Client {
	t.Helper()
	c, err := confluent.NewClient(url, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func wantKind(t *testing.T, err error, kind schema.Kind) *schema.Error {
	t.Helper()
	e, ok := errors.AsType[*schema.Error](err)
	if !ok || e.Kind != kind {
		t.Fatalf("got error %v, want one of kind %v", err, kind)
	}
	return e
}

// once gives up after the first try, for tests of what one reply means.
var once = confluent.WithTries(1)

func order() *schema.Schema {
	return &schema.Schema{ID: schema.ConfluentID(7), Format: schema.FormatAvro, Text: `{"type":"record","name":"Order","fields":[]}`, Subject: "orders-value", Version: 3}
}

func TestClientFetchesEveryVectorSchema(t *testing.T) {
	var all []*schema.Schema
	for _, v := range schematest.Vectors() {
		if _, ok := v.Schema.ID.Glue(); !ok {
			all = append(all, v.Schema)
		}
	}
	srv := schematest.NewConfluentServer(t, all...)
	c := newClient(t, srv.URL)
	for _, want := range all {
		got, err := c.Schema(t.Context(), want.ID)
		if err != nil {
			t.Errorf("%v: %v", want.ID, err)
			continue
		}
		if got.ID != want.ID || got.Format != want.Format {
			t.Errorf("got %v %v, want %v %v", got.ID, got.Format, want.ID, want.Format)
		}
		sameText(t, got, want)
	}
}

// sameText compares texts and references, descriptors being preferred to
// Protobuf text.
func sameText(t *testing.T, got, want *schema.Schema) {
	t.Helper()
	text, serialized := want.Text, want.Serialized
	if serialized != nil {
		text = ""
	}
	if got.Text != text || !reflect.DeepEqual(got.Serialized, serialized) {
		t.Errorf("%s: got text %q and %d bytes of descriptor, want %q and %d", want.Subject, got.Text, len(got.Serialized), text, len(serialized))
	}
	if len(got.References) != len(want.References) {
		t.Fatalf("%s: %d references, want %d", want.Subject, len(got.References), len(want.References))
	}
	for i, ref := range got.References {
		w := want.References[i]
		if ref.Name != w.Name || ref.Subject != w.Subject || ref.Version != w.Version || ref.Schema == nil {
			t.Errorf("%s: reference %+v, want %+v", want.Subject, ref, w)
			continue
		}
		sameText(t, ref.Schema, w.Schema)
	}
}

func TestClientFetchesLatestAndOtherVersions(t *testing.T) {
	first := &schema.Schema{ID: schema.ConfluentID(6), Format: schema.FormatJSON, Text: `{}`, Subject: "orders-value", Version: 2}
	srv := schematest.NewConfluentServer(t, first, order())
	c := newClient(t, srv.URL+"/")

	latest, err := c.Latest(t.Context(), "orders-value")
	if err != nil || !reflect.DeepEqual(latest, order()) {
		t.Errorf("latest: got %+v, %v", latest, err)
	}
	second, err := c.Version(t.Context(), "orders-value", 2)
	if err != nil || !reflect.DeepEqual(second, first) {
		t.Errorf("version 2: got %+v, %v", second, err)
	}
	if q := srv.Requests()[1].Query; q.Get("deleted") != "true" {
		t.Errorf("query %v does not ask for deleted versions", q)
	}
	_, err = c.Latest(t.Context(), "none")
	wantKind(t, err, schema.KindUnknownSchema)
	_, err = c.Version(t.Context(), "orders-value", 9)
	wantKind(t, err, schema.KindUnknownSchema)
	for _, subject := range []string{"", ".", ".."} {
		_, err = c.Latest(t.Context(), subject)
		wantKind(t, err, schema.KindInvalidSchema)
	}
	_, err = c.Version(t.Context(), "orders-value", 0)
	wantKind(t, err, schema.KindInvalidSchema)
}

func TestClientEscapesSubjectsAndContexts(t *testing.T) {
	s := order()
	s.Subject = ":.ctx:a/b c?d"
	srv := schematest.NewConfluentServer(t, s)
	if _, err := newClient(t, srv.URL).Latest(t.Context(), s.Subject); err != nil {
		t.Error(err)
	}
	srv.Inject(schematest.Reply(200, "application/json", `{"schema":"\"string\""}`))
	srv.ResetRequests()
	if _, err := newClient(t, srv.URL+"/sub/", confluent.WithContext(".a/b"), confluent.WithSubject("orders value")).Schema(t.Context(), schema.ConfluentID(1)); err != nil {
		t.Error(err)
	}
	r := srv.Requests()[0]
	if r.Path != "/sub/contexts/.a%2Fb/schemas/ids/1" || r.Query.Get("subject") != "orders value" {
		t.Errorf("path %s, query %v", r.Path, r.Query)
	}
	if accept := r.Header.Get("Accept"); accept != "application/vnd.schemaregistry.v1+json, application/json" {
		t.Errorf("Accept: %s", accept)
	}
}

func TestClientReadsRules(t *testing.T) {
	s := order()
	s.Rules = &schema.RuleSet{Domain: []schema.Rule{{Name: "pii", Kind: "TRANSFORM", Type: "ENCRYPT", Mode: "WRITEREAD"}}}
	srv := schematest.NewConfluentServer(t, s)
	got, err := newClient(t, srv.URL).Schema(t.Context(), s.ID)
	if err != nil {
		t.Fatal(err)
	}
	if rule, ok := got.Rules.ReaderDuty(false); !ok || rule.Name != "pii" {
		t.Errorf("rules %+v", got.Rules)
	}
}

func TestClientTellsWhatARegistryMeans(t *testing.T) {
	for _, tc := range []struct {
		name  string
		fault schematest.Fault
		kind  schema.Kind
		says  string
	}{
		{"unknown schema", schematest.Reply(404, "application/json", `{"error_code":40403,"message":"Schema 7 not found SECRET"}`), schema.KindUnknownSchema, "error code 40403"},
		{"soft-deleted subject", schematest.Reply(404, "application/json", `{"error_code":40404}`), schema.KindUnknownSchema, ""},
		{"not found, without a word", schematest.Status(404), schema.KindUnknownSchema, ""},
		{"not found by a proxy", schematest.HTMLPage(404), schema.KindUnavailable, "HTML page"},
		{"not found by another server", schematest.Reply(404, "text/plain", "404 page not found SECRET"), schema.KindUnavailable, "is the base URL right"},
		{"not found by a gateway", schematest.Reply(404, "application/json", `{"message":"no Route matched SECRET"}`), schema.KindUnavailable, "is the base URL right"},
		{"unauthorized", schematest.Reply(401, "application/json", `{"error_code":401}`), schema.KindUnauthorized, "HTTP status 401"},
		{"forbidden", schematest.HTMLPage(403), schema.KindUnauthorized, "HTTP status 403"},
		{"throttled", schematest.Status(429), schema.KindThrottled, ""},
		{"timeout", schematest.Status(408), schema.KindUnavailable, ""},
		{"store error", schematest.Reply(500, "application/json", `{"error_code":50001}`), schema.KindUnavailable, "error code 50001"},
		{"bad gateway", schematest.HTMLPage(502), schema.KindUnavailable, "HTML page"},
		{"unavailable", schematest.Status(503), schema.KindUnavailable, ""},
		{"bad request", schematest.Status(400), schema.KindUnavailable, "HTTP status 400"},
		{"login page", schematest.HTMLPage(200), schema.KindUnavailable, "HTML page"},
		{"no JSON", schematest.Reply(200, "application/json", "SECRET"), schema.KindUnavailable, "not a registry's"},
		{"another JSON", schematest.Reply(200, "application/json", `{"SECRET":1}`), schema.KindUnavailable, "not a registry's"},
		{"a list", schematest.Reply(200, "application/json", `[]`), schema.KindUnavailable, "not a registry's"},
		{"nothing", schematest.Status(200), schema.KindUnavailable, ""},
		{"no content", schematest.Status(204), schema.KindUnavailable, ""},
		{"cut off", schematest.Drop(), schema.KindUnavailable, "no answer from 127.0.0.1"},
		{"10 MB of schema", schematest.Flood(10 << 20), schema.KindTooLarge, "over 4194304 bytes"},
		{"10 MB of a login page", schematest.Reply(200, "text/html", "<html>"+strings.Repeat(" ", 10<<20)), schema.KindUnavailable, "HTML page"},
		{"another language", schematest.Reply(200, "application/json", `{"schema":"x","schemaType":"THRIFT"}`), schema.KindInvalidSchema, "THRIFT"},
		{"redirect to another host", schematest.Redirect("http://localhost:1/"), schema.KindUnavailable, "set the base URL"},
		{"redirect to another scheme", schematest.Redirect("https://127.0.0.1:1/"), schema.KindUnavailable, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			srv := schematest.NewConfluentServer(t, order())
			srv.Inject(tc.fault)
			_, err := newClient(t, srv.URL, once).Schema(t.Context(), schema.ConfluentID(7))
			e := wantKind(t, err, tc.kind)
			if e.ID != schema.ConfluentID(7) || !strings.Contains(err.Error(), tc.says) || strings.Contains(err.Error(), "SECRET") {
				t.Errorf("error says %q, want %q", err, tc.says)
			}
		})
	}
}

func TestClientDoesNotAskForIDsOver31Bits(t *testing.T) {
	srv := schematest.NewConfluentServer(t, order())
	srv.Inject(schematest.Reply(404, "application/json", `{"error_code":404,"message":"HTTP 404 Not Found"}`))
	_, err := newClient(t, srv.URL, once).Schema(t.Context(), schema.ConfluentID(1<<31))
	wantKind(t, err, schema.KindUnknownSchema)
}

func TestClientBoundsWhatHangs(t *testing.T) {
	for name, fault := range map[string]schematest.Fault{"no answer": schematest.Hang(), "slow body": schematest.Stall()} {
		t.Run(name, func(t *testing.T) {
			srv := schematest.NewConfluentServer(t, order())
			srv.Inject(fault)
			_, err := newClient(t, srv.URL, once, confluent.WithTimeout(20*time.Millisecond)).Schema(t.Context(), schema.ConfluentID(7))
			wantKind(t, err, schema.KindUnavailable)

			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
			defer cancel()
			_, err = newClient(t, srv.URL).Schema(ctx, schema.ConfluentID(7))
			wantKind(t, err, schema.KindUnavailable)
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%v does not wrap the context's error", err)
			}
		})
	}
}

func TestClientReadsNoMoreThanItsBound(t *testing.T) {
	srv := schematest.NewConfluentServer(t, order())
	srv.Inject(schematest.Flood(64 << 20))
	c := newClient(t, srv.URL, once, confluent.WithMaxBody(1000))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := c.Schema(t.Context(), schema.ConfluentID(7))
	runtime.ReadMemStats(&after)
	wantKind(t, err, schema.KindTooLarge)
	if n := after.TotalAlloc - before.TotalAlloc; n > 8<<20 { // the server's own share included
		t.Errorf("%d bytes allocated", n)
	}
}

func TestClientTriesAgain(t *testing.T) {
	for name, fault := range map[string]schematest.Fault{
		"503": schematest.Status(503), "429 with Retry-After": schematest.Throttle(0), "connection lost": schematest.Drop(), "502 page": schematest.HTMLPage(502),
	} {
		t.Run(name, func(t *testing.T) {
			srv := schematest.NewConfluentServer(t, order())
			srv.Inject(schematest.First(2, fault))
			if _, err := newClient(t, srv.URL).Schema(t.Context(), schema.ConfluentID(7)); err != nil {
				t.Error(err)
			}
			srv.Inject(schematest.First(2, fault))
			_, err := newClient(t, srv.URL, confluent.WithTries(2)).Schema(t.Context(), schema.ConfluentID(7))
			if !schema.Retryable(err) {
				t.Errorf("got %v", err)
			}
		})
	}
	t.Run("not after 404", func(t *testing.T) {
		srv := schematest.NewConfluentServer(t)
		_, err := newClient(t, srv.URL).Schema(t.Context(), schema.ConfluentID(7))
		wantKind(t, err, schema.KindUnknownSchema)
		if n := len(srv.Requests()); n != 1 {
			t.Errorf("%d requests", n)
		}
	})
	t.Run("not when Retry-After is later than the deadline", func(t *testing.T) {
		srv := schematest.NewConfluentServer(t, order())
		srv.Inject(schematest.Throttle(5 * time.Second))
		ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
		defer cancel()
		_, err := newClient(t, srv.URL).Schema(ctx, schema.ConfluentID(7))
		wantKind(t, err, schema.KindThrottled)
		if n := len(srv.Requests()); n != 1 || ctx.Err() != nil {
			t.Errorf("%d requests, context %v", n, ctx.Err())
		}
	})
}

func TestClientMindsNoConnectionThatDiedInTheFreeze(t *testing.T) {
	srv := schematest.NewConfluentServer(t, order())
	c := newClient(t, srv.URL, once)
	for range 20 {
		if _, err := c.Schema(t.Context(), schema.ConfluentID(7)); err != nil {
			t.Fatal(err)
		}
		srv.CloseConnections()
	}
}

func TestClientGoesToTheNextAddress(t *testing.T) {
	down := httptest.NewServer(nil)
	down.Close()
	srv := schematest.NewConfluentServer(t, order())
	c := newClient(t, down.URL+", "+srv.URL)
	if _, err := c.Schema(t.Context(), schema.ConfluentID(7)); err != nil {
		t.Error(err)
	}
}

func TestClientFollowsRedirectsWithinTheHost(t *testing.T) {
	srv := schematest.NewConfluentServer(t, order())
	srv.Inject(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if !strings.HasPrefix(r.URL.Path, "/v2") {
			http.Redirect(w, r, "/v2"+r.URL.Path, http.StatusPermanentRedirect)
			return
		}
		http.StripPrefix("/v2", next).ServeHTTP(w, r)
	})
	if _, err := newClient(t, srv.URL, confluent.WithBasicAuth("u", "p")).Schema(t.Context(), schema.ConfluentID(7)); err != nil {
		t.Error(err)
	}
	srv.Inject(func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
		http.Redirect(w, r, r.URL.Path, http.StatusFound)
	})
	_, err := newClient(t, srv.URL, once).Schema(t.Context(), schema.ConfluentID(7))
	wantKind(t, err, schema.KindUnavailable) // a loop
}

func TestClientResolvesReferences(t *testing.T) {
	ref := func(name, subject string, version int, s *schema.Schema) schema.Reference {
		return schema.Reference{Name: name, Subject: subject, Version: version, Schema: s}
	}
	leaf := &schema.Schema{Format: schema.FormatAvro, Text: `"leaf"`}
	left := &schema.Schema{Format: schema.FormatAvro, Text: `"left"`, References: []schema.Reference{ref("leaf", "leaf", 1, leaf)}}
	right := &schema.Schema{Format: schema.FormatAvro, Text: `"right"`, References: []schema.Reference{ref("leaf", "leaf", 1, leaf)}}
	top := order()
	top.References = []schema.Reference{ref("left", "left", 1, left), ref("right", "right", 2, right)}
	srv := schematest.NewConfluentServer(t, top)

	got, err := newClient(t, srv.URL).Schema(t.Context(), top.ID)
	if err != nil {
		t.Fatal(err)
	}
	sameText(t, got, top)
	if got.References[0].Schema.References[0].Schema != got.References[1].Schema.References[0].Schema {
		t.Error("one version is there twice")
	}
	if n := len(srv.Requests()); n != 4 {
		t.Errorf("%d requests for 4 schemas", n)
	}
	for _, r := range srv.Requests()[1:] {
		if r.Query.Get("deleted") != "true" {
			t.Errorf("%s does not ask for deleted versions", r.Path)
		}
	}
}

func TestClientRefusesBrokenReferences(t *testing.T) {
	doc := func(refs string) string {
		return `{"schema":"\"string\"","references":[` + refs + `]}`
	}
	answer := func(replies map[string]string) schematest.Fault {
		return func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
			for prefix, reply := range replies {
				if strings.HasPrefix(r.URL.Path, prefix) {
					schematest.Reply(200, "application/json", reply)(w, r, nil)
					return
				}
			}
			schematest.Reply(404, "application/json", `{"error_code":40402}`)(w, r, nil)
		}
	}
	for _, tc := range []struct {
		name    string
		replies map[string]string
		kind    schema.Kind
		says    string
	}{
		{"to itself", map[string]string{"/schemas": doc(`{"name":"a","subject":"a","version":1}`), "/subjects/a": doc(`{"name":"a","subject":"a","version":1}`)}, schema.KindInvalidSchema, "subject a version 1 refers to itself"},
		{"in a circle", map[string]string{
			"/schemas":    doc(`{"name":"a","subject":"a","version":1}`),
			"/subjects/a": doc(`{"name":"b","subject":"b","version":1}`),
			"/subjects/b": doc(`{"name":"a","subject":"a","version":1}`),
		}, schema.KindInvalidSchema, "refers to itself"},
		{"to nothing", map[string]string{"/schemas": doc(`{"name":"a","subject":"a","version":1}`)}, schema.KindUnknownSchema, "reference to a version 1"},
		{"without a subject", map[string]string{"/schemas": doc(`{"name":"a"}`)}, schema.KindInvalidSchema, "no such thing"},
		{"to another path", map[string]string{"/schemas": doc(`{"name":"a","subject":"..","version":1}`)}, schema.KindInvalidSchema, "no such thing"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			srv := schematest.NewConfluentServer(t)
			srv.Inject(answer(tc.replies))
			_, err := newClient(t, srv.URL, once).Schema(t.Context(), schema.ConfluentID(7))
			e := wantKind(t, err, tc.kind)
			if e.ID != schema.ConfluentID(7) || !strings.Contains(err.Error(), tc.says) {
				t.Errorf("error says %q, want %q", err, tc.says)
			}
		})
	}

	// Each version refers to the next two: without a bound there is no end.
	endless := func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
		var n int
		_, _ = fmt.Sscanf(r.URL.Path, "/subjects/s/versions/%d", &n)
		schematest.Reply(200, "application/json", doc(fmt.Sprintf(`{"name":"l","subject":"s","version":%d},{"name":"r","subject":"s","version":%d}`, 2*n+1, 2*n+2)))(w, r, nil)
	}
	t.Run("without end", func(t *testing.T) {
		srv := schematest.NewConfluentServer(t)
		srv.Inject(endless)
		_, err := newClient(t, srv.URL, confluent.WithMaxReferences(20)).Schema(t.Context(), schema.ConfluentID(7))
		wantKind(t, err, schema.KindTooLarge)
		if n := len(srv.Requests()); n != 21 {
			t.Errorf("%d requests", n)
		}
	})
	t.Run("too large together", func(t *testing.T) {
		srv := schematest.NewConfluentServer(t)
		srv.Inject(endless)
		_, err := newClient(t, srv.URL, confluent.WithMaxBody(130)).Schema(t.Context(), schema.ConfluentID(7))
		wantKind(t, err, schema.KindTooLarge)
	})
}

func TestClientFallsBackToProtobufText(t *testing.T) {
	const text = "syntax = \"proto3\"; message M {}"
	proto := func() *schema.Schema {
		return &schema.Schema{ID: schema.ConfluentID(7), Format: schema.FormatProtobuf, Text: text}
	}
	refuse := func(f schematest.Fault) schematest.Fault {
		return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			if r.URL.Query().Get("format") != "" {
				f(w, r, next)
				return
			}
			next.ServeHTTP(w, r)
		}
	}
	for _, tc := range []struct {
		name  string
		fault schematest.Fault
		// requests for two schemas
		requests int
	}{
		{"the registry ignores it", nil, 2},
		{"the registry refuses it", refuse(schematest.Status(422)), 3},
		{"the registry fails on it", refuse(schematest.Status(500)), 4},
	} {
		t.Run(tc.name, func(t *testing.T) {
			srv := schematest.NewConfluentServer(t, proto())
			srv.Inject(tc.fault)
			c := newClient(t, srv.URL)
			for range 2 {
				s, err := c.Schema(t.Context(), schema.ConfluentID(7))
				if err != nil || s.Text != text || s.Serialized != nil {
					t.Errorf("got %+v, %v", s, err)
				}
			}
			if n := len(srv.Requests()); n != tc.requests {
				t.Errorf("%d requests, want %d", n, tc.requests)
			}
		})
	}
}

func TestClientRefusesIDsOfOtherRegistries(t *testing.T) {
	c := newClient(t, "http://127.0.0.1:1")
	for _, id := range []schema.ID{{}, schema.GlueID([16]byte{1})} {
		_, err := c.Schema(t.Context(), id)
		wantKind(t, err, schema.KindConfig)
	}
}

func TestClientIsAskedOnceByManyThroughACache(t *testing.T) {
	srv := schematest.NewConfluentServer(t, order())
	entered, release := make(chan struct{}), make(chan struct{})
	srv.Inject(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		entered <- struct{}{}
		<-release
		next.ServeHTTP(w, r)
	})
	cache := schema.Cached(newClient(t, srv.URL))
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			if _, err := cache.Schema(t.Context(), schema.ConfluentID(7)); err != nil {
				t.Error(err)
			}
		})
	}
	<-entered
	for cache.Stats().Joined != 63 { // all others wait for the one request
		runtime.Gosched()
	}
	close(release)
	wg.Wait()
	if n := len(srv.Requests()); n != 1 {
		t.Errorf("%d requests", n)
	}
}

func FuzzReply(f *testing.F) {
	f.Add(200, []byte(`{"schema":"\"string\"","references":[]}`))
	f.Add(200, []byte(`{"schema":"CgZvcmRlcnM=","schemaType":"PROTOBUF","ruleSet":{"domainRules":[{"name":"a","mode":"READ"}]}}`))
	f.Add(200, []byte(`{"schema":"x","references":[{"name":"a","subject":"a","version":1}]}`))
	f.Add(404, []byte(`{"error_code":40403}`))
	f.Add(503, []byte(`<html>`))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		transport := roundTripper(func(*http.Request) (*http.Response, error) {
			w := httptest.NewRecorder()
			w.WriteHeader(min(max(status, 200), 599))
			_, _ = w.Write(body)
			return w.Result(), nil
		})
		c := newClient(t, "http://registry", once, confluent.WithMaxReferences(3), confluent.WithHTTPClient(&http.Client{Transport: transport}))
		s, err := c.Schema(t.Context(), schema.ConfluentID(7))
		if err == nil {
			if s.ID != schema.ConfluentID(7) || s.Format == schema.FormatUnknown {
				t.Fatalf("got %+v", s)
			}
			return
		}
		if _, ok := errors.AsType[*schema.Error](err); !ok {
			t.Fatalf("%T is not an *Error", err)
		}
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
