package billing

import (
	"testing"

	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	"aanvraag.internal/services/billing/internal/invoice"
)

// what intake says is owed reaches the rating.
func TestX04WhatAWithdrawalLeavesOwedIsTakenOver(t *testing.T) {
	for told, want := range map[intakev1.WithdrawnWork]invoice.Withdrawn{
		intakev1.WithdrawnWork_WITHDRAWN_WORK_UNSPECIFIED:  "",
		intakev1.WithdrawnWork_WITHDRAWN_WORK_PROPORTIONAL: invoice.OwesWorked,
		intakev1.WithdrawnWork_WITHDRAWN_WORK_NOTHING:      invoice.OwesNothing,
	} {
		if got := billFor(&intakev1.SupportRequestClosed{Withdrawn: told}).Withdrawn; got != want {
			t.Errorf("%v is billed as %q, want %q", told, got, want)
		}
	}
}
