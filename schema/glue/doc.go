// Package glue asks the AWS Glue Schema Registry for schemas, by requests that
// it signs itself: it links no AWS SDK.
//
//	client, err := glue.NewClient() // credentials and region of the Lambda environment
//	...
//	orders := avro.NewDecoder[Order](schema.Cached(client))
//
// The function's role needs glue:GetSchemaVersion. Package glue reads schemas
// and does nothing else: it is not for registering them.
package glue
