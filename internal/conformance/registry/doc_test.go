// Package registry_test lays the registry clients beside implementations that
// are not ours.
package registry_test
