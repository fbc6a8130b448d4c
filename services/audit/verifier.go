package audit

import "aanvraag.internal/services/platform/eventstore"

// Verifier is [Verify] for who reads the log himself. Create it with [NewVerifier].
type Verifier struct{ v verifier }

// NewVerifier begins at the first event of store.
func NewVerifier(store eventstore.Store) *Verifier { return &Verifier{newVerifier(store)} }

// Next looks at the next event of the log, whose metadata was read, or is unread
// when it could not be. It answers what is damaged, or nil, and goes on behind a
// damage as [Verify] does.
func (v *Verifier) Next(r eventstore.Recorded, m eventstore.Metadata, unread bool) *eventstore.Corrupt {
	return v.v.next(r, m, unread)
}
