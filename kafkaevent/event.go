package kafkaevent

import "iter"

// Event is one invocation's payload: the records Lambda's event source mapping
// polled from Amazon MSK or a self-managed Kafka cluster.
//
// Shape: https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html and
// https://docs.aws.amazon.com/lambda/latest/dg/with-kafka.html.
type Event struct {
	// Source is "aws:kafka" or "SelfManagedKafka", as delivered.
	Source string
	// SourceARN is the ARN of the cluster or of the VPC connection; empty for
	// self-managed Kafka.
	SourceARN string
	// BootstrapServers are host:port pairs. Lambda sends them as one
	// comma-separated string.
	BootstrapServers []string
	// Partitions are in document order, one for each key of the records
	// object. A key that occurs twice is one partition.
	Partitions []Partition

	extra []member
}

// Partition is the run of records that Lambda delivered under one key of the
// records object.
type Partition struct {
	// Key is "topic-partition" as Lambda spelled it, "orders-0". A partial
	// batch reply must echo it, so it is never rebuilt from the records.
	Key     string
	Records []Record
}

// Records iterates over every record in document order.
func (e *Event) Records() iter.Seq[*Record] {
	return func(yield func(*Record) bool) {
		for i := range e.Partitions {
			records := e.Partitions[i].Records
			for j := range records {
				if !yield(&records[j]) {
					return
				}
			}
		}
	}
}

// Len is the number of records.
func (e *Event) Len() int {
	n := 0
	for i := range e.Partitions {
		n += len(e.Partitions[i].Records)
	}
	return n
}

// Extra iterates over the members of the event that this package does not
// know, as name and raw JSON text, in document order.
func (e *Event) Extra() iter.Seq2[string, []byte] { return iterate(e.extra) }

// member is a JSON object member kept as it came.
type member struct {
	name string
	text []byte
}

func iterate(members []member) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		for _, m := range members {
			if !yield(m.name, m.text) {
				return
			}
		}
	}
}
