package request

import (
	"slices"
	"time"

	"aanvraag.internal/services/kernel/policy"
	"aanvraag.internal/services/kernel/sealed"
)

// Events lists a sample of every event type of a request stream.
func Events() []Event {
	return []Event{
		Submitted{},
		Diverted{},
		ConsentAttached{},
		Accepted{},
		Refused{},
		Cancelled{},
		Scheduled{},
		Unscheduled{},
		WorkStarted{},
		WorkPaused{},
		WorkResumed{},
		WorkEnded{},
		WorkNoted{},
		Closed{},
		Invoiced{},
		NotBillable{},
		Settled{},
		ContractWithdrawn{},
		Drafted{},
		LinkIssued{},
		LinkUsed{},
		Expired{},
		KeysDestroyed{},
		Suspended{},
		HandlingAgreed{},
		WorkCorrected{},
		EndingBegun{},
		EndingDenied{},
		TerminationProposed{},
		Terminated{},
		Lapsed{},
		Erased{},
		WarrantyRaised{},
		WarrantyDecided{},
		ProcessorAgreementLinked{},
	}
}

// Submitted: the customer pressed the button. An offer, not an agreement.
type Submitted struct {
	Reference    string      `json:"reference"`
	Channel      Channel     `json:"channel"`
	PartyKind    PartyKind   `json:"partyKind"`
	Language     string      `json:"language"`
	SubmittedAt  time.Time   `json:"submittedAt"`
	NextOpening  time.Time   `json:"nextOpening,omitzero"` // G-16
	Contact      sealed.Data `json:"contact"`
	Problem      sealed.Data `json:"problem"`
	InvoiceParty sealed.Data `json:"invoiceParty"`
	LapsesAt     time.Time   `json:"lapsesAt,omitzero"` // R-02; zero: never
	Follows      string      `json:"follows,omitzero"`  // W-05
}

// EventType is the recorded name.
func (Submitted) EventType() string { return "request.submitted.v1" }

// Evolve begins the request.
func (e Submitted) Evolve(r Request) Request {
	r.State = StateSubmitted
	r.Reference, r.Channel, r.PartyKind, r.Language = e.Reference, e.Channel, e.PartyKind, e.Language
	r.SubmittedAt, r.NextOpening = e.SubmittedAt, e.NextOpening
	r.Contact, r.Problem, r.InvoiceParty = e.Contact, e.Problem, e.InvoiceParty
	r.LapsesAt, r.Follows = e.LapsesAt, e.Follows
	return r.changed(e.SubmittedAt)
}

// Diverted: a warranty claim was sent to the phone. It holds nothing of the
// person: the form was not sent (W-01).
type Diverted struct {
	Reference  string    `json:"reference"`
	Channel    Channel   `json:"channel"`
	PhoneShown string    `json:"phoneShown"` // E.164
	DivertedAt time.Time `json:"divertedAt"`
}

// EventType is the recorded name.
func (Diverted) EventType() string { return "request.diverted.v1" }

// Evolve ends the request before it began.
func (e Diverted) Evolve(r Request) Request {
	r.State, r.Reference, r.Channel = StateDiverted, e.Reference, e.Channel
	r.DivertedTo, r.SubmittedAt = e.PhoneShown, e.DivertedAt
	r.Contact, r.Problem = sealed.Data{}, sealed.Data{} // of a draft
	return r.changed(e.DivertedAt)
}

// ConsentAttached: the customer's agreement arrived (O-07).
type ConsentAttached struct {
	Consent
	AttachedAt time.Time `json:"attachedAt"`
}

// EventType is the recorded name.
func (ConsentAttached) EventType() string { return "request.consent_attached.v1" }

// Evolve replaces what was agreed before.
func (e ConsentAttached) Evolve(r Request) Request {
	r.Consent = e.Consent
	return r.changed(e.AttachedAt)
}

// Accepted: the desk accepted the offer, under the consent that it names.
type Accepted struct {
	AcceptedAt time.Time `json:"acceptedAt"`
	PartyKind  PartyKind `json:"partyKind"`
	Consent
}

// EventType is the recorded name.
func (Accepted) EventType() string { return "request.accepted.v1" }

