package request

import (
	"time"

	"aanvraag.internal/services/kernel/hours"
	"aanvraag.internal/services/kernel/sealed"
	"aanvraag.internal/services/platform/decider"
)

// Submit is the customer pressing the button.
type Submit struct {
	Reference string    `json:"reference"` // see [Reference]
	Channel   Channel   `json:"channel"`
	PartyKind PartyKind `json:"partyKind"`
	// Unidentified: a declared business gave no number by which it is known as one.
	Unidentified  bool   `json:"unidentified,omitzero"`
	Language      string `json:"language,omitzero"` // "nl" when absent
	WarrantyClaim bool   `json:"warrantyClaim,omitzero"`

	Contact      sealed.Data `json:"contact,omitzero"`
	Problem      sealed.Data `json:"problem,omitzero"`
	InvoiceParty sealed.Data `json:"invoiceParty,omitzero"`

	Hours hours.Calendar `json:"hours"` // in force At
	Phone string         `json:"phone"` // for warranty claims, E.164

	// ByStaff: whoever sends it works for the desk (G-02).
	ByStaff bool `json:"byStaff,omitzero"`
	// LinkHash and Device are keyed hashes: of the code of the link that is shown,
	// and of the customer's device, as far as it is known.
	LinkHash string `json:"linkHash,omitzero"`
	Device   string `json:"device,omitzero"`

	At time.Time `json:"at"`
}

// Decide takes the offer in, with the instant at which the desk first looks at it
// (G-16). A warranty claim is not sent: it goes to the phone, once, and leaves
// nothing personal behind (W-01). The staff sends nothing for a customer (G-02); a
// request that it drafted is sent by who holds the link (G-01), and stays known by
// the channel by which the customer came.
func (c Submit) Decide(r Request) ([]Event, error) {
	if err := c.Admitted(r); err != nil {
		return nil, err
	}
	if r.State == StateDiverted {
		return nil, nil
	}
	sent, err := c.sent(r)
	if err != nil || r.State != StateDrafted {
		return sent, err
	}
	return append([]Event{LinkUsed{UsedAt: c.At, SameDevice: r.sameDevice(c.Device)}}, sent...), nil
}

// Admitted tells whether this caller may press the button of this request now: nil,
// or why not. It asks for nothing that the form says of the person.
func (c Submit) Admitted(r Request) error {
	switch {
	case c.ByStaff:
		return errStaff
	case r.State == StateDrafted, r.State == StateExpired:
		return r.Admit(c.LinkHash, c.At)
	case r.State == StateNone && c.LinkHash != "":
		return Unknown
	case r.State == StateNone, r.State == StateDiverted && c.WarrantyClaim:
		return nil
	case c.LinkHash != "" && c.LinkHash == r.Link.Hash:
		return errLinkUsed
	}
	return errSubmitted
}

func (c Submit) sent(r Request) ([]Event, error) {
	if r.State == StateDrafted {
		c.Channel = r.Channel
	}
	switch {
	case c.WarrantyClaim:
		return []Event{Diverted{
			Reference: c.Reference, Channel: c.Channel, PhoneShown: c.Phone, DivertedAt: c.At,
		}}, nil
	case c.Contact.IsZero() || c.InvoiceParty.IsZero():
		return nil, errParty
	case c.Problem.IsZero():
		return nil, errProblem
	}
	if c.Language == "" {
		c.Language = "nl"
	}
	if c.PartyKind != Business || c.Unidentified {
		c.PartyKind = Consumer // whoever is not surely a business is protected
	}
	var opening time.Time // zero while the desk is open (G-16)
	if !c.Hours.Open(c.At) {
		opening, _ = c.Hours.NextOpening(c.At)
	}
	return []Event{Submitted{
		Reference:    c.Reference,
		Channel:      c.Channel,
		PartyKind:    c.PartyKind,
		Language:     c.Language,
		SubmittedAt:  c.At,
		NextOpening:  opening,
		Contact:      c.Contact,
		Problem:      c.Problem,
		InvoiceParty: c.InvoiceParty,
	}}, nil
}

// UsePhone is the answer to whoever sent a warranty claim: the number to call (W-01).
func UsePhone(phone string) *decider.Rejection {
	return &decider.Rejection{
		Kind: decider.Precondition, Code: "USE_PHONE", Article: "4", Rule: "W-01",
		Reason:  "a warranty claim is not sent by this form; call " + phone,
		Details: map[string]string{"phone": phone},
	}
}

var (
	errStaff = &decider.Rejection{
		Kind: decider.Denied, Code: "PERMISSION_DENIED", Rule: "G-02",
		Reason: "the customer presses the button himself; nobody of the desk does it for him",
	}
	errSubmitted = &decider.Rejection{
		Kind: decider.Exists, Code: "ALREADY_SUBMITTED", Rule: "P5",
		Reason: "this support request id is taken; a new request needs an id of its own",
	}
	errParty = &decider.Rejection{
		Kind: decider.Invalid, Code: "INVALID_PARTY", Rule: "N-01",
		Reason: "who asks, and at which address, is required: the invoice needs it",
	}
	errProblem = &decider.Rejection{
		Kind: decider.Invalid, Code: "INVALID_PARTY", Rule: "N-02",
		Reason: "what the problem is, is required",
	}
)
