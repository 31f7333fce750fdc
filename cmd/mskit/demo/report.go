package demo

import (
	"time"

	"github.com/mskit-go/mskit/cmd/mskit/esm"
	"github.com/mskit-go/mskit/schema"
)

// Report accounts for every record of a run.
type Report struct {
	Seed       uint64 `json:"seed"`
	Records    int    `json:"records"`
	Partitions int    `json:"partitions"`

	// The fates. Records is their sum.
	Shipped           int `json:"shipped"`
	Cancelled         int `json:"cancelled"`         // tombstones
	Duplicates        int `json:"duplicates"`        // produced twice, shipped once
	FilteredByMapping int `json:"filteredByMapping"` // by their keys
	FilteredByHandler int `json:"filteredByHandler"` // by their values
	DeadLettered      int `json:"deadLettered"`      // by the function, to a topic
	GivenUp           int `json:"givenUp"`           // by the mapping, to a topic

	// ShippedAs is Shipped by format: JSON, AVRO, PROTOBUF.
	ShippedAs map[string]int `json:"shippedAs"`
	// Pills are the poison pills of Records: DeadLettered and GivenUp are those.
	Pills []Pill `json:"pills"`

	Mapping  esm.Summary `json:"mapping"`
	Function Counts      `json:"function"`
	// RepeatedLetters are dead letters that were written again, since the
	// function died between them and its reply.
	RepeatedLetters int `json:"repeatedLetters"`
	// Uncommitted is the group's lag in the end, over all partitions.
	Uncommitted int64         `json:"uncommitted"`
	Elapsed     time.Duration `json:"elapsed"` // in ns

	// Problems are what does not add up; none in a good run.
	Problems []string `json:"problems"`
}

// Pill is one kind of poison pill.
type Pill struct {
	What   string   `json:"what"`
	Count  int      `json:"count"`
	Topic  string   `json:"topic"`  // where they are now
	Why    string   `json:"why"`    // of the first: the error of the dead letter, the condition of the failure record
	Places []string `json:"places"` // where they were, "orders-0@41"
}

// account fills the report in from the records and the audit, and holds the
// counts of the mapping and of the function against it.
func (r *Report) account(records []*record, a *audit) {
	r.ShippedAs = make(map[string]int)
	pillsBy := make(map[pill]*Pill)
	for _, x := range records {
		if !a.check(x) {
			continue
		}
		*r.fate(x.fate)++
		if x.fate == shipped {
			r.ShippedAs[x.format.String()]++
		}
		if x.pill == noPill {
			continue
		}
		p, ok := pillsBy[x.pill]
		if !ok {
			p = &Pill{What: string(x.pill), Topic: lettersTopic, Why: a.letters[place{x.partition, x.offset}].why}
			if x.fate == givenUp {
				p.Topic, p.Why = failedTopic, a.failures[place{x.partition, x.offset}].why
			}
			pillsBy[x.pill] = p
		}
		p.Count++
		p.Places = append(p.Places, place{x.partition, x.offset}.String())
	}
	for _, what := range pills {
		if p := pillsBy[what]; p != nil {
			r.Pills = append(r.Pills, *p)
		}
	}
	r.RepeatedLetters = a.repeated()
	r.balance(a)
	r.Problems = append([]string{}, a.problems...)
}

func (r *Report) fate(f fate) *int {
	return map[fate]*int{
		shipped:      &r.Shipped,
		cancelled:    &r.Cancelled,
		duplicate:    &r.Duplicates,
		testOrder:    &r.FilteredByMapping,
		unpaid:       &r.FilteredByHandler,
		deadLettered: &r.DeadLettered,
		givenUp:      &r.GivenUp,
	}[f]
}

// balance compares the audit with what the mapping and the function say.
func (r *Report) balance(a *audit) {
	m, f := r.Mapping, r.Function
	for _, x := range []struct {
		what      string
		got, want int
	}{
		{"records in the topic", len(a.log), r.Records},
		{"records with a fate", r.Shipped + r.Cancelled + r.Duplicates + r.FilteredByMapping + r.FilteredByHandler + r.DeadLettered + r.GivenUp, r.Records},
		{"dead letters", len(a.letters), r.DeadLettered},
		{"failure records", len(a.failures), r.GivenUp},
		{"orders shipped by the warehouse", len(a.warehouse.shipped), r.Shipped},
		{"orders cancelled by the warehouse", len(a.warehouse.cancelled), r.Cancelled},
		{"records that the mapping read", m.Records, r.Records},
		{"records that the mapping filtered", m.Filtered, r.FilteredByMapping},
		{"records that the mapping gave up", m.GivenUp, r.GivenUp},
		{"records that the mapping dropped", m.Dropped, 0},
		{"records that the function took", m.Succeeded, r.Records - r.FilteredByMapping - r.GivenUp},
		{"records that the function filtered", f.Filtered, r.FilteredByHandler},
		{"records that the function handled or skipped", f.Succeeded + f.Skipped, r.Shipped + r.Cancelled + r.Duplicates},
		{"records that the function dead-lettered", f.DeadLettered, r.DeadLettered},
		{"offsets not committed", int(r.Uncommitted), 0},
	} {
		if x.got != x.want {
			a.problemf("%s: %d, want %d", x.what, x.got, x.want)
		}
	}
}

// formatsShown are the keys of ShippedAs as they are shown.
var formatsShown = []struct{ key, name string }{
	{schema.FormatJSON.String(), "JSON"}, {schema.FormatAvro.String(), "Avro"}, {schema.FormatProtobuf.String(), "Protobuf"},
}
