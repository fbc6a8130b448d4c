package assignment

import (
	"time"

	"aanvraag.internal/services/platform/decider"
)

// DeclareBackup is the customer's declaration about his backup for a later session
// (D-01). The first one is part of his consent.
type DeclareBackup struct {
	SupportRequestID string    `json:"supportRequestId"`
	Backup           string    `json:"backup"`             // "made", "not_needed" or "none_proceed"
	Confirmed        bool      `json:"confirmed,omitzero"` // that work goes on without one
	At               time.Time `json:"at"`
}

// Decide records it, while there is work to do. Nobody goes on without a backup by a
// single click (D-01).
func (c DeclareBackup) Decide(a Assignment) ([]Event, error) {
	switch {
	case !a.Opened, a.State() == Ended, a.Consent == nil:
		refusal := illegal(a, "DeclareBackup")
		refusal.Article, refusal.Rule = "8", "D-01"
		return nil, refusal
	case c.Backup == "none_proceed" && !c.Confirmed:
		return nil, errConfirm
	}
	return []Event{BackupDeclared{SupportRequestID: c.SupportRequestID, Backup: c.Backup, DeclaredAt: c.At.UTC()}}, nil
}

var errConfirm = &decider.Rejection{
	Kind: decider.Invalid, Code: "BACKUP_CONFIRMATION_REQUIRED", Article: "8", Rule: "D-01",
	Reason:  "going on without a backup needs a second confirmation",
	Details: map[string]string{"field": "proceed_without_backup"},
}
