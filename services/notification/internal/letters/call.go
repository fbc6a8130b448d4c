package letters

import (
	"slices"
	"time"

	"aanvraag.internal/services/platform/decider"
)

// CallReason is why a customer has to be called.
type CallReason string

// The reasons for a call.
const (
	CallUndeliverable CallReason = "undeliverable" // no mail can reach him
	CallLate          CallReason = "late"          // the letter had not left when it had to
)

// Owed is a letter that has to reach the customer at once (F-02).
type Owed struct {
	NotificationID string    `json:"notificationId"`
	Kind           Kind      `json:"kind"`
	CauseEventID   string    `json:"causeEventId"` // the public event that it tells of
	Due            time.Time `json:"due"`          // by when it must have left
}

// Task is a call that staff has to make.
type Task struct {
	ID       string
	Kind     Kind // of the letter that did not reach him
	Reason   CallReason
	Cause    string
	OpenedAt time.Time
	DoneAt   time.Time // zero while it is open
}

// Owe remembers that a letter has to leave by an instant.
type Owe struct {
	Owed
	At time.Time `json:"at"`
}

// Decide remembers it once, unless it was answered already (F-02).
func (c Owe) Decide(l Letters) ([]Event, error) {
	if _, known := l.owed(c.CauseEventID); known || l.Answered(c.CauseEventID) {
		return nil, nil
	}
	return []Event{LetterOwed{Owed: c.Owed, OwedAt: c.At}}, nil
}

// Call follows from the instant by which an owed letter must have left.
type Call struct {
	CauseEventID string    `json:"causeEventId"`
	At           time.Time `json:"at"`
}

// Decide opens a task for staff when it has not left by then (F-02): at that
// instant it is late.
func (c Call) Decide(l Letters) ([]Event, error) {
	owed, known := l.owed(c.CauseEventID)
	if !known || l.Answered(c.CauseEventID) || l.called(c.CauseEventID) || c.At.Before(owed.Due) {
		return nil, nil
	}
	return []Event{open(owed, CallLate, c.At)}, nil
}

// open is the task that follows when an owed letter does not reach its customer.
func open(owed Owed, reason CallReason, at time.Time) CallTaskOpened {
	return CallTaskOpened{
		CallTaskID: owed.NotificationID, Kind: owed.Kind, Reason: reason, CauseEventID: owed.CauseEventID, OpenedAt: at,
	}
}

// Complete says that the customer was called.
type Complete struct {
	CallTaskID string    `json:"callTaskId"`
	At         time.Time `json:"at"`
}

// Decide completes an open task once.
func (c Complete) Decide(l Letters) ([]Event, error) {
	i := slices.IndexFunc(l.Tasks, func(t Task) bool { return t.ID == c.CallTaskID })
	switch {
	case i < 0:
		return nil, errTask
	case !l.Tasks[i].DoneAt.IsZero():
		return nil, errDone
	}
	return []Event{CallTaskCompleted{CallTaskID: c.CallTaskID, CompletedAt: c.At}}, nil
}

func (l Letters) owed(cause string) (Owed, bool) {
	i := slices.IndexFunc(l.Owed, func(o Owed) bool { return o.CauseEventID == cause })
	if i < 0 {
		return Owed{}, false
	}
	return l.Owed[i], true
}

func (l Letters) called(cause string) bool {
	return slices.ContainsFunc(l.Tasks, func(t Task) bool { return t.Cause == cause })
}

var (
	errTask = &decider.Rejection{
		Kind: decider.Missing, Code: "CALL_TASK_UNKNOWN", Article: "9", Rule: "F-02",
		Reason: "there is no such call to make for this support request",
	}
	errDone = &decider.Rejection{
		Kind: decider.Precondition, Code: "ILLEGAL_STATE", Article: "9", Rule: "F-02",
		Reason:  "the customer was called already",
		Details: map[string]string{"from": "COMPLETED", "command": "CompleteCallTask"},
	}
)
