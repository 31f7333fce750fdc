// Package middleware has ready-made [batch.Middleware]: a time limit per record,
// a log line per record, and idempotency.
//
//	batch.NewPartial(h, batch.WithMiddleware(
//		middleware.Log(nil),
//		middleware.Idempotent("orders-v1", store),
//		middleware.Timeout(2*time.Second),
//	))
//
// Recovering from panics is not here, because package batch always does it.
//
// It is not for what a batch needs as a whole: for that there are
// [batch.WithObserver] and [batch.WithRetry].
package middleware
