package appointment

import (
	"time"

	"aanvraag.internal/services/kernel/withdrawal"
	"aanvraag.internal/services/platform/decider"
)

// Location is where the technician works from.
type Location string

// The locations. Work at the customer's place is another product.
const (
	Provider       Location = "provider"
	ProviderRemote Location = "provider_remote"
	OnSite         Location = "onsite"
)

// Backup is what the customer declared about his backup (D-01). The zero value
// is no declaration.
type Backup string

// The declarations.
const (
	BackupMade        Backup = "made"
	BackupNotNeeded   Backup = "not_needed"
	BackupNoneProceed Backup = "none_proceed" // confirmed a second time, with the consent
)

// Start lets the work begin. What the customer declared and whether his request
// goes on are facts from elsewhere, read before the decision.
type Start struct {
	SessionID           string    `json:"sessionId"`
	Recorded            bool      `json:"recorded"`
	Location            Location  `json:"location"`
	Backup              Backup    `json:"backup,omitzero"`
	BackupDeclaredAt    time.Time `json:"backupDeclaredAt,omitzero"`   // zero: not known
	BackupValidSeconds  int64     `json:"backupValidSeconds,omitzero"` // policy
	Again               bool      `json:"again,omitzero"`              // the request had a session before
	RecordingNoticeSeen bool      `json:"recordingNoticeSeen,omitzero"`
	// Consumer, ConcludedAt and Express decide on a start within the period of
	// withdrawal: he asked for it.
	Consumer       bool      `json:"consumer,omitzero"`
	ConcludedAt    time.Time `json:"concludedAt,omitzero"`
	Express        bool      `json:"express,omitzero"`
	RequestEnded   bool      `json:"requestEnded,omitzero"` // refused, cancelled or closed
	Unplanned      bool      `json:"unplanned,omitzero"`    // its request does not count on it
	SessionTaken   bool      `json:"sessionTaken,omitzero"` // another appointment has that session
	ConsentMissing bool      `json:"consentMissing,omitzero"`
	Suspended      bool      `json:"suspended,omitzero"`  // force majeure, and nothing agreed yet (F-03)
	StartedBy      string    `json:"startedBy,omitzero"`  // subject of the caller
	Capped         bool      `json:"capped,omitzero"`     // the customer agreed to a cap (T-11)
	CapSeconds     int64     `json:"capSeconds,omitzero"` // that can be measured until it is reached
	At             time.Time `json:"at"`
}

// backupIsOld tells whether the customer has to be asked again: for another session,
// more than so long after what he declared (D-01). At that very instant it still holds.
func (c Start) backupIsOld() bool {
	return c.Again && !c.BackupDeclaredAt.IsZero() &&
		c.At.After(c.BackupDeclaredAt.Add(time.Duration(c.BackupValidSeconds)*time.Second))
}

// Decide lets a booked appointment start once, with the customer's consent, which no
// call and no mail is (G-15), a backup declared (D-01) and, if the session is
// recorded, the notice seen (S-02). A consumer's work starts within the fourteen days
// only when he asked for that expressly. Only an appointment that its request
// counts on starts: whoever ends the request asks for that one back.
func (c Start) Decide(a Appointment) ([]Event, error) {
	switch {
	case a.Stage == None:
		return nil, errUnknown
	case a.Stage != Booked:
		return nil, illegal(a.Stage, "StartSession")
	case c.RequestEnded:
		return nil, errRequestEnded
	case c.Suspended:
		return nil, errConsult
	case c.Unplanned:
		return nil, errUnplanned
	case c.Location == OnSite:
		return nil, errProduct
	case c.ConsentMissing:
		return nil, errConsent
	case c.Backup == "":
		return nil, errBackup
	case c.backupIsOld():
		return nil, errBackupOld
	case c.Recorded && !c.RecordingNoticeSeen:
		return nil, errNotice
	case c.Consumer && !c.Express && withdrawal.Open(c.ConcludedAt, c.At):
		return nil, c.errExpress()
	case c.Capped && c.CapSeconds <= 0:
		return nil, errCap
	case c.SessionTaken:
		return nil, errSession
	}
	return []Event{AppointmentStarted{
		AppointmentID: a.AppointmentID, SupportRequestID: a.SupportRequestID, TechnicianID: a.TechnicianID,
		SessionID: c.SessionID, Recorded: c.Recorded, Location: c.Location, StartedAt: c.At.UTC(),
		StartedBy: c.StartedBy, CapSeconds: c.CapSeconds,
	}}, nil
}

func (c Start) errExpress() *decider.Rejection {
	return &decider.Rejection{
		Kind: decider.Precondition, Code: "EXPRESS_START_MISSING", Rule: "X-04",
		Reason:  "within the fourteen days a consumer's work starts only at his express request",
		Details: map[string]string{"periodEndsAt": withdrawal.Ends(c.ConcludedAt).Format(time.RFC3339)},
	}
}

var (
	errRequestEnded = &decider.Rejection{
		Kind: decider.Precondition, Code: "ILLEGAL_STATE", Article: "7", Rule: "R-06",
		Reason:  "the request was refused, cancelled or closed",
		Details: map[string]string{"from": "ENDED", "command": "StartSession"},
	}
	errConsult = &decider.Rejection{
		Kind: decider.Precondition, Code: "CONSULT_FIRST", Article: "9", Rule: "F-03",
		Reason: "force majeure was declared; the work goes on only as agreed with the customer",
	}
	errUnplanned = &decider.Rejection{
		Kind: decider.Precondition, Code: "ILLEGAL_STATE", Article: "7", Rule: "R-06",
		Reason:  "the request does not count on this appointment: it ended, or has another one",
		Details: map[string]string{"from": "VOID", "command": "StartSession"},
	}
	errCap = &decider.Rejection{
		Kind: decider.Precondition, Code: "CAP_REACHED", Article: "1", Rule: "T-11",
		Reason: "the agreed cap is reached; the customer has to raise it before the work goes on",
	}
	errProduct = &decider.Rejection{
		Kind: decider.Precondition, Code: "PRODUCT", Article: "7", Rule: "R-07",
		Reason: "remote support is done from the provider's locations; work at the customer's place is another product",
	}
	errConsent = &decider.Rejection{
		Kind: decider.Precondition, Code: "CONSENT_MISSING", Rule: "G-15",
		Reason: "the customer has not agreed; that he called or wrote is no consent",
	}
	errBackup = &decider.Rejection{
		Kind: decider.Precondition, Code: "BACKUP_MISSING", Article: "8", Rule: "D-01",
		Reason: "the customer has not yet declared how his data is backed up",
	}
	errBackupOld = &decider.Rejection{
		Kind: decider.Precondition, Code: "BACKUP_MISSING", Article: "8", Rule: "D-01",
		Reason:  "another session is more than a day after the declaration; the customer declares again how his data is backed up",
		Details: map[string]string{"again": "true"},
	}
	errNotice = &decider.Rejection{
		Kind: decider.Precondition, Code: "RECORDING_NOTICE_MISSING", Article: "6", Rule: "S-02",
		Reason: "the customer has not yet seen the notice that sessions can be recorded",
	}
	errSession = &decider.Rejection{
		Kind: decider.Exists, Code: "SESSION_EXISTS", Rule: "P5",
		Reason: "this session id already stands for another appointment's session",
	}
)
