// Package shoppb has the generated messages of this module's Protobuf tests.
package shoppb

//go:generate go run ../gen orders.proto catalog.proto legacy.proto
