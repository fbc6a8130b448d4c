package request

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"aanvraag.internal/services/kernel/sealed"
	"aanvraag.internal/services/platform/decider"
	"aanvraag.internal/services/platform/decider/decidertest"
)

func given(t *testing.T, events ...Event) *decidertest.Spec[Request, Event] {
	t.Helper()
	return decidertest.Given[Request](t, events...)
}

func accepted(kind PartyKind) []Event {
	return []Event{
		submitted(kind),
		ConsentAttached{Consent: agreement, AttachedAt: now},
		Accepted{AcceptedAt: now, PartyKind: kind, Consent: agreement},
	}
}

func TestG16_OutsideTheWindowTheNextOpeningIsTold(t *testing.T) {
	for at, opens := range map[string]string{
		"2026-11-27T16:00:00Z": "2026-11-30T06:30:00Z", // Friday 17:00:00 -> Monday 07:30
		"2026-12-24T16:00:00Z": "2026-12-28T06:30:00Z", // over Christmas and the weekend
		"2026-11-23T06:29:59Z": "2026-11-23T06:30:00Z", // one second early
		"2026-07-01T05:29:59Z": "2026-07-01T05:30:00Z", // in summer the desk opens an hour earlier in UTC
		"2026-11-23T15:59:59Z": "0001-01-01T00:00:00Z", // the last second that is open: nothing to tell
		"2026-07-01T05:30:00Z": "0001-01-01T00:00:00Z",
	} {
		c := submit()
		c.At = instant(t, at)
		e := given(t).When(c).Events()[0].(Submitted)
		if !e.NextOpening.Equal(instant(t, opens)) {
			t.Errorf("sent at %s: opens %s, want %s", at, e.NextOpening, opens)
		}
	}
}

func TestG16_ACalendarThatNeverOpensPromisesNothing(t *testing.T) {
	c := submit()
	c.Hours.Weekly = nil
	if e := given(t).When(c).Events()[0].(Submitted); !e.NextOpening.IsZero() {
		t.Fatal(e.NextOpening)
	}
}

func TestX01_WhoeverIsNotSurelyABusinessIsAConsumer(t *testing.T) {
	for _, declared := range []PartyKind{"", "something"} {
		c := submit()
		c.PartyKind = declared
		if e := given(t).When(c).Events()[0].(Submitted); e.PartyKind != Consumer {
			t.Errorf("%q became %q", declared, e.PartyKind)
		}
	}
}

func TestX01_ADeclaredBusinessNeedsANumberByWhichItIsKnown(t *testing.T) {
	for _, v := range []struct {
		declared     PartyKind
		unidentified bool
		kept         PartyKind
	}{
		{Business, false, Business},
		{Business, true, Consumer},
		{Consumer, true, Consumer},
		{Consumer, false, Consumer},
	} {
		c := submit()
		c.PartyKind, c.Unidentified = v.declared, v.unidentified
		if e := given(t).When(c).Events()[0].(Submitted); e.PartyKind != v.kept {
			t.Errorf("%s, unidentified %t, became %s", v.declared, v.unidentified, e.PartyKind)
		}
	}
}

func TestN01_WithoutAPartyOrAProblemNothingIsTakenIn(t *testing.T) {
	c := submit()
	c.InvoiceParty = sealed.Data{}
	given(t).When(c).Rejected("INVALID_PARTY", "N-01")
	c = submit()
	c.Contact = sealed.Data{}
	given(t).When(c).Rejected("INVALID_PARTY", "N-01")
	c = submit()
	c.Problem = sealed.Data{}
	given(t).When(c).Rejected("INVALID_PARTY", "N-02")
}

func TestW01_AWarrantyClaimLeavesNothingPersonal(t *testing.T) {
	c := submit() // even when the caller sealed what was typed
	c.WarrantyClaim = true
	given(t).When(c).Then(Diverted{
		Reference: c.Reference, Channel: WebForm, PhoneShown: "+31497782782", DivertedAt: now,
	})
}

func TestO07_ASecondRequestNeedsItsOwnConsent(t *testing.T) {
	given(t, submitted(Business)).When(Accept{At: now}).Rejected("CONSENT_MISSING", "O-07")
}

func TestO07_TheSameConsentTwiceIsOnce(t *testing.T) {
	attached := ConsentAttached{Consent: agreement, AttachedAt: now}
	given(t, submitted(Consumer), attached).When(AttachConsent{Consent: agreement, At: now.Add(time.Hour)}).Then()
	given(t, submitted(Consumer), attached).When(AttachConsent{Consent: renewed, At: now}).
		Then(ConsentAttached{Consent: renewed, AttachedAt: now})
}

