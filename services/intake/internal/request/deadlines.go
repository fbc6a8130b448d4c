package request

import "time"

// Deadline is something that happens to a request because time has passed.
type Deadline struct {
	Kind string // part of recorded command ids, so it never changes
	At   time.Time
}

// The kinds of deadlines.
const (
	LapseDeadline = "lapse"
	EraseDeadline = "erase"
)

// DeadlineKinds are all of them.
func DeadlineKinds() []string { return []string{LapseDeadline, EraseDeadline} }

// Deadlines are what the request waits for now, at most one of a kind.
func (r Request) Deadlines() []Deadline {
	var all []Deadline
	if r.State == StateSubmitted && !r.LapsesAt.IsZero() {
		all = append(all, Deadline{Kind: LapseDeadline, At: r.LapsesAt})
	}
	if !r.EraseAt.IsZero() && r.ErasedAt.IsZero() {
		all = append(all, Deadline{Kind: EraseDeadline, At: r.EraseAt})
	}
	return all
}
