package memory_test

import (
	"testing"

	"go.uber.org/goleak"

	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/eventstore/memory"
	"aanvraag.internal/services/platform/eventstore/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestTheMemoryEngineKeepsThePromisesOfTheStore(t *testing.T) {
	storetest.Run(t, func(*testing.T) eventstore.Store { return memory.New() }, storetest.StartsEmpty())
}
