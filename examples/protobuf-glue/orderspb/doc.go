// Package orderspb has the messages of orders.proto. In a module of your own,
// protoc makes them:
//
//	protoc --go_out=. --go_opt=paths=source_relative orders.proto
package orderspb

//go:generate go run ../../../schema/protobuf/internal/gen orders.proto