func TestT01_ThePriceIsThatOfTheConsentAtAcceptance(t *testing.T) {
	history := append(accepted(Business),
		ConsentAttached{Consent: agreement, AttachedAt: now},
		WorkStarted{SessionID: session, AppointmentID: appointment, StartedAt: now})
	given(t, history...).When(AttachConsent{Consent: renewed, At: now}).Then()
	history = append(history, WorkEnded{Worked: measured, Notes: 1})
	e := given(t, history...).When(Close{Outcome: Resolved, Summary: secret(sealed.Operational, "summary"), At: now}).
		Events()[0].(Closed)
	if e.Tariff != agreement.Tariff || e.ConsentID != agreement.ID {
		t.Fatalf("closed under %+v", e)
	}
}

func TestE01_TheOutcomeChangesNothingElse(t *testing.T) {
	history := append(accepted(Consumer),
		WorkStarted{SessionID: session, AppointmentID: appointment, StartedAt: now},
		WorkEnded{Worked: measured, Notes: 1})
	var first Closed
	for i, outcome := range []Outcome{Resolved, Unresolved, Partly, Aborted} {
		e := given(t, history...).When(Close{Outcome: outcome, Summary: secret(sealed.Operational, "summary"), At: now}).
			Events()[0].(Closed)
		if e.Outcome != outcome {
			t.Errorf("%s became %s", outcome, e.Outcome)
		}
		e.Outcome = ""
		if i == 0 {
			first = e
		}
		if !reflect.DeepEqual(e, first) {
			t.Errorf("%s closes as %+v", outcome, e)
		}
	}
	want := Closed{
		ClosedAt: now, Reference: "A-7F3K-29QD", Summary: secret(sealed.Operational, "summary"),
		Sessions: []Worked{measured}, ConsentID: consentID, Tariff: agreement.Tariff,
		PartyKind: Consumer, Language: "nl", InvoiceParty: secret(sealed.Fiscal, "invoiceParty"),
	}
	if !reflect.DeepEqual(first, want) {
		t.Errorf("billing is told\n %+v, want\n %+v", first, want)
	}
}

func TestE01_AnOpenSessionIsNamed(t *testing.T) {
	history := append(accepted(Consumer), WorkStarted{SessionID: session, AppointmentID: appointment, StartedAt: now})
	r := given(t, history...).When(Close{Outcome: Resolved, At: now}).Rejected("ILLEGAL_STATE", "E-01")
	if r.Details[OpenSessionDetail] != session {
		t.Fatal(r.Details)
	}
}

func TestIllegalStatesNameTheStateAndTheCommand(t *testing.T) {
	r := given(t, accepted(Consumer)...).When(Accept{At: now}).Rejected("ILLEGAL_STATE", "R-02")
	if r.Details["from"] != "ACCEPTED" || r.Details["command"] != "accept" {
		t.Fatal(r.Details)
	}
}

func TestR03_RefusedAfterSchedulingTheAppointmentIsGone(t *testing.T) {
	history := append(accepted(Business), Scheduled{AppointmentID: appointment, ScheduledAt: now}, Refused{RefusedAt: now})
	if r := decider.Fold(Request{}, history...); len(r.Appointments) > 0 || !r.Final() {
		t.Fatalf("%+v", r)
	}
}

func TestR05_R06_WorkedSecondsCannotBeRefusedOrCancelledAway(t *testing.T) {
	history := append(accepted(Business),
		WorkStarted{SessionID: session, AppointmentID: appointment, StartedAt: now},
		WorkEnded{Worked: measured, Notes: 1},
		Scheduled{AppointmentID: "next", ScheduledAt: now})
	if r := decider.Fold(Request{}, history...); r.State != StateScheduled {
		t.Fatal(r.State)
	}
	given(t, history...).When(Refuse{At: now}).Rejected("ILLEGAL_STATE", "R-05")
	given(t, history...).When(Cancel{At: now}).Rejected("ILLEGAL_STATE", "R-06")
}

// Appointments and sessions reach the request by streams of their own.
func TestTheOrderOfBookingAndSessionDoesNotMatter(t *testing.T) {
	book := Scheduled{AppointmentID: appointment, ScheduledAt: now}
	start := WorkStarted{SessionID: session, AppointmentID: appointment, StartedAt: now}
	given(t, append(accepted(Consumer), start)...).When(Schedule{AppointmentID: appointment, At: now}).Then()

	inOrder := decider.Fold(Request{}, append(accepted(Consumer), book, start)...)
	late := decider.Fold(Request{}, append(accepted(Consumer), start)...)
	if !reflect.DeepEqual(inOrder, late) {
		t.Fatalf("%+v\n%+v", inOrder, late)
	}

	next := Scheduled{AppointmentID: "next", ScheduledAt: now}
	end := WorkEnded{Worked: measured, Notes: 1}
	before := decider.Fold(Request{}, append(accepted(Consumer), book, start, next, end)...)
	after := decider.Fold(Request{}, append(accepted(Consumer), book, start, end, next)...)
	if !reflect.DeepEqual(before, after) || before.State != StateScheduled {
		t.Fatalf("%+v\n%+v", before, after)
	}
}

