package warranty_test

import (
	"testing"
	"time"

	. "aanvraag.internal/services/intake/internal/warranty"
	"aanvraag.internal/services/kernel/sealed"
	"aanvraag.internal/services/platform/decider/decidertest"
)

var chamber = decidertest.Chamber[Claim, Event]{
	Events:   Events(),
	Commands: map[string]Command{"register": Register{}, "grant": Grant{}, "reject": Reject{}},
}

func TestAClaimDecidesOnItsArgumentsAlone(t *testing.T) { decidertest.Chaste(t) }
func TestNothingOfAClaimIsLeftOut(t *testing.T)         { chamber.Complete(t) }
func TestClaimHistoryStaysReadable(t *testing.T)        { chamber.Remembered(t) }
func TestClaimStories(t *testing.T)                     { chamber.Stories(t) }

var (
	nine       = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	basis      = sealed.Data{Subject: "s", Purpose: sealed.Operational, Field: "basis", Place: "warranty-c", Cipher: []byte("basis")}
	registered = ClaimRegistered{SupportRequestID: "r1", RegisteredAt: nine}
	granted    = ClaimGranted{SupportRequestID: "r1", Basis: basis, GrantedAt: nine}
	rejected   = ClaimRejected{SupportRequestID: "r1", Basis: basis, RejectedAt: nine}
)

func TestWhatEachCommandDoesInEachStateOfAClaim(t *testing.T) {
	chamber.Matrix(t, map[string][]Event{
		"1 none":     nil,
		"2 open":     {registered},
		"3 granted":  {registered, granted},
		"4 rejected": {registered, rejected},
	}, map[string]Command{
		"register": Register{SupportRequestID: "r1", At: nine}, "register-by-phone": Register{At: nine},
		"grant": Grant{Basis: basis, At: nine}, "reject": Reject{Basis: basis, At: nine},
	})
}

func given(t *testing.T, events ...Event) *decidertest.Spec[Claim, Event] {
	t.Helper()
	return decidertest.Given[Claim](t, events...)
}

func TestW03AClaimIsDecidedOnceOnABasis(t *testing.T) {
	given(t).When(Grant{Basis: basis, At: nine}).Rejected("WARRANTY_CLAIM_UNKNOWN", "W-03")
	given(t, registered).When(Grant{At: nine}).Rejected("BASIS_REQUIRED", "W-03")
	given(t, registered).When(Reject{At: nine}).Rejected("BASIS_REQUIRED", "W-03")
	given(t, registered).When(Grant{Basis: basis, At: nine}).Then(granted)
	given(t, registered).When(Reject{Basis: basis, At: nine}).Then(rejected)
	given(t, registered, rejected).When(Grant{Basis: basis, At: nine}).Rejected("ILLEGAL_STATE", "W-03")
	given(t, registered, granted).When(Reject{Basis: basis, At: nine}).Rejected("ILLEGAL_STATE", "W-03")
	given(t, registered, granted).When(Grant{Basis: basis, At: nine}).Then()
}
