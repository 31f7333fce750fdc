package glue

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// The vectors are of AWS's Signature Version 4 test suite.
func TestSignAgreesWithAWSsTestSuite(t *testing.T) {
	credentials := Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}
	now := time.Date(2015, 8, 30, 12, 36, 0, 0, time.UTC)
	for _, tc := range []struct {
		name, method, url, contentType, body, signed, signature string
	}{
		{"get-vanilla", "GET", "https://example.amazonaws.com/", "", "", "host;x-amz-date", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
		{"get-vanilla, no path", "GET", "https://example.amazonaws.com", "", "", "host;x-amz-date", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
		{"post-vanilla", "POST", "https://example.amazonaws.com/", "", "", "host;x-amz-date", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
		{"post-x-www-form-urlencoded", "POST", "https://example.amazonaws.com/", "application/x-www-form-urlencoded", "Param1=value1", "content-type;host;x-amz-date", "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			req, err := http.NewRequest(tc.method, tc.url, strings.NewReader(tc.body))
			if err != nil {
				t.Fatal(err)
			}
			if tc.contentType != "" {
				req.Header.Set("Content-Type", tc.contentType)
			}
			sign(req, []byte(tc.body), credentials, "us-east-1", "service", now)
			want := "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=" + tc.signed + ", Signature=" + tc.signature
			if got := req.Header.Get("Authorization"); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

func TestEndpoints(t *testing.T) {
	for _, tc := range []struct {
		region          string
		fips, dualStack bool
		want            string
	}{
		{"eu-west-1", false, false, "https://glue.eu-west-1.amazonaws.com"},
		{"us-east-1", true, false, "https://glue-fips.us-east-1.amazonaws.com"},
		{"us-east-1", false, true, "https://glue.us-east-1.api.aws"},
		{"us-gov-west-1", true, true, "https://glue-fips.us-gov-west-1.api.aws"},
		{"cn-north-1", false, false, "https://glue.cn-north-1.amazonaws.com.cn"},
		{"cn-north-1", false, true, "https://glue.cn-north-1.api.amazonwebservices.com.cn"},
		{"us-iso-east-1", false, false, "https://glue.us-iso-east-1.c2s.ic.gov"},
		{"us-isob-east-1", false, false, "https://glue.us-isob-east-1.sc2s.sgov.gov"},
		{"eusc-de-east-1", false, false, "https://glue.eusc-de-east-1.amazonaws.eu"},
		{"xx-new-1", false, false, "https://glue.xx-new-1.amazonaws.com"},
	} {
		if got := endpoint(tc.region, tc.fips, tc.dualStack); got != tc.want {
			t.Errorf("%s: got %s, want %s", tc.region, got, tc.want)
		}
	}
}
