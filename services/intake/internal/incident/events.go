package incident

import (
	"time"

	"aanvraag.internal/services/kernel/sealed"
)

// Events lists every event type of an incident's stream.
func Events() []Event {
	return []Event{DataIncidentRecorded{}, ReportOverdue{}, DataIncidentAnswered{}}
}

// DataIncidentRecorded: something happened to a customer's data; with personal data
// it is to be judged before reportBy (D-03).
type DataIncidentRecorded struct {
	SupportRequestID string      `json:"supportRequestId"`
	WhatHappened     sealed.Data `json:"whatHappened"`
	PersonalData     bool        `json:"personalData"`
	HappenedAt       time.Time   `json:"happenedAt"`
	RecordedAt       time.Time   `json:"recordedAt"`
	ReportBy         time.Time   `json:"reportBy,omitzero"`
}

// EventType is the recorded name.
func (DataIncidentRecorded) EventType() string { return "incident.recorded.v1" }

// Evolve records, and opens the task.
func (e DataIncidentRecorded) Evolve(Incident) Incident {
	i := Incident{
		State: Recorded, SupportRequestID: e.SupportRequestID, WhatHappened: e.WhatHappened, PersonalData: e.PersonalData,
		HappenedAt: e.HappenedAt, RecordedAt: e.RecordedAt, ReportBy: e.ReportBy,
	}
	if !e.ReportBy.IsZero() {
		i.State = Open
	}
	return i
}

// ReportOverdue: the time to judge has passed, and nobody answered (D-03).
type ReportOverdue struct {
	SupportRequestID string    `json:"supportRequestId"`
	ReportBy         time.Time `json:"reportBy"`
}

// EventType is the recorded name.
func (ReportOverdue) EventType() string { return "incident.report_overdue.v1" }

// Evolve shows that it is late.
func (ReportOverdue) Evolve(i Incident) Incident {
	i.State = Overdue
	return i
}

// DataIncidentAnswered: the authority was told, or it was judged that it need not be
// (D-03).
type DataIncidentAnswered struct {
	SupportRequestID string      `json:"supportRequestId"`
	Reported         bool        `json:"reported"`
	Explanation      sealed.Data `json:"explanation"`
	AnsweredAt       time.Time   `json:"answeredAt"`
}

// EventType is the recorded name.
func (DataIncidentAnswered) EventType() string { return "incident.answered.v1" }

// Evolve ends the task.
func (e DataIncidentAnswered) Evolve(i Incident) Incident {
	i.State = NotReported
	if e.Reported {
		i.State = Reported
	}
	i.Explanation, i.AnsweredAt = e.Explanation, e.AnsweredAt
	return i
}
