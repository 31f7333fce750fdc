package demo

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"

	"github.com/mskit-go/mskit/examples/mixed/handler"
	"github.com/mskit-go/mskit/schema"
)

// fate is what has to become of a record.
type fate string

const (
	shipped      fate = "shipped"
	cancelled    fate = "cancelled"
	duplicate    fate = "duplicate"
	testOrder    fate = "filtered by the mapping"
	unpaid       fate = "filtered by the function"
	deadLettered fate = "dead-lettered"
	givenUp      fate = "given up"
)

// pill is what is wrong with a record.
type pill string

const (
	noPill        pill = ""
	brokenJSON    pill = "JSON cut short"
	invalidJSON   pill = "JSON invalid"
	truncatedAvro pill = "Avro cut short"
	unknownSchema pill = "unknown schema"
	wrongMessage  pill = "other message"
	unframed      pill = "not framed"
	handlerPanics pill = "handler panics"
	noSuchArticle pill = "no such article"
	killer        pill = "kills function"
)

// pills are what is planted, in the order of the report.
var pills = []pill{
	brokenJSON, invalidJSON, truncatedAvro, unknownSchema, wrongMessage, unframed, noSuchArticle, handlerPanics, killer,
}

// Articles that the warehouse knows what to make of.
const (
	unknownSKU = "ZZ-404"
	killerSKU  = "XX-9"
)

// record is one that is produced, and what is to become of it.
type record struct {
	partition int32
	offset    int64
	key       string
	value     []byte // nil: a tombstone
	eventID   string // empty: none

	order  string // the order it is about
	format schema.Format
	fate   fate
	pill   pill
	busy   int // how often the warehouse is busy before it ships the order
}

// planner makes the records of a topic one after the other.
type planner struct {
	random  *rand.Rand
	ids     map[schema.Format]uint32
	records []*record
	ends    [partitions]int64
	orders  []*record // that are shipped, for repetitions and deletes
}

// plan makes n records with at least one of each pill.
func plan(seed uint64, n int, ids map[schema.Format]uint32) []*record {
	p := &planner{random: rand.New(rand.NewPCG(seed, 0)), ids: ids}
	planted := make(map[int]pill)
	for _, what := range pills {
		count := max(1, n/1000)
		if what == killer {
			count = 1
		}
		for range count {
			at := n/10 + p.random.IntN(n-n/10)
			for planted[at] != noPill {
				at = n/10 + p.random.IntN(n-n/10)
			}
			planted[at] = what
		}
	}
	for i := range n {
		p.next(planted[i])
	}
	return p.records
}

// next adds a record.
func (p *planner) next(what pill) {
	if what != noPill {
		p.add(p.poison(what))
		return
	}
	chance := p.random.IntN(100)
	switch {
	case chance < 4 && len(p.orders) > 0:
		again := *p.orders[p.random.IntN(len(p.orders))]
		again.fate, again.busy = duplicate, 0
		p.add(&again)
	case chance < 7 && len(p.orders) > 0:
		p.add(p.delete())
	case chance < 10:
		r := p.order("test-", "PAID", p.article())
		r.fate = testOrder
		p.add(r)
	case chance < 16:
		r := p.order("o-", "NEW", p.article())
		r.fate = unpaid
		p.add(r)
	default:
		r := p.order("o-", "PAID", p.article())
		r.fate = shipped
		if chance > 97 {
			r.busy = 1 + p.random.IntN(handler.Attempts-1)
		}
		p.orders = append(p.orders, r)
		p.add(r)
	}
}

// delete cancels an order that was not cancelled before.
func (p *planner) delete() *record {
	i := p.random.IntN(len(p.orders))
	of := p.orders[i]
	p.orders[i] = p.orders[len(p.orders)-1]
	p.orders = p.orders[:len(p.orders)-1]
	return &record{key: of.key, order: of.order, fate: cancelled}
}

func (p *planner) poison(what pill) *record {
	r := p.order("o-", "PAID", p.article())
	switch what {
	case brokenJSON:
		r = p.orderIn(schema.FormatJSON, "o-", "PAID", p.article())
		r.value = r.value[:len(r.value)-9]
	case invalidJSON:
		r = p.orderIn(schema.FormatJSON, "o-", "PAID", "seven")
	case truncatedAvro:
		r = p.orderIn(schema.FormatAvro, "o-", "PAID", p.article())
		r.value = r.value[:len(r.value)-4]
	case unknownSchema:
		copy(r.value[1:], []byte{0, 0, 0x27, 0x0f}) // 9999
	case wrongMessage:
		r = p.orderIn(schema.FormatProtobuf, "o-", "PAID", "")
		r.value = framed(p.ids[schema.FormatProtobuf], encodeRefund(r.order))
	case unframed:
		r.value = []byte("order " + r.order + ", paid, see the attached file")
	case handlerPanics:
		r = p.orderIn(schema.FormatAvro, "o-", "PAID", "")
	case noSuchArticle:
		r = p.order("o-", "PAID", unknownSKU)
	case killer:
		r = p.order("o-", "PAID", killerSKU)
	}
	r.pill, r.fate = what, deadLettered
	if what == killer {
		r.fate = givenUp
	}
	return r
}

func (p *planner) article() string {
	return fmt.Sprintf("%c%c-%d", 'A'+p.random.IntN(8), 'A'+p.random.IntN(8), 1+p.random.IntN(99))
}

var formats = []schema.Format{schema.FormatJSON, schema.FormatAvro, schema.FormatProtobuf}

func (p *planner) order(prefix, status, sku string) *record {
	return p.orderIn(formats[p.random.IntN(len(formats))], prefix, status, sku)
}

// orderIn is an order of one line, of none without an article.
func (p *planner) orderIn(format schema.Format, prefix, status, sku string) *record {
	n := 10_000 + len(p.records)
	id := fmt.Sprintf("%s%d", prefix, n)
	return &record{
		key:     id,
		order:   id,
		eventID: fmt.Sprintf("e-%d", n),
		format:  format,
		value:   framed(p.ids[format], encode(format, id, status, sku, 1+p.random.IntN(5))),
	}
}

// add puts a record at the end of its partition, which its key decides.
func (p *planner) add(r *record) {
	h := fnv.New32a()
	h.Write([]byte(r.key))
	r.partition = int32(h.Sum32() % partitions)
	r.offset = p.ends[r.partition]
	p.ends[r.partition]++
	p.records = append(p.records, r)
}
