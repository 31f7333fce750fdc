package confluent_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/confluent"
	"github.com/mskit-go/mskit/schema/schematest"
)

func TestClientAuthenticates(t *testing.T) {
	basic := func(user, password string) string {
		r := http.Request{Header: make(http.Header)}
		r.SetBasicAuth(user, password)
		return r.Header.Get("Authorization")
	}
	withUser := func(u string) string { return strings.Replace(u, "://", "://u%40x:p%3Aw@", 1) }
	plain := func(u string) string { return u }
	for _, tc := range []struct {
		name string
		url  func(string) string
		opt  confluent.Option
		want string
	}{
		{"not at all", plain, nil, ""},
		{"basic", plain, confluent.WithBasicAuth("key", "secret"), basic("key", "secret")},
		{"basic, asked for", plain, confluent.WithBasicAuthFunc(func(context.Context) (string, string, error) { return "key", "new", nil }), basic("key", "new")},
		{"basic, from the URL", withUser, nil, basic("u@x", "p:w")},
		{"an option before the URL", withUser, confluent.WithBearer(func(context.Context) (string, error) { return "t", nil }), "Bearer t"},
		{"bearer", plain, confluent.WithBearer(func(context.Context) (string, error) { return "token", nil }), "Bearer token"},
		{"secret of an event source mapping", plain, confluent.WithSecret([]byte(`{"username":"key","password":"secret"}`)), basic("key", "secret")},
		{"a header of your own", plain, confluent.WithHeader("Authorization", "Custom x"), "Custom x"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			srv := schematest.NewConfluentServer(t, order())
			c := newClient(t, tc.url(srv.URL), tc.opt, confluent.WithHeader("Target-Sr-Cluster", "lsrc-1"))
			if _, err := c.Schema(t.Context(), schema.ConfluentID(7)); err != nil {
				t.Fatal(err)
			}
			h := srv.Requests()[0].Header
			if got := h.Get("Authorization"); got != tc.want || h.Get("Target-Sr-Cluster") != "lsrc-1" {
				t.Errorf("Authorization: %q, want %q", got, tc.want)
			}
		})
	}
}

func TestClientTakesFailingCredentialsForNoFaultOfTheRecord(t *testing.T) {
	oops := errors.New("secrets manager is down")
	for name, opt := range map[string]confluent.Option{
		"basic":  confluent.WithBasicAuthFunc(func(context.Context) (string, string, error) { return "", "", oops }),
		"bearer": confluent.WithBearer(func(context.Context) (string, error) { return "", oops }),
	} {
		srv := schematest.NewConfluentServer(t, order())
		_, err := newClient(t, srv.URL, opt).Schema(t.Context(), schema.ConfluentID(7))
		wantKind(t, err, schema.KindUnauthorized)
		if !errors.Is(err, oops) || len(srv.Requests()) != 0 {
			t.Errorf("%s: got %v after %d requests", name, err, len(srv.Requests()))
		}
	}
}

func TestClientKeepsCredentialsFromOtherHosts(t *testing.T) {
	elsewhere := schematest.NewConfluentServer(t, order())
	srv := schematest.NewConfluentServer(t)
	srv.Inject(func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
		// Another port is another host too.
		http.Redirect(w, r, elsewhere.URL+r.URL.RequestURI(), http.StatusTemporaryRedirect)
	})
	for name, opts := range map[string][]confluent.Option{
		"own client":   nil,
		"given client": {confluent.WithHTTPClient(&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return nil }})},
	} {
		c := newClient(t, srv.URL, append(opts, confluent.WithBasicAuth("key", "secret"), confluent.WithHeader("X-Api-Key", "secret"))...)
		_, err := c.Schema(t.Context(), schema.ConfluentID(7))
		wantKind(t, err, schema.KindUnavailable)
		if n := len(elsewhere.Requests()); n != 0 {
			t.Errorf("%s: %d requests went to the other host", name, n)
		}
	}
}

