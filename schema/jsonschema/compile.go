package jsonschema

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"net/url"
	"runtime"
	"strings"

	engine "github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/mskit-go/mskit/schema"
)

// compiled is a schema ready to validate, safe for concurrent use.
//
// The engine has no means to stop a validation that takes too long, and counts
// its steps only through extensions of the schema, see guard. So each running
// validation needs a compiled schema of its own: a slot. Validating keeps a CPU
// busy, and more slots than CPUs would only cost memory.
type compiled struct {
	docs *documents
	conf *config
	free chan *slot    // compiled and idle
	more chan struct{} // one for each slot that may yet be compiled
}

// slot is one compiled instance of a schema.
type slot struct {
	root  *engine.Schema
	meter *meter
	// at finds subschemas by location, to say what a failed keyword wanted.
	at map[string]*engine.Schema
}

// compile makes a schema ready; the error is of KindInvalidSchema.
func compile(s *schema.Schema, conf *config) (*compiled, *schema.Error) {
	docs, err := gather(s, conf.limits)
	if err != nil {
		return nil, err
	}
	slots := runtime.GOMAXPROCS(0)
	c := &compiled{docs: docs, conf: conf, free: make(chan *slot, slots), more: make(chan struct{}, slots)}
	first, err := c.newSlot()
	if err != nil {
		return nil, err
	}
	c.free <- first
	for range slots - 1 {
		c.more <- struct{}{}
	}
	return c, nil
}

// acquire takes a slot, to be given back to free.
func (c *compiled) acquire(ctx context.Context) (*slot, *schema.Error) {
	select {
	case s := <-c.free:
		return s, nil
	default:
	}
	select {
	case s := <-c.free:
		return s, nil
	case <-c.more:
		s, err := c.newSlot()
		if err != nil {
			c.more <- struct{}{}
		}
		return s, err
	case <-ctx.Done():
		return nil, asError(ctx.Err())
	}
}

// newSlot compiles the documents.
func (c *compiled) newSlot() (s *slot, err *schema.Error) {
	defer func() {
		if recover() != nil {
			s, err = nil, invalid("the schema cannot be compiled: it breaks the rules of its draft")
		}
	}()
	e := engine.NewCompiler()
	// What a schema without $schema is written in: Confluent's and Glue's
	// serializers take it for draft 7.
	e.Draft = engine.Draft7
	e.AssertFormat = c.conf.assertFormats
	e.Formats = formats(c.conf.formats)
	e.LoadURL = c.docs.load // never the engine's own loaders, which read files
	g := &guarding{meter: new(meter)}
	e.RegisterExtension(guardName, nil, g)
	root, cause := e.Compile(rootURL)
	if cause != nil {
		return nil, c.docs.explain(cause)
	}
	at := g.install(root)
	if g.longest(at) > maxChain {
		return nil, invalid("more than %d subschemas in a row apply to one value, each leading to the next by $ref, allOf and the like", maxChain)
	}
	return &slot{root: root, meter: g.meter, at: at}, nil
}

// validate checks a payload. The error is of KindValidation with a
// *ValidationError, or says why there is no verdict.
func (c *compiled) validate(ctx context.Context, doc *parsed) *schema.Error {
	s, err := c.acquire(ctx)
	if err != nil {
		return err
	}
	defer func() { c.free <- s }()
	return s.validate(doc, c.docs.names)
}

func (s *slot) validate(doc *parsed, names map[string]struct{}) (err *schema.Error) {
	s.meter.start(doc)
	defer func() {
		switch r := recover(); r {
		case nil:
		case errTooMuchWork:
			err = &schema.Error{Kind: schema.KindTooLarge, Msg: "validating takes too many steps: the schema tries several alternatives at each level of the value"}
		default:
			err = &schema.Error{Kind: schema.KindValidation, Msg: "the validator cannot handle this value"}
		}
	}()
	cause := s.root.Validate(doc.value)
	if cause == nil {
		return nil
	}
	if failed, ok := errors.AsType[*engine.ValidationError](cause); ok {
		return s.describe(failed, doc.value, names)
	}
	if _, ok := errors.AsType[engine.InfiniteLoopError](cause); ok {
		return invalid("a $ref leads back to itself")
	}
	return &schema.Error{Kind: schema.KindValidation, Msg: "the validator cannot handle this value"}
}

