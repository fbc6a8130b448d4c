package incident

import (
	"time"

	"aanvraag.internal/services/kernel/sealed"
	"aanvraag.internal/services/platform/decider"
)

// Answer ends the task.
type Answer struct {
	Reported    bool        `json:"reported"`
	Explanation sealed.Data `json:"explanation"`
	At          time.Time   `json:"at"`
}

// Decide takes an answer to a task, also a late one: better than none (D-03).
func (c Answer) Decide(i Incident) ([]Event, error) {
	switch i.State {
	case None:
		return nil, Unknown
	case Open, Overdue:
		return []Event{DataIncidentAnswered{
			SupportRequestID: i.SupportRequestID, Reported: c.Reported, Explanation: c.Explanation, AnsweredAt: c.At.UTC(),
		}}, nil
	}
	return nil, &decider.Rejection{
		Kind: decider.Precondition, Code: "ILLEGAL_STATE", Article: "8", Rule: "D-03",
		Reason:  "this incident asks for no answer",
		Details: map[string]string{"from": string(i.State), "command": "AnswerDataIncident"},
	}
}
