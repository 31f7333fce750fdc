package protobuf

import (
	"errors"
	"slices"

	"google.golang.org/protobuf/proto"

	"github.com/mskit-go/mskit/schema"
)

// Option configures [NewDecoder], [NewAnyOf], [NewJSONDecoder] and
// [NewDynamic]. An option that says nothing to a constructor is ignored by it;
// nil is skipped.
type Option interface{ apply(*config) }

type option func(*config)

func (o option) apply(c *config) { o(c) }

type config struct {
	framing         schema.Framing
	check           TypeCheck
	compile         Compiler
	validate        []func(proto.Message) error
	limits          Limits
	countMapEntries bool
	ignoredRules    []string
	err             error
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

// WithFraming says how the records are framed. The default is ESM(Detect()),
// which is sound for Protobuf; of [NewDynamic] and of a [ByRegistry] check it is
// ESM of the framing that the registry names; of [NewJSONDecoder] it is none. The last one given counts; nil is a
// configuration error.
func WithFraming(f schema.Framing) Option {
	return option(func(c *config) {
		c.framing = f
		if f == nil {
			c.err = errors.New("WithFraming(nil)")
		}
	})
}

// WithTypeCheck says how [NewDecoder] makes sure that a record holds the
// message it decodes. The default is [ByDescriptor]; the last one given counts.
func WithTypeCheck(t TypeCheck) Option {
	return option(func(c *config) { c.check = t })
}

// WithCountedMapEntries reads Confluent message indexes that count the hidden
// entry messages of map fields, as Confluent's Go serializer writes them. The
// default skips them, as Confluent's Java and JavaScript serializers do. The
// two differ only for a nested message that is declared behind a map field of
// the same parent, and cannot be told apart by looking.
func WithCountedMapEntries() Option {
	return option(func(c *config) { c.countMapEntries = true })
}

// WithCompiler makes [NewDynamic] and [ByRegistry] understand registries that
// serve .proto text: AWS Glue always, Confluent-compatible ones without
// format=serialized. Without it such a schema is an error of
// [schema.KindConfig]. Nil is no compiler.
//
//	protobuf.WithCompiler(protosrc.Compile)
func WithCompiler(c Compiler) Option {
	return option(func(cfg *config) { cfg.compile = c })
}

// WithValidate calls f with every decoded message, for example to have
// protovalidate look at it. An error of f fails the record with
// [schema.KindValidation]; its text stays out of ours, since it may quote the
// record, and errors.As finds it. The default is none, nil is ignored, and
// several run in the order given. [Decoder.AppendJSON] does not validate.
func WithValidate(f func(proto.Message) error) Option {
	return option(func(c *config) {
		if f != nil {
			c.validate = append(c.validate, f)
		}
	})
}

// WithIgnoredRules names rules of registered schemas that oblige readers
// (encryption, migration, rules on read) and shall not stop the decoder. By
// default such a schema fails with [schema.KindUnsupportedRule], for this
// package runs no rules. Repetition adds.
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
	// Depth is how deep messages may nest in a record. Default 100, as in
	// Protobuf's C++ and Java libraries.
	Depth int
	// SchemaBytes is the size of a schema and all it refers to, in bytes.
	// Default 1 MiB.
	SchemaBytes int
	// SchemaFiles is how many files those may be. Default 250.
	SchemaFiles int
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
	set(&l.Depth, 100)
	set(&l.SchemaBytes, 1<<20)
	set(&l.SchemaFiles, 250)
	set(&l.Schemas, 256)
	return l
}
