// Package bustest ends the tests of packages that run an embedded NATS server.
package bustest

import (
	"testing"

	"go.uber.org/goleak"
)

// Main runs the tests and fails when they leave a goroutine of ours behind. A
// server that is shut down while it makes a stream leaves that stream's own loops
// behind (nats-server 2.15.2); nothing of ours can end them.
func Main(m *testing.M) {
	const server = "github.com/nats-io/nats-server/v2/server"
	goleak.VerifyTestMain(
		m,
		goleak.IgnoreAnyFunction(server+".(*fileStore).flushStreamStateLoop"),
		goleak.IgnoreAnyFunction(server+".(*msgBlock).flushLoop"),
		goleak.IgnoreAnyFunction(server+"/ats.Register.func1"),
	)
}
