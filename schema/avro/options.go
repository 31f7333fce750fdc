package avro

import (
	"math"

	"github.com/mskit-go/mskit/schema"
)

// Option configures [NewDecoder]; nil is skipped.
type Option interface{ apply(*config) }

type option func(*config)

func (o option) apply(c *config) { o(c) }

type config struct {
	framing      schema.Framing
	badFraming   bool
	readerText   *string
	writer       *string
	latest       func(topic string, f schema.Field) string
	limits       Limits
	ignoredRules []string
}

func newConfig(opts []Option) config {
	var c config
	for _, o := range opts {
		if o != nil {
			o.apply(&c)
		}
	}
	c.limits = c.limits.orDefaults()
	return c
}

// WithReaderSchema gives the schema that records are read as: data of any
// writer's schema are resolved to it by the rules of the Avro specification
// (aliases, promotion, defaults for fields that the writer lacks, the default
// symbol of an enum). By default the Go type alone says what is wanted of the
// writer's data. The last one given counts.
func WithReaderSchema(text string) Option {
	return option(func(c *config) { c.readerText = &text })
}

// WithWriterSchema gives the schema that records were written with when they do
// not name one, as where nothing is registered. With it, and only with it, the
// registry may be nil: then it is the schema of all records, whatever their
// framing names. The last one given counts.
func WithWriterSchema(text string) Option {
	return option(func(c *config) { c.writer = &text })
}

// WithLatestReader reads records as the newest version of a subject, asked of
// the registry, which has to be a [schema.LatestRegistry]; one behind
// [schema.Cached] is asked once per [schema.WithLatestTTL], not for every
// record. subject names it for a record's topic and field; nil is Confluent's
// default, the topic with -key or -value behind it. It excludes
// [WithReaderSchema]. With it, migration rules of the writer's schema oblige the
// reader. The last one given counts.
func WithLatestReader(subject func(topic string, f schema.Field) string) Option {
	if subject == nil {
		subject = func(topic string, f schema.Field) string { return topic + "-" + f.String() }
	}
	return option(func(c *config) { c.latest = subject })
}

// WithFraming says how records are framed. The default is [schema.ESM] of what
// the registry names by a method Framing, and [schema.Raw] without a registry.
// The last one given counts; nil is a configuration error.
func WithFraming(f schema.Framing) Option {
	return option(func(c *config) { c.framing, c.badFraming = f, f == nil })
}

// WithIgnoredRules names rules of registered schemas that oblige readers
// (encryption, migration, rules on read) and shall not stop the decoder. By
// default such a schema fails with [schema.KindUnsupportedRule], for this
// package runs no rules. Repetition adds.
func WithIgnoredRules(names ...string) Option {
	return option(func(c *config) { c.ignoredRules = append(c.ignoredRules, names...) })
}

// WithLimits sets what a record or a schema may cost; the last one given
// counts.
func WithLimits(l Limits) Option {
	return option(func(c *config) { c.limits = l })
}

// Limits are caps on what comes from outside. A field that is zero or less
// means its default.
type Limits struct {
	// Bytes is the size of a record's body, in bytes. Default 16 MiB.
	Bytes int
	// Items is how many array items and map entries a record may have, all
	// together. Default 1,000,000.
	Items int
	// Depth is how deep records, arrays and maps may nest in a record. Default
	// 512.
	Depth int
	// SchemaBytes is the size of a schema and all it refers to, in bytes.
	// Default 1 MiB.
	SchemaBytes int
	// Schemas is how many compiled schemas are kept, the oldest going first.
	// Default 256.
	Schemas int
}

// trusted are the limits for bytes that were checked before.
var trusted = Limits{Items: math.MaxInt, Depth: math.MaxInt}

func (l Limits) orDefaults() Limits {
	set := func(n *int, def int) {
		if *n <= 0 {
			*n = def
		}
	}
	set(&l.Bytes, 16<<20)
	set(&l.Items, 1_000_000)
	set(&l.Depth, 512)
	set(&l.SchemaBytes, 1<<20)
	set(&l.Schemas, 256)
	return l
}
