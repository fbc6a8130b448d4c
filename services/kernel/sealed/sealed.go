// Package sealed holds the shape of personal data in events: ciphertext that only
// the vault can open, and that is noise for ever once its key is destroyed (P7).
// It is a value; sealing and opening are the vault's.
package sealed

// Purpose is why personal data is kept. Each purpose of each subject has its own
// key, so one can be destroyed while the other must stay (rules, section 8).
type Purpose string

// The purposes.
const (
	Operational Purpose = "operational" // helping: contact, problem, notes
	Fiscal      Purpose = "fiscal"      // name and address on invoices, seven years
	Recording   Purpose = "recording"   // one session's recording
	Legal       Purpose = "legal"       // one criminal referral, which outlives the others (D-05)
)

// LegalStreams is how the names of the event streams begin that only the legal role
// may know of (D-05). Whoever shows events or streams to others leaves them out.
const LegalStreams = "legal-"

// Data is one sealed value with the label it was sealed under. It is stored inside
// events as it is, and may be copied into other services' events.
type Data struct {
	Subject string  `json:"subject"` // pseudonymous id of the person, or of the recording
	Purpose Purpose `json:"purpose"`
	Field   string  `json:"field"` // what it holds, such as "contact"
	Place   string  `json:"place"` // where it was first written; bound to the cipher
	Cipher  []byte  `json:"cipher"`
}

// IsZero tells whether there is nothing in it.
func (d Data) IsZero() bool { return len(d.Cipher) == 0 }