func TestCredentialsStayOutOfErrorsAndLogs(t *testing.T) {
	const secret = "hunter2"
	down := httptest.NewServer(nil)
	down.Close()
	at := strings.Replace(down.URL, "://", "://user:"+secret+"@", 1)

	var all strings.Builder
	show := func(v any) {
		fmt.Fprintf(&all, "%v %+v %#v %s\n", v, v, v, v)
		slog.New(slog.NewJSONHandler(&all, nil)).Info("m", "v", v)
		slog.New(slog.NewTextHandler(&all, nil)).Info("m", "v", v)
	}
	oauth := confluent.OAuth{TokenURL: down.URL, ClientID: "id", ClientSecret: secret}
	show(oauth)
	show(&oauth)
	show(struct{ O confluent.OAuth }{oauth})
	for _, opts := range [][]confluent.Option{
		nil,
		{confluent.WithBasicAuth("user", secret)},
		{confluent.WithOAuth(oauth)},
		{confluent.WithHeader("X-Api-Key", secret)},
	} {
		c := newClient(t, at, append(opts, once)...)
		show(c)
		_, err := c.Schema(t.Context(), schema.ConfluentID(7))
		show(err)
	}
	for _, bad := range []string{"http://user:" + secret + "@h:port", "ftp://user:" + secret + "@h", "http://user:" + secret + "@h/%zz", "user:" + secret} {
		_, err := confluent.NewClient(bad)
		if err == nil {
			t.Errorf("%s is taken", bad)
		}
		show(err)
	}
	for _, bad := range []string{`{"password":"` + secret, `{"password":"` + secret + `"}`, `{"certificate":"x","privateKey":"` + secret + `"}`, `{"certificate":"` + secret + `"}`, `{"certificate":"x","privateKey":"y","privateKeyPassword":"` + secret + `"}`} {
		_, err := confluent.NewClient("https://h", confluent.WithSecret([]byte(bad)))
		if err == nil {
			t.Errorf("%s is taken", bad)
		}
		show(err)
	}
	if strings.Contains(all.String(), secret) {
		t.Errorf("the secret shows:\n%s", all.String())
	}
}

func TestNewClientRefusesWhatCannotWork(t *testing.T) {
	for name, tc := range map[string]struct {
		url string
		opt confluent.Option
	}{
		"no URL":                        {"", nil},
		"no host":                       {"https://", nil},
		"a path":                        {"registry.example", nil},
		"a query":                       {"https://h/?a=b", nil},
		"an empty second URL":           {"https://h,", nil},
		"a CA that is none":             {"https://h", confluent.WithRootCA([]byte("x"))},
		"a certificate without its key": {"https://h", confluent.WithClientCertificate([]byte("x"), nil)},
		"a token URL that is none":      {"https://h", confluent.WithOAuth(confluent.OAuth{TokenURL: "x"})},
		"a token URL with a user":       {"https://h", confluent.WithOAuth(confluent.OAuth{TokenURL: "https://u:p@h"})},
	} {
		if c, err := confluent.NewClient(tc.url, tc.opt); err == nil {
			t.Errorf("%s: got %v", name, c)
		}
	}
	_, err := confluent.NewClient("https://h", confluent.WithHTTPClient(http.DefaultClient), confluent.WithTLSConfig(new(tls.Config)))
	if err == nil {
		t.Error("TLS settings and a client of its own are taken together")
	}
}

func TestClientTrustsAGivenCAAndShowsItsCertificate(t *testing.T) {
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.TLS.PeerCertificates) == 0 {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		_, _ = io.WriteString(w, `{"schema":"\"string\""}`)
	}))
	srv.TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
	srv.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError) // failed handshakes are meant
	srv.StartTLS()
	defer srv.Close()
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw})
	cert, key := keyPair(t)

	caSecret, err := json.Marshal(map[string]string{"certificate": string(ca)})
	if err != nil {
		t.Fatal(err)
	}
	certSecret, err := json.Marshal(map[string]string{"certificate": string(cert), "privateKey": string(key)})
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name string
		opts []confluent.Option
		kind schema.Kind // KindUnknown: success
	}{
		{"unknown CA", []confluent.Option{once}, schema.KindUnavailable},
		{"CA alone", []confluent.Option{confluent.WithRootCA(ca)}, schema.KindUnauthorized},
		{"CA and certificate", []confluent.Option{confluent.WithRootCA(ca), confluent.WithClientCertificate(cert, key)}, schema.KindUnknown},
		{"CA and certificate from secrets", []confluent.Option{confluent.WithSecret(caSecret), confluent.WithSecret(certSecret)}, schema.KindUnknown},
		{"TLS configuration and CA", []confluent.Option{confluent.WithTLSConfig(&tls.Config{MinVersion: tls.VersionTLS13}), confluent.WithRootCA(ca), confluent.WithClientCertificate(cert, key)}, schema.KindUnknown},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := newClient(t, srv.URL, tc.opts...).Schema(t.Context(), schema.ConfluentID(7))
			if tc.kind == schema.KindUnknown {
				if err != nil {
					t.Error(err)
				}
				return
			}
			wantKind(t, err, tc.kind)
		})
	}
}

// tokenServer gives out numbered tokens.
func tokenServer(t *testing.T, reply func(n int64) string) (*httptest.Server, *atomic.Int64) {
	var n atomic.Int64
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, secret, _ := r.BasicAuth()
		if err := r.ParseForm(); err != nil || id != "my%2Bid" || secret != "my+secret" || r.PostForm.Get("grant_type") != "client_credentials" ||
			r.PostForm.Get("scope") != "a b" || r.PostForm.Get("audience") != "registry" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_, _ = io.WriteString(w, reply(n.Add(1)))
	}))
	t.Cleanup(srv.Close)
	return srv, &n
}

