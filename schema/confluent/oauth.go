package confluent

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/mskit-go/mskit/schema"
	"github.com/mskit-go/mskit/schema/internal/rest"
)

// OAuth are the client credentials of an OAuth 2.0 client (RFC 6749, 4.4).
// Formatting and logging leave the secret out.
type OAuth struct {
	// TokenURL is the authorization server's token endpoint.
	TokenURL string
	// ClientID and ClientSecret authenticate the function.
	ClientID     string
	ClientSecret string
	// Scopes are what the token is asked for; none leaves it to the server.
	Scopes []string
	// Params are further fields of the token request, audience for example.
	Params url.Values
}

// String names the token URL's host and the client.
func (o OAuth) String() string {
	host := "invalid URL"
	if u, err := url.Parse(o.TokenURL); err == nil {
		host = u.Host
	}
	return fmt.Sprintf("OAuth client %q at %s", o.ClientID, host)
}

// Format keeps the secret out of every verb.
func (o OAuth) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, o.String()) }

// LogValue keeps the secret out of logs.
func (o OAuth) LogValue() slog.Value { return slog.StringValue(o.String()) }

// MarshalText keeps the secret out of JSON.
func (o OAuth) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// WithOAuth fetches bearer tokens by client credentials and keeps each for four
// fifths of its lifetime, or until the registry refuses it. Tokens are fetched
// with the client's own HTTP and TLS settings.
func WithOAuth(o OAuth) Option {
	o.Params = cloneValues(o.Params)
	o.Scopes = append([]string(nil), o.Scopes...)
	return option(func(c *config) {
		u, err := url.Parse(o.TokenURL)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
			c.fail("the token URL is not of the form https://host[:port]/path")
			return
		}
		c.authorize = func(client *http.Client) authorization {
			t := &tokens{oauth: o, client: client, turn: make(chan struct{}, 1)}
			return authorization{t.authorize, t.drop}
		}
	})
}

func cloneValues(v url.Values) url.Values {
	c := make(url.Values, len(v))
	for key, values := range v {
		c[key] = append([]string(nil), values...)
	}
	return c
}

// defaultTokenLife is for token servers that do not say how long one lasts.
const defaultTokenLife = 5 * time.Minute

// tokens has one token at a time.
type tokens struct {
	oauth  OAuth
	client *http.Client

	turn    chan struct{} // a lock that a context can give up waiting for
	token   string
	expires time.Time
}

func (t *tokens) authorize(ctx context.Context, req *http.Request) error {
	token, err := t.get(ctx)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	return nil
}

func (t *tokens) get(ctx context.Context) (string, error) {
	select {
	case t.turn <- struct{}{}:
		defer func() { <-t.turn }()
	case <-ctx.Done():
		return "", &schema.Error{Kind: schema.KindUnavailable, Msg: "no token in time", Err: ctx.Err()}
	}
	// The wall clock: a frozen sandbox does not make a token last longer.
	now := time.Now().Round(0)
	if t.token != "" && now.Before(t.expires) {
		return t.token, nil
	}
	token, life, err := t.fetch(ctx)
	if err != nil {
		return "", err
	}
	t.token, t.expires = token, now.Add(life*4/5)
	return token, nil
}

// drop forgets the token.
func (t *tokens) drop() {
	t.turn <- struct{}{}
	t.token = ""
	<-t.turn
}

func (t *tokens) fetch(ctx context.Context) (string, time.Duration, error) {
	form := cloneValues(t.oauth.Params)
	form.Set("grant_type", "client_credentials")
	if len(t.oauth.Scopes) > 0 {
		form.Set("scope", strings.Join(t.oauth.Scopes, " "))
	}
	x := rest.Exchanger{Client: t.client, Tries: 1, Timeout: defaultTimeout, MaxBody: 1 << 20}
	reply, err := x.Do(ctx, rest.Busy, func(ctx context.Context, _ int) (*http.Request, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.oauth.TokenURL, strings.NewReader(form.Encode()))
		if err != nil {
			return nil, &schema.Error{Kind: schema.KindConfig, Msg: "no request can be made for the token URL"}
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Accept", "application/json")
		// Both are form-encoded first: RFC 6749, 2.3.1.
		req.SetBasicAuth(url.QueryEscape(t.oauth.ClientID), url.QueryEscape(t.oauth.ClientSecret))
		return req, nil
	})
	if err != nil {
		e := asError(err)
		e.Msg = "token server: " + e.Msg
		return "", 0, e
	}
	if reply.Status != http.StatusOK {
		e := &schema.Error{Kind: schema.KindUnavailable, Msg: fmt.Sprintf("token server: HTTP status %d", reply.Status) + pageHint(reply)}
		switch reply.Status {
		case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden:
			e.Kind = schema.KindUnauthorized
		case http.StatusTooManyRequests:
			e.Kind = schema.KindThrottled
		}
		return "", 0, e
	}
	var body struct {
		AccessToken string      `json:"access_token"`
		ExpiresIn   json.Number `json:"expires_in"` // some send a string
	}
	if err := json.Unmarshal(reply.Body, &body); err != nil || body.AccessToken == "" {
		return "", 0, &schema.Error{Kind: schema.KindUnavailable, Msg: "token server: the reply has no access_token" + pageHint(reply)}
	}
	life := defaultTokenLife
	if n, err := body.ExpiresIn.Int64(); err == nil && n > 0 {
		life = time.Duration(min(n, 24*60*60)) * time.Second
	}
	return body.AccessToken, life, nil
}
