package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// untilSecondSignal is a context that ends with the second signal from now on;
// the first one ends ctx. Release it to let signals end the program again.
func untilSecondSignal(ctx context.Context) (atOnce context.Context, release func()) {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	atOnce, cancel := context.WithCancel(context.WithoutCancel(ctx))
	go func() {
		for range 2 {
			select {
			case <-signals:
			case <-atOnce.Done():
				return
			}
		}
		cancel()
		signal.Stop(signals)
	}()
	return atOnce, func() {
		signal.Stop(signals)
		cancel()
	}
}