func TestAnAppointmentThatIsOffLeadsBack(t *testing.T) {
	booked := Scheduled{AppointmentID: appointment, ScheduledAt: now}
	off := Unscheduled{AppointmentID: appointment, UnscheduledAt: now}
	given(t, append(accepted(Consumer), booked)...).When(Unschedule{AppointmentID: "another", At: now}).Then()
	given(t, append(accepted(Consumer), booked)...).When(Unschedule{AppointmentID: appointment, At: now}).Then(off)
	if r := decider.Fold(Request{}, append(accepted(Consumer), booked, off)...); r.State != StateAccepted {
		t.Errorf("before work: %s", r.State)
	}
	worked := append(accepted(Consumer),
		WorkStarted{SessionID: session, AppointmentID: "first", StartedAt: now}, WorkEnded{Worked: measured, Notes: 1})
	if r := decider.Fold(Request{}, append(worked, booked, off)...); r.State != StatePaused {
		t.Errorf("after work: %s", r.State)
	}
}

func TestAnotherRequestsInvoiceSettlesNothing(t *testing.T) {
	history := append(accepted(Consumer), Closed{ClosedAt: now}, Invoiced{InvoiceID: invoice, InvoicedAt: now})
	given(t, history...).When(Settle{InvoiceID: "another", At: now}).Then()
}

func TestAReferenceIsTheSameForEverAndCanBeReadAloud(t *testing.T) {
	const id = "7b0c8f8e-5a0e-4c55-8a5f-0d1d6c1b7e42"
	if got := Reference(id); got != Reference(id) || got != "A-666B-EPGC" {
		t.Fatal(got)
	}
	seen := map[string]bool{}
	for i := range 1000 {
		r := Reference(string(rune('a'+i%26)) + strings.Repeat("x", i))
		if len(r) != 11 || strings.ContainsAny(r[2:], "ILOU") || seen[r] {
			t.Fatalf("%q, seen before: %t", r, seen[r])
		}
		seen[r] = true
	}
}

func instant(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// Two bookings at the same moment: the one that is voided leaves the other alone,
// in whatever order the news comes (section 4).
func TestOfTwoAppointmentsTheOneThatStandsStays(t *testing.T) {
	book := func(id string) Schedule { return Schedule{AppointmentID: id, At: now} }
	off := func(id string) Unschedule { return Unschedule{AppointmentID: id, At: now} }
	for _, told := range [][]Command{
		{book("a1"), book("a2"), off("a2")},
		{book("a2"), book("a1"), off("a2")},
		{book("a2"), off("a2"), book("a1")},
	} {
		history := accepted(Business)
		for _, news := range told {
			history = append(history, given(t, history...).When(news).Events()...)
		}
		r := decider.Fold(Request{}, history...)
		if r.State != StateScheduled || r.LastAppointment() != "a1" {
			t.Errorf("%v: %s with %q", told, r.State, r.LastAppointment())
		}
	}
}

// the worked part of a consumer's request is owed only when he had asked to start
// at once; before the work a withdrawal costs nothing.
func TestX04AWithdrawalMidWayClosesWhatWasWorkedWithoutANote(t *testing.T) {
	running := histories()["08 IN_PROGRESS (consumer)"]
	for asked, owed := range map[bool]Owed{true: Proportional, false: Nothing} {
		withdrawn := ContractWithdrawn{Owed: owed, WithdrawnAt: now}
		given(t, running...).When(Withdraw{StartRequested: asked, At: now}).Then(withdrawn)
		events := given(t, append(slices.Clip(running), withdrawn)...).When(EndWork{Worked: measured}).Events()
		closed, ok := events[len(events)-1].(Closed)
		if len(events) != 2 || !ok || closed.Withdrawn != owed || closed.Outcome != Aborted || len(closed.Sessions) != 1 ||
			closed.Sessions[0].WorkedSeconds != measured.WorkedSeconds || !closed.ClosedAt.Equal(measured.EndedAt) {
			t.Errorf("asked %v: %+v", asked, events)
		}
	}
	for _, name := range []string{"03 SUBMITTED with consent", "04 ACCEPTED", "05 SCHEDULED"} {
		given(t, histories()[name+" (consumer)"]...).When(Withdraw{StartRequested: true, At: now}).
			Then(Cancelled{CancelledAt: now})
	}
	given(t, histories()["19 SETTLED (consumer)"]...).When(Withdraw{StartRequested: true, At: now}).Then()
}

func TestO09TakingTheAgreementBackCancelsOnlyBeforeTheWork(t *testing.T) {
	given(t, histories()["05 SCHEDULED (business)"]...).When(TakeBack{At: now}).Then(Cancelled{CancelledAt: now})
	for _, name := range []string{"06 SCHEDULED again after work", "08 IN_PROGRESS", "12 PAUSED", "16 CLOSED", "21 CANCELLED"} {
		given(t, histories()[name+" (business)"]...).When(TakeBack{At: now}).Then()
	}
}