func invalid(format string, args ...any) *schema.Error {
	return &schema.Error{Kind: schema.KindInvalidSchema, Msg: fmt.Sprintf(format, args...)}
}

// rootURL is where the schema itself lives while it has no $id. References
// without a scheme resolve below it; it never reaches an error text.
const rootURL = "registry:///schema/"

// documents are a schema and all it refers to, by absolute URL.
type documents struct {
	texts map[string]string
	// names are all property names and listed strings of the schemas: what an
	// error may print of a payload's property names.
	names map[string]struct{}
	// drafts are the URLs that stand as $schema.
	drafts map[string]bool

	limits     Limits
	bytes      int
	subschemas int
}

// The engine's compiler takes quadratic time and more in these; 10,000
// subschemas take it about 2 s.
const (
	maxSchemaDepth = 100
	maxSubschemas  = 10_000
	maxChain       = 100 // of subschemas on one value
)

func gather(s *schema.Schema, limits Limits) (*documents, *schema.Error) {
	d := &documents{
		texts:  make(map[string]string),
		names:  make(map[string]struct{}),
		drafts: make(map[string]bool),
		limits: limits,
	}
	if err := d.add(rootURL, "", s); err != nil {
		return nil, err
	}
	return d, nil
}

// add files a schema and its references under the URL that leads to it. Name
// is what the referring schema calls it, for errors.
func (d *documents) add(at, name string, s *schema.Schema) *schema.Error {
	what := "the schema"
	if name != "" {
		what = fmt.Sprintf("the reference %q", shorten(name))
	}
	if s == nil {
		return invalid("%s was not resolved by the registry", what)
	}
	if known, ok := d.texts[at]; ok {
		if known != s.Text {
			return invalid("two different schemas are registered as %s", what)
		}
		return nil
	}
	if s.Format != schema.FormatJSON && s.Format != schema.FormatUnknown {
		return invalid("%s is not a JSON Schema", what)
	}
	if len(d.texts) >= d.limits.SchemaDocuments {
		return invalid("more than %d documents (Limits.SchemaDocuments)", d.limits.SchemaDocuments)
	}
	if d.bytes += len(s.Text); d.bytes > d.limits.SchemaBytes {
		return invalid("with its references over %d bytes (Limits.SchemaBytes)", d.limits.SchemaBytes)
	}
	doc, err := parse([]byte(s.Text), parseLimits{depth: maxSchemaDepth, values: math.MaxInt, subschemas: maxSubschemas})
	if err != nil {
		return invalid("%s: %s", what, err)
	}
	if d.subschemas += doc.subschemas; d.subschemas > maxSubschemas {
		return invalid("with its references more than %d subschemas", maxSubschemas)
	}
	d.texts[at] = s.Text
	collectNames(d.names, doc.value)

	if root, ok := doc.value.(map[string]any); ok {
		if draft, ok := root["$schema"].(string); ok {
			d.drafts[withoutFragment(draft)] = true
		}
	}

	base, cause := baseOf(at, doc.value)
	if cause != nil {
		return invalid("%s has a $id that is no URI", what)
	}
	if _, taken := d.texts[base]; !taken {
		d.texts[base] = s.Text
	}
	for _, r := range s.References {
		// The $ref resolves against the $id of the document it stands in; the
		// bare name serves documents that set another $id further down.
		target, cause := resolve(base, withoutFragment(r.Name))
		if cause != nil {
			return invalid("the reference name %q is no URI reference", shorten(r.Name))
		}
		if err := d.add(target, r.Name, r.Schema); err != nil {
			return err
		}
		bare, cause := resolve(rootURL, withoutFragment(r.Name))
		if cause != nil {
			continue
		}
		if _, taken := d.texts[bare]; !taken {
			if err := d.add(bare, r.Name, r.Schema); err != nil {
				return err
			}
		}
	}
	return nil
}

