// Package kafkaevent says what arrived: it decodes the event that AWS Lambda
// delivers for Amazon MSK and self-managed Kafka, faithfully and without
// throwing a batch away for one bad field.
//
//	event, err := kafkaevent.Parse(payload)
//	...
//	for r := range event.Records() {
//		fmt.Println(r.Topic, r.Partition, r.Offset, len(r.Value), r.Err())
//	}
//
// [ParseFailure] reads what an on-failure destination got, and gives the event
// back for a replay. Package lambdaevent converts from and to aws-lambda-go's
// type, package kafkaeventtest builds events for tests.
//
// It is not for talking to a broker, and it does not look into keys and
// values: package schema turns their bytes into Go values.
package kafkaevent
