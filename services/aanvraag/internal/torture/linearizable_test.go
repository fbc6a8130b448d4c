package torture

import "testing"

func TestEveryStreamIsLinearizableThroughKillsAndFreezes(t *testing.T) { quick(t, linearizable) }
