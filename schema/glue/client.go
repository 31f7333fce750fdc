package glue

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/mskit-go/mskit/schema"
)

// API is the one operation of AWS Glue that is needed. [NewClient] has an
// implementation of its own; [WithAPI] takes one on top of an AWS SDK client.
//
// An error with a method ErrorCode() string, as the SDK's have, is judged by
// its code.
type API interface {
	GetSchemaVersion(ctx context.Context, q Query) (Version, error)
}

// APIFunc is a function as an API.
type APIFunc func(ctx context.Context, q Query) (Version, error)

// GetSchemaVersion calls f.
func (f APIFunc) GetSchemaVersion(ctx context.Context, q Query) (Version, error) { return f(ctx, q) }

// Query names a schema version: by VersionID, a UUID, or else the latest of the
// schema that SchemaARN or RegistryName and SchemaName name.
type Query struct {
	VersionID    string
	SchemaARN    string
	RegistryName string
	SchemaName   string
}

// Version is a schema version as AWS Glue knows it.
//
// Source: https://docs.aws.amazon.com/goto/WebAPI/glue/GetSchemaVersion
type Version struct {
	VersionID  string
	Definition string
	DataFormat string // AVRO, JSON or PROTOBUF
	SchemaARN  string
	Number     int64
	Status     string // AVAILABLE, PENDING, FAILURE or DELETING
}

// Client is a [schema.LatestRegistry]. It is safe for concurrent use and asks
// AWS Glue anew each time: put [schema.Cached] in front of it.
type Client struct {
	api          API
	registryName string
	framing      schema.Framing
}

// NewClient makes a client. Without options it works inside AWS Lambda as it
// is. Nothing is sent before a schema is asked for.
//
// The error says that there is no region, or that the endpoint is no URL.
func NewClient(opts ...Option) (*Client, error) {
	c := newConfig(opts)
	api := c.api
	if api == nil {
		h, err := newHTTPAPI(c)
		if err != nil {
			return nil, err
		}
		api = h
	}
	return &Client{api, c.registryName, c.framing}, nil
}

// String is the endpoint.
func (c *Client) String() string {
	if h, ok := c.api.(*httpAPI); ok {
		return "AWS Glue schema registry at " + h.endpoint
	}
	return fmt.Sprintf("AWS Glue schema registry behind %T", c.api)
}

// Framing is [schema.Glue], or what [WithFraming] says.
func (c *Client) Framing() schema.Framing { return c.framing }

// Schema fetches a schema version by its id.
//
// Errors are of type [*schema.Error]: KindUnknownSchema when there is no such
// version (or not yet: its status is PENDING), KindUnauthorized when AWS
// refuses the credentials or the role lacks glue:GetSchemaVersion,
// KindThrottled, KindUnavailable for every other failure; KindTooLarge and
// KindInvalidSchema for a schema of no use.
func (c *Client) Schema(ctx context.Context, id schema.ID) (*schema.Schema, error) {
	if _, ok := id.Glue(); !ok {
		return nil, &schema.Error{Kind: schema.KindConfig, ID: id, Msg: "not a schema version id of AWS Glue: is the framing the right one?"}
	}
	v, err := c.api.GetSchemaVersion(ctx, Query{VersionID: id.String()})
	if err != nil {
		return nil, apiError(err, id)
	}
	s, err := v.schema()
	if err != nil {
		return nil, apiError(err, id)
	}
	s.ID = id
	return s, nil
}

// Latest fetches the newest version of a schema, named by its ARN or by its
// name in the registry of [WithRegistryName].
func (c *Client) Latest(ctx context.Context, subject string) (*schema.Schema, error) {
	q := Query{SchemaName: subject, RegistryName: c.registryName}
	if strings.HasPrefix(subject, "arn:") {
		q = Query{SchemaARN: subject}
	}
	v, err := c.api.GetSchemaVersion(ctx, q)
	if err != nil {
		return nil, apiError(err, schema.ID{})
	}
	s, err := v.schema()
	if err != nil {
		return nil, apiError(err, schema.ID{})
	}
	u, err := schema.ParseUUID(v.VersionID)
	if err != nil {
		return nil, &schema.Error{Kind: schema.KindUnavailable, Msg: "AWS Glue's reply has no schema version id"}
	}
	s.ID = schema.GlueID(u)
	return s, nil
}

// schema is v without its id.
func (v Version) schema() (*schema.Schema, error) {
	switch v.Status {
	case "PENDING":
		return nil, &schema.Error{Kind: schema.KindUnknownSchema, Msg: "the schema version is PENDING"}
	case "FAILURE":
		return nil, &schema.Error{Kind: schema.KindInvalidSchema, Msg: "the schema version's status is FAILURE"}
	}
	if v.Definition == "" {
		return nil, &schema.Error{Kind: schema.KindUnavailable, Msg: "AWS Glue's reply has no schema definition"}
	}
	s := &schema.Schema{
		Format:  schema.ParseFormat(v.DataFormat),
		Text:    v.Definition,
		Subject: v.SchemaARN[strings.LastIndexByte(v.SchemaARN, '/')+1:], // arn:...:schema/<registry>/<name>
		Version: int(v.Number),
	}
	if s.Format == schema.FormatUnknown {
		return nil, &schema.Error{Kind: schema.KindInvalidSchema, Msg: fmt.Sprintf("data format %q is none of AVRO, JSON and PROTOBUF", v.DataFormat)}
	}
	return s, nil
}

// apiError is err as an [*schema.Error], by its code if it has one.
func apiError(err error, id schema.ID) error {
	e, ok := errors.AsType[*schema.Error](err)
	if !ok {
		e = &schema.Error{Kind: schema.KindUnavailable, Err: err}
		if coded, ok := errors.AsType[interface {
			error
			ErrorCode() string
		}](err); ok {
			e = codeError(coded.ErrorCode(), 0)
		}
	}
	e.ID = id
	if e.Kind == schema.KindConfig && !id.IsZero() {
		// An id comes out of a record, and AWS finds fault with it: it exists
		// no more than one that is not found.
		e.Kind = schema.KindUnknownSchema
	}
	return e
}
