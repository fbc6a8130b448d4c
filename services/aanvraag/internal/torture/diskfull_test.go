package torture

import "testing"

func TestALogAtItsQuotaRefusesAndHeals(t *testing.T) { quick(t, quota) }

func TestWhateverHasNoRoomRefusesAndHeals(t *testing.T) { quick(t, diskfull) }
