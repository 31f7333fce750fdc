package confluent

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/internal/rest"
)

// Client is a [schema.LatestRegistry]. It is safe for concurrent use and asks
// the registry anew each time: put [schema.Cached] in front of it.
type Client struct {
	bases     []base
	rest      *rest.Exchanger
	headers   []func(http.Header)
	authorize authorization
	subject   string
	framing   schema.Framing
	maxRefs   int

	// plain is set once the registry has shown that it has no
	// format=serialized.
	plain atomic.Bool
}

// base is one address of the registry, without user info.
type base struct{ root string } // "https://host:8081/contexts/.x", no slash at the end

// NewClient makes a client for the registry at baseURL, several addresses of
// one registry being separated by commas: the next one is taken when one does
// not answer. User info in the URL is taken for basic authentication. Nothing
// is sent before a schema is asked for.
//
// The error says which address is no URL of the form https://host[:port][/path],
// or which option is of no use: a certificate that is not PEM, TLS options
// beside WithHTTPClient. It never holds a password.
func NewClient(baseURL string, opts ...Option) (*Client, error) {
	cfg, err := newConfig(opts)
	if err != nil {
		return nil, err
	}
	c := &Client{
		subject: cfg.subject,
		framing: cfg.framing,
		headers: cfg.headers,
		maxRefs: cfg.maxReferences,
	}
	for i, s := range strings.Split(baseURL, ",") {
		b, user, err := parseBase(strings.TrimSpace(s), cfg.context)
		if err != nil {
			return nil, fmt.Errorf("confluent: base URL %d: %w", i+1, err)
		}
		c.bases = append(c.bases, b)
		if user != nil && cfg.authorize == nil {
			password, _ := user.Password()
			WithBasicAuth(user.Username(), password).apply(cfg)
		}
	}
	client, err := cfg.client()
	if err != nil {
		return nil, err
	}
	c.rest = &rest.Exchanger{Client: client, Tries: cfg.tries, Timeout: cfg.timeout, MaxBody: cfg.maxBody}
	if cfg.authorize != nil {
		c.authorize = cfg.authorize(client)
	}
	return c, nil
}

// String is the first address, without user info.
func (c *Client) String() string { return "confluent registry " + c.bases[0].root }

// Framing is [schema.Confluent], or what [WithFraming] says.
func (c *Client) Framing() schema.Framing { return c.framing }

// Schema fetches the schema of a numeric id or a GUID with everything it refers
// to.
//
// Errors are of type [*schema.Error]: KindUnknownSchema when the registry knows
// no such id, KindUnauthorized for 401 and 403, KindThrottled for 429,
// KindUnavailable for every other failure, replies that are not the registry's
// own included; KindTooLarge and KindInvalidSchema for a schema of no use.
func (c *Client) Schema(ctx context.Context, id schema.ID) (*schema.Schema, error) {
	path := "/schemas/ids/" + id.String()
	if _, ok := id.GUID(); ok {
		path = "/schemas/guids/" + id.String()
	} else if n, ok := id.Confluent(); !ok {
		return nil, &schema.Error{Kind: schema.KindConfig, ID: id, Msg: "not an id of a Confluent registry: is the framing the right one?"}
	} else if n > math.MaxInt32 {
		// Registries keep ids as signed numbers. Asked for this one, they answer
		// as for a path that they do not have, which would be retried for ever.
		return nil, &schema.Error{Kind: schema.KindUnknownSchema, ID: id, Msg: "no registry gives out ids over 31 bits"}
	}
	query := url.Values{}
	if c.subject != "" {
		query.Set("subject", c.subject)
	}
	s, err := c.load(ctx, path, query)
	if err != nil {
		return nil, withID(err, id)
	}
	s.ID = id
	return s, nil
}

// Latest fetches the newest version of a subject.
func (c *Client) Latest(ctx context.Context, subject string) (*schema.Schema, error) {
	path, err := versionPath(subject, -1)
	if err != nil {
		return nil, err
	}
	return c.load(ctx, path, url.Values{})
}

// Version fetches one version of a subject, soft-deleted ones included.
func (c *Client) Version(ctx context.Context, subject string, version int) (*schema.Schema, error) {
	path, err := versionPath(subject, version)
	if err != nil {
		return nil, err
	}
	return c.load(ctx, path, url.Values{"deleted": {"true"}})
}

func withID(err error, id schema.ID) error {
	if e, ok := errors.AsType[*schema.Error](err); ok {
		e.ID = id
	}
	return err
}

