// Package request is the life of one support request, from the customer's button
// to the paid invoice (rules, section 4). It is pure: every command carries its
// own instant, and what it needs to know of others.
package request

import (
	"slices"
	"time"

	"aanvraag.internal/services/kernel/policy"
	"aanvraag.internal/services/kernel/sealed"
	"aanvraag.internal/services/platform/decider"
)

// Event and Command of a request stream.
type (
	Event   = decider.Event[Request]
	Command = decider.Command[Request, Event]
)

// State is where a request stands in its life.
type State string

// The states. StateNone is before the first event; the ends are StateDiverted,
// StateRefused, StateCancelled, StateExpired, StateLapsed, StateTerminated and
// StateSettled.
const (
	StateNone       State = ""
	StateDiverted   State = "DIVERTED"
	StateSubmitted  State = "SUBMITTED"
	StateAccepted   State = "ACCEPTED"
	StateScheduled  State = "SCHEDULED"
	StateInProgress State = "IN_PROGRESS"
	StatePaused     State = "PAUSED"
	StateClosed     State = "CLOSED"
	StateInvoiced   State = "INVOICED"
	StateSettled    State = "SETTLED"
	StateRefused    State = "REFUSED"
	StateCancelled  State = "CANCELLED"
	StateDrafted    State = "DRAFTED" // the customer still has to send it (G-01)
	StateExpired    State = "EXPIRED" // a draft that was not sent; an end (G-03)
	// StateSuspended: force majeure; the customer is consulted (F-03).
	StateSuspended  State = "SUSPENDED"
	StateLapsed     State = "LAPSED"     // nobody answered in time
	StateTerminated State = "TERMINATED" // by the desk, after acceptance
)

// PartyKind decides which law protects the customer.
type PartyKind string

// The kinds.
const (
	Business PartyKind = "business"
	Consumer PartyKind = "consumer"
)

// Channel is how a request reached the desk.
type Channel string

// The channels.
const (
	WebForm    Channel = "web-form"
	Email      Channel = "email"
	Phone      Channel = "phone"
	Monitoring Channel = "monitoring"
)

// Outcome of the work; it never changes what is billed (E-01).
type Outcome string

// The outcomes.
const (
	Resolved   Outcome = "resolved"
	Unresolved Outcome = "unresolved"
	Partly     Outcome = "partly"
	Aborted    Outcome = "aborted"
)

// Request is one request as its events tell it.
type Request struct {
	State       State
	Reference   string
	Channel     Channel
	PartyKind   PartyKind
	Language    string
	SubmittedAt time.Time
	ChangedAt   time.Time
	NextOpening time.Time // zero when the desk was open, or never opens

	Contact      sealed.Data
	Problem      sealed.Data
	InvoiceParty sealed.Data

	DivertedTo string // phone number, E.164

	// Consent is the newest agreement of the customer. From acceptance on it is
	// frozen: the price that was agreed stays the price (T-01).
	Consent Consent

	// Appointments are still to start, in the order in which they were told. There
	// is one, but for two bookings at the same moment until one of them is voided.
	Appointments []string
	Sessions     []Session // in the order in which they began

	// LapsesAt is when an unanswered request lapses; zero for one that came in before
	// there was such a term.
	LapsesAt time.Time

	// Follows is the request that this one is a sequel to; "" for none (W-05).
	Follows string

	// Ending is a wish to end the request that was taken in and waits for the
	// calendar's answer; its zero is none.
	Ending Ending
	// Proposal to terminate, for a second person to confirm; its zero is none.
	Proposal Proposal
	Class    RefusalClass // of the refusal

	AbortedBy Aborter

	WarrantyClaim string // id of the claim that was raised on it; "" for none (W-04)
	Warranty      Warranty

	EraseAt  time.Time // when the personal part is destroyed; zero: not by this rule
	ErasedAt time.Time

	Reason       sealed.Data // of the refusal, cancellation or termination, for the customer too
	InternalNote sealed.Data // for staff only

	Outcome Outcome
	Summary sealed.Data

	// Withdrawn: a consumer withdrew while there was work; what he owes for it.
	Withdrawn Owed

	InvoiceID     string
	InvoiceNumber string
	NotBillable   bool

	ProcessorAgreement string // number of the agreement; empty: none (D-07)
	// Of a request that the staff drafted; zero for one that its customer began.
	DraftedAt           time.Time
	ExpiresAt           time.Time // of the draft (G-03)
	Link                Link      // the newest (G-01)
	Devices             []string  // keyed hashes of those on which links were made (G-02)
	ForgottenAt         time.Time // zero as long as keys of the person may exist
	Suspended           bool      // force majeure was declared, and nothing agreed about it yet
	EndedByForceMajeure bool      // it was agreed that the work ends there (F-04)
}

// Consent is the customer's agreement (O-07).
type Consent struct {
	ID      string     `json:"consentId"`
	GivenAt time.Time  `json:"givenAt"`
	Tariff  policy.Ref `json:"tariff"`
	// Terms are the documents agreed to, by their content.
	Terms []policy.Ref `json:"terms,omitzero"`
}

