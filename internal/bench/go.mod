module github.com/mskit-go/mskit/internal/bench

go 1.26.0

require (
	github.com/aws/aws-lambda-go v1.55.1
	github.com/hamba/avro/v2 v2.31.0
	github.com/mskit-go/mskit v0.0.0
	github.com/santhosh-tekuri/jsonschema/v5 v5.3.1
	google.golang.org/protobuf v1.36.12
)

require (
	github.com/go-viper/mapstructure/v2 v2.4.0 // indirect
	github.com/json-iterator/go v1.1.12 // indirect
	github.com/modern-go/concurrent v0.0.0-20180306012644-bacd9c7ef1dd // indirect
	github.com/modern-go/reflect2 v1.0.2 // indirect
	github.com/segmentio/asm v1.2.1 // indirect
	golang.org/x/sys v0.50.0 // indirect
)

replace github.com/mskit-go/mskit => ../..
