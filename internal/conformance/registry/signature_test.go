package registry_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"pgregory.net/rapid"

	"github.com/mskit-go/mskit/schema/glue"
)

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// The requests of glue.Client bear the signature that the AWS SDK gives them.
func TestSignatureIsTheSDKs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		keys := glue.Credentials{
			AccessKeyID:     rapid.StringMatching(`[A-Z0-9]{16,20}`).Draw(t, "access key"),
			SecretAccessKey: rapid.StringMatching(`[A-Za-z0-9/+=]{1,40}`).Draw(t, "secret key"),
			SessionToken:    rapid.StringMatching(`[A-Za-z0-9/+=]{0,100}`).Draw(t, "session token"),
		}
		region := rapid.SampledFrom([]string{"eu-west-1", "us-gov-west-1", "cn-north-1"}).Draw(t, "region")
		endpoint := "https://" + rapid.StringMatching(`[a-z][a-z0-9-]{0,20}(\.[a-z]{1,5})?(:[1-9][0-9]{3})?`).Draw(t, "host") +
			rapid.StringMatching(`(/[a-zA-Z0-9_.~ %=&+@-]{1,5}){0,2}`).Filter(parses).Draw(t, "path")
		subject := rapid.String().Draw(t, "subject")

		sent := 0
		transport := roundTripper(func(r *http.Request) (*http.Response, error) {
			sent++
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return nil, err
			}
			if want := sdkSignature(t, r, body, keys, region); r.Header.Get("Authorization") != want {
				t.Errorf("%s\ngot  %s\nwant %s", r.URL, r.Header.Get("Authorization"), want)
			}
			w := httptest.NewRecorder()
			w.WriteHeader(http.StatusBadRequest)
			return w.Result(), nil
		})
		c, err := glue.NewClient(glue.WithEndpoint(endpoint), glue.WithRegion(region), glue.WithHTTPClient(&http.Client{Transport: transport}),
			glue.WithCredentials(func(context.Context) (glue.Credentials, error) { return keys, nil }))
		if err != nil {
			t.Fatalf("%s: %v", endpoint, err)
		}
		if _, err := c.Latest(context.Background(), subject); err == nil || sent != 1 {
			t.Errorf("%d requests, %v", sent, err)
		}
	})
}

func parses(path string) bool {
	_, err := http.NewRequest(http.MethodPost, "https://h"+path, nil)
	return err == nil
}

// sdkSignature signs a copy of r, taken back to what it was before signing.
func sdkSignature(t *rapid.T, r *http.Request, body []byte, keys glue.Credentials, region string) string {
	now, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
	if err != nil {
		t.Fatal(err)
	}
	again, err := http.NewRequest(r.Method, r.URL.String(), bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	again.ContentLength = 0 // ours leaves it out of what is signed, as it may
	for _, name := range []string{"Content-Type", "X-Amz-Target"} {
		again.Header.Set(name, r.Header.Get(name))
	}
	sum := sha256.Sum256(body)
	err = v4.NewSigner().SignHTTP(context.Background(), aws.Credentials{
		AccessKeyID: keys.AccessKeyID, SecretAccessKey: keys.SecretAccessKey, SessionToken: keys.SessionToken,
	}, again, hex.EncodeToString(sum[:]), "glue", region, now)
	if err != nil {
		t.Fatal(err)
	}
	return again.Header.Get("Authorization")
}