func oauthAt(u string) confluent.Option {
	return confluent.WithOAuth(confluent.OAuth{
		TokenURL: u, ClientID: "my+id", ClientSecret: "my secret", Scopes: []string{"a", "b"}, Params: url.Values{"audience": {"registry"}},
	})
}

func TestOAuthFetchesOneTokenForMany(t *testing.T) {
	srv := schematest.NewConfluentServer(t, order())
	tokens, n := tokenServer(t, func(n int64) string { return fmt.Sprintf(`{"access_token":"t%d","expires_in":"3600"}`, n) })
	c := newClient(t, srv.URL, oauthAt(tokens.URL))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, err := c.Schema(t.Context(), schema.ConfluentID(7)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n.Load() != 1 {
		t.Errorf("%d tokens", n.Load())
	}
	for _, r := range srv.Requests() {
		if got := r.Header.Get("Authorization"); got != "Bearer t1" {
			t.Errorf("Authorization: %s", got)
		}
	}
}

func TestOAuthRenewsARefusedToken(t *testing.T) {
	srv := schematest.NewConfluentServer(t, order())
	tokens, n := tokenServer(t, func(n int64) string { return fmt.Sprintf(`{"access_token":"t%d"}`, n) })
	c := newClient(t, srv.URL, oauthAt(tokens.URL))
	valid := "Bearer t1"
	srv.Inject(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Header.Get("Authorization") != valid {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
	for _, token := range []string{"Bearer t1", "Bearer t2"} {
		valid = token
		if _, err := c.Schema(t.Context(), schema.ConfluentID(7)); err != nil {
			t.Error(err)
		}
	}
	valid = "none"
	_, err := c.Schema(t.Context(), schema.ConfluentID(7))
	wantKind(t, err, schema.KindUnauthorized)
	if n.Load() != 3 {
		t.Errorf("%d tokens", n.Load())
	}
}

func TestOAuthTellsWhatATokenServerMeans(t *testing.T) {
	for _, tc := range []struct {
		status int
		body   string
		kind   schema.Kind
	}{
		{400, `{"error":"invalid_client"}`, schema.KindUnauthorized},
		{401, "", schema.KindUnauthorized},
		{429, "", schema.KindThrottled},
		{503, "<html>", schema.KindUnavailable},
		{200, "<html>", schema.KindUnavailable},
		{200, "{}", schema.KindUnavailable},
		{302, "", schema.KindUnavailable},
	} {
		t.Run(fmt.Sprint(tc.status, tc.body), func(t *testing.T) {
			srv := schematest.NewConfluentServer(t, order())
			tokens := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", srv.URL)
				w.WriteHeader(tc.status)
				_, _ = io.WriteString(w, tc.body)
			}))
			defer tokens.Close()
			_, err := newClient(t, srv.URL, oauthAt(tokens.URL)).Schema(t.Context(), schema.ConfluentID(7))
			e := wantKind(t, err, tc.kind)
			if !strings.Contains(e.Msg, "token server") || len(srv.Requests()) != 0 {
				t.Errorf("got %v and %d requests to the registry", err, len(srv.Requests()))
			}
		})
	}
}

func TestOAuthRenewsBeforeATokenExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tokens, requests int
		transport := roundTripper(func(r *http.Request) (*http.Response, error) {
			w := httptest.NewRecorder()
			if r.Method == http.MethodPost {
				tokens++
				_, _ = fmt.Fprintf(w, `{"access_token":"t%d","expires_in":100}`, tokens)
				return w.Result(), nil
			}
			requests++
			if want := fmt.Sprintf("Bearer t%d", tokens); r.Header.Get("Authorization") != want {
				t.Errorf("Authorization: %s, want %s", r.Header.Get("Authorization"), want)
			}
			_, _ = bytes.NewBufferString(`{"schema":"\"string\""}`).WriteTo(w)
			return w.Result(), nil
		})
		c := newClient(t, "https://registry", oauthAt("https://tokens"), confluent.WithHTTPClient(&http.Client{Transport: transport}))
		for _, step := range []struct {
			pause time.Duration
			want  int
		}{{0, 1}, {79 * time.Second, 1}, {time.Second, 2}, {79 * time.Second, 2}} {
			time.Sleep(step.pause)
			if _, err := c.Schema(t.Context(), schema.ConfluentID(7)); err != nil || tokens != step.want {
				t.Errorf("%d tokens, want %d, %v", tokens, step.want, err)
			}
		}
	})
}
