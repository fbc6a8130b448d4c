package torture

import "testing"

func TestAPowerCutTakesNothingThatWasAcknowledged(t *testing.T) { quick(t, powercut) }
