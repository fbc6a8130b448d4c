package request

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"aanvraag.internal/services/kernel/hours"
	"aanvraag.internal/services/kernel/policy"
	"aanvraag.internal/services/kernel/sealed"
	"aanvraag.internal/services/platform/decider"
	"aanvraag.internal/services/platform/decider/decidertest"
)

// now is a Monday, 09:00 in Amsterdam.
var now = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

const (
	appointment = "11111111-1111-4111-8111-111111111111"
	session     = "22222222-2222-4222-8222-222222222222"
	invoice     = "33333333-3333-4333-8333-333333333333"
	consentID   = "44444444-4444-4444-8444-444444444444"
	ending      = "55555555-5555-4555-8555-555555555555"
	claim       = "66666666-6666-4666-8666-666666666666"
)

// term is when a request of now lapses: five opening days later, at closing time.
var term = time.Date(2026, 11, 30, 16, 0, 0, 0, time.UTC)

func secret(purpose sealed.Purpose, field string) sealed.Data {
	return sealed.Data{Subject: "s", Purpose: purpose, Field: field, Place: "request-r", Cipher: []byte(field)}
}

var (
	agreement = Consent{ID: consentID, GivenAt: now, Tariff: policy.Ref{Kind: "tariff", Version: 1, SHA256: "aa"}}
	renewed   = Consent{ID: consentID, GivenAt: now.Add(time.Hour), Tariff: policy.Ref{Kind: "tariff", Version: 2, SHA256: "bb"}}
	measured  = Worked{
		SessionID: session, WorkedSeconds: 2220, RegularSeconds: 2220, StartedAt: now, EndedAt: now.Add(37 * time.Minute),
		Calendar: policy.Ref{Kind: "calendar", Version: 1, SHA256: "cc"},
	}
)

func submit() Submit {
	return Submit{
		Reference: "A-7F3K-29QD", Channel: WebForm, PartyKind: Consumer,
		Contact: secret(sealed.Operational, "contact"), Problem: secret(sealed.Operational, "problem"),
		InvoiceParty: secret(sealed.Fiscal, "invoiceParty"),
		Hours:        hours.Default(), Phone: "+31497782782", At: now,
	}
}

func submitted(kind PartyKind) Submitted {
	return Submitted{
		Reference: "A-7F3K-29QD", Channel: WebForm, PartyKind: kind, Language: "nl", SubmittedAt: now, NextOpening: now,
		Contact: secret(sealed.Operational, "contact"), Problem: secret(sealed.Operational, "problem"),
		InvoiceParty: secret(sealed.Fiscal, "invoiceParty"), LapsesAt: term,
	}
}

// withoutTerm came in before requests lapsed.
func withoutTerm(kind PartyKind) Submitted {
	e := submitted(kind)
	e.LapsesAt = time.Time{}
	return e
}

func commands() map[string]Command {
	return map[string]Command{
		"submit":                submit(),
		"submit-warranty-claim": Submit{Reference: "A-7F3K-29QD", Channel: WebForm, WarrantyClaim: true, Phone: "+31497782782", At: now},
		"attach-consent":        AttachConsent{Consent: renewed, At: now},
		"accept":                Accept{At: now},
		"refuse":                Refuse{EndingID: ending, At: now},
		"cancel":                Cancel{EndingID: ending, At: now},
		"terminate":             Terminate{EndingID: ending, Reason: secret(sealed.Operational, "reason"), By: "dora", At: now},
		"conclude-granted":      Conclude{EndingID: ending, Granted: true, At: now},
		"conclude-denied":       Conclude{EndingID: ending, At: now},
		"lapse":                 Lapse{EraseAfterDays: 30, At: term},
		"erase":                 RecordErased{KeyIDs: []string{"k"}, At: term.AddDate(0, 0, 30)},
		"raise-warranty":        RaiseWarranty{ClaimID: claim, At: now},
		"grant-warranty":        DecideWarranty{ClaimID: claim, Granted: true, At: now},
		"reject-warranty":       DecideWarranty{ClaimID: claim, At: now},
		"schedule":              Schedule{AppointmentID: appointment, At: now},
		"unschedule":            Unschedule{AppointmentID: appointment, At: now},
		"start-work":            StartWork{SessionID: session, AppointmentID: appointment, At: now},
		"pause-work":            PauseWork{SessionID: session, At: now},
		"resume-work":           ResumeWork{SessionID: session, At: now},
		"end-work":              EndWork{Worked: measured, Notes: 1},
		"note-work":             NoteWork{SessionID: measured.SessionID, Notes: 1, At: measured.EndedAt},
		"close":                 Close{Outcome: Resolved, Summary: secret(sealed.Operational, "summary"), At: now},
		"mark-invoiced":         MarkInvoiced{InvoiceID: invoice, Number: "2026-000001", At: now},
		"mark-not-billable":     MarkNotBillable{Reason: "NO_TIME", At: now},
		"link-processor":        LinkProcessorAgreement{AgreementID: "VWO-2026-17", At: now},
		"settle":                Settle{InvoiceID: invoice, At: now},
		"withdraw":              Withdraw{StartRequested: true, At: now},
		"take-back":             TakeBack{At: now},
		"draft":                 draft(),
		"reissue":               Reissue{LinkHash: "c2", Limits: FirstLimits(), At: now},
		"submit-by-link":        byLink(now),
		"submit-by-wrong-link":  with(byLink(now), func(c *Submit) { c.LinkHash = "c9" }),
		"divert-by-link":        with(byLink(now), func(c *Submit) { c.WarrantyClaim = true }),
		"expire":                Expire{At: now.Add(24 * time.Hour)},
		"forget":                Forget{Keys: destroyed, At: now.Add(24 * time.Hour)},
		"suspend":               Suspend{Number: 1, From: now, At: now},
		"go-on":                 GoOn{Number: 1, Handling: HandlingResume, At: now},
		"correct-work":          CorrectWork{WorkCorrected{SessionID: session, Number: 1, WorkedSeconds: 240, RegularSeconds: 240, CorrectedAt: now}},
	}
}

