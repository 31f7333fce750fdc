// Package gen makes the events that the benchmarks decode: the same bytes on
// every machine and in every run.
package gen

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
)

// Event is a payload as Lambda writes it: records spread over 16 partitions of
// two topics, each with a key of 16 bytes, a value of size bytes of JSON and
// two headers. It ends before limit bytes or after count records.
func Event(size, count, limit int) (payload []byte, records int) {
	rng := rand.New(rand.NewPCG(1, 2))
	const groups = 16
	var bodies [groups]strings.Builder
	total := 0
	for i := range count {
		value := Order(rng, i, size)
		key := hexs(rng, 16)
		trace := hexs(rng, 16)
		g := i % groups
		r := fmt.Sprintf(`{"topic":"%s","partition":%d,"offset":%d,"timestamp":%d,"timestampType":"CREATE_TIME","key":"%s","value":"%s","headers":[{"trace-id":[%s]},{"source":[%s]}]}`,
			topic(g), g%8, 1000000+i/groups, 1700000000000+137*int64(i),
			base64.StdEncoding.EncodeToString([]byte(key)), base64.StdEncoding.EncodeToString(value), ints(trace), ints("checkout"))
		if total += len(r) + 1; total > limit-1000 {
			break
		}
		if bodies[g].Len() > 0 {
			bodies[g].WriteByte(',')
		}
		bodies[g].WriteString(r)
		records++
	}
	var b strings.Builder
	b.WriteString(`{"eventSource":"aws:kafka","eventSourceArn":"arn:aws:kafka:eu-west-1:123456789012:cluster/shop/11111111-2222-3333-4444-555555555555-7","bootstrapServers":"b-1.shop.example.com:9098,b-2.shop.example.com:9098","records":{`)
	for g := range bodies {
		if g > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `"%s-%d":[%s]`, topic(g), g%8, bodies[g].String())
	}
	b.WriteString(`}}`)
	return []byte(b.String()), records
}

func topic(g int) string {
	if g < 8 {
		return "orders"
	}
	return "payments"
}

// Order is one JSON order of exactly size bytes (from 330 on; below that it
// has four fields).
func Order(rng *rand.Rand, i, size int) []byte {
	var b strings.Builder
	status := func() string { return []string{"CREATED", "PAID", "SHIPPED", "CANCELLED"}[rng.IntN(4)] }
	if size < 330 {
		fmt.Fprintf(&b, `{"orderId":"ord-%010d","status":"%s","quantity":%d,"note":"`, i, status(), 1+rng.IntN(20))
	} else {
		fmt.Fprintf(&b, `{"orderId":"ord-%010d","customerId":"c-%06d","status":"%s","currency":"EUR",`, i, rng.IntN(1e6), status())
		fmt.Fprintf(&b, `"total":%d.%02d,"tax":%d.%02d,"quantity":%d,`, rng.IntN(1000), rng.IntN(100), rng.IntN(100), rng.IntN(100), 1+rng.IntN(20))
		created := 1700000000000 + 137*int64(i)
		fmt.Fprintf(&b, `"createdAt":%d,"updatedAt":%d,`, created, created+int64(rng.IntN(100000)))
		fmt.Fprintf(&b, `"sku":"SKU-%s","email":"u%06d@example.com","country":"DE","priority":%t,"score":%d,"note":"`, hexs(rng, 8), rng.IntN(1e6), rng.IntN(2) == 0, rng.IntN(1000))
	}
	const lorem = "lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor "
	for left := size - b.Len() - len(`"}`); left > 0; left -= len(lorem) {
		b.WriteString(lorem[:min(left, len(lorem))])
	}
	b.WriteString(`"}`)
	return []byte(b.String())
}

func hexs(rng *rand.Rand, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = "0123456789abcdef"[rng.IntN(16)]
	}
	return string(b)
}

func ints(s string) string {
	list := make([]string, len(s))
	for i := range s {
		list[i] = strconv.Itoa(int(s[i]))
	}
	return strings.Join(list, ",")
}
