package assignment

import (
	"slices"
	"time"

	"aanvraag.internal/services/kernel/money"
	"aanvraag.internal/services/kernel/policy"
	"aanvraag.internal/services/kernel/sealed"
)

// Events lists every event type of an assignment stream.
func Events() []Event {
	return []Event{
		RequestOpened{},
		ConsentRecorded{},
		AppointmentPlanned{},
		AppointmentVoided{},
		AppointmentDropped{},
		RequestReleased{},
		EndingBegun{},
		EndingGranted{},
		EndingDenied{},
		RecordingKept{},
		RequestSettled{},
		ConsentWithdrawn{},
		RequestNotInvoiced{},
		ForceMajeureDeclared{},
		HandlingAgreed{},
		BudgetCapAgreed{},
		BackupDeclared{},
	}
}

// RequestOpened: the request was accepted and may be given a time.
type RequestOpened struct {
	SupportRequestID string    `json:"supportRequestId"`
	Consumer         bool      `json:"consumer,omitzero"`
	AcceptedAt       time.Time `json:"acceptedAt,omitzero"`
}

// EventType is the recorded name.
func (RequestOpened) EventType() string { return "assignment.opened.v1" }

// Evolve opens.
func (e RequestOpened) Evolve(a Assignment) Assignment {
	a.Opened, a.Consumer, a.ConcludedAt = true, e.Consumer, e.AcceptedAt
	return a
}

// ConsentRecorded: the customer's declarations; a later one replaces them.
type ConsentRecorded struct {
	SupportRequestID string `json:"supportRequestId"`
	Consent
}

// EventType is the recorded name.
func (ConsentRecorded) EventType() string { return "assignment.consent_recorded.v1" }

// Evolve takes over the declarations.
func (e ConsentRecorded) Evolve(a Assignment) Assignment {
	consent := e.Consent
	a.Consent = &consent
	return a
}

// AppointmentPlanned: the request has this appointment.
type AppointmentPlanned struct {
	SupportRequestID string `json:"supportRequestId"`
	AppointmentID    string `json:"appointmentId"`
}

// EventType is the recorded name.
func (AppointmentPlanned) EventType() string { return "assignment.appointment_planned.v1" }

// Evolve plans.
func (e AppointmentPlanned) Evolve(a Assignment) Assignment {
	a.Appointment = e.AppointmentID
	return a
}

// AppointmentVoided: an appointment was booked at the moment that the request
// ended or got another one, and has to go.
type AppointmentVoided struct {
	SupportRequestID string `json:"supportRequestId"`
	AppointmentID    string `json:"appointmentId"`
}

// EventType is the recorded name.
func (AppointmentVoided) EventType() string { return "assignment.appointment_voided.v1" }

// Evolve remembers that it does not count.
func (e AppointmentVoided) Evolve(a Assignment) Assignment { return a.without(e.AppointmentID) }

// AppointmentDropped: an appointment was cancelled or completed; the request may
// be given another time.
type AppointmentDropped struct {
	SupportRequestID string `json:"supportRequestId"`
	AppointmentID    string `json:"appointmentId"`
}

// EventType is the recorded name.
func (AppointmentDropped) EventType() string { return "assignment.appointment_dropped.v1" }

// Evolve drops it.
func (e AppointmentDropped) Evolve(a Assignment) Assignment { return a.without(e.AppointmentID) }

// RequestReleased: the request was refused, cancelled or closed. The appointments
// named have to go.
type RequestReleased struct {
	SupportRequestID string    `json:"supportRequestId"`
	AppointmentIDs   []string  `json:"appointmentIds"`
	EndedAt          time.Time `json:"endedAt,omitzero"`     // when the request ended, as intake tells
	NotInvoiced      bool      `json:"notInvoiced,omitzero"` // refused or cancelled: no bill follows (S-06)
}

// EventType is the recorded name.
func (RequestReleased) EventType() string { return "assignment.released.v1" }

// Evolve ends the planning, for good.
func (e RequestReleased) Evolve(a Assignment) Assignment {
	a.Released, a.EndedAt = true, e.EndedAt
	if e.NotInvoiced {
		a.NotInvoiced = true
	}
	for _, id := range e.AppointmentIDs {
		a = a.without(id)
	}
	return a
}

// RecordingKept: a session of this request is recorded (S-01).
type RecordingKept struct {
	SupportRequestID string `json:"supportRequestId"`
	SessionID        string `json:"sessionId"`
}

// EventType is the recorded name.
func (RecordingKept) EventType() string { return "assignment.recording_kept.v1" }

// Evolve remembers the recording.
func (e RecordingKept) Evolve(a Assignment) Assignment {
	a.Recordings = append(slices.Clip(a.Recordings), e.SessionID)
	return a
}

// RequestSettled: the bill is satisfied (S-05).
type RequestSettled struct {
	SupportRequestID string `json:"supportRequestId"`
	InvoiceID        string `json:"invoiceId"`
}

// EventType is the recorded name.
func (RequestSettled) EventType() string { return "assignment.settled.v1" }

// Evolve settles.
func (e RequestSettled) Evolve(a Assignment) Assignment {
	a.SettledBy = e.InvoiceID
	return a
}

// RequestNotInvoiced: there was nothing to bill (S-06).
type RequestNotInvoiced struct {
	SupportRequestID string    `json:"supportRequestId"`
	NotedAt          time.Time `json:"notedAt"`
}

// EventType is the recorded name.
func (RequestNotInvoiced) EventType() string { return "assignment.not_invoiced.v1" }

