package confluent

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/mskit-go/mskit/schema"
)

// resolver fetches what a schema refers to, each version once.
type resolver struct {
	client *Client
	left   int // how many schemas may still be fetched
	bytes  int // how many bytes of schema text there may still be
	known  map[reference]*schema.Schema
}

// reference is a version of a subject. It is in known with a nil schema while
// that is being resolved.
type reference struct {
	subject string
	version int
}

func (r *resolver) resolve(ctx context.Context, doc *document) (*schema.Schema, error) {
	s, err := doc.schema()
	if err != nil {
		return nil, err
	}
	if r.bytes -= len(doc.Schema); r.bytes < 0 {
		return nil, &schema.Error{Kind: schema.KindTooLarge, Msg: fmt.Sprintf("a schema and its references are over %d bytes", r.client.rest.MaxBody)}
	}
	for _, ref := range doc.References {
		key := reference{ref.Subject, ref.Version}
		target, ok := r.known[key]
		switch {
		case ok && target == nil:
			return nil, r.broken(key, "refers to itself")
		case !ok:
			r.known[key] = nil
			if target, err = r.fetch(ctx, key); err != nil {
				return nil, err
			}
			r.known[key] = target
		}
		s.References = append(s.References, schema.Reference{Name: ref.Name, Subject: ref.Subject, Version: ref.Version, Schema: target})
	}
	return s, nil
}

func (r *resolver) fetch(ctx context.Context, key reference) (*schema.Schema, error) {
	if r.left--; r.left < 0 {
		return nil, &schema.Error{Kind: schema.KindTooLarge, Msg: fmt.Sprintf("a schema has over %d references", r.client.maxRefs)}
	}
	path, invalid := versionPath(key.subject, key.version)
	if invalid != nil {
		return nil, invalid
	}
	// A version that others refer to may have been deleted softly.
	doc, err := r.client.fetch(ctx, path, url.Values{"deleted": {"true"}})
	if err != nil {
		if e, ok := errors.AsType[*schema.Error](err); ok {
			e.Path = fmt.Sprintf("reference to %s version %d", key.subject, key.version)
		}
		return nil, err
	}
	return r.resolve(ctx, doc)
}

func (r *resolver) broken(key reference, what string) *schema.Error {
	return &schema.Error{Kind: schema.KindInvalidSchema, Msg: fmt.Sprintf("subject %s version %d %s", key.subject, key.version, what)}
}