var destroyed = []DestroyedKey{{KeyID: "operational/s", DestroyedAt: now.Add(24 * time.Hour)}}

// draft is a technician's, with a link whose code is hashed to "c1".
func draft() Draft {
	return Draft{
		Reference: "A-7F3K-29QD", Channel: Phone, Contact: secret(sealed.Operational, "contact"),
		LinkHash: "c1", Device: "d1", Limits: FirstLimits(), At: now,
	}
}

// drafted is what follows from it.
func drafted() []Event {
	return []Event{
		Drafted{
			Reference: "A-7F3K-29QD", Channel: Phone, DraftedAt: now, ExpiresAt: now.Add(24 * time.Hour),
			Contact: secret(sealed.Operational, "contact"),
		},
		LinkIssued{Hash: "c1", Device: "d1", IssuedAt: now, ExpiresAt: now.Add(30 * time.Minute)},
	}
}

// byLink is the customer who sends that draft.
func byLink(at time.Time) Submit {
	return with(submit(), func(c *Submit) { c.LinkHash, c.At = "c1", at })
}

func with(c Submit, change func(*Submit)) Submit {
	change(&c)
	return c
}

// histories leads to every state that a request can reach, with a business and
// with a consumer where the law tells them apart.
func histories() map[string][]Event {
	chain := func(kind PartyKind, more ...Event) []Event {
		return append([]Event{submitted(kind), ConsentAttached{Consent: agreement, AttachedAt: now}}, more...)
	}
	out := map[string][]Event{
		"00 NEW":      {},
		"01 DIVERTED": {Diverted{PhoneShown: "+31497782782", DivertedAt: now}},

		"22 DRAFTED":                          drafted(),
		"23 EXPIRED":                          append(drafted(), Expired{ExpiredAt: now.Add(24 * time.Hour)}),
		"24 EXPIRED, forgotten":               append(drafted(), Expired{}, KeysDestroyed{Keys: destroyed, At: now}),
		"25 DIVERTED from a draft":            append(drafted(), LinkUsed{UsedAt: now}, Diverted{DivertedAt: now}),
		"26 DIVERTED from a draft, forgotten": append(drafted(), LinkUsed{UsedAt: now}, Diverted{DivertedAt: now}, KeysDestroyed{At: now}),
		"27 SUBMITTED from a draft":           append(drafted(), LinkUsed{UsedAt: now}, submitted(Consumer)),
	}
	withdrawn := ContractWithdrawn{Owed: Proportional, WithdrawnAt: now}
	for _, kind := range []PartyKind{Business, Consumer} {
		accepted := chain(kind, Accepted{AcceptedAt: now, PartyKind: kind, Consent: agreement})
		with := func(before []Event, more ...Event) []Event { return append(slices.Clip(before), more...) }
		scheduled := with(accepted, Scheduled{AppointmentID: appointment, ScheduledAt: now})
		running := with(scheduled, WorkStarted{SessionID: session, AppointmentID: appointment, StartedAt: now})
		paused := with(running, WorkPaused{SessionID: session, PausedAt: now})
		ended := with(running, WorkEnded{Worked: measured, Notes: 1})
		closed := with(ended, Closed{ClosedAt: now, Outcome: Resolved})
		invoiced := with(closed, Invoiced{InvoiceID: invoice, Number: "2026-000001", InvoicedAt: now})
		for name, history := range map[string][]Event{
			"02 SUBMITTED":                         {submitted(kind)},
			"03 SUBMITTED with consent":            chain(kind),
			"04 ACCEPTED":                          accepted,
			"05 SCHEDULED":                         scheduled,
			"06 SCHEDULED again after work":        with(ended, Scheduled{AppointmentID: "next", ScheduledAt: now}),
			"07 SCHEDULED again without a note":    with(running, WorkEnded{Worked: measured}, Scheduled{AppointmentID: "next", ScheduledAt: now}),
			"08 IN_PROGRESS":                       running,
			"09 IN_PROGRESS, next one booked":      with(running, Scheduled{AppointmentID: "next", ScheduledAt: now}),
			"10 IN_PROGRESS, session ended":        ended,
			"11 IN_PROGRESS, ended without a note": with(running, WorkEnded{Worked: measured}),
			"12 PAUSED":                            paused,
			"13 PAUSED, next one booked":           with(paused, Scheduled{AppointmentID: "next", ScheduledAt: now}),
			"14 PAUSED, session ended":             with(paused, WorkEnded{Worked: measured, Notes: 1}),
			"15 PAUSED, ended without a note":      with(paused, WorkEnded{Worked: measured}),
			"16 CLOSED":                            closed,
			"17 CLOSED, not billable":              with(closed, NotBillable{Reason: "NO_TIME", At: now}),
			"18 INVOICED":                          invoiced,
			"19 SETTLED":                           with(invoiced, Settled{InvoiceID: invoice, SettledAt: now}),
			"20 REFUSED":                           chain(kind, Refused{RefusedAt: now, EraseAt: now.AddDate(0, 0, 30)}),
			"21 CANCELLED":                         chain(kind, Cancelled{CancelledAt: now, EraseAt: now.AddDate(0, 0, 30)}),
			"33 LAPSED":                            chain(kind, Lapsed{LapsedAt: term, EraseAt: term.AddDate(0, 0, 30)}),
			"34 TERMINATED":                        with(accepted, Terminated{TerminatedAt: now, Reason: secret(sealed.Operational, "reason")}),
			"35 SCHEDULED, being cancelled":        with(scheduled, EndingBegun{Ending: Ending{ID: ending, Kind: Cancelling}, BegunAt: now}),
			"36 PAUSED, being terminated":          with(ended, EndingBegun{Ending: Ending{ID: ending, Kind: Terminating}, BegunAt: now}),
			"37 SCHEDULED, termination proposed":   with(scheduled, TerminationProposed{Proposal{By: "dina", Reason: secret(sealed.Operational, "reason"), At: now}}),
			"38 SUBMITTED, warranty claimed":       {submitted(kind), WarrantyRaised{ClaimID: claim, RaisedAt: now}},
			"39 SUBMITTED, warranty granted":       {submitted(kind), WarrantyRaised{ClaimID: claim, RaisedAt: now}, WarrantyDecided{ClaimID: claim, Granted: true, DecidedAt: now}},
			"40 SUBMITTED, warranty rejected":      {submitted(kind), WarrantyRaised{ClaimID: claim, RaisedAt: now}, WarrantyDecided{ClaimID: claim, DecidedAt: now}},
			"41 PAUSED, warranty claimed":          with(ended, WarrantyRaised{ClaimID: claim, RaisedAt: now}),
			"42 INVOICED, warranty claimed":        with(invoiced, WarrantyRaised{ClaimID: claim, RaisedAt: now}),
			"43 REFUSED and erased":                chain(kind, Refused{RefusedAt: now, EraseAt: now.AddDate(0, 0, 30)}, Erased{KeyIDs: []string{"k"}, ErasedAt: now.AddDate(0, 0, 30)}),
			"44 SUBMITTED before there was a term": {withoutTerm(kind)},
			"22 SUSPENDED":                         with(accepted, suspended),
			"23 SUSPENDED, appointment stands":     with(scheduled, suspended),
			"24 SUSPENDED, session runs":           with(running, suspended),
			"25 SUSPENDED, it runs, next booked":   with(running, suspended, next),
			"26 SUSPENDED, session paused":         with(paused, suspended),
			"27 SUSPENDED, it paused, next booked": with(paused, suspended, next),
			"28 SUSPENDED, session ended":          with(ended, suspended),
			"29 SUSPENDED, it ended, next booked":  with(ended, suspended, next),
			"30 SUSPENDED, ended without a note":   with(running, WorkEnded{Worked: measured}, suspended),
			"31 SUSPENDED, no note, next booked":   with(running, WorkEnded{Worked: measured}, suspended, next),
			"32 PAUSED, agreed to end":             with(paused, suspended, WorkEnded{Worked: measured, Notes: 1}, HandlingAgreed{Number: 1, Handling: HandlingEnd, AgreedAt: now}),
			"33 IN_PROGRESS, withdrawn":            with(running, withdrawn),
			"34 IN_PROGRESS, withdrawn, next one":  with(running, next, withdrawn),
			"35 PAUSED, withdrawn":                 with(paused, withdrawn),
			"36 PAUSED, withdrawn, next one":       with(paused, next, withdrawn),
			"37 SUSPENDED, it runs, withdrawn":     with(running, suspended, withdrawn),
			"38 SUSPENDED, that and a next one":    with(running, suspended, next, withdrawn),
			"39 SUSPENDED, it paused, withdrawn":   with(paused, suspended, withdrawn),
			"40 SUSPENDED, paused and a next one":  with(paused, suspended, next, withdrawn),
		} {
			out[name+" ("+string(kind)+")"] = history
		}
	}
	return out
}