// Evolve remembers that no bill is waited for. Of a request that ended before its
// end was recorded, the end is when this was noted.
func (e RequestNotInvoiced) Evolve(a Assignment) Assignment {
	a.NotInvoiced = true
	if a.Released && a.EndedAt.IsZero() {
		a.EndedAt = e.NotedAt
	}
	return a
}

// EndingBegun: the end of the request was asked for. From here on it is given no
// other appointment, so the one named is all that can still begin.
type EndingBegun struct {
	SupportRequestID string   `json:"supportRequestId"`
	EndingID         string   `json:"endingId"`
	AppointmentIDs   []string `json:"appointmentIds"`
}

// EventType is the recorded name.
func (EndingBegun) EventType() string { return "assignment.ending_begun.v1" }

// Evolve holds the planning.
func (e EndingBegun) Evolve(a Assignment) Assignment {
	a.Ending = e.EndingID
	return a
}

// EndingGranted: nothing of the request had begun, and nothing can begin any more.
type EndingGranted struct {
	SupportRequestID string `json:"supportRequestId"`
	EndingID         string `json:"endingId"`
}

// EventType is the recorded name.
func (EndingGranted) EventType() string { return "assignment.ending_granted.v1" }

// Evolve ends the planning, for good.
func (EndingGranted) Evolve(a Assignment) Assignment {
	a.Ending, a.Released = "", true
	if a.Appointment != "" {
		a = a.without(a.Appointment)
	}
	return a
}

// ForceMajeureDeclared: the work stands still since an instant, whenever that was
// declared (F-01).
type ForceMajeureDeclared struct {
	SupportRequestID string      `json:"supportRequestId"`
	Number           int         `json:"number"` // of the declaration, from 1
	Cause            Cause       `json:"cause"`
	Side             Side        `json:"side"`
	From             time.Time   `json:"from"`
	DeclaredAt       time.Time   `json:"declaredAt"`
	Explanation      sealed.Data `json:"explanation,omitzero"` // for staff
	// AppointmentIDs are all of the request so far: one that has not started is moved
	// (F-04), and seconds of any that lie after From are taken out.
	AppointmentIDs []string `json:"appointmentIds"`
}

// EventType is the recorded name.
func (ForceMajeureDeclared) EventType() string { return "assignment.force_majeure_declared.v1" }

// Evolve suspends.
func (e ForceMajeureDeclared) Evolve(a Assignment) Assignment {
	a.Declared = e.Number
	return a
}

// HandlingAgreed: the customer was consulted, and this was agreed (F-03).
type HandlingAgreed struct {
	SupportRequestID string      `json:"supportRequestId"`
	Number           int         `json:"number"` // of the declaration that it answers
	Handling         Handling    `json:"handling"`
	AgreedAt         time.Time   `json:"agreedAt"`
	Note             sealed.Data `json:"note,omitzero"` // how it was agreed
	AppointmentID    string      `json:"appointmentId"` // of the session that is open; empty when none is
}

// EventType is the recorded name.
func (HandlingAgreed) EventType() string { return "assignment.handling_agreed.v1" }

// Evolve goes on as agreed.
func (e HandlingAgreed) Evolve(a Assignment) Assignment {
	a.Agreed, a.AgreedAt, a.Finished = e.Number, e.AgreedAt, e.Handling == Finish
	return a
}

// EndingDenied: work was faster than the wish to end the request, and goes on.
type EndingDenied struct {
	SupportRequestID string `json:"supportRequestId"`
	EndingID         string `json:"endingId"`
}

// EventType is the recorded name.
func (EndingDenied) EventType() string { return "assignment.ending_denied.v1" }

// Evolve lets the planning go on.
func (EndingDenied) Evolve(a Assignment) Assignment {
	a.Ending = ""
	return a
}

// BudgetCapAgreed: the customer agreed to a cap, or raised it (T-11).
type BudgetCapAgreed struct {
	SupportRequestID string      `json:"supportRequestId"`
	Cap              money.Cents `json:"capCents"`   // exclusive of VAT
	Seconds          int64       `json:"capSeconds"` // of work, over all sessions, cost no more
	Raised           bool        `json:"raised"`
	Tariff           policy.Ref  `json:"tariff"` // by which they do
	AgreedAt         time.Time   `json:"agreedAt"`
	AppointmentID    string      `json:"appointmentId"` // of the session that may be open; empty when none is
}

// EventType is the recorded name.
func (BudgetCapAgreed) EventType() string { return "assignment.budget_cap_agreed.v1" }

// Evolve keeps the cap.
func (e BudgetCapAgreed) Evolve(a Assignment) Assignment {
	a.Cap, a.CapSeconds = e.Cap, e.Seconds
	return a
}

// BackupDeclared: the customer declared anew how his data is backed up (D-01).
type BackupDeclared struct {
	SupportRequestID string    `json:"supportRequestId"`
	Backup           string    `json:"backup"`
	DeclaredAt       time.Time `json:"declaredAt"`
}

// EventType is the recorded name.
func (BackupDeclared) EventType() string { return "assignment.backup_declared.v1" }

// Evolve replaces the earlier declaration.
func (e BackupDeclared) Evolve(a Assignment) Assignment {
	var consent Consent
	if a.Consent != nil {
		consent = *a.Consent
	}
	consent.Backup, consent.DeclaredAt = e.Backup, e.DeclaredAt
	a.Consent = &consent
	return a
}
