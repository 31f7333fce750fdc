package glue

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/internal/rest"
)

// codeError says what an error code of AWS means. AWS's own words stay out of
// it. status is the HTTP status, 0 when unknown.
//
// Source: the errors of GetSchemaVersion and the common errors of
// https://docs.aws.amazon.com/glue/latest/webapi/CommonErrors.html
func codeError(code string, status int) *schema.Error {
	e := &schema.Error{Kind: schema.KindUnavailable}
	if status != 0 {
		e.Msg = fmt.Sprintf("HTTP status %d", status)
	}
	if code != "" {
		e.Msg = strings.TrimPrefix(e.Msg+", AWS error "+code, ", ")
	}
	switch code {
	case "EntityNotFoundException":
		e.Kind = schema.KindUnknownSchema
	case "InvalidInputException", "ValidationException":
		e.Kind = schema.KindConfig
	case "AccessDeniedException", "AccessDenied", "NotAuthorized", "UnrecognizedClientException", "InvalidClientTokenId",
		"ExpiredTokenException", "ExpiredToken", "RequestExpired", "InvalidSignatureException", "SignatureDoesNotMatch", "IncompleteSignature",
		"IncompleteSignatureException", "MissingAuthenticationToken", "MissingAuthenticationTokenException", "OptInRequired":
		e.Kind = schema.KindUnauthorized
		e.Msg += "; the function's role needs glue:GetSchemaVersion"
	case "ThrottlingException", "Throttling", "ThrottledException", "RequestThrottled", "RequestThrottledException",
		"RequestLimitExceeded", "TooManyRequestsException", "SlowDown":
		e.Kind = schema.KindThrottled
	default:
		switch status {
		case http.StatusUnauthorized, http.StatusForbidden:
			e.Kind = schema.KindUnauthorized
		case http.StatusTooManyRequests:
			e.Kind = schema.KindThrottled
		}
	}
	return e
}

// replyError says what a reply means that is not a success.
func replyError(r *rest.Reply) *schema.Error {
	e := codeError(replyCode(r), r.Status)
	if r.HTML() {
		e.Msg += ", with an HTML page: a proxy or another server answered"
	}
	return e
}

// replyCode is AWS's error code, empty when the reply has none. It comes with a
// namespace before it ("com.amazonaws.glue#") or a URL behind it.
func replyCode(r *rest.Reply) string {
	var body struct {
		Type string `json:"__type"`
	}
	code := r.Header.Get("X-Amzn-Errortype")
	if code == "" && json.Unmarshal(r.Body, &body) == nil {
		code = body.Type
	}
	code = code[strings.LastIndexByte(code, '#')+1:]
	code, _, _ = strings.Cut(code, ":")
	if len(code) > 64 || strings.ContainsFunc(code, func(r rune) bool { return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z') }) {
		return "" // not a name
	}
	return code
}

// busy reports whether a reply is worth another try: AWS answers throttling
// with 400.
func busy(r *rest.Reply) bool {
	if r.Status == http.StatusOK {
		return false
	}
	return rest.Busy(r) || codeError(replyCode(r), r.Status).Kind == schema.KindThrottled
}
