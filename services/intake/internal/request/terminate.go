package request

import (
	"time"

	"aanvraag.internal/services/kernel/sealed"
	"aanvraag.internal/services/platform/decider"
)

// Proposal is one person's wish to terminate a consumer's request.
type Proposal struct {
	By     string      `json:"proposedBy"` // staff account, a pseudonym
	Reason sealed.Data `json:"reason"`
	At     time.Time   `json:"proposedAt"`
}

// IsZero tells whether nobody proposed it.
func (p Proposal) IsZero() bool { return p.At.IsZero() }

// TerminationProposed: one person wants to terminate; another has to agree.
type TerminationProposed struct{ Proposal }

// EventType is the recorded name.
func (TerminationProposed) EventType() string { return "request.termination_proposed.v1" }

// Evolve keeps the proposal; the request goes on.
func (e TerminationProposed) Evolve(r Request) Request {
	r.Proposal = e.Proposal
	return r.changed(e.At)
}

// Terminated: the desk ended the agreement on its own account. What was worked by
// then is not billed.
type Terminated struct {
	TerminatedAt  time.Time   `json:"terminatedAt"`
	Reason        sealed.Data `json:"reason"`
	WorkedSeconds int64       `json:"workedSeconds"` // known by then; nobody pays them
}

// EventType is the recorded name.
func (Terminated) EventType() string { return "request.terminated.v1" }

// Evolve ends the request.
func (e Terminated) Evolve(r Request) Request {
	r.State, r.Reason = StateTerminated, e.Reason
	r.Appointments, r.Ending, r.Proposal = nil, Ending{}, Proposal{}
	return r.changed(e.TerminatedAt)
}

// Terminate ends an accepted request for a weighty reason of the desk's own.
type Terminate struct {
	EndingID string      `json:"endingId"` // UUID; of the ending that may follow
	Reason   sealed.Data `json:"reason,omitzero"`
	By       string      `json:"by"` // staff account, a pseudonym
	At       time.Time   `json:"at"`
}

// Decide terminates what was accepted, and only that: an offer is refused without a
// reason. A reason is required. For a consumer two different people agree: the first
// proposes, the second confirms. A session that is open ends first.
func (c Terminate) Decide(r Request) ([]Event, error) {
	switch {
	case r.State == StateNone:
		return nil, Unknown
	case r.State == StateTerminated:
		return nil, nil
	case !r.agreed():
		return nil, illegal(r, "terminate", "7", "R-04")
	case r.Ending.ID != "":
		return nil, isEnding(r, "terminate")
	}
	if open := r.OpenSession(); open != "" {
		refusal := illegal(r, "terminate", "7", "R-05")
		refusal.Reason = "a session is still open; end it first"
		refusal.Details[OpenSessionDetail] = open
		return nil, refusal
	}
	proposed := !r.Proposal.IsZero()
	switch {
	case r.PartyKind == Consumer && proposed && r.Proposal.By == c.By:
		return nil, errSecondPerson
	case r.PartyKind == Consumer && proposed:
		if c.Reason.IsZero() {
			c.Reason = r.Proposal.Reason
		}
	case c.Reason.IsZero():
		return nil, errReason
	case r.PartyKind == Consumer:
		return []Event{TerminationProposed{Proposal{By: c.By, Reason: c.Reason, At: c.At}}}, nil
	}
	return []Event{EndingBegun{Ending: Ending{ID: c.EndingID, Kind: Terminating, Reason: c.Reason}, BegunAt: c.At}}, nil
}

var (
	errReason = &decider.Rejection{
		Kind: decider.Invalid, Code: "REASON_REQUIRED", Article: "7", Rule: "R-04",
		Reason: "an agreement is terminated for a reason, which the customer is told",
	}
	errSecondPerson = &decider.Rejection{
		Kind: decider.Denied, Code: "SECOND_PERSON_REQUIRED", Article: "7", Rule: "R-04",
		Reason: "the agreement of a consumer is terminated by two people; another one has to confirm",
	}
)
