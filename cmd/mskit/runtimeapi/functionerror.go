package runtimeapi

import (
	"encoding/json"
	"io"
	"net/http"
)

// FunctionError is a failure as the function reported it, for one event or
// for its start.
type FunctionError struct {
	// Type is the runtime's name for it: a Go type, a Python class.
	Type string
	// Message is the function's own text. It may quote what the function
	// worked on.
	Message string
	// Stack is the stack trace as JSON, in the runtime's own shape; nil when
	// there is none.
	Stack json.RawMessage
}

func (e *FunctionError) Error() string {
	if e.Type == "" {
		return e.Message
	}
	return e.Type + ": " + e.Message
}

func readFunctionError(r *http.Request) (*FunctionError, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, MaxReply))
	if err != nil {
		return nil, err
	}
	return parseFunctionError(r.Header.Get(errorTypeHeader), body), nil
}

// parseFunctionError takes any body: a custom runtime that posts plain text is
// still understood.
func parseFunctionError(headerType string, body []byte) *FunctionError {
	var report struct {
		ErrorType    string          `json:"errorType"`
		ErrorMessage string          `json:"errorMessage"`
		StackTrace   json.RawMessage `json:"stackTrace"`
	}
	if json.Unmarshal(body, &report) != nil {
		return &FunctionError{Type: headerType, Message: string(body)}
	}
	if string(report.StackTrace) == "null" {
		report.StackTrace = nil
	}
	if report.ErrorType == "" {
		report.ErrorType = headerType
	}
	return &FunctionError{Type: report.ErrorType, Message: report.ErrorMessage, Stack: report.StackTrace}
}
