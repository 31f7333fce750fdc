package glue

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/internal/rest"
)

// httpAPI speaks AWS JSON 1.1 over net/http.
type httpAPI struct {
	endpoint    string
	region      string
	credentials func(ctx context.Context) (Credentials, error)
	rest        *rest.Exchanger
}

func newHTTPAPI(c *config) (*httpAPI, error) {
	h := &httpAPI{
		region:      c.region,
		credentials: c.credentials,
		rest:        &rest.Exchanger{Tries: c.tries, Timeout: c.timeout, MaxBody: c.maxBody},
	}
	if h.region == "" {
		h.region = firstEnv("AWS_REGION", "AWS_DEFAULT_REGION")
	}
	if !validRegion(h.region) {
		return nil, fmt.Errorf("glue: region %q is not one: use WithRegion or set AWS_REGION", h.region)
	}
	if h.credentials == nil {
		h.credentials = envCredentials
	}
	if c.httpClient != nil {
		h.rest.Client = rest.SameHost(*c.httpClient)
	} else {
		h.rest.Client = rest.SameHost(http.Client{Transport: rest.Transport()})
	}

	h.endpoint = c.endpoint
	if h.endpoint == "" {
		h.endpoint = firstEnv("AWS_ENDPOINT_URL_GLUE", "AWS_ENDPOINT_URL")
	}
	if h.endpoint == "" {
		h.endpoint = endpoint(h.region, c.fips || os.Getenv("AWS_USE_FIPS_ENDPOINT") == "true", c.dualStack || os.Getenv("AWS_USE_DUALSTACK_ENDPOINT") == "true")
	}
	u, err := url.Parse(h.endpoint)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New("glue: the endpoint is not of the form https://host[:port]") // it could hold a password
	}
	if u.Path == "" {
		h.endpoint += "/"
	}
	return h, nil
}

func firstEnv(names ...string) string {
	for _, name := range names {
		if v := os.Getenv(name); v != "" {
			return v
		}
	}
	return ""
}

// validRegion keeps a region from being anything but a label of a host name.
func validRegion(s string) bool {
	return s != "" && len(s) <= 63 && !strings.ContainsFunc(s, func(r rune) bool {
		return !('a' <= r && r <= 'z' || '0' <= r && r <= '9' || r == '-')
	})
}

// partitions are AWS's parts that have DNS suffixes of their own, by the
// beginning of the region. Source: the partitions file of the AWS SDKs.
var partitions = []struct{ prefix, suffix, dualStack string }{
	{"cn-", "amazonaws.com.cn", "api.amazonwebservices.com.cn"},
	{"us-isob-", "sc2s.sgov.gov", "api.aws.scloud"},
	{"us-isof-", "csp.hci.ic.gov", "api.aws.hci.ic.gov"},
	{"us-iso-", "c2s.ic.gov", "api.aws.ic.gov"},
	{"eu-isoe-", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"},
	{"eusc-", "amazonaws.eu", "api.amazonwebservices.eu"},
	{"", "amazonaws.com", "api.aws"},
}

func endpoint(region string, fips, dualStack bool) string {
	service := "glue"
	if fips {
		service = "glue-fips"
	}
	for _, p := range partitions {
		if strings.HasPrefix(region, p.prefix) {
			suffix := p.suffix
			if dualStack {
				suffix = p.dualStack
			}
			return "https://" + service + "." + region + "." + suffix
		}
	}
	return "" // the last partition takes every region
}

type getSchemaVersionInput struct {
	SchemaVersionID     string             `json:"SchemaVersionId,omitempty"`
	SchemaID            *schemaID          `json:"SchemaId,omitempty"`
	SchemaVersionNumber *schemaVersionHint `json:"SchemaVersionNumber,omitempty"`
}

type schemaID struct {
	SchemaARN    string `json:"SchemaArn,omitempty"`
	SchemaName   string `json:"SchemaName,omitempty"`
	RegistryName string `json:"RegistryName,omitempty"`
}

type schemaVersionHint struct {
	LatestVersion bool `json:"LatestVersion"`
}

func (h *httpAPI) GetSchemaVersion(ctx context.Context, q Query) (Version, error) {
	in := getSchemaVersionInput{SchemaVersionID: q.VersionID}
	if q.VersionID == "" {
		in.SchemaID = &schemaID{q.SchemaARN, q.SchemaName, q.RegistryName}
		in.SchemaVersionNumber = &schemaVersionHint{LatestVersion: true}
	}
	body, err := json.Marshal(in)
	if err != nil {
		return Version{}, &schema.Error{Kind: schema.KindConfig, Msg: "no request can be made for AWS Glue"}
	}
	reply, err := h.rest.Do(ctx, busy, func(ctx context.Context, _ int) (*http.Request, error) {
		return h.request(ctx, "AWSGlue.GetSchemaVersion", body)
	})
	if err != nil {
		return Version{}, err
	}
	if reply.Status != http.StatusOK {
		return Version{}, replyError(reply)
	}
	var out struct {
		SchemaVersionID  string `json:"SchemaVersionId"`
		SchemaDefinition string `json:"SchemaDefinition"`
		DataFormat       string `json:"DataFormat"`
		SchemaARN        string `json:"SchemaArn"`
		VersionNumber    int64  `json:"VersionNumber"`
		Status           string `json:"Status"`
	}
	if err := json.Unmarshal(reply.Body, &out); err != nil {
		e := replyError(reply)
		e.Msg = "the reply is not AWS Glue's: " + e.Msg
		return Version{}, e
	}
	return Version{out.SchemaVersionID, out.SchemaDefinition, out.DataFormat, out.SchemaARN, out.VersionNumber, out.Status}, nil
}

// request makes a signed request. Each try is signed anew: the credentials may
// have changed and the time has.
func (h *httpAPI) request(ctx context.Context, target string, body []byte) (*http.Request, error) {
	credentials, err := h.credentials(ctx)
	if err != nil {
		return nil, &schema.Error{Kind: schema.KindUnauthorized, Msg: "no credentials for AWS Glue", Err: err}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.endpoint, bytes.NewReader(body))
	if err != nil {
		return nil, &schema.Error{Kind: schema.KindConfig, Msg: "no request can be made for AWS Glue"}
	}
	req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	req.Header.Set("X-Amz-Target", target)
	// An empty value is not sent and tells net/http that the request may be
	// repeated, when a connection has died while the sandbox was frozen.
	req.Header["Idempotency-Key"] = nil
	sign(req, body, credentials, h.region, "glue", time.Now())
	return req, nil
}