var (
	suspended = Suspended{Number: 1, From: now, SuspendedAt: now}
	next      = Scheduled{AppointmentID: "next", ScheduledAt: now}
)

func chamber() decidertest.Chamber[Request, Event] {
	return decidertest.Chamber[Request, Event]{Events: Events(), Commands: commands()}
}

func TestPure(t *testing.T)       { decidertest.Chaste(t) }
func TestComplete(t *testing.T)   { chamber().Complete(t) }
func TestRemembered(t *testing.T) { chamber().Remembered(t) }
func TestStories(t *testing.T)    { chamber().Stories(t) }
func TestMatrix(t *testing.T)     { chamber().Matrix(t, histories(), commands()) }

// The matrix shows every state that any order of commands can lead to, and no
// order leads out of an end.
func TestTheMatrixHoldsEveryReachableState(t *testing.T) {
	shown := map[string]bool{}
	for _, history := range histories() {
		shown[shape(decider.Fold(Request{}, history...))] = true
	}
	wishes := commands()
	forBusiness := submit()
	forBusiness.PartyKind = Business
	wishes["submit-business"] = forBusiness
	withTerm := submit()
	withTerm.AnswerDays = 5
	wishes["submit-with-term"] = withTerm
	wishes["schedule-next"] = Schedule{AppointmentID: "next", At: now}
	wishes["unschedule-next"] = Unschedule{AppointmentID: "next", At: now}
	wishes["end-without-note"] = EndWork{Worked: measured}
	wishes["attach-agreement"] = AttachConsent{Consent: agreement, At: now}
	names := slices.Sorted(maps.Keys(wishes))

	reached, frontier := map[string]bool{shape(Request{}): true}, []Request{{}}
	seen := map[string]bool{}
	states := map[State]bool{}
	for len(frontier) > 0 {
		r := frontier[0]
		frontier = frontier[1:]
		states[r.State] = true
		for _, name := range names {
			events, err := wishes[name].Decide(r)
			if err != nil {
				continue
			}
			next := decider.Fold(r, events...)
			if r.Final() && next.State != r.State {
				t.Errorf("%s leads out of %s to %s", name, shape(r), next.State)
			}
			reached[shape(next)] = true
			if key := shape(next) + beside(next); !seen[key] {
				seen[key] = true
				frontier = append(frontier, next)
			}
		}
	}
	for _, s := range []State{
		StateNone, StateDiverted, StateSubmitted, StateAccepted, StateScheduled, StateInProgress, StatePaused,
		StateClosed, StateInvoiced, StateSettled, StateRefused, StateCancelled, StateDrafted, StateExpired,
		StateSuspended, StateLapsed, StateTerminated,
	} {
		if !states[s] {
			t.Errorf("no order of commands leads to %q", s)
		}
	}
	for s := range shown {
		if !reached[s] {
			t.Errorf("the matrix shows %s, which nothing leads to", s)
		}
	}
	for s := range reached {
		if !shown[s] {
			t.Errorf("the matrix lacks %s", s)
		}
	}
}

// beside is what can stand beside nearly every state: an end that is being decided, a
// proposal, a claim, an erasure. The matrix shows each where it matters (30 to 39).
func beside(r Request) string {
	return fmt.Sprintf(" ending=%s proposed=%t warranty=%s erased=%t term=%t",
		r.Ending.Kind, !r.Proposal.IsZero(), r.Warranty, !r.ErasedAt.IsZero(), !r.LapsesAt.IsZero())
}

// shape is what decisions depend on, but for what [beside] tells; the consent decides only while there is no
// agreement, and a link that was used only which reason a second form is given.
func shape(r Request) string {
	s := fmt.Sprintf("%s final=%t appointment=%t forgettable=%t", r.State, r.Final(), len(r.Appointments) > 0, r.Forgettable())
	if r.State == StateSubmitted {
		s += fmt.Sprintf(" consent=%t", !r.Consent.IsZero())
	}
	if r.State == StateSubmitted || r.agreed() {
		s += " " + string(r.PartyKind) + " " + string(r.Withdrawn)
		for _, session := range r.Sessions {
			s += fmt.Sprintf(" session=%d notes=%d", session.State, session.Notes)
		}
	}
	return s
}
