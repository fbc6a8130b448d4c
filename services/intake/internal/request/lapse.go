package request

import "time"

// Lapsed: nobody answered the offer in time. Silence is no acceptance, and costs
// nothing.
type Lapsed struct {
	LapsedAt time.Time `json:"lapsedAt"`
	EraseAt  time.Time `json:"eraseAt,omitzero"`
}

// EventType is the recorded name.
func (Lapsed) EventType() string { return "request.lapsed.v1" }

// Evolve ends the request.
func (e Lapsed) Evolve(r Request) Request {
	r.State, r.EraseAt = StateLapsed, e.EraseAt
	return r.changed(e.LapsedAt)
}

// Lapse follows once the term for an answer is over.
type Lapse struct {
	EraseAfterDays int       `json:"eraseAfterDays,omitzero"`
	At             time.Time `json:"at"`
}

// Decide lets an offer lapse that was not answered before its term ended, at that
// very instant. An answer given at the same instant was first in the log, or
// comes too late.
func (c Lapse) Decide(r Request) ([]Event, error) {
	if r.State != StateSubmitted || r.LapsesAt.IsZero() || c.At.Before(r.LapsesAt) {
		return nil, nil
	}
	return []Event{Lapsed{LapsedAt: c.At, EraseAt: eraseAt(c.At, c.EraseAfterDays)}}, nil
}