// versionPath is the path of a version, -1 meaning the latest.
// Source: SubjectVersionsResource.java of confluentinc/schema-registry.
func versionPath(subject string, version int) (string, *schema.Error) {
	v := "latest"
	if version != -1 {
		v = strconv.Itoa(version)
	}
	if subject == "" || subject == "." || subject == ".." || version < -1 || version == 0 {
		return "", &schema.Error{Kind: schema.KindInvalidSchema, Msg: fmt.Sprintf("subject %q, version %d: there is no such thing", subject, version)}
	}
	return "/subjects/" + url.PathEscape(subject) + "/versions/" + v, nil
}

// document is a schema as the registry sends it. schemaType is absent for
// Avro.
type document struct {
	Schema     string          `json:"schema"`
	SchemaType string          `json:"schemaType"`
	ID         uint32          `json:"id"`
	Subject    string          `json:"subject"`
	Version    int             `json:"version"`
	RuleSet    *schema.RuleSet `json:"ruleSet"`
	References []struct {
		Name    string `json:"name"`
		Subject string `json:"subject"`
		Version int    `json:"version"`
	} `json:"references"`
}

// load fetches a document and all that it refers to.
func (c *Client) load(ctx context.Context, path string, query url.Values) (*schema.Schema, error) {
	doc, err := c.fetch(ctx, path, query)
	if err != nil {
		return nil, err
	}
	r := resolver{client: c, left: c.maxRefs, bytes: c.rest.MaxBody, known: make(map[reference]*schema.Schema)}
	return r.resolve(ctx, doc)
}

// fetch asks for Protobuf in the form of descriptors, which need no compiler,
// and for the text when the registry has no such form: some ignore the request,
// some refuse it, and Karapace fails on it for schemas with references.
func (c *Client) fetch(ctx context.Context, path string, query url.Values) (*document, error) {
	if c.plain.Load() {
		return c.get(ctx, path, query, rest.Busy)
	}
	refused := 0
	serialized := maps.Clone(query)
	serialized.Set("format", "serialized")
	doc, err := c.get(ctx, path, serialized, func(r *rest.Reply) bool {
		switch r.Status {
		case http.StatusInternalServerError, http.StatusBadRequest, http.StatusUnprocessableEntity, http.StatusNotAcceptable:
			refused = r.Status
			return false
		default:
			return rest.Busy(r)
		}
	})
	if err == nil || refused == 0 {
		return doc, err
	}
	doc, err = c.get(ctx, path, query, rest.Busy)
	if err == nil && refused < 500 {
		c.plain.Store(true)
	}
	return doc, err
}

// get makes one exchange, repeated while again says so.
func (c *Client) get(ctx context.Context, path string, query url.Values, again func(*rest.Reply) bool) (*document, error) {
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	build := func(ctx context.Context, try int) (*http.Request, error) {
		return c.request(ctx, c.bases[try%len(c.bases)].root+path)
	}
	reply, err := c.rest.Do(ctx, again, build)
	if err == nil && reply.Status == http.StatusUnauthorized && c.authorize.renew != nil {
		c.authorize.renew()
		reply, err = c.rest.Do(ctx, again, build)
	}
	if err != nil {
		return nil, asError(err)
	}
	if reply.Status != http.StatusOK {
		return nil, statusError(reply)
	}
	var doc document
	if err := json.Unmarshal(reply.Body, &doc); err != nil || doc.Schema == "" {
		return nil, &schema.Error{Kind: schema.KindUnavailable, Msg: "the reply is not a registry's" + pageHint(reply)}
	}
	return &doc, nil
}

func (c *Client) request(ctx context.Context, url string) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, &schema.Error{Kind: schema.KindConfig, Msg: "no URL can be made for the registry"}
	}
	req.Header.Set("Accept", "application/vnd.schemaregistry.v1+json, application/json")
	for _, set := range c.headers {
		set(req.Header)
	}
	if c.authorize.set != nil {
		return req, c.authorize.set(ctx, req)
	}
	return req, nil
}

// schema turns a document without its references into a schema.
func (d *document) schema() (*schema.Schema, error) {
	s := &schema.Schema{
		Format:  schema.FormatAvro,
		Text:    d.Schema,
		Subject: d.Subject,
		Version: d.Version,
		Rules:   d.RuleSet,
	}
	if d.ID > 0 {
		s.ID = schema.ConfluentID(d.ID)
	}
	if d.SchemaType != "" {
		s.Format = schema.ParseFormat(d.SchemaType)
	}
	if s.Format == schema.FormatUnknown {
		return nil, &schema.Error{Kind: schema.KindInvalidSchema, Msg: fmt.Sprintf("schema type %q is none of AVRO, PROTOBUF and JSON", d.SchemaType)}
	}
	if s.Format == schema.FormatProtobuf {
		// No .proto text is valid base64: it has white space between its words.
		if b, err := base64.StdEncoding.DecodeString(d.Schema); err == nil {
			s.Text, s.Serialized = "", b
		}
	}
	return s, nil
}
