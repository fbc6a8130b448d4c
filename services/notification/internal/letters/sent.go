package letters

import "aanvraag.internal/services/platform/decider"

// Sent records that a letter was handed to the mail system. Learn comes with the
// first letter: the contact and the letter are one append.
type Sent struct {
	Learn  *Learn     `json:"learn,omitzero"`
	Letter LetterSent `json:"letter"`
	// Terms are the documents that went with it, in the same append (O-03).
	Terms *TermsDelivered `json:"terms,omitzero"`
}

// Decide records one letter for each event, however often the event arrives.
func (c Sent) Decide(l Letters) ([]Event, error) {
	events, err := answer(l, c.Learn, c.Letter.CauseEventID, c.Letter)
	if err != nil || len(events) == 0 || c.Terms == nil {
		return events, err
	}
	return append(events, *c.Terms), nil
}

// Skipped records that there will be no letter about an event.
type Skipped struct {
	Learn  *Learn        `json:"learn,omitzero"`
	Letter LetterSkipped `json:"letter"`
}

// Decide records it once for each event; what was sent stays sent. A customer whom
// a letter had to reach at once, and no mail can, is called (F-02).
func (c Skipped) Decide(l Letters) ([]Event, error) {
	events, err := answer(l, c.Learn, c.Letter.CauseEventID, c.Letter)
	owed, known := l.owed(c.Letter.CauseEventID)
	if err != nil || len(events) == 0 || !known || c.Letter.Reason != Undeliverable || l.called(owed.CauseEventID) {
		return events, err
	}
	return append(events, open(owed, CallUndeliverable, c.Letter.SkippedAt)), nil
}

// answer records what was done about an event, and the contact if it came with it.
func answer(l Letters, learn *Learn, causeEventID string, done Event) ([]Event, error) {
	if l.Answered(causeEventID) {
		return nil, nil
	}
	var events []Event
	if learn != nil {
		learned, err := learn.Decide(l)
		if err != nil {
			return nil, err
		}
		events = learned
	}
	if l.Contact == nil && len(events) == 0 {
		return nil, errNobody
	}
	return append(events, done), nil
}

var errNobody = &decider.Rejection{
	Kind: decider.Precondition, Code: "CONTACT_UNKNOWN", Article: "7", Rule: "R-02",
	Reason: "it is not known whom to write to: the request itself has not arrived",
}
