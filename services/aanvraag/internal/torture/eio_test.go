package torture

import "testing"

func TestAfterAFailedSyncNothingIsAcknowledgedThoughTheDiskIsWell(t *testing.T) { quick(t, eio) }
