// Package contract holds the tests that keep the generated code true to the
// schemas, without any tool but Go.
package contract
