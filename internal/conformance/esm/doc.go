// Package esm runs "mskit esm" beside real parts that are not ours. Each test
// has a tag of its own, so that nothing is fetched or started by default.
//
// Apache Kafka, from Maven, on loopback: everything that cmd/mskit's own proof
// shows with the embedded broker, and each of its scenarios in batchtest, on the
// embedded broker and on Apache Kafka, with equal counts. It needs Maven, Java
// 17 or later and 600 MB of memory, and takes two minutes:
//
//	GOWORK=off go test -tags kafka -count=1 -v ./esm
//
// A function in JavaScript behind npm's aws-lambda-ric, AWS's runtime interface
// client, with "mskit esm" and "mskit invoke". It needs Node 20 or later, npm,
// and for the client's native part a C++ compiler, make and cmake. The client
// says that it wants Node 22, but its code does not:
//
//	GOWORK=off go test -tags node -count=1 -v ./esm
package esm
