package confluent

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/internal/rest"
)

// asError is err as an [*schema.Error] of its own.
func asError(err error) *schema.Error {
	if e, ok := errors.AsType[*schema.Error](err); ok {
		return e
	}
	return &schema.Error{Kind: schema.KindUnavailable, Err: err}
}

// statusError says what a reply means that is not a success. The server's own
// words stay out of it.
//
// Source of the codes: Errors.java of confluentinc/schema-registry.
func statusError(r *rest.Reply) *schema.Error {
	var body struct {
		Code int `json:"error_code"`
	}
	spoke := json.Unmarshal(r.Body, &body) == nil && body.Code != 0
	e := &schema.Error{Kind: schema.KindUnavailable, Msg: fmt.Sprintf("HTTP status %d", r.Status)}
	if spoke {
		e.Msg += fmt.Sprintf(", error code %d", body.Code)
	}
	switch r.Status {
	case http.StatusUnauthorized, http.StatusForbidden:
		e.Kind = schema.KindUnauthorized
	case http.StatusTooManyRequests:
		e.Kind = schema.KindThrottled
	case http.StatusNotFound:
		// 40401 to 40407 are the registry's word on subjects, versions and
		// schemas. A proxy's 404, or that of a wrong path, says nothing of them
		// and must not turn records into undecodable ones.
		if body.Code/100 == 404 || len(r.Body) == 0 {
			e.Kind = schema.KindUnknownSchema
		} else {
			e.Msg += " that does not come from a registry: is the base URL right, and does this registry know GUIDs, if it was asked for one?"
		}
	}
	if r.Status >= 300 && r.Status < 400 {
		e.Msg += ": a redirect to another host is not followed, set the base URL to where it leads"
	}
	e.Msg += pageHint(r)
	return e
}

// pageHint tells a page for people from a registry's reply.
func pageHint(r *rest.Reply) string {
	if r.HTML() {
		return ", with an HTML page: a proxy or another server answered"
	}
	return ""
}
