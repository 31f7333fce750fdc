package kafkaevent

// lookalike recognises the other events that end up in a Kafka function by a
// wrong trigger or fixture, by the names of their members.
type lookalike struct {
	records, http, eventBridge, failure bool
}

func (l *lookalike) see(name []byte) {
	switch string(name) {
	case "Records":
		l.records = true
	case "requestContext", "httpMethod", "rawPath":
		l.http = true
	case "detail-type":
		l.eventBridge = true
	case "KafkaBatchInfo":
		l.failure = true
	}
}

func (l *lookalike) err() *Error {
	e := &Error{Offset: -1, Msg: `no "records" object`}
	switch {
	case l.failure:
		e.Msg = "this is the record of a failed batch, as an on-failure destination gets it"
		e.Hint = "decode it with ParseFailure"
	case l.records:
		e.Msg = `a "Records" array, as SQS, SNS, Kinesis, DynamoDB and S3 send it, but no "records" object`
		e.Hint = "the function wants a trigger of Amazon MSK or self-managed Kafka"
	case l.eventBridge:
		e.Msg = "this is an EventBridge event"
		e.Hint = "the function wants a trigger of Amazon MSK or self-managed Kafka"
	case l.http:
		e.Msg = "this is an HTTP request, as API Gateway, a load balancer or a function URL sends it"
		e.Hint = "the function wants a trigger of Amazon MSK or self-managed Kafka"
	default:
		e.Hint = "a Kafka event has its records there, one array for each partition"
	}
	return e
}

// notAnEvent fails for a payload that is no JSON object.
func (p *parser) notAnEvent(i int) int {
	switch {
	case i >= len(p.b):
		return p.fail(i, "the payload is empty")
	case p.b[i] == '[':
		p.fail(i, "the payload is an array, not an event object")
		p.err.Hint = "EventBridge Pipes send arrays of Kafka records; use an event source mapping instead"
		return -1
	default:
		return p.fail(i, "the payload is not a JSON object")
	}
}
