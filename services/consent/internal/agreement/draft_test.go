package agreement

import (
	"testing"

	"aanvraag.internal/services/platform/decider/decidertest"
)

func TestG02_NobodyAgreesForTheCustomer(t *testing.T) {
	for _, history := range [][]Event{
		nil,
		{Given{Agreement: give().Agreement()}},
		{RequestSubmitted{SupportRequestID: "r1"}, Given{Agreement: give().Agreement()}, Attached{Agreement: give().Agreement()}},
	} {
		decidertest.Given[Consent](t, history...).
			When(but(func(c *Give) { c.ByOthers = true })).Rejected("PERMISSION_DENIED", "G-02")
	}
}

func TestG02_ConsentFromADeviceOfTheDeskIsFlagged(t *testing.T) {
	for device, same := range map[string]bool{"d1": true, "d2": true, "d3": false, "": false} {
		agreed := give().Agreement()
		agreed.SameDevice = same
		history := []Event{
			LinkNoted{SupportRequestID: "r1", Device: "d1", NotedAt: noon},
			LinkNoted{SupportRequestID: "r1", Device: "d2", NotedAt: noon},
			RequestSubmitted{SupportRequestID: "r1", SubmittedAt: noon},
		}
		decidertest.Given[Consent](t, history...).When(but(func(c *Give) { c.Device = device })).
			Then(Given{Agreement: agreed}, Attached{Agreement: agreed, AttachedAt: noon})
	}
	decidertest.Given[Consent, Event](t).When(NoteLink{SupportRequestID: "r1", At: noon}).Then() // not named, not known
}

func TestG03_NobodyAgreesToAnythingForADraftThatExpired(t *testing.T) {
	expired := RequestExpired{SupportRequestID: "r1", ExpiredAt: noon}
	decidertest.Given[Consent, Event](t, expired).When(give()).Rejected("EXPIRED", "G-03")
	decidertest.Given[Consent, Event](t, Given{Agreement: give().Agreement()}, expired).When(give()).Rejected("EXPIRED", "G-03")
}
