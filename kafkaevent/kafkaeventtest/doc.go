// Package kafkaeventtest builds the events Lambda delivers, as httptest builds
// requests: records with defaults that are filled in, payload bytes for an
// Invoke, fixtures of everything that differs from the documentation, a linter
// for fixtures written by hand, and a wrapper that catches a handler keeping
// memory it must not keep.
//
//	payload := kafkaeventtest.MSK(
//		kafkaeventtest.JSON("orders", Order{ID: 1}),
//		kafkaeventtest.JSON("orders", Order{ID: 2}, kafkaeventtest.WithKey("c-1")),
//		kafkaeventtest.Tombstone("orders", "c-1"),
//	)
//	reply, err := processor.Invoke(ctx, payload)
//
// It is for tests. Its functions panic on mistakes a test cannot recover from,
// such as a value that has no JSON, and each says when.
package kafkaeventtest
