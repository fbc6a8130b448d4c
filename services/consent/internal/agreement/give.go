package agreement

import (
	"time"

	"aanvraag.internal/services/platform/decider"
)

// Give records the customer's agreement. Shown is what he says that he saw;
// InForce is what the log says that he must have seen.
type Give struct {
	ConsentID        string    `json:"consentId"`
	SupportRequestID string    `json:"supportRequestId"`
	Shown            Shown     `json:"shown"`
	InForce          InForce   `json:"inForce"`
	At               time.Time `json:"at"`
	Declarations
}

// Decide refuses an agreement that is not explicit (O-04), not outside warranty
// (W-02), not to exactly what is in force (O-01, O-02), or that goes without a
// backup by a single click (D-01). Agreeing to the same again changes nothing;
// agreeing to something else, or by other declarations, replaces it.
func (c Give) Decide(s Consent) ([]Event, error) {
	switch {
	case !c.AgreeTerms:
		return nil, errTerms
	case !c.AgreePrice:
		return nil, errPrice
	case !c.NotUnderWarranty:
		return nil, errWarranty
	}
	if err := c.checkShown(); err != nil {
		return nil, err
	}
	if c.Backup == BackupNoneProceed && !c.ProceedWithoutBackup {
		return nil, errBackup
	}
	given := c.Agreement()
	if s.Agreement.same(given) {
		return nil, nil
	}
	if !s.Submitted {
		return []Event{Given{given}}, nil
	}
	return []Event{Given{given}, Attached{Agreement: given, AttachedAt: c.At}}, nil
}

// Agreement is what would be recorded if no rule forbade it.
func (c Give) Agreement() Agreement {
	return Agreement{
		ConsentID:        c.ConsentID,
		SupportRequestID: c.SupportRequestID,
		Documents: []Document{
			c.InForce.OnlineSupport.document(OnlineSupport, c.Shown.OnlineSupport.SHA256),
			c.InForce.General.document(General, c.Shown.General.SHA256),
		},
		Tariff:       c.InForce.Tariff,
		GivenAt:      c.At,
		Declarations: c.Declarations,
	}
}

var (
	errTerms = &decider.Rejection{
		Kind: decider.Invalid, Code: "CONSENT_REQUIRED", Rule: "O-04",
		Reason:  "nobody agrees to the terms by silence",
		Details: map[string]string{"field": "agree_terms"},
	}
	errPrice = &decider.Rejection{
		Kind: decider.Invalid, Code: "CONSENT_REQUIRED", Article: "1", Rule: "O-04",
		Reason:  "nobody agrees to the price by silence",
		Details: map[string]string{"field": "agree_price"},
	}
	errWarranty = &decider.Rejection{
		Kind: decider.Invalid, Code: "WARRANTY_DECLARATION_REQUIRED", Article: "4", Rule: "W-02",
		Reason:  "who sends the form declares that these hours are outside warranty",
		Details: map[string]string{"field": "not_under_warranty"},
	}
	errBackup = &decider.Rejection{
		Kind: decider.Invalid, Code: "BACKUP_CONFIRMATION_REQUIRED", Article: "8", Rule: "D-01",
		Reason:  "going on without a backup needs a second confirmation",
		Details: map[string]string{"field": "proceed_without_backup"},
	}
)
