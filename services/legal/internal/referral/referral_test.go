package referral_test

import (
	"maps"
	"testing"
	"time"

	"aanvraag.internal/services/kernel/sealed"
	. "aanvraag.internal/services/legal/internal/referral"
	"aanvraag.internal/services/platform/decider/decidertest"
)

var chamber = decidertest.Chamber[Referral, Event]{
	Events: Events(),
	Commands: map[string]Command{
		"raise":    Raise{Matter: matter, By: "lena", ReviewAt: nine.Add(time.Hour), At: nine},
		"approve":  Approve{By: "otto", At: nine},
		"withdraw": Withdraw{Reason: reason, At: nine},
		"handover": HandOver{Receipt: receipt, At: nine},
		"release":  Release{Reason: reason, At: nine},
	},
}

func TestAReferralDecidesOnItsArgumentsAlone(t *testing.T) { decidertest.Chaste(t) }
func TestNothingOfAReferralIsLeftOut(t *testing.T)         { chamber.Complete(t) }
func TestReferralHistoryStaysReadable(t *testing.T)        { chamber.Remembered(t) }
func TestReferralStories(t *testing.T)                     { chamber.Stories(t) }

var (
	nine    = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	matter  = sealedAs("matter")
	receipt = sealedAs("receipt")
	reason  = sealedAs("reason")

	raised     = ReferralRaised{Matter: matter, RaisedBy: "lena", RaisedAt: nine}
	approved   = ReferralApproved{ApprovedBy: "otto", ApprovedAt: nine}
	withdrawn  = ReferralWithdrawn{Reason: reason, WithdrawnAt: nine}
	handedOver = ReferralHandedOver{Receipt: receipt, HandedOverAt: nine}
	released   = ReferralReleased{Reason: reason, ReleasedAt: nine}
)

func sealedAs(field string) sealed.Data {
	return sealed.Data{Subject: "f1", Purpose: sealed.Legal, Field: field, Place: "legal-f1/c1", Cipher: []byte{1}}
}

// histories lead to each state.
var histories = map[string][]Event{
	"1 none":         nil,
	"2 raised":       {raised},
	"3 approved":     {raised, approved},
	"4 handed over":  {raised, approved, handedOver},
	"5 withdrawn":    {raised, withdrawn},
	"6 released":     {raised, approved, handedOver, released},
	"7 raised again": {raised, withdrawn, raised},
}

func TestWhatEachCommandDoesInEachStateOfAReferral(t *testing.T) {
	commands := map[string]Command{"approve by the same": Approve{By: "lena", At: nine}}
	maps.Copy(commands, chamber.Commands)
	chamber.Matrix(t, histories, commands)
}

func given(t *testing.T, events ...Event) *decidertest.Spec[Referral, Event] {
	t.Helper()
	return decidertest.Given[Referral](t, events...)
}

func TestD05OnePersonCannotRaiseAndApprove(t *testing.T) {
	for _, by := range []string{"lena", "Lena", "LENA", ""} {
		given(t, raised).When(Approve{By: by, At: nine}).Rejected("FOUR_EYES", "D-05")
	}
	given(t, raised).When(Approve{By: "otto", At: nine}).Then(approved)
	given(t).When(Raise{Matter: matter, ReviewAt: nine.Add(1), At: nine}).Rejected("FOUR_EYES", "D-05")
	// Whoever approved the last one may raise the next, and then cannot approve that.
	again := raised
	again.RaisedBy = "otto"
	given(t, raised, approved, withdrawn, again).When(Approve{By: "otto", At: nine}).Rejected("FOUR_EYES", "D-05")
	given(t, raised, approved, withdrawn, again).When(Approve{By: "lena", At: nine}).Then(ReferralApproved{ApprovedBy: "lena", ApprovedAt: nine})
}

func TestD05NothingIsHandedOverThatTwoDidNotAgreeTo(t *testing.T) {
	for _, history := range [][]Event{{raised}, {raised, withdrawn}, {raised, approved, withdrawn, raised}} {
		given(t, history...).When(HandOver{Receipt: receipt, At: nine}).Rejected("ILLEGAL_STATE", "D-05")
	}
	given(t, raised, approved).When(HandOver{Receipt: receipt, At: nine}).Then(handedOver)
}

func TestD06AReferralHoldsFromItsRaisingToItsEnd(t *testing.T) {
	held := map[string]bool{"2 raised": true, "3 approved": true, "4 handed over": true, "7 raised again": true}
	for name, history := range histories {
		var r Referral
		for _, e := range history {
			r = e.Evolve(r)
		}
		if r.Held() != held[name] {
			t.Errorf("%s: held %v", name, r.Held())
		}
	}
}

func TestD06AHoldIsReviewedAtAnInstantToCome(t *testing.T) {
	for review, ok := range map[time.Duration]bool{-time.Second: false, 0: false, time.Nanosecond: true, time.Hour: true} {
		wish := given(t).When(Raise{Matter: matter, By: "lena", ReviewAt: nine.Add(review), At: nine})
		if ok {
			wish.Then(raised)
			continue
		}
		wish.Rejected("REVIEW_IN_PAST", "D-06")
	}
}
