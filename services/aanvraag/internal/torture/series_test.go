package torture

import "testing"

func TestB08NumbersRunOnWhateverIsLost(t *testing.T) { quick(t, series) }
