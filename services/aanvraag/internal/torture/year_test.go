package torture

import "testing"

func TestAYearOfADesksLifeKeepsEveryInvariant(t *testing.T) { quick(t, year) }
