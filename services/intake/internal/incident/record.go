package incident

import (
	"time"

	"aanvraag.internal/services/kernel/sealed"
	"aanvraag.internal/services/platform/decider"
)

// Record takes an incident down.
type Record struct {
	SupportRequestID string      `json:"supportRequestId"`
	WhatHappened     sealed.Data `json:"whatHappened"`
	PersonalData     bool        `json:"personalData"`
	HappenedAt       time.Time   `json:"happenedAt"`
	At               time.Time   `json:"at"`
}

// Decide records it, and opens the task when personal data are involved (D-03). The
// clock runs from when the desk knows, which is now.
func (c Record) Decide(i Incident) ([]Event, error) {
	if i.State != None {
		return nil, &decider.Rejection{
			Kind: decider.Exists, Code: "INCIDENT_EXISTS", Article: "8", Rule: "D-03",
			Reason: "this incident id is taken",
		}
	}
	if c.HappenedAt.After(c.At) {
		return nil, &decider.Rejection{
			Kind: decider.Invalid, Code: "INCIDENT_IN_FUTURE", Article: "8", Rule: "D-03",
			Reason: "an incident has happened",
		}
	}
	e := DataIncidentRecorded{
		SupportRequestID: c.SupportRequestID, WhatHappened: c.WhatHappened, PersonalData: c.PersonalData,
		HappenedAt: c.HappenedAt.UTC(), RecordedAt: c.At.UTC(),
	}
	if c.PersonalData {
		e.ReportBy = e.RecordedAt.Add(ReportWithin)
	}
	return []Event{e}, nil
}
