package contact

import (
	"testing"
	"time"

	"aanvraag.internal/services/kernel/policy"
	"aanvraag.internal/services/platform/decider/decidertest"
)

var nine = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func chamber() decidertest.Chamber[policy.Policy, policy.Event] {
	misleading := First()
	misleading.MainMenu = []Choice{{1, Reception}, {3, Support}}
	return decidertest.Chamber[policy.Policy, policy.Event]{
		Events: policy.Events(),
		Commands: map[string]policy.Command{
			"publish":            Publish{Directory: First(), At: nine},
			"publish-misleading": Publish{Directory: misleading, At: nine},
		},
	}
}

func TestComplete(t *testing.T) { chamber().Complete(t) }
func TestStories(t *testing.T)  { chamber().Stories(t) }
