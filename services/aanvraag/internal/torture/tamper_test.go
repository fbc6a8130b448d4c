package torture

import "testing"

func TestEveryTamperIsNamed(t *testing.T) { quick(t, tamper) }
