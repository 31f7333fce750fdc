module github.com/mskit-go/mskit/internal/conformance

go 1.26.0

require (
	github.com/bufbuild/protocompile v0.14.1
	github.com/mskit-go/mskit v0.0.0
	google.golang.org/protobuf v1.36.12
)

require (
	github.com/segmentio/asm v1.2.1 // indirect
	golang.org/x/sync v0.19.0 // indirect
	golang.org/x/sys v0.50.0 // indirect
)

replace github.com/mskit-go/mskit => ../..