// Evolve makes the offer an agreement and freezes its price.
func (e Accepted) Evolve(r Request) Request {
	r.State, r.Consent = StateAccepted, e.Consent
	return r.changed(e.AcceptedAt)
}

// Refused: the desk declined, at no cost.
type Refused struct {
	RefusedAt    time.Time    `json:"refusedAt"`
	Reason       sealed.Data  `json:"reason,omitzero"`
	InternalNote sealed.Data  `json:"internalNote,omitzero"`
	Class        RefusalClass `json:"class,omitzero"`
	EraseAt      time.Time    `json:"eraseAt,omitzero"` // R-03; zero: not by that rule
}

// EventType is the recorded name.
func (Refused) EventType() string { return "request.refused.v1" }

// Evolve ends the request.
func (e Refused) Evolve(r Request) Request {
	r.State, r.Reason, r.InternalNote = StateRefused, e.Reason, e.InternalNote
	r.Appointments, r.Ending = nil, Ending{}
	r.Class, r.EraseAt = e.Class, e.EraseAt
	return r.changed(e.RefusedAt)
}

// Cancelled: ended before work started, at no cost.
type Cancelled struct {
	CancelledAt time.Time   `json:"cancelledAt"`
	Reason      sealed.Data `json:"reason,omitzero"`
	EraseAt     time.Time   `json:"eraseAt,omitzero"` // R-03; zero: not by that rule
}

// EventType is the recorded name.
func (Cancelled) EventType() string { return "request.cancelled.v1" }

// Evolve ends the request.
func (e Cancelled) Evolve(r Request) Request {
	r.State, r.Reason, r.Appointments, r.Suspended = StateCancelled, e.Reason, nil, false
	r.Ending, r.EraseAt = Ending{}, e.EraseAt
	return r.changed(e.CancelledAt)
}

// Scheduled: a technician's time was booked for it.
type Scheduled struct {
	AppointmentID string    `json:"appointmentId"`
	ScheduledAt   time.Time `json:"scheduledAt"`
}

// EventType is the recorded name.
func (Scheduled) EventType() string { return "request.scheduled.v1" }

// Evolve waits for the appointment, unless a session is still open.
func (e Scheduled) Evolve(r Request) Request {
	r.Appointments = append(slices.Clone(r.Appointments), e.AppointmentID)
	r.State = r.standing(r.State)
	return r.changed(e.ScheduledAt)
}

// Unscheduled: the appointment is off; the request waits for another.
type Unscheduled struct {
	AppointmentID string    `json:"appointmentId"`
	UnscheduledAt time.Time `json:"unscheduledAt"`
}

// EventType is the recorded name.
func (Unscheduled) EventType() string { return "request.unscheduled.v1" }

// Evolve goes back to before the appointment. Where work was already done, that is
// a pause, which can also be closed.
func (e Unscheduled) Evolve(r Request) Request {
	r.Appointments = without(r.Appointments, e.AppointmentID)
	before := StateAccepted
	if len(r.Sessions) > 0 {
		before = StatePaused
	}
	r.State = r.standing(before)
	return r.changed(e.UnscheduledAt)
}

// WorkStarted: measured time runs.
type WorkStarted struct {
	SessionID     string    `json:"sessionId"`
	AppointmentID string    `json:"appointmentId"`
	StartedAt     time.Time `json:"startedAt"`
}

// EventType is the recorded name.
func (WorkStarted) EventType() string { return "request.work_started.v1" }

// Evolve opens the session.
func (e WorkStarted) Evolve(r Request) Request {
	r.Sessions = append(slices.Clone(r.Sessions), Session{ID: e.SessionID, Appointment: e.AppointmentID})
	r.Appointments = without(r.Appointments, e.AppointmentID)
	r.State = r.standing(r.State)
	return r.changed(e.StartedAt)
}

// WorkPaused: measured time stands still.
type WorkPaused struct {
	SessionID string    `json:"sessionId"`
	PausedAt  time.Time `json:"pausedAt"`
}

// EventType is the recorded name.
func (WorkPaused) EventType() string { return "request.work_paused.v1" }

// Evolve halts the session.
func (e WorkPaused) Evolve(r Request) Request {
	r = r.with(e.SessionID, func(s *Session) { s.State = Halted })
	r.State = r.standing(r.State)
	return r.changed(e.PausedAt)
}

