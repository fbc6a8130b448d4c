package torture

import "testing"

func TestR4EveryRevisionIsHandledOnceWhateverIsLost(t *testing.T) { quick(t, inboxes) }
