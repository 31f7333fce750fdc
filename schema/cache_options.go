package schema

import "time"

const (
	defaultCacheEntries  = 512
	defaultCacheBytes    = 32 << 20
	defaultFetchTimeout  = 5 * time.Second
	defaultLatestTTL     = time.Minute
	defaultUnknownPause  = 30 * time.Second
	defaultUnknownGrace  = 3
	defaultFailureBudget = 3

	missingEntries  = 10_000
	latestEntries   = 1_000
	preloadParallel = 8
)

// CacheOption configures [Cached]; nil is skipped. Where an option is given
// twice the last one counts.
type CacheOption interface{ applyCache(*cacheConfig) }

type cacheOption func(*cacheConfig)

func (o cacheOption) applyCache(c *cacheConfig) { o(c) }

type cacheConfig struct {
	maxEntries    int
	maxBytes      int
	fetchTimeout  time.Duration
	latestTTL     time.Duration
	unknownPause  time.Duration
	unknownGrace  int
	failureBudget int
	snapshot      *StaticRegistry
}

// WithMaxSchemas bounds how many schemas are kept. The default is 512; zero or
// less means the default.
func WithMaxSchemas(n int) CacheOption {
	return cacheOption(func(c *cacheConfig) { c.maxEntries = n })
}

// WithMaxSchemaBytes bounds the text of all kept schemas with their references.
// The default is 32 MiB; zero or less means the default.
func WithMaxSchemaBytes(n int) CacheOption {
	return cacheOption(func(c *cacheConfig) { c.maxBytes = n })
}

// WithFetchTimeout bounds one request to the registry, retries of its client
// included. The default is 5 s; zero or less means the default. The deadlines of
// those who wait for the answer hold as well.
func WithFetchTimeout(d time.Duration) CacheOption {
	return cacheOption(func(c *cacheConfig) { c.fetchTimeout = d })
}

// WithLatestTTL says how long a subject's latest version is taken to be that
// before the registry is asked again. The default is 60 s; zero or less means
// the default.
func WithLatestTTL(d time.Duration) CacheOption {
	return cacheOption(func(c *cacheConfig) { c.latestTTL = d })
}

// WithUnknownGrace says how a schema id is treated that the registry does not
// know: it is asked for again at most once per invocation and once per pause,
// and after that many answers the error is no longer retryable. A registry may
// lag behind the producer that has just registered a schema. The defaults are 3
// answers and 30 s; zero or less means the default.
func WithUnknownGrace(answers int, pause time.Duration) CacheOption {
	return cacheOption(func(c *cacheConfig) { c.unknownGrace, c.unknownPause = answers, pause })
}

// WithFailureBudget bounds the failing requests of one invocation, see
// [BeginInvocation]: when it is used up, whatever is not in the cache fails at
// once and without a request. A request that ran into its time limit uses it up
// alone. The default is 3; zero or less means the default.
func WithFailureBudget(requests int) CacheOption {
	return cacheOption(func(c *cacheConfig) { c.failureBudget = requests })
}

// WithSnapshot gives schemas that are known beforehand, see [ReadSnapshot]. The
// registry is not asked for their ids; it is still asked for the latest version
// of a subject, and the snapshot's stands in when it does not answer. The
// default is none; the last one counts.
func WithSnapshot(s *StaticRegistry) CacheOption {
	return cacheOption(func(c *cacheConfig) { c.snapshot = s })
}

func newCacheConfig(opts []CacheOption) cacheConfig {
	var c cacheConfig
	for _, o := range opts {
		if o != nil {
			o.applyCache(&c)
		}
	}
	orDefault(&c.maxEntries, defaultCacheEntries)
	orDefault(&c.maxBytes, defaultCacheBytes)
	orDefault(&c.fetchTimeout, defaultFetchTimeout)
	orDefault(&c.latestTTL, defaultLatestTTL)
	orDefault(&c.unknownPause, defaultUnknownPause)
	orDefault(&c.unknownGrace, defaultUnknownGrace)
	orDefault(&c.failureBudget, defaultFailureBudget)
	return c
}

func orDefault[T int | time.Duration](v *T, def T) {
	if *v <= 0 {
		*v = def
	}
}
