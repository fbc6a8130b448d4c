package torture

import "testing"

func TestR4ZombieRelaysPublishEveryEventOnceAndInOrder(t *testing.T) { quick(t, relays) }
