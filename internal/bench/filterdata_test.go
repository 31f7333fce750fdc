package bench

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// filterEvents are 4,096 orders of 572 bytes in the mean: nested objects, an
// array of objects, an array of strings.
func filterEvents() [][]byte {
	r := rand.New(rand.NewPCG(1, 2))
	hex := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = "0123456789abcdef"[r.IntN(16)]
		}
		return string(b)
	}
	pick := func(of ...string) string { return of[r.IntN(len(of))] }
	events := make([][]byte, 4096)
	for i := range events {
		var b strings.Builder
		fmt.Fprintf(&b, `{"id":"ord-%010d","status":"%s","customer":{"id":"c-%06d","name":"Customer %s","tier":"%s","email":"u%06d@example.com"}`,
			i, pick("CREATED", "PAID", "SHIPPED", "CANCELLED"), r.IntN(1e6), hex(6), pick("gold", "silver", "bronze"), r.IntN(1e6))
		fmt.Fprintf(&b, `,"total":%d.%02d,"quantity":%d,"createdAt":%d,"items":[`,
			r.IntN(1000), r.IntN(100), 1+r.IntN(20), 1700000000000+137*i)
		for k := range 2 + r.IntN(2) {
			if k > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, `{"sku":"SKU-%s","qty":%d,"price":%d.%02d,"gift":%v}`, hex(4), 1+r.IntN(9), r.IntN(200), r.IntN(100), r.IntN(4) == 0)
		}
		fmt.Fprintf(&b, `],"tags":["%s","%s","%s"],"shipping":{"method":"%s","address":{"city":"%s","zip":"%05d","country":"%s"}}`,
			pick("web", "app", "store"), pick("new", "returning"), hex(5), pick("dhl", "ups", "post"),
			pick("Berlin", "Hamburg", "Paris", "Madrid"), r.IntN(100000), pick("DE", "FR", "ES", "AT", "CH"))
		fmt.Fprintf(&b, `,"payment":{"method":"%s","currency":"%s","risk":%d},"source":"service-%02d","region":"%s"}`,
			pick("card", "invoice", "paypal"), pick("EUR", "USD", "CHF", "GBP", "SEK", "DKK"), r.IntN(100), r.IntN(50), pick("eu-central-1", "eu-west-1", "us-east-1"))
		events[i] = []byte(b.String())
	}
	return events
}

// filterPatterns are the sets of the comparisons; they use only operators that
// quamina has too.
func filterPatterns(set string) []string {
	switch set {
	case "1":
		return []string{`{"payment":{"currency":["CHF"]}}`}
	case "10":
		return []string{
			`{"status":["REFUNDED"]}`,
			`{"customer":{"id":[{"prefix":"c-00"}]}}`,
			`{"shipping":{"address":{"country":["AT"]}},"payment":{"method":["invoice"]}}`,
			`{"shipping":{"method":[{"anything-but":["dhl","ups","post"]}]}}`,
			`{"items":{"sku":["SKU-0a1b"]}}`,
			`{"customer":{"tier":[{"equals-ignore-case":"PLATINUM"}]}}`,
			`{"cancelledBy":[{"exists":true}]}`,
			`{"tags":["app"],"source":["service-07"]}`,
			`{"quantity":[3,21]}`,
			`{"payment":{"currency":["USD"]},"region":["us-east-1"]}`,
		}
	}
	var all []string
	for i := range 250 {
		all = append(all,
			fmt.Sprintf(`{"customer":{"id":["c-%06d"]}}`, i*3989),
			fmt.Sprintf(`{"items":{"sku":["SKU-%04x"]},"region":["eu-west-1"]}`, i*257),
			fmt.Sprintf(`{"source":["service-%02d"],"shipping":{"address":{"zip":[{"prefix":"%03d"}]}}}`, i%50, i),
			fmt.Sprintf(`{"payment":{"risk":[%d]},"total":[{"exists":true}],"status":["%s"]}`, i%100, []string{"PAID", "SHIPPED"}[i%2]),
		)
	}
	return all
}
