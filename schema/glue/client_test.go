package glue_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/glue"
	"github.com/mskit-go/mskit/schema/schematest"
)

var once = glue.WithTries(1)

func credentials(context.Context) (glue.Credentials, error) {
	return glue.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "secret", SessionToken: "session"}, nil
}

func newClient(t testing.TB, url string, opts ...glue.Option) *glue.Client {
	t.Helper()
	c, err := glue.NewClient(append([]glue.Option{glue.WithEndpoint(url), glue.WithRegion("eu-west-1"), glue.WithCredentials(credentials)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func versionID(t testing.TB) schema.ID {
	t.Helper()
	u, err := schema.ParseUUID("b7b4a7f0-9c96-4e4a-a687-fb5de9ef0c63")
	if err != nil {
		t.Fatal(err)
	}
	return schema.GlueID(u)
}

func order(t testing.TB) *schema.Schema {
	return &schema.Schema{ID: versionID(t), Format: schema.FormatAvro, Text: `{"type":"record","name":"Order","fields":[]}`, Subject: "orders", Version: 3}
}

func wantKind(t *testing.T, err error, kind schema.Kind) *schema.Error {
	t.Helper()
	e, ok := errors.AsType[*schema.Error](err)
	if !ok || e.Kind != kind {
		t.Fatalf("got error %v, want one of kind %v", err, kind)
	}
	return e
}

func TestClientFetchesEveryVectorSchema(t *testing.T) {
	srv := schematest.NewGlueServer(t)
	c := newClient(t, srv.URL)
	n := 0
	for _, v := range schematest.Vectors() {
		if _, ok := v.Schema.ID.Glue(); !ok {
			continue
		}
		n++
		srv.Add(v.Schema)
		got, err := c.Schema(t.Context(), v.Schema.ID)
		if err != nil || got.ID != v.Schema.ID || got.Format != v.Schema.Format || got.Text != v.Schema.Text {
			t.Errorf("%s: got %+v, %v", v.Name, got, err)
		}
	}
	if n == 0 {
		t.Error("no vectors")
	}
}

func TestClientSendsWhatGlueWants(t *testing.T) {
	srv := schematest.NewGlueServer(t, order(t))
	if _, err := newClient(t, srv.URL).Schema(t.Context(), versionID(t)); err != nil {
		t.Fatal(err)
	}
	r := srv.Requests()[0]
	var in map[string]any
	if err := json.Unmarshal(r.Body, &in); err != nil || !reflect.DeepEqual(in, map[string]any{"SchemaVersionId": "b7b4a7f0-9c96-4e4a-a687-fb5de9ef0c63"}) {
		t.Errorf("body %s", r.Body)
	}
	auth := r.Header.Get("Authorization")
	if r.Method != http.MethodPost || r.Path != "/" || r.Header.Get("X-Amz-Target") != "AWSGlue.GetSchemaVersion" ||
		r.Header.Get("Content-Type") != "application/x-amz-json-1.1" || r.Header.Get("X-Amz-Security-Token") != "session" ||
		!strings.Contains(auth, "/eu-west-1/glue/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-amz-target, Signature=") {
		t.Errorf("request %+v", r)
	}
}

func TestClientFetchesTheLatestVersion(t *testing.T) {
	srv := schematest.NewGlueServer(t, order(t))
	c := newClient(t, srv.URL, glue.WithRegistryName("shop"))
	for _, subject := range []string{"orders", "arn:aws:glue:eu-west-1:123456789012:schema/shop/orders"} {
		got, err := c.Latest(t.Context(), subject)
		if err != nil || !reflect.DeepEqual(got, order(t)) {
			t.Errorf("%s: got %+v, %v", subject, got, err)
		}
	}
	for i, want := range []string{
		`{"SchemaId":{"SchemaName":"orders","RegistryName":"shop"},"SchemaVersionNumber":{"LatestVersion":true}}`,
		`{"SchemaId":{"SchemaArn":"arn:aws:glue:eu-west-1:123456789012:schema/shop/orders"},"SchemaVersionNumber":{"LatestVersion":true}}`,
	} {
		if got := string(srv.Requests()[i].Body); got != want {
			t.Errorf("body %s, want %s", got, want)
		}
	}
	_, err := c.Latest(t.Context(), "none")
	wantKind(t, err, schema.KindUnknownSchema)
}

func TestClientTellsWhatGlueMeans(t *testing.T) {
	version := func(status string) schematest.Fault {
		return schematest.Reply(200, "application/x-amz-json-1.1", `{"SchemaDefinition":"{}","DataFormat":"JSON","Status":"`+status+`"}`)
	}
	for _, tc := range []struct {
		name  string
		fault schematest.Fault
		kind  schema.Kind
		says  string
	}{
		{"not found", schematest.GlueError(400, "EntityNotFoundException"), schema.KindUnknownSchema, "EntityNotFoundException"},
		{"an id AWS dislikes", schematest.GlueError(400, "InvalidInputException"), schema.KindUnknownSchema, ""},
		{"no rights", schematest.GlueError(400, "AccessDeniedException"), schema.KindUnauthorized, "glue:GetSchemaVersion"},
		{"expired token", schematest.GlueError(400, "ExpiredTokenException"), schema.KindUnauthorized, ""},
		{"bad signature", schematest.GlueError(400, "InvalidSignatureException"), schema.KindUnauthorized, ""},
		{"forbidden by a proxy", schematest.HTMLPage(403), schema.KindUnauthorized, "HTML page"},
		{"throttled", schematest.GlueError(400, "ThrottlingException"), schema.KindThrottled, ""},
		{"too many requests", schematest.Status(429), schema.KindThrottled, ""},
		{"internal error", schematest.GlueError(500, "InternalServiceException"), schema.KindUnavailable, "InternalServiceException"},
		{"unknown error", schematest.GlueError(400, "SomethingNewException"), schema.KindUnavailable, "SomethingNewException"},
		{"an error that is no name", schematest.Reply(400, "application/json", `{"__type":"SECRET text"}`), schema.KindUnavailable, "HTTP status 400"},
		{"unavailable", schematest.HTMLPage(503), schema.KindUnavailable, "HTML page"},
		{"not found by a proxy", schematest.HTMLPage(404), schema.KindUnavailable, "HTML page"},
		{"login page", schematest.HTMLPage(200), schema.KindUnavailable, "not AWS Glue's"},
		{"nothing", schematest.Status(200), schema.KindUnavailable, ""},
		{"another JSON", schematest.Reply(200, "application/json", `{"SECRET":1}`), schema.KindUnavailable, "no schema definition"},
		{"cut off", schematest.Drop(), schema.KindUnavailable, "no answer"},
		{"10 MB of schema", schematest.Flood(10 << 20), schema.KindTooLarge, "over 1048576 bytes"},
		{"another language", schematest.Reply(200, "application/json", `{"SchemaDefinition":"x","DataFormat":"THRIFT"}`), schema.KindInvalidSchema, "THRIFT"},
		{"pending", version("PENDING"), schema.KindUnknownSchema, "PENDING"},
		{"failed", version("FAILURE"), schema.KindInvalidSchema, "FAILURE"},
		{"deleting", version("DELETING"), schema.KindUnknown, ""}, // still readable
		{"redirect", schematest.Redirect("http://localhost:1/"), schema.KindUnavailable, "HTTP status 302"},
		{"error in the header", func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			w.Header().Set("X-Amzn-Errortype", "EntityNotFoundException:http://internal.amazon.com/coral/")
			w.WriteHeader(http.StatusBadRequest)
		}, schema.KindUnknownSchema, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			srv := schematest.NewGlueServer(t)
			srv.Inject(tc.fault)
			_, err := newClient(t, srv.URL, once).Schema(t.Context(), versionID(t))
			if tc.kind == schema.KindUnknown {
				if err != nil {
					t.Error(err)
				}
				return
			}
			e := wantKind(t, err, tc.kind)
			if e.ID != versionID(t) || !strings.Contains(err.Error(), tc.says) || strings.Contains(err.Error(), "SECRET") {
				t.Errorf("error says %q, want %q", err, tc.says)
			}
		})
	}
}

func TestClientTriesAgain(t *testing.T) {
	for name, fault := range map[string]schematest.Fault{
		"throttled": schematest.GlueError(400, "ThrottlingException"), "internal error": schematest.GlueError(500, "InternalServiceException"), "lost": schematest.Drop(),
	} {
		srv := schematest.NewGlueServer(t, order(t))
		srv.Inject(schematest.First(2, fault))
		if _, err := newClient(t, srv.URL).Schema(t.Context(), versionID(t)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	srv := schematest.NewGlueServer(t)
	_, err := newClient(t, srv.URL).Schema(t.Context(), versionID(t))
	wantKind(t, err, schema.KindUnknownSchema)
	if n := len(srv.Requests()); n != 1 {
		t.Errorf("%d requests for what is not there", n)
	}
}

func TestClientBoundsWhatHangs(t *testing.T) {
	for name, fault := range map[string]schematest.Fault{"no answer": schematest.Hang(), "slow body": schematest.Stall()} {
		srv := schematest.NewGlueServer(t)
		srv.Inject(fault)
		_, err := newClient(t, srv.URL, once, glue.WithTimeout(20*time.Millisecond)).Schema(t.Context(), versionID(t))
		if schema.KindOf(err) != schema.KindUnavailable {
			t.Errorf("%s: got %v", name, err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		_, err = newClient(t, srv.URL).Schema(ctx, versionID(t))
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) || schema.KindOf(err) != schema.KindUnavailable {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestClientMindsNoConnectionThatDiedInTheFreeze(t *testing.T) {
	srv := schematest.NewGlueServer(t, order(t))
	c := newClient(t, srv.URL, once)
	for range 20 {
		if _, err := c.Schema(t.Context(), versionID(t)); err != nil {
			t.Fatal(err)
		}
		srv.CloseConnections()
	}
	if h := srv.Requests()[0].Header; h.Values("Idempotency-Key") != nil {
		t.Errorf("header %v", h)
	}
}

func TestClientKeepsCredentialsFromOtherHosts(t *testing.T) {
	elsewhere := schematest.NewGlueServer(t, order(t))
	srv := schematest.NewGlueServer(t)
	srv.Inject(func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
		http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
	})
	_, err := newClient(t, srv.URL, glue.WithHTTPClient(new(http.Client))).Schema(t.Context(), versionID(t))
	wantKind(t, err, schema.KindUnavailable)
	if n := len(elsewhere.Requests()); n != 0 {
		t.Errorf("%d requests went to the other host", n)
	}
}

func TestClientWorksInTheLambdaEnvironment(t *testing.T) {
	srv := schematest.NewGlueServer(t, order(t))
	for name, value := range map[string]string{
		"AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "AKIDENV", "AWS_SECRET_ACCESS_KEY": "x", "AWS_SESSION_TOKEN": "token", "AWS_ENDPOINT_URL_GLUE": srv.URL,
	} {
		t.Setenv(name, value)
	}
	c, err := glue.NewClient()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Schema(t.Context(), versionID(t)); err != nil {
		t.Fatal(err)
	}
	h := srv.Requests()[0].Header
	if auth := h.Get("Authorization"); !strings.Contains(auth, "Credential=AKIDENV/") || !strings.Contains(auth, "/eu-central-1/glue/") || h.Get("X-Amz-Security-Token") != "token" {
		t.Errorf("Authorization: %s", auth)
	}

	t.Setenv("AWS_ACCESS_KEY_ID", "")
	_, err = c.Schema(t.Context(), versionID(t))
	wantKind(t, err, schema.KindUnauthorized)
	if !strings.Contains(err.Error(), "WithCredentials") {
		t.Errorf("%v does not tell the remedy", err)
	}
}

func TestClientFindsItsEndpoint(t *testing.T) {
	for _, name := range []string{"AWS_ENDPOINT_URL_GLUE", "AWS_ENDPOINT_URL", "AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT"} {
		t.Setenv(name, "")
	}
	for _, tc := range []struct {
		env  string
		opts []glue.Option
		want string
	}{
		{"", nil, "https://glue.eu-west-1.amazonaws.com/"},
		{"", []glue.Option{glue.WithFIPS(), glue.WithDualStack()}, "https://glue-fips.eu-west-1.api.aws/"},
		{"AWS_USE_FIPS_ENDPOINT", nil, "https://glue-fips.eu-west-1.amazonaws.com/"},
		{"AWS_USE_DUALSTACK_ENDPOINT", nil, "https://glue.eu-west-1.api.aws/"},
		{"", []glue.Option{glue.WithEndpoint("https://vpce-1.glue.eu-west-1.vpce.amazonaws.com"), glue.WithFIPS()}, "https://vpce-1.glue.eu-west-1.vpce.amazonaws.com/"},
	} {
		if tc.env != "" {
			t.Setenv(tc.env, "true")
		}
		c, err := glue.NewClient(append(tc.opts, glue.WithRegion("eu-west-1"))...)
		if err != nil || !strings.HasSuffix(c.String(), " "+tc.want) {
			t.Errorf("got %v, %v, want %s", c, err, tc.want)
		}
		if tc.env != "" {
			t.Setenv(tc.env, "")
		}
	}
}

func TestNewClientRefusesWhatCannotWork(t *testing.T) {
	t.Setenv("AWS_REGION", "")
	t.Setenv("AWS_DEFAULT_REGION", "")
	if _, err := glue.NewClient(); err == nil || !strings.Contains(err.Error(), "AWS_REGION") {
		t.Errorf("no region: got %v", err)
	}
	for _, region := range []string{"evil.example/", "eu west", "EU-WEST-1", "a@b", strings.Repeat("a", 64)} {
		if c, err := glue.NewClient(glue.WithRegion(region)); err == nil {
			t.Errorf("region %q: got %v", region, c)
		}
	}
	for _, url := range []string{"glue.example", "ftp://h", "https://user:secret@h", "https://h?x=y", "https://h:port", "https://"} {
		_, err := glue.NewClient(glue.WithRegion("eu-west-1"), glue.WithEndpoint(url))
		if err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("endpoint %q: got %v", url, err)
		}
	}
}

func TestClientRefusesIDsOfOtherRegistries(t *testing.T) {
	c := newClient(t, "http://127.0.0.1:1")
	for _, id := range []schema.ID{{}, schema.ConfluentID(7), schema.ConfluentGUID([16]byte{1})} {
		_, err := c.Schema(t.Context(), id)
		wantKind(t, err, schema.KindConfig)
	}
}

func TestCredentialsStayOutOfErrorsAndLogs(t *testing.T) {
	const secret = "hunter2"
	down := httptest.NewServer(nil)
	down.Close()
	var all strings.Builder
	show := func(v any) {
		fmt.Fprintf(&all, "%v %+v %#v %s\n", v, v, v, v)
		slog.New(slog.NewJSONHandler(&all, nil)).Info("m", "v", v)
		slog.New(slog.NewTextHandler(&all, nil)).Info("m", "v", v)
	}
	keys := glue.Credentials{AccessKeyID: "AKID", SecretAccessKey: secret, SessionToken: secret}
	show(keys)
	show(&keys)
	show(struct{ C glue.Credentials }{keys})
	c := newClient(t, down.URL, once, glue.WithCredentials(func(context.Context) (glue.Credentials, error) { return keys, nil }))
	show(c)
	_, err := c.Schema(t.Context(), versionID(t))
	wantKind(t, err, schema.KindUnavailable)
	show(err)
	if strings.Contains(all.String(), secret) {
		t.Errorf("the secret shows:\n%s", all.String())
	}
}

// sdkError looks like an error of the AWS SDK.
type sdkError string

func (e sdkError) Error() string     { return "operation error Glue: GetSchemaVersion, " + string(e) }
func (e sdkError) ErrorCode() string { return string(e) }

func TestClientTakesAnSDKClient(t *testing.T) {
	var asked glue.Query
	answer := func() (glue.Version, error) {
		return glue.Version{
			VersionID: "b7b4a7f0-9c96-4e4a-a687-fb5de9ef0c63", Definition: `{}`, DataFormat: "JSON",
			SchemaARN: "arn:aws:glue:eu-west-1:123456789012:schema/shop/orders", Number: 3, Status: "AVAILABLE",
		}, nil
	}
	c, err := glue.NewClient(glue.WithAPI(glue.APIFunc(func(_ context.Context, q glue.Query) (glue.Version, error) {
		asked = q
		return answer()
	})))
	if err != nil {
		t.Fatal(err)
	}
	s, err := c.Schema(t.Context(), versionID(t))
	want := &schema.Schema{ID: versionID(t), Format: schema.FormatJSON, Text: `{}`, Subject: "orders", Version: 3}
	if err != nil || !reflect.DeepEqual(s, want) || asked != (glue.Query{VersionID: versionID(t).String()}) {
		t.Errorf("asked %+v, got %+v, %v", asked, s, err)
	}
	if s, err = c.Latest(t.Context(), "orders"); err != nil || !reflect.DeepEqual(s, want) || asked != (glue.Query{SchemaName: "orders", RegistryName: "default-registry"}) {
		t.Errorf("asked %+v, got %+v, %v", asked, s, err)
	}
	if !strings.Contains(c.String(), "glue.APIFunc") {
		t.Error(c.String())
	}
	for code, kind := range map[string]schema.Kind{
		"EntityNotFoundException": schema.KindUnknownSchema, "ThrottlingException": schema.KindThrottled,
		"AccessDeniedException": schema.KindUnauthorized, "InternalServiceException": schema.KindUnavailable,
	} {
		answer = func() (glue.Version, error) { return glue.Version{}, fmt.Errorf("wrapped: %w", sdkError(code)) }
		_, err := c.Schema(t.Context(), versionID(t))
		wantKind(t, err, kind)
	}
	answer = func() (glue.Version, error) { return glue.Version{}, sdkError("InvalidInputException") }
	_, err = c.Latest(t.Context(), "no/name")
	wantKind(t, err, schema.KindConfig)
	answer = func() (glue.Version, error) { return glue.Version{}, errors.New("plain") }
	_, err = c.Schema(t.Context(), versionID(t))
	wantKind(t, err, schema.KindUnavailable)
	answer = func() (glue.Version, error) { return glue.Version{Definition: "{}", DataFormat: "JSON"}, nil }
	_, err = c.Latest(t.Context(), "orders")
	wantKind(t, err, schema.KindUnavailable) // no id
}

func FuzzReply(f *testing.F) {
	f.Add(200, "", []byte(`{"SchemaDefinition":"{}","DataFormat":"JSON","SchemaArn":"a/b","VersionNumber":1}`))
	f.Add(400, "", []byte(`{"__type":"com.amazonaws.glue#EntityNotFoundException"}`))
	f.Add(400, "ThrottlingException:http://x", []byte(`<html>`))
	f.Fuzz(func(t *testing.T, status int, errorType string, body []byte) {
		transport := roundTripper(func(*http.Request) (*http.Response, error) {
			w := httptest.NewRecorder()
			w.Header().Set("X-Amzn-Errortype", errorType)
			w.WriteHeader(min(max(status, 200), 599))
			_, _ = w.Write(body)
			return w.Result(), nil
		})
		c := newClient(t, "http://glue", once, glue.WithHTTPClient(&http.Client{Transport: transport}))
		for _, get := range []func() (*schema.Schema, error){
			func() (*schema.Schema, error) { return c.Schema(t.Context(), versionID(t)) },
			func() (*schema.Schema, error) { return c.Latest(t.Context(), "orders") },
		} {
			s, err := get()
			if err == nil {
				if s.ID.IsZero() || s.Format == schema.FormatUnknown || s.Text == "" {
					t.Fatalf("got %+v", s)
				}
				continue
			}
			if _, ok := errors.AsType[*schema.Error](err); !ok {
				t.Fatalf("%T is not an *Error", err)
			}
		}
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
