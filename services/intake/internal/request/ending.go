package request

import (
	"time"

	"aanvraag.internal/services/kernel/sealed"
	"aanvraag.internal/services/platform/decider"
)

// EndingKind is how an agreement ends before it was carried out.
type EndingKind string

// The kinds.
const (
	Cancelling  EndingKind = "cancel"
	Refusing    EndingKind = "refuse"
	Terminating EndingKind = "terminate"
)

// Ending is a wish to end an accepted request. It waits until scheduling has taken
// the appointments back, or has found that work was faster: a cancellation and the
// start of the work never both happen.
type Ending struct {
	ID           string       `json:"endingId"` // UUID
	Kind         EndingKind   `json:"kind"`
	Reason       sealed.Data  `json:"reason,omitzero"`       // for the customer
	InternalNote sealed.Data  `json:"internalNote,omitzero"` // never leaves the staff
	Class        RefusalClass `json:"class,omitzero"`
	// EraseAfterDays from the end to the destruction of the personal part; 0
	// where the end leads to none.
	EraseAfterDays int `json:"eraseAfterDays,omitzero"`
}

// AfterWork tells whether it may end although there was work: only the desk's own
// termination, which bills nothing.
func (e Ending) AfterWork() bool { return e.Kind == Terminating }

// EndingBegun: the end of an accepted request was asked for.
type EndingBegun struct {
	Ending
	BegunAt time.Time `json:"begunAt"`
}

// EventType is the recorded name.
func (EndingBegun) EventType() string { return "request.ending_begun.v1" }

// Evolve remembers the wish; the request stands until it is concluded.
func (e EndingBegun) Evolve(r Request) Request {
	r.Ending = e.Ending
	return r.changed(e.BegunAt)
}

// EndingDenied: work was faster, and goes on.
type EndingDenied struct {
	EndingID string    `json:"endingId"`
	DeniedAt time.Time `json:"deniedAt"`
}

// EventType is the recorded name.
func (EndingDenied) EventType() string { return "request.ending_denied.v1" }

// Evolve forgets the wish.
func (e EndingDenied) Evolve(r Request) Request {
	r.Ending = Ending{}
	return r.changed(e.DeniedAt)
}

// Conclude takes in scheduling's answer to a wish to end the request.
type Conclude struct {
	EndingID string    `json:"endingId"`
	Granted  bool      `json:"granted"`
	At       time.Time `json:"at"`
}

// Decide ends the request as it was asked, or lets it go on. An answer to
// what is no longer asked changes nothing.
func (c Conclude) Decide(r Request) ([]Event, error) {
	e := r.Ending
	if e.ID == "" || e.ID != c.EndingID {
		return nil, nil
	}
	if !c.Granted {
		return []Event{EndingDenied{EndingID: e.ID, DeniedAt: c.At}}, nil
	}
	erase := eraseAt(c.At, e.EraseAfterDays)
	switch e.Kind {
	case Cancelling:
		return []Event{Cancelled{CancelledAt: c.At, Reason: e.Reason, EraseAt: erase}}, nil
	case Refusing:
		return []Event{Refused{
			RefusedAt: c.At, Reason: e.Reason, InternalNote: e.InternalNote, Class: e.Class, EraseAt: erase,
		}}, nil
	}
	return []Event{Terminated{TerminatedAt: c.At, Reason: e.Reason, WorkedSeconds: r.WorkedSeconds()}}, nil
}

// EndingDetail names, among the details of ILLEGAL_STATE, the wish to end the
// request that has to be concluded first.
const EndingDetail = "ending"

// isEnding answers what cannot be decided while another end is under way.
func isEnding(r Request, command string) *decider.Rejection {
	refusal := illegal(r, command, "7", "R-06")
	refusal.Reason = "the end of this request was asked for and is being decided"
	refusal.Details[EndingDetail] = r.Ending.ID
	return refusal
}

// WorkWasFaster answers whoever asked for the end of a request whose work began
// meanwhile.
func WorkWasFaster(kind EndingKind) *decider.Rejection {
	return &decider.Rejection{
		Kind: decider.Precondition, Code: "ILLEGAL_STATE", Article: "7", Rule: "R-06",
		Reason:  "work on this request began before it could be ended",
		Details: map[string]string{"from": string(StateInProgress), "command": string(kind)},
	}
}
