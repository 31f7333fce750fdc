// Package kafkaevent says what arrived: it decodes the event that AWS Lambda
// delivers for Amazon MSK and self-managed Kafka, faithfully and without
// throwing a batch away for one bad field.
//
// It is not for talking to a broker, and it does not look into keys and
// values: package schema turns their bytes into Go values.
package kafkaevent
