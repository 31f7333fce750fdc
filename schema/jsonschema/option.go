package jsonschema

import (
	"errors"
	"slices"

	"github.com/mskit-go/mskit/schema"
)

// Option configures [NewDecoder]; nil is skipped.
type Option interface{ apply(*config) }

type option func(*config)

func (o option) apply(c *config) { o(c) }

type config struct {
	framing       schema.Framing
	text          string
	hasText       bool
	assertFormats bool
	formats       map[string]func(string) bool
	ignoredRules  []string
	limits        Limits
	err           error
}

func newConfig(opts []Option) *config {
	c := new(config)
	for _, o := range opts {
		if o != nil {
			o.apply(c)
		}
	}
	c.limits = c.limits.orDefaults()
	return c
}

// WithFraming says how the records are framed. The default is ESM of the
// framing that the registry names, and ESM(Detect()) where it names none,
// which is sound for JSON. The last one given counts; nil is a configuration
// error.
func WithFraming(f schema.Framing) Option {
	return option(func(c *config) {
		c.framing = f
		if f == nil {
			c.err = errors.New("WithFraming(nil)")
		}
	})
}

// WithSchema checks every record against text, whatever schema id it names.
// The registry is then not asked and may be nil; rules that a registered
// schema carries go unseen. A text that does not compile is a configuration
// error. The last one given counts.
func WithSchema(text string) Option {
	return option(func(c *config) { c.text, c.hasText = text, true })
}

// WithFormatAssertion makes the keyword format reject values in drafts 2019-09
// and 2020-12 too. The default is what each draft says: rejecting up to draft
// 7, a mere note from 2019-09 on. Unknown formats accept everything.
func WithFormatAssertion() Option {
	return option(func(c *config) { c.assertFormats = true })
}

// WithFormat defines or replaces a format for strings. The default are the
// formats that the drafts define. Repetition adds, the last one of a name
// counts; a nil function accepts everything. It is called concurrently and
// must not keep its argument in errors or logs.
func WithFormat(name string, valid func(string) bool) Option {
	return option(func(c *config) {
		if c.formats == nil {
			c.formats = make(map[string]func(string) bool)
		}
		if valid == nil {
			valid = func(string) bool { return true }
		}
		c.formats[name] = valid
	})
}

// WithIgnoredRules names rules of registered schemas that oblige readers
// (encryption, conditions on read) and shall not stop the decoder. By default
// such a schema fails with [schema.KindUnsupportedRule], for this package runs
// no rules. Repetition adds.
func WithIgnoredRules(names ...string) Option {
	names = slices.Clone(names)
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
	// Depth is how deep arrays and objects may nest in a record. Default 64.
	// Deep values and long property names make validation slow, so that many of
	// them are refused below this depth too.
	Depth int
	// Values is how many JSON values a record may hold, each object, array,
	// string, number, boolean and null being one. Default 100,000; the
	// validator needs up to 1 KB for each in a record that is wrong throughout.
	Values int
	// SchemaBytes is the size of a schema and all it refers to, in bytes.
	// Default 1 MiB.
	SchemaBytes int
	// SchemaDocuments is how many documents those may be. Default 250.
	SchemaDocuments int
	// Schemas is how many compiled schemas are kept, the least recently used
	// one going first. Default 256.
	Schemas int
}

func (l Limits) orDefaults() Limits {
	set := func(n *int, def int) {
		if *n <= 0 {
			*n = def
		}
	}
	set(&l.Depth, 64)
	set(&l.Values, 100_000)
	set(&l.SchemaBytes, 1<<20)
	set(&l.SchemaDocuments, 250)
	set(&l.Schemas, 256)
	return l
}
