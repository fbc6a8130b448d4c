package request

import (
	"time"

	"aanvraag.internal/services/kernel/sealed"
)

// Erased: the keys of the person of this request were destroyed. Everything that was
// sealed under them is unreadable, for ever.
type Erased struct {
	KeyIDs   []string  `json:"keyIds"`
	ErasedAt time.Time `json:"erasedAt"`
}

// EventType is the recorded name.
func (Erased) EventType() string { return "request.erased.v1" }

// Evolve says so; the request itself ended long before.
func (e Erased) Evolve(r Request) Request {
	r.ErasedAt = e.ErasedAt
	return r
}

// Erasable are the purposes whose keys are to be destroyed at an instant; none while
// the request goes on, before its term is over, or once it was done. What an
// invoice needs goes along only where nothing was invoiced.
func (r Request) Erasable(at time.Time) []sealed.Purpose {
	if r.EraseAt.IsZero() || at.Before(r.EraseAt) || !r.ErasedAt.IsZero() {
		return nil
	}
	if r.InvoiceID != "" {
		return []sealed.Purpose{sealed.Operational}
	}
	return []sealed.Purpose{sealed.Operational, sealed.Fiscal}
}

// RecordErased follows once the keys are gone.
type RecordErased struct {
	KeyIDs []string  `json:"keyIds"`
	At     time.Time `json:"at"`
}

// Decide records the destruction of what was due, once.
func (c RecordErased) Decide(r Request) ([]Event, error) {
	if len(r.Erasable(c.At)) == 0 {
		return nil, nil
	}
	return []Event{Erased{KeyIDs: c.KeyIDs, ErasedAt: c.At}}, nil
}

// eraseAt is the end of a term of so many days; zero for none.
func eraseAt(from time.Time, days int) time.Time {
	if days <= 0 {
		return time.Time{}
	}
	return from.Add(time.Duration(days) * 24 * time.Hour)
}