// load is the engine's only way to a document.
func (d *documents) load(at string) (io.ReadCloser, error) {
	text, ok := d.texts[at]
	if !ok {
		return nil, &refusedError{at}
	}
	return io.NopCloser(strings.NewReader(text)), nil
}

type refusedError struct{ url string }

func (*refusedError) Error() string { return "reference refused" }

// explain says why the engine did not compile the schema. No payload is in
// play yet.
func (d *documents) explain(cause error) *schema.Error {
	if refused, ok := errors.AsType[*refusedError](cause); ok {
		if d.drafts[refused.url] {
			return invalid("its $schema is %q, want draft 4, 6, 7, 2019-09 or 2020-12", display(refused.url))
		}
		return invalid("it refers to %q, which is not among its references in the registry, and nothing is read from files or the network", display(refused.url))
	}
	if _, ok := errors.AsType[engine.InfiniteLoopError](cause); ok {
		return invalid("a $ref leads back to itself")
	}
	if failed, ok := errors.AsType[*engine.ValidationError](cause); ok {
		for len(failed.Causes) > 0 {
			failed = failed.Causes[0]
		}
		at := "#" + shorten(failed.InstanceLocation)
		if strings.HasSuffix(failed.KeywordLocation, "/format") && strings.Contains(failed.Message, "regex") ||
			strings.HasPrefix(failed.Message, "patternProperty ") {
			return invalid("a pattern at %s is not RE2, which has no look-around and no back-references: rewrite it, or check it in the handler", at)
		}
		return invalid("breaks the rules of its draft at %s%s", at, detailOf(failed.Message))
	}
	if failed, ok := errors.AsType[*engine.SchemaError](cause); ok && failed.Err != nil {
		cause = failed.Err
	}
	return invalid("does not compile%s", detailOf(strings.TrimPrefix(cause.Error(), "jsonschema: ")))
}

// detailOf is the engine's text about a schema, unless that might quote a URL
// with a credential.
func detailOf(text string) string {
	if strings.Contains(text, "@") {
		return ""
	}
	text = strings.ReplaceAll(text, " in "+rootURL, "")
	return ": " + shorten(strings.ReplaceAll(text, rootURL, ""))
}

// baseOf is what the references of a document resolve against.
func baseOf(at string, doc any) (string, error) {
	m, _ := doc.(map[string]any)
	keyword := "$id"
	if draft, _ := m["$schema"].(string); strings.Contains(draft, "/draft-04/") {
		keyword = "id"
	}
	id, _ := m[keyword].(string)
	base, err := resolve(at, withoutFragment(id))
	return withoutFragment(base), err
}

// resolve follows the engine, so that both come to the same URL.
func resolve(base, ref string) (string, error) {
	if ref == "" || strings.HasPrefix(ref, "urn:") {
		if ref == "" {
			ref = base
		}
		return ref, nil
	}
	r, err := url.Parse(ref)
	if err != nil {
		return "", err
	}
	if r.IsAbs() {
		return ref, nil
	}
	if strings.HasPrefix(base, "urn:") {
		return base + ref, nil
	}
	b, err := url.Parse(base)
	if err != nil {
		return "", err
	}
	return b.ResolveReference(r).String(), nil
}

func withoutFragment(ref string) string {
	ref, _, _ = strings.Cut(ref, "#")
	return ref
}

// display is a URL for an error text: without what a URL may hide.
func display(at string) string {
	if u, err := url.Parse(at); err == nil {
		u.User, u.RawQuery = nil, ""
		at = u.String()
	}
	return shorten(strings.TrimPrefix(at, rootURL))
}

// shorten keeps a piece of a schema fit for an error text.
func shorten(s string) string {
	const most = 120
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "..."
}

// collectNames adds the property names and the strings in lists (required,
// dependentRequired) of a schema document.
func collectNames(names map[string]struct{}, v any) {
	switch v := v.(type) {
	case map[string]any:
		for name := range maps.Keys(v) {
			names[name] = struct{}{}
			collectNames(names, v[name])
		}
	case []any:
		for _, item := range v {
			if s, ok := item.(string); ok {
				names[s] = struct{}{}
			}
			collectNames(names, item)
		}
	}
}
