package glue

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
)

// Credentials are an access key of AWS. Formatting and logging leave the
// secrets out.
type Credentials struct {
	AccessKeyID     string
	SecretAccessKey string
	SessionToken    string // empty for long-lived keys
}

// String has the access key's id alone.
func (c Credentials) String() string { return "AWS credentials " + c.AccessKeyID }

// Format keeps the secrets out of every verb.
func (c Credentials) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.String()) }

// LogValue keeps the secrets out of logs.
func (c Credentials) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalText keeps the secrets out of JSON.
func (c Credentials) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// envCredentials are those that Lambda gives the function for its role.
func envCredentials(context.Context) (Credentials, error) {
	c := Credentials{
		AccessKeyID:     os.Getenv("AWS_ACCESS_KEY_ID"),
		SecretAccessKey: os.Getenv("AWS_SECRET_ACCESS_KEY"),
		SessionToken:    os.Getenv("AWS_SESSION_TOKEN"),
	}
	if c.AccessKeyID == "" || c.SecretAccessKey == "" {
		return Credentials{}, errors.New("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set: use WithCredentials outside of Lambda")
	}
	return c, nil
}
