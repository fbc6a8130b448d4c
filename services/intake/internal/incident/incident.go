// Package incident is the chamber of what happened to a customer's data (D-03): a
// record of its own whatever the terms say of liability, and, when personal data are
// involved, a task with an end.
package incident

import (
	"time"

	"aanvraag.internal/services/kernel/sealed"
	"aanvraag.internal/services/platform/decider"
)

// Event and Command of an incident's stream.
type (
	Event   = decider.Event[Incident]
	Command = decider.Command[Incident, Event]
)

// State is whether somebody has something to do.
type State string

// The states. None is an incident that nobody recorded.
const (
	None        State = ""
	Recorded    State = "RECORDED" // no personal data, no task
	Open        State = "OPEN"     // to be judged before its ReportBy
	Overdue     State = "OVERDUE"  // that instant came, and nobody answered
	Reported    State = "REPORTED"
	NotReported State = "NOT_REPORTED"
)

// ReportWithin is how long the law gives to tell the authority, from when the desk
// knows (GDPR article 33).
const ReportWithin = 72 * time.Hour

// Incident is one incident as its events tell it.
type Incident struct {
	State            State
	SupportRequestID string
	WhatHappened     sealed.Data
	PersonalData     bool
	HappenedAt       time.Time
	RecordedAt       time.Time
	ReportBy         time.Time // zero without a task
	Explanation      sealed.Data
	AnsweredAt       time.Time
}

// Unknown answers a wish about an incident that nobody recorded.
var Unknown = &decider.Rejection{
	Kind: decider.Missing, Code: "INCIDENT_UNKNOWN", Article: "8", Rule: "D-03",
	Reason: "there is no such incident",
}
