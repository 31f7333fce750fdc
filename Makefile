# What CI runs is in .ci/run, step by step; these are its names.

.PHONY: ci test race lint format fuzz run bench tools
ci:                  ## everything CI checks
	.ci/run

test:                ## what the README says
	.ci/run test

race:
	.ci/run race

lint: bin/golangci-lint
	.ci/run format tidy vet fix lint

# Rewrites what can be rewritten.
format: bin/golangci-lint
	bin/gofumpt -w .
	go fix ./...

fuzz:                ## FUZZTIME=1m make fuzz
	.ci/run fuzz

run:                 ## what the README says
	.ci/run run

bench:               ## beside the peers; see internal/bench
	cd internal/bench && GOWORK=off go test -run '^$$' -bench . -count 6

tools bin/golangci-lint:
	.ci/run tools
