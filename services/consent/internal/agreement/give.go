package agreement

import (
	"slices"
	"time"

	"aanvraag.internal/services/platform/decider"
)

// Give records the customer's agreement. Shown is what he says that he saw;
// InForce is what the log says that he must have seen.
type Give struct {
	ConsentID        string  `json:"consentId"` // of this act alone
	SupportRequestID string  `json:"supportRequestId"`
	Shown            Shown   `json:"shown"`
	InForce          InForce `json:"inForce"`
	Press            Press   `json:"press,omitzero"`
	// PartyKind is what the form says of him. What the request says counts more.
	PartyKind PartyKind `json:"partyKind,omitzero"`
	Evidence  Evidence  `json:"evidence,omitzero"`
	// RequestState is a fact of intake. It is empty as long as nobody asked, and
	// only a consent that is attached already needs it.
	RequestState RequestState `json:"requestState,omitzero"`
	// ByToken: the caller holds the customer's token for this request (P8).
	ByToken bool `json:"byToken,omitzero"`
	// ByOthers: whoever calls is not the customer, nor the public, but the desk (G-02).
	ByOthers bool      `json:"byOthers,omitzero"`
	Device   string    `json:"device,omitzero"` // keyed hash of the customer's, as far as known
	At       time.Time `json:"at"`
	Declarations
}

// Decide refuses an agreement that is not explicit (O-04), not outside warranty
// (W-02), not to exactly what is in force (O-01, O-02), or that goes without a
// backup by a single click (D-01). Agreeing to the same again changes nothing.
// While the request is an offer, agreeing to something else, or by other
// declarations, replaces what was agreed; after that see [Give.add] (O-07). An offer
// of a consumer needs a button that says that he will have to pay.
func (c Give) Decide(s Consent) ([]Event, error) {
	if err := c.checkGiver(s); err != nil {
		return nil, err
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	if s.over() {
		c.RequestState = stateWithdrawn
		return nil, c.illegal()
	}
	if s.Attached {
		switch c.RequestState {
		case "":
			return nil, StateNeeded
		case Submitted:
		default:
			return c.add(s)
		}
	}
	if err := c.checkInForce(); err != nil {
		return nil, err
	}
	if c.consumer(s) && !c.button().binds() {
		return nil, c.Press.insufficient()
	}
	return c.record(s, c.Agreement()), nil
}

// check refuses what no state allows.
func (c Give) check() error {
	switch {
	case !c.AgreeTerms:
		return errTerms
	case !c.AgreePrice:
		return errPrice
	case !c.NotUnderWarranty:
		return errWarranty
	}
	if err := c.checkShown(); err != nil {
		return err
	}
	if c.Backup == BackupNoneProceed && !c.ProceedWithoutBackup {
		return errBackup
	}
	return nil
}

// record gives the events of an agreement that no rule forbids.
func (c Give) record(s Consent, given Agreement) []Event {
	given.SameDevice = c.Device != "" && slices.Contains(s.Devices, c.Device)
	switch {
	case s.Agreement.same(given) && !s.takenBack():
		return nil
	case !s.Submitted:
		return []Event{Given{Agreement: given, Evidence: c.Evidence}}
	default:
		return []Event{Given{Agreement: given, Evidence: c.Evidence}, Attached{Agreement: given, AttachedAt: c.At}}
	}
}

// Agreement is what would be recorded of an offer if no rule forbade it.
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
		Button:       c.button(),
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
