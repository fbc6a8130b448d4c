package agreement

import "time"

// NoteSubmission takes in that the support request exists.
type NoteSubmission struct {
	SupportRequestID string    `json:"supportRequestId"`
	SubmittedAt      time.Time `json:"submittedAt"`
	PartyKind        PartyKind `json:"partyKind,omitzero"`
	Reference        string    `json:"reference,omitzero"`
	At               time.Time `json:"at"`
}

// Decide attaches an agreement that was there first, unless it does not bind: it was
// taken back (O-09), or the request turns out to be a consumer's and the button that
// he pressed did not say that he will have to pay.
func (c NoteSubmission) Decide(s Consent) ([]Event, error) {
	if s.Submitted {
		return nil, nil
	}
	submitted := RequestSubmitted{
		SupportRequestID: c.SupportRequestID, SubmittedAt: c.SubmittedAt, PartyKind: c.PartyKind, Reference: c.Reference,
	}
	withheld := Withheld{ConsentID: s.Agreement.ConsentID, SupportRequestID: c.SupportRequestID, WithheldAt: c.At}
	switch {
	case s.Agreement.IsZero():
		return []Event{submitted}, nil
	case s.takenBack():
		withheld.Reason = TakenBack
		return []Event{submitted, withheld}, nil
	case c.PartyKind == Consumer && !s.Agreement.Button.binds():
		withheld.Reason = ButtonInsufficient
		return []Event{submitted, withheld}, nil
	}
	return []Event{submitted, Attached{Agreement: s.Agreement, AttachedAt: c.At}}, nil
}
