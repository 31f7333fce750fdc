module github.com/mskit-go/mskit/internal/bench

go 1.26.0

require (
	github.com/aws/aws-lambda-go v1.55.1
	github.com/mskit-go/mskit v0.0.0
)

require (
	github.com/segmentio/asm v1.2.1 // indirect
	golang.org/x/sys v0.50.0 // indirect
)

replace github.com/mskit-go/mskit => ../..
