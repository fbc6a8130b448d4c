package check

import (
	"time"

	"aanvraag.internal/services/platform/eventstore"
)

// event is an event of the log with all that can be known of it by itself.
type event struct {
	eventstore.Recorded

	category, id string // of its stream, "<category>-<id>"
	meta         eventstore.Metadata
	unread       bool    // the metadata could not be read
	unreadable   string  // why the data could not be read
	names        members // only of the types that an invariant asks about

	service string // that owns the stream
	public  string // protobuf full name of its public form; empty: it is private
	body    []byte // of that

	keys   []string // that something in it is sealed under
	letter letter   // that it tells of
}

func (e *event) at() at { return at{e.Stream, e.Revision, e.Position} }

// members are what the recorded events say of other things. Recorded names never
// change, so this reads them for itself: it must not believe the code that it checks.
type members struct {
	SupportRequestID string   `json:"supportRequestId"`
	AppointmentID    string   `json:"appointmentId"`
	AppointmentIDs   []string `json:"appointmentIds"`
	SessionID        string   `json:"sessionId"`
	InvoiceID        string   `json:"invoiceId"`
	PaymentID        string   `json:"paymentId"`
	KeyID            string   `json:"keyId"`
	Keys             []struct {
		KeyID string `json:"keyId"`
	} `json:"keys"`
	Device           string    `json:"device"`
	KeyIDs           []string  `json:"keyIds"`
	EndingID         string    `json:"endingId"`
	ClaimID          string    `json:"claimId"`
	AbortedBy        string    `json:"abortedBy"`
	UnderWarranty    bool      `json:"underWarranty"`
	Recorded         bool      `json:"recorded"`
	Revoked          bool      `json:"revoked"`
	Afterwards       bool      `json:"afterwards"`
	MoveID           string    `json:"moveId"`
	Sequence         int64     `json:"sequence"`
	DueAt            time.Time `json:"dueAt"`
	CiphertextSHA256 string    `json:"ciphertextSha256"`
	ForceMajeure     bool      `json:"forceMajeure"`
	EndedByMajeure   bool      `json:"endedByForceMajeure"`
	Ran              bool      `json:"ran"`
	Ended            bool      `json:"ended"`
	Flagged          bool      `json:"flagged"`
	Sessions         []struct {
		WorkedSeconds int64 `json:"workedSeconds"`
	} `json:"sessions"`
	Outcome   string `json:"outcome"`
	Withdrawn string `json:"withdrawn"` // what is owed for work that a withdrawal ended

	// Of letters.
	NotificationID string `json:"notificationId"`
	CauseEventID   string `json:"causeEventId"`
	Kind           string `json:"kind"`
	SHA256         string `json:"sha256"`
}

// part is what an event names: itself, by its stream, or another thing.
type part int

const (
	request part = iota
	appointment
	session
	invoice
	payment
	slot // of an appointment: that of its booking, or of a move
	ending
	claim
)

// of is what e names; of appointments there may be several, and i says which.
func (p part) of(e *event, i int) string {
	switch p {
	case request:
		switch e.category {
		case "request", "consent", "assignment", "notification", "clearance":
			return e.id
		}
		return e.names.SupportRequestID
	case appointment:
		switch {
		case e.category == "appointment":
			return e.id
		case len(e.names.AppointmentIDs) > 0:
			return e.names.AppointmentIDs[i]
		}
		return e.names.AppointmentID
	case session:
		if e.category == "session" || e.category == "recording" {
			return e.id
		}
		return e.names.SessionID
	case invoice:
		if e.category == "invoice" {
			return e.id
		}
		return e.names.InvoiceID
	case payment:
		if e.category == "payment" {
			return e.id
		}
		return e.names.PaymentID
	case slot:
		if e.names.MoveID == "" {
			return "booking"
		}
		return e.names.MoveID
	case ending:
		return e.names.EndingID
	case claim:
		if e.category == "warranty" {
			return e.id
		}
		return e.names.ClaimID
	}
	return ""
}

// billable tells whether a closed request is paid for: there is time, and it is neither
// warranty nor broken off by the desk itself, which the first invoicing policy does not
// bill (T-04, R-05, W-04).
func (e *event) billable() bool {
	return e.workedSeconds() > 0 && !e.names.UnderWarranty && e.names.AbortedBy != "provider" && e.names.Withdrawn != "nothing"
}

// workedSeconds is the measured time of a closed request (T-02).
func (e *event) workedSeconds() (sum int64) {
	for _, s := range e.names.Sessions {
		sum += s.WorkedSeconds
	}
	return sum
}
