package glue

import (
	"context"
	"net/http"
	"time"

	"github.com/mskit-go/mskit/schema"
)

const (
	defaultRegistryName = "default-registry" // AWS Glue's own name for the one it makes
	defaultTimeout      = 3 * time.Second
	defaultTries        = 3
	defaultMaxBody      = 1 << 20
)

// Option configures [NewClient]; nil is skipped. Where an option is given twice
// the last one counts, unless its comment says otherwise.
type Option interface{ apply(*config) }

type option func(*config)

func (o option) apply(c *config) { o(c) }

type config struct {
	api          API
	registryName string
	framing      schema.Framing

	region      string
	endpoint    string
	fips        bool
	dualStack   bool
	credentials func(ctx context.Context) (Credentials, error)
	httpClient  *http.Client
	timeout     time.Duration
	tries       int
	maxBody     int
}

// WithRegion sets the region. The default is AWS_REGION, which Lambda sets,
// then AWS_DEFAULT_REGION.
func WithRegion(region string) Option {
	return option(func(c *config) { c.region = region })
}

// WithEndpoint sets the URL that requests go to: a VPC endpoint's own name or a
// test server. The default is AWS_ENDPOINT_URL_GLUE, then AWS_ENDPOINT_URL, then
// the region's public endpoint, which is also the name of a VPC endpoint with
// private DNS. It takes precedence over [WithFIPS] and [WithDualStack].
func WithEndpoint(url string) Option {
	return option(func(c *config) { c.endpoint = url })
}

// WithFIPS uses the region's FIPS endpoint. The default is what
// AWS_USE_FIPS_ENDPOINT says.
func WithFIPS() Option {
	return option(func(c *config) { c.fips = true })
}

// WithDualStack uses the region's endpoint for IPv4 and IPv6. The default is
// what AWS_USE_DUALSTACK_ENDPOINT says.
func WithDualStack() Option {
	return option(func(c *config) { c.dualStack = true })
}

// WithCredentials asks f for credentials before each request. f is safe for
// concurrent use and should cache. The default are AWS_ACCESS_KEY_ID,
// AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, which Lambda sets to those of the
// function's role.
func WithCredentials(f func(ctx context.Context) (Credentials, error)) Option {
	return option(func(c *config) { c.credentials = f })
}

// WithRegistryName names the registry in which [Client.Latest] finds schemas by
// name. The default is default-registry.
func WithRegistryName(name string) Option {
	return option(func(c *config) { c.registryName = name })
}

// WithFraming says how the records of this registry are framed, for decoders
// that ask. The default, and the effect of nil, is [schema.Glue].
func WithFraming(f schema.Framing) Option {
	return option(func(c *config) { c.framing = f })
}

// WithTimeout bounds one try of a request. The default is 3 s; zero or less
// means the default. The context's deadline holds as well.
func WithTimeout(d time.Duration) Option {
	return option(func(c *config) { c.timeout = d })
}

// WithTries says how often a request is tried that gets no answer, is throttled
// or meets an internal error of AWS. Between tries is a pause; none begins that
// would outlast the context. The default is 3; zero or less means the default.
func WithTries(n int) Option {
	return option(func(c *config) { c.tries = n })
}

// WithMaxBody bounds the reply, in bytes. The default is 1 MiB, many times AWS
// Glue's limit for a schema; zero or less means the default.
func WithMaxBody(bytes int) Option {
	return option(func(c *config) { c.maxBody = bytes })
}

// WithHTTPClient sends the requests through client. Its redirect policy is
// replaced: only redirects within the host are followed. The default is a
// client of its own with net/http's default transport settings.
func WithHTTPClient(client *http.Client) Option {
	return option(func(c *config) { c.httpClient = client })
}

// WithAPI asks api in place of AWS over HTTP; of the other options only
// [WithRegistryName] and [WithFraming] count then.
func WithAPI(api API) Option {
	return option(func(c *config) { c.api = api })
}

func newConfig(opts []Option) *config {
	c := new(config)
	for _, o := range opts {
		if o != nil {
			o.apply(c)
		}
	}
	if c.registryName == "" {
		c.registryName = defaultRegistryName
	}
	if c.framing == nil {
		c.framing = schema.Glue()
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
	return c
}