// WorkResumed: measured time runs again.
type WorkResumed struct {
	SessionID string    `json:"sessionId"`
	ResumedAt time.Time `json:"resumedAt"`
}

// EventType is the recorded name.
func (WorkResumed) EventType() string { return "request.work_resumed.v1" }

// Evolve lets the session run.
func (e WorkResumed) Evolve(r Request) Request {
	r = r.with(e.SessionID, func(s *Session) { s.State = Running })
	r.State = r.standing(r.State)
	return r.changed(e.ResumedAt)
}

// WorkEnded: the measured time of one session.
type WorkEnded struct {
	Worked
	Notes       int `json:"notes"`                // how many work notes there are (E-02)
	Corrections int `json:"corrections,omitzero"` // that the seconds contain already (F-01)
	Unnoted     int `json:"unnoted,omitzero"`     // intervals without a note (E-02)
}

// EventType is the recorded name.
func (WorkEnded) EventType() string { return "request.work_ended.v1" }

// Evolve keeps the seconds. The request stays where it was, until it is closed or
// another appointment begins.
func (e WorkEnded) Evolve(r Request) Request {
	r = r.with(e.SessionID, func(s *Session) {
		s.State, s.Worked, s.Notes, s.Corrections, s.Unnoted = Ended, e.Worked, e.Notes, e.Corrections, e.Unnoted
	})
	r.State = r.standing(r.State)
	return r.changed(e.EndedAt)
}

// WorkNoted: an ended session has more work notes than was told at its end (E-02).
type WorkNoted struct {
	SessionID string    `json:"sessionId"`
	Notes     int       `json:"notes"`            // how many there are
	Unnoted   int       `json:"unnoted,omitzero"` // intervals that still have none
	NotedAt   time.Time `json:"notedAt"`
}

// EventType is the recorded name.
func (WorkNoted) EventType() string { return "request.work_noted.v1" }

// Evolve counts them.
func (e WorkNoted) Evolve(r Request) Request {
	r = r.with(e.SessionID, func(s *Session) { s.Notes, s.Unnoted = e.Notes, e.Unnoted })
	return r.changed(e.NotedAt)
}

// without is a list without one of its entries; nil when nothing is left.
func without(list []string, entry string) []string {
	var rest []string
	for _, e := range list {
		if e != entry {
			rest = append(rest, e)
		}
	}
	return rest
}

// with changes one session in a copy of the list.
func (r Request) with(session string, change func(*Session)) Request {
	r.Sessions = slices.Clone(r.Sessions)
	for i := range r.Sessions {
		if r.Sessions[i].ID == session {
			change(&r.Sessions[i])
		}
	}
	return r
}

// Closed: the work is over. It holds everything that rating needs, so that
// nobody has to ask again.
type Closed struct {
	ClosedAt     time.Time   `json:"closedAt"`
	Reference    string      `json:"reference"`
	Outcome      Outcome     `json:"outcome"`
	Summary      sealed.Data `json:"summary"`
	Sessions     []Worked    `json:"sessions"`
	ConsentID    string      `json:"consentId"`
	Tariff       policy.Ref  `json:"tariff"` // agreed at acceptance (T-01)
	PartyKind    PartyKind   `json:"partyKind"`
	Language     string      `json:"language"`
	InvoiceParty sealed.Data `json:"invoiceParty"`
	Withdrawn    Owed        `json:"withdrawn,omitzero"`
	// EndedByForceMajeure: it was agreed to end the work at that point (F-04).
	EndedByForceMajeure bool    `json:"endedByForceMajeure,omitzero"`
	AbortedBy           Aborter `json:"abortedBy,omitzero"`     // R-05; zero: billed
	UnderWarranty       bool    `json:"underWarranty,omitzero"` // W-04
}

// EventType is the recorded name.
func (Closed) EventType() string { return "request.closed.v1" }

// Evolve ends the work. Where a withdrawal did, an appointment may still stand, and
// does not count any more.
func (e Closed) Evolve(r Request) Request {
	r.State, r.Outcome, r.Summary, r.AbortedBy = StateClosed, e.Outcome, e.Summary, e.AbortedBy
	r.Appointments, r.Suspended, r.Ending = nil, false, Ending{}
	return r.changed(e.ClosedAt)
}

