package torture

import "testing"

func TestAfterAFailedCommitNothingIsAcknowledgedAndNothingIsLost(t *testing.T) { quick(t, fsync) }
