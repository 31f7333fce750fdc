package confluent

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/mskit-go/mskit/schema"
)

// WithBasicAuth authenticates by user and password, for Confluent Cloud an API
// key and its secret. Of the options that authenticate, [WithBasicAuth],
// [WithBasicAuthFunc], [WithBearer], [WithOAuth], and of user info in the base
// URL, the last option counts.
func WithBasicAuth(user, password string) Option {
	return WithBasicAuthFunc(func(context.Context) (string, string, error) { return user, password, nil })
}

// WithBasicAuthFunc asks for user and password before each request, for secrets
// that rotate. f is safe for concurrent use and should cache.
func WithBasicAuthFunc(f func(ctx context.Context) (user, password string, err error)) Option {
	return withAuthorization(func(ctx context.Context, req *http.Request) error {
		user, password, err := f(ctx)
		if err != nil {
			return credentialsError(err)
		}
		req.SetBasicAuth(user, password)
		return nil
	})
}

// WithBearer asks for a token before each request and sends it as a bearer
// token. token is safe for concurrent use and should cache; for OAuth client
// credentials see [WithOAuth].
func WithBearer(token func(ctx context.Context) (string, error)) Option {
	return withAuthorization(func(ctx context.Context, req *http.Request) error {
		t, err := token(ctx)
		if err != nil {
			return credentialsError(err)
		}
		req.Header.Set("Authorization", "Bearer "+t)
		return nil
	})
}

// WithSecret takes a secret of AWS Secrets Manager in the form that event
// source mappings use, so that function and mapping can share it: a JSON object
// with username and password (BASIC_AUTH), with certificate and privateKey
// (CLIENT_CERTIFICATE_TLS_AUTH), or with certificate alone
// (SERVER_ROOT_CA_CERTIFICATE). Certificates and keys are PEM. Private keys
// with a password cannot be read.
func WithSecret(secret []byte) Option {
	return option(func(c *config) {
		var s struct {
			Username           string `json:"username"`
			Password           string `json:"password"`
			Certificate        string `json:"certificate"`
			PrivateKey         string `json:"privateKey"`
			PrivateKeyPassword string `json:"privateKeyPassword"`
		}
		if err := json.Unmarshal(secret, &s); err != nil {
			c.fail("the secret is not a JSON object of strings") // err could quote it
			return
		}
		switch {
		case s.PrivateKeyPassword != "":
			c.fail("the secret's private key has a password, which cannot be used here")
		case s.Certificate != "" && s.PrivateKey != "":
			WithClientCertificate([]byte(s.Certificate), []byte(s.PrivateKey)).apply(c)
		case s.Certificate != "":
			WithRootCA([]byte(s.Certificate)).apply(c)
		case s.Username != "":
			WithBasicAuth(s.Username, s.Password).apply(c)
		default:
			c.fail("the secret has neither username nor certificate")
		}
	})
}

func withAuthorization(authorize func(context.Context, *http.Request) error) Option {
	return option(func(c *config) {
		c.authorize = func(*http.Client) authorization { return authorization{set: authorize} }
	})
}

// authorization puts credentials on a request.
type authorization struct {
	set func(ctx context.Context, req *http.Request) error
	// renew forgets credentials that the registry refused. Nil when the same
	// ones would come again.
	renew func()
}

// credentialsError is a failure of the user's own function. Not the record's
// fault, whatever it is.
func credentialsError(err error) error {
	return &schema.Error{Kind: schema.KindUnauthorized, Msg: "no credentials for the registry", Err: err}
}
