package agreement

import "time"

// IssueReceipt records a receipt that was signed for what stands agreed (O-06).
type IssueReceipt struct {
	Receipt ReceiptIssued `json:"receipt"`
}

// Decide records one receipt for each act and for each purpose that is taken back. A
// receipt of what does not stand any more is moot: the one that follows replaces it.
func (c IssueReceipt) Decide(s Consent) ([]Event, error) {
	r := c.Receipt
	switch {
	case !s.ReceiptDue(), r.ConsentID != s.Agreement.ConsentID, r.Withdrawals != len(s.Withdrawn):
		return nil, nil
	}
	return []Event{r}, nil
}

// ReceiptDue tells whether what stands agreed has no receipt yet.
func (c Consent) ReceiptDue() bool {
	return c.Attached && (c.Receipt.ConsentID != c.Agreement.ConsentID || c.Receipt.Withdrawals != len(c.Withdrawn))
}

// ReceiptIssued: the customer has a signed receipt (O-06).
type ReceiptIssued struct {
	RecordID         string    `json:"recordId"`
	ConsentID        string    `json:"consentId"`
	SupportRequestID string    `json:"supportRequestId"`
	Withdrawals      int       `json:"withdrawals,omitzero"` // how many purposes had been taken back
	KeyID            string    `json:"keyId"`
	JWS              string    `json:"jws"`    // compact; without anything personal
	SHA256           string    `json:"sha256"` // of JWS, hex
	IssuedAt         time.Time `json:"issuedAt"`
}

// EventType is the recorded name.
func (ReceiptIssued) EventType() string { return "consent.receipt_issued.v1" }

// Evolve keeps the newest.
func (e ReceiptIssued) Evolve(c Consent) Consent {
	c.Receipt = e
	return c
}