// Invoiced: the customer owes this invoice.
type Invoiced struct {
	InvoiceID  string    `json:"invoiceId"`
	Number     string    `json:"number"`
	InvoicedAt time.Time `json:"invoicedAt"`
}

// EventType is the recorded name.
func (Invoiced) EventType() string { return "request.invoiced.v1" }

// Evolve names the invoice.
func (e Invoiced) Evolve(r Request) Request {
	r.State, r.InvoiceID, r.InvoiceNumber = StateInvoiced, e.InvoiceID, e.Number
	return r.changed(e.InvoicedAt)
}

// NotBillable: there is nothing to pay, so it ends closed (T-04).
type NotBillable struct {
	Reason string    `json:"reason"` // billing's code, never free text
	At     time.Time `json:"at"`
}

// EventType is the recorded name.
func (NotBillable) EventType() string { return "request.not_billable.v1" }

// Evolve makes the closed request final.
func (e NotBillable) Evolve(r Request) Request {
	r.NotBillable = true
	return r.changed(e.At)
}

// Settled: nothing remains to be paid.
type Settled struct {
	InvoiceID string    `json:"invoiceId"`
	SettledAt time.Time `json:"settledAt"`
}

// EventType is the recorded name.
func (Settled) EventType() string { return "request.settled.v1" }

// Evolve ends the request.
func (e Settled) Evolve(r Request) Request {
	r.State = StateSettled
	return r.changed(e.SettledAt)
}

// Suspended: force majeure; the request goes on only as agreed (F-01, F-03).
type Suspended struct {
	Number      int       `json:"number"` // of the declaration
	From        time.Time `json:"from"`   // when it began
	SuspendedAt time.Time `json:"suspendedAt"`
}

// EventType is the recorded name.
func (Suspended) EventType() string { return "request.suspended.v1" }

// Evolve suspends.
func (e Suspended) Evolve(r Request) Request {
	r.Suspended, r.State = true, StateSuspended
	return r.changed(e.SuspendedAt)
}

// HandlingAgreed: the customer was consulted, and this was agreed (F-03).
type HandlingAgreed struct {
	Number   int       `json:"number"` // of the declaration that it answers
	Handling Handling  `json:"handling"`
	AgreedAt time.Time `json:"agreedAt"`
}

// EventType is the recorded name.
func (HandlingAgreed) EventType() string { return "request.handling_agreed.v1" }

// Evolve goes on from where the request stood: it waits for a time, or for work to
// go on or be closed.
func (e HandlingAgreed) Evolve(r Request) Request {
	r.Suspended, r.EndedByForceMajeure = false, e.Handling == HandlingEnd
	before := StateAccepted
	if len(r.Sessions) > 0 {
		before = StatePaused
	}
	r.State = r.standing(before)
	return r.changed(e.AgreedAt)
}

// WorkCorrected: the measured time of an ended session is another (T-12, F-01).
type WorkCorrected struct {
	SessionID      string     `json:"sessionId"`
	Number         int        `json:"number"`        // how many corrections of it count now
	WorkedSeconds  int64      `json:"workedSeconds"` // regular + outside
	RegularSeconds int64      `json:"regularSeconds"`
	OutsideSeconds int64      `json:"outsideSeconds"`
	Calendar       policy.Ref `json:"calendar"` // split the seconds
	CorrectedAt    time.Time  `json:"correctedAt"`
}

// EventType is the recorded name.
func (WorkCorrected) EventType() string { return "request.work_corrected.v1" }

// Evolve counts the other seconds.
func (e WorkCorrected) Evolve(r Request) Request {
	r = r.with(e.SessionID, func(s *Session) {
		s.Corrections = e.Number
		s.Worked.WorkedSeconds, s.Worked.RegularSeconds, s.Worked.OutsideSeconds = e.WorkedSeconds, e.RegularSeconds, e.OutsideSeconds
		s.Worked.Calendar = e.Calendar
	})
	return r.changed(e.CorrectedAt)
}

// changed keeps when something last happened. Facts of different streams may come
// out of order, and then it does not go back.
func (r Request) changed(at time.Time) Request {
	if at.After(r.ChangedAt) {
		r.ChangedAt = at
	}
	return r
}
