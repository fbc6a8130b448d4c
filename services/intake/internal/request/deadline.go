package request

import "time"

// Deadline is an instant at which something is to be done about a request, unless
// an event comes before.
type Deadline struct {
	Kind string
	At   time.Time
}

// The kinds of deadlines. They are part of recorded command ids, and permanent.
const (
	DueExpiry     = "expire" // of a draft (G-03)
	DueForgetting = "forget" // of the person, at once (G-03, W-01)
)

// Deadlines are what time alone will do to a request as it is; at most one of a kind.
func (r Request) Deadlines() []Deadline {
	var due []Deadline
	if r.State == StateDrafted {
		due = append(due, Deadline{Kind: DueExpiry, At: r.ExpiresAt})
	}
	if r.Forgettable() {
		due = append(due, Deadline{Kind: DueForgetting, At: r.ChangedAt})
	}
	return due
}
