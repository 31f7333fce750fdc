// Package proof shows that "mskit esm" loses nothing: its tests run the built
// program and a built Lambda function as processes of their own against a
// broker, and compare a ledger, to which the function writes every record it
// takes, with what was produced.
//
//	go test ./internal/proof -v                            # numbers
//	go test ./internal/proof -brokers 127.0.0.1:9092 -v    # on a Kafka of yours
//	go test ./internal/proof -run Kill -seed 7 -kills 100  # other moments
//
// Without -brokers the broker is an embedded one. With it the tests create
// topics and groups whose names start with "mskit-proof-", and delete them.
package proof
