// Package shoppb has the generated messages of this module's Protobuf tests.
package shoppb

//go:generate sh -c "cd ../../../.. && go run ./schema/protobuf/internal/gen schema/protobuf/internal/shoppb/orders.proto schema/protobuf/internal/shoppb/catalog.proto schema/protobuf/internal/shoppb/legacy.proto"
