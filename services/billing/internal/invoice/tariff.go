package invoice

import (
	"errors"

	"aanvraag.internal/services/kernel/money"
)

// Sheet is a tariff sheet: article 1 in figures. It is the content of the policy
// "tariff"; the version that the customer agreed to applies (T-01).
type Sheet struct {
	// HourlyRate in regular hours, exclusive of VAT (T-01).
	HourlyRate money.Cents `json:"hourlyRateCents"`
	// IncrementSeconds: time is billed per started increment (T-02).
	IncrementSeconds int64 `json:"incrementSeconds"`
	// MinimumSupport is the least that one remote-support request costs (T-04).
	MinimumSupport money.Cents `json:"minimumSupportCents"`
	// MinimumInvoice is the least that an invoice is about (T-05).
	MinimumInvoice money.Cents `json:"minimumInvoiceCents"`
}

// FirstSheet has the figures of article 1: version 1 of the tariff. Later sheets
// are published as new versions; this one is only the seed.
func FirstSheet() Sheet {
	return Sheet{
		HourlyRate:       103_85, // EUR 103.85 per hour (T-01)
		IncrementSeconds: 60,     // per started minute (T-02)
		MinimumSupport:   20_00,  // minimum support 20 euro (T-04)
		MinimumInvoice:   30_00,  // minimum invoice 30 euro (T-05)
	}
}

// Bounds of what is rated. Within them no sum leaves 64 bits.
const (
	maxAmount    money.Cents = 1_000_000_000_00 // as the schema bounds what is published
	maxIncrement             = 24 * 60 * 60     // seconds
	maxSeconds               = 1_000_000_000    // of work, some thirty years
)

// Check refuses a sheet that cannot be rated by.
func (s Sheet) Check() error {
	if s.HourlyRate <= 0 || s.MinimumSupport < 0 || s.MinimumInvoice < 0 || s.IncrementSeconds < 1 {
		return errors.New("a tariff has an hourly rate, no negative amounts, and an increment of at least a second")
	}
	if max(s.HourlyRate, s.MinimumSupport, s.MinimumInvoice) > maxAmount || s.IncrementSeconds > maxIncrement {
		return errors.New("a tariff has no amount above a thousand million euro, and no increment above a day")
	}
	return nil
}

// Tax is the content of the policy "tax": VAT of services in the Netherlands (T-09).
type Tax struct {
	// BasisPoints of the standard rate; 2100 is 21 %.
	BasisPoints int64 `json:"basisPoints"`
}

// FirstTax is 21 %, in force since October 2012.
func FirstTax() Tax { return Tax{BasisPoints: 21_00} }

// Check refuses a rate that is no share.
func (t Tax) Check() error {
	if t.BasisPoints < 0 || t.BasisPoints > 100_00 {
		return errors.New("VAT is 0 to 10000 basis points")
	}
	return nil
}

// Basis says whether the minimums of article 1 are meant with or without VAT (T-07).
type Basis string

// The readings of article 1.
const (
	ExcludingVAT Basis = "ex"
	IncludingVAT Basis = "incl"
)

// Terms is the content of the policy "invoicing": article 2, and how the
// minimums of article 1 are read.
type Terms struct {
	// Days from invoice date to due date (B-01).
	Days int `json:"days"`
	// MinimumBasis by kind of party (T-07).
	MinimumBasis map[PartyKind]Basis `json:"minimumBasis"`
	// BillAbortedByProvider: also work that the desk broke off itself is billed. Absent
	// it is not.
	BillAbortedByProvider bool `json:"billAbortedByProvider,omitzero"`
}

// FirstTerms: fourteen days (B-01), minimums exclusive of VAT for everybody (T-07).
func FirstTerms() Terms {
	return Terms{Days: 14, MinimumBasis: map[PartyKind]Basis{Business: ExcludingVAT, Consumer: ExcludingVAT}}
}

// PartyKind decides which law protects the customer.
type PartyKind string

// The kinds of party.
const (
	Business PartyKind = "business"
	Consumer PartyKind = "consumer"
)
