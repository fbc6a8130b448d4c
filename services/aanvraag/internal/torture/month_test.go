package torture

import "testing"

func TestNothingIsLostOrDoubledByARestartEveryDay(t *testing.T) { quick(t, month) }