// IsZero tells whether nobody agreed yet.
func (c Consent) IsZero() bool { return c.ID == "" }

func (c Consent) equal(o Consent) bool {
	return c.ID == o.ID && c.GivenAt.Equal(o.GivenAt) && c.Tariff == o.Tariff && slices.Equal(c.Terms, o.Terms)
}

// SessionState is where a session stands.
type SessionState uint8

// The session states.
const (
	Running SessionState = iota
	Halted               // paused by the technician
	Ended
)

// Session is one remote session of the request.
type Session struct {
	ID          string
	Appointment string
	State       SessionState
	Notes       int
	Worked      Worked // once ended
	Corrections int    // of it, that are known (T-12)
	Unnoted     int    // of its intervals have no work note (E-02)
}

// Worked is the measured time of one ended session, in whole seconds (T-02).
type Worked struct {
	SessionID      string     `json:"sessionId"`
	WorkedSeconds  int64      `json:"workedSeconds"`  // regular + outside
	RegularSeconds int64      `json:"regularSeconds"` // within the desk's hours (T-08)
	OutsideSeconds int64      `json:"outsideSeconds"`
	StartedAt      time.Time  `json:"startedAt"`
	EndedAt        time.Time  `json:"endedAt"`
	Calendar       policy.Ref `json:"calendar"` // split the seconds
}

// Final tells whether nothing can follow any more.
func (r Request) Final() bool {
	switch r.State {
	case StateSettled, StateRefused, StateCancelled, StateDiverted, StateExpired, StateLapsed, StateTerminated:
		return true
	}
	return r.State == StateClosed && r.NotBillable
}

// OpenSession is a session that has not ended; "" when there is none.
func (r Request) OpenSession() string {
	for _, s := range r.Sessions {
		if s.State != Ended {
			return s.ID
		}
	}
	return ""
}

// Ended tells whether that session's measured time is known.
func (r Request) Ended(session string) bool {
	s, known := r.session(session)
	return known && s.State == Ended
}

// Corrected is how many corrections of a session's measured time are known.
func (r Request) Corrected(session string) int {
	s, _ := r.session(session)
	return s.Corrections
}

// Notes is how many work notes of a session are known.
func (r Request) Notes(session string) int {
	s, _ := r.session(session)
	return s.Notes
}

// WorkedSeconds is the measured time of all ended sessions.
func (r Request) WorkedSeconds() int64 {
	var sum int64
	for _, s := range r.Sessions {
		sum += s.Worked.WorkedSeconds
	}
	return sum
}

// LastAppointment is the appointment that is still to start, or else the one of the
// newest session; "" when there is none.
func (r Request) LastAppointment() string {
	switch {
	case len(r.Appointments) > 0:
		return r.Appointments[0]
	case len(r.Sessions) == 0:
		return ""
	}
	return r.Sessions[len(r.Sessions)-1].Appointment
}

// agreed tells whether there is an agreement whose work is not over yet.
func (r Request) agreed() bool {
	switch r.State {
	case StateAccepted, StateScheduled, StateInProgress, StatePaused, StateSuspended:
		return true
	}
	return false
}

func (r Request) session(id string) (Session, bool) {
	i := slices.IndexFunc(r.Sessions, func(s Session) bool { return s.ID == id })
	if i < 0 {
		return Session{}, false
	}
	return r.Sessions[i], true
}

// began tells whether an appointment already led to a session.
func (r Request) began(appointment string) bool {
	return slices.ContainsFunc(r.Sessions, func(s Session) bool { return s.Appointment == appointment })
}

// standing is the state of a request whose work has not been closed. Appointments
// and sessions are told by streams of their own, in any order between them, so it
// follows from what is known and not from what came last.
func (r Request) standing(otherwise State) State {
	switch {
	case r.State == StateTerminated:
		return r.State // what is told of its sessions changes it no more
	case r.Suspended:
		return StateSuspended
	}
	halted := false
	for _, s := range r.Sessions {
		if s.State == Running {
			return StateInProgress
		}
		halted = halted || s.State == Halted
	}
	switch {
	case halted:
		return StatePaused
	case len(r.Appointments) > 0:
		return StateScheduled
	}
	return otherwise
}

func illegal(r Request, command, article, rule string) *decider.Rejection {
	from := r.State
	if from == StateNone {
		from = "NEW"
	}
	return &decider.Rejection{
		Kind: decider.Precondition, Code: "ILLEGAL_STATE", Article: article, Rule: rule,
		Reason:  "a request that is " + string(from) + " does not allow " + command,
		Details: map[string]string{"from": string(from), "command": command},
	}
}

// Unknown answers a wish about a request that nobody submitted.
var Unknown = &decider.Rejection{
	Kind: decider.Missing, Code: "SUPPORT_REQUEST_UNKNOWN", Rule: "R-02",
	Reason: "there is no such support request",
}
