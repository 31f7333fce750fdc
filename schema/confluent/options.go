package confluent

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/internal/rest"
)

const (
	defaultTimeout       = 3 * time.Second
	defaultTries         = 3
	defaultMaxBody       = 4 << 20
	defaultMaxReferences = 256
)

// Option configures [NewClient]; nil is skipped. Where an option is given twice
// the last one counts, unless its comment says otherwise.
type Option interface{ apply(*config) }

type option func(*config)

func (o option) apply(c *config) { o(c) }

type config struct {
	context       string
	subject       string
	framing       schema.Framing
	timeout       time.Duration
	tries         int
	maxBody       int
	maxReferences int

	httpClient *http.Client
	tls        *tls.Config
	rootCAs    [][]byte // PEM
	clientCert []byte   // PEM
	clientKey  []byte   // PEM

	headers   []func(http.Header)
	authorize func(client *http.Client) authorization

	err error // the first of the options' arguments that is no good
}

// WithContext selects a registry context: ids and subjects are those of the
// context. The default is the registry's default context.
func WithContext(name string) Option {
	return option(func(c *config) { c.context = name })
}

// WithSubject names a subject with each request for an id, for registries that
// check rights per subject or keep ids per context. The default is none.
func WithSubject(subject string) Option {
	return option(func(c *config) { c.subject = subject })
}

// WithFraming says how the records of this registry are framed, for decoders
// that ask. The default, and the effect of nil, is [schema.Confluent].
func WithFraming(f schema.Framing) Option {
	return option(func(c *config) { c.framing = f })
}

// WithTimeout bounds one try of a request. The default is 3 s; zero or less
// means the default. The context's deadline holds as well.
func WithTimeout(d time.Duration) Option {
	return option(func(c *config) { c.timeout = d })
}

// WithTries says how often a request is tried that gets no answer, or a status
// of 408, 429, 500, 502, 503 or 504. Between tries is a pause, the one of
// Retry-After if the registry sends it; none begins that would outlast the
// context. The default is 3; zero or less means the default.
func WithTries(n int) Option {
	return option(func(c *config) { c.tries = n })
}

// WithMaxBody bounds a schema together with its references, in bytes. The
// default is 4 MiB; zero or less means the default.
func WithMaxBody(bytes int) Option {
	return option(func(c *config) { c.maxBody = bytes })
}

// WithMaxReferences bounds how many schemas one schema may refer to, directly
// and through others. The default is 256; zero or less means the default.
func WithMaxReferences(n int) Option {
	return option(func(c *config) { c.maxReferences = n })
}

// WithHeader adds a header to each request to the registry. Confluent Cloud
// wants Target-Sr-Cluster and Confluent-Identity-Pool-Id beside a bearer token.
// Repetition adds.
func WithHeader(key, value string) Option {
	return option(func(c *config) {
		// In a closure no formatting of the client can print it.
		c.headers = append(c.headers, func(h http.Header) { h.Add(key, value) })
	})
}

// WithHTTPClient sends the requests through client. Its redirect policy is
// replaced: only redirects within the host are followed. The default is a
// client of its own with net/http's default transport settings.
func WithHTTPClient(client *http.Client) Option {
	return option(func(c *config) { c.httpClient = client })
}

// WithTLSConfig sets the transport's TLS configuration. It is cloned. The
// default, and the effect of nil, is crypto/tls's. It cannot be used beside
// [WithHTTPClient].
func WithTLSConfig(t *tls.Config) Option {
	return option(func(c *config) { c.tls = t.Clone() })
}

// WithRootCA trusts the certificates of a PEM file beside the system's; pem is
// the file's content. Repetition adds. It cannot be used beside
// [WithHTTPClient].
func WithRootCA(pem []byte) Option {
	return option(func(c *config) { c.rootCAs = append(c.rootCAs, pem) })
}

// WithClientCertificate authenticates by mutual TLS. Both are PEM; the key is
// not encrypted. The default is no certificate. It cannot be used beside
// [WithHTTPClient].
func WithClientCertificate(certPEM, keyPEM []byte) Option {
	return option(func(c *config) { c.clientCert, c.clientKey = certPEM, keyPEM })
}

func newConfig(opts []Option) (*config, error) {
	c := new(config)
	for _, o := range opts {
		if o != nil {
			o.apply(c)
		}
	}
	if c.err != nil {
		return nil, c.err
	}
	if c.framing == nil {
		c.framing = schema.Confluent()
	}
	if c.timeout <= 0 {
		c.timeout = defaultTimeout
	}
	if c.tries <= 0 {
		c.tries = defaultTries
	}
	if c.maxBody <= 0 {
		c.maxBody = defaultMaxBody
	}
	if c.maxReferences <= 0 {
		c.maxReferences = defaultMaxReferences
	}
	return c, nil
}

func (c *config) fail(msg string) {
	if c.err == nil {
		c.err = errors.New("confluent: " + msg)
	}
}

// client is the user's HTTP client or one with the TLS settings asked for.
func (c *config) client() (*http.Client, error) {
	wantsTLS := c.tls != nil || c.rootCAs != nil || c.clientCert != nil || c.clientKey != nil
	if c.httpClient != nil {
		if wantsTLS {
			return nil, errors.New("confluent: WithHTTPClient brings its own TLS settings, so WithTLSConfig, WithRootCA, WithClientCertificate and WithSecret with certificates cannot be used beside it")
		}
		return rest.SameHost(*c.httpClient), nil
	}
	transport := rest.Transport()
	if !wantsTLS {
		return rest.SameHost(http.Client{Transport: transport}), nil
	}
	t := c.tls
	if t == nil {
		t = new(tls.Config)
	}
	if c.rootCAs != nil && t.RootCAs == nil {
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool() // the system has none
		}
		t.RootCAs = pool
	} else if c.rootCAs != nil {
		t.RootCAs = t.RootCAs.Clone()
	}
	for _, pem := range c.rootCAs {
		if !t.RootCAs.AppendCertsFromPEM(pem) {
			return nil, errors.New("confluent: the root CA holds no PEM certificate")
		}
	}
	if c.clientCert != nil || c.clientKey != nil {
		pair, err := tls.X509KeyPair(c.clientCert, c.clientKey)
		if err != nil {
			return nil, fmt.Errorf("confluent: the client certificate and its key are of no use: %w", err)
		}
		t.Certificates = append(t.Certificates, pair)
	}
	transport.TLSClientConfig = t
	return rest.SameHost(http.Client{Transport: transport}), nil
}

// parseBase takes a URL apart. Its errors do not repeat the URL, which may hold
// a password.
func parseBase(s, context string) (base, *url.Userinfo, error) {
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return base{}, nil, errors.New("not a URL")
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return base{}, nil, errors.New("not of the form https://host[:port][/path]")
	case u.RawQuery != "" || u.Fragment != "":
		return base{}, nil, errors.New("has a query or a fragment")
	}
	root := u.Scheme + "://" + u.Host + strings.TrimRight(u.EscapedPath(), "/")
	if context != "" {
		root += "/contexts/" + url.PathEscape(context)
	}
	return base{root}, u.User, nil
}
