package request

import (
	"time"

	"aanvraag.internal/services/kernel/sealed"
	"aanvraag.internal/services/platform/decider"
)

// Close ends the work.
type Close struct {
	Outcome Outcome     `json:"outcome"`
	Summary sealed.Data `json:"summary,omitzero"` // what was done, for the customer
	At      time.Time   `json:"at"`
}

// OpenSessionDetail names, among the details of ILLEGAL_STATE, the session that
// has to end first.
const OpenSessionDetail = "openSession"

// Decide closes work whose sessions have all ended, whatever came of it: effort is
// owed and not a result (E-01). The effort is shown by a summary and by a work note
// of each session (E-02); one that was forgotten can still be made. After force
// majeure the customer is consulted first (F-03).
func (c Close) Decide(r Request) ([]Event, error) {
	switch {
	case r.State == StateNone:
		return nil, Unknown
	case r.State == StateSuspended:
		return nil, errConsult
	case r.State != StateInProgress && r.State != StatePaused:
		return nil, illegal(r, "close", "3", "E-01")
	}
	if open := r.OpenSession(); open != "" {
		refusal := illegal(r, "close", "3", "E-01")
		refusal.Reason = "a session is still open; end it first"
		refusal.Details[OpenSessionDetail] = open
		return nil, refusal
	}
	worked := make([]Worked, len(r.Sessions))
	for i, s := range r.Sessions {
		if s.Notes == 0 {
			return nil, errNote
		}
		worked[i] = s.Worked
	}
	if c.Summary.IsZero() {
		return nil, errSummary
	}
	return []Event{Closed{
		ClosedAt:     c.At,
		Reference:    r.Reference,
		Outcome:      c.Outcome,
		Summary:      c.Summary,
		Sessions:     worked,
		ConsentID:    r.Consent.ID,
		Tariff:       r.Consent.Tariff,
		PartyKind:    r.PartyKind,
		Language:     r.Language,
		InvoiceParty: r.InvoiceParty,

		EndedByForceMajeure: r.EndedByForceMajeure,
	}}, nil
}

var (
	errNote = &decider.Rejection{
		Kind: decider.Precondition, Code: "EFFORT_NOTE_REQUIRED", Article: "3", Rule: "E-02",
		Reason:  "effort is shown by a work note of each session; one is missing",
		Details: map[string]string{"missing": "note"},
	}
	errSummary = &decider.Rejection{
		Kind: decider.Precondition, Code: "EFFORT_NOTE_REQUIRED", Article: "3", Rule: "E-02",
		Reason:  "closing needs a summary of what was done",
		Details: map[string]string{"missing": "summary"},
	}
)
