// Package party takes what a customer typed about himself and makes of it what is
// kept: cleaned, checked, and no more than is needed (N-01, N-02). It is pure, and
// what passes through it is personal: its errors name the field and never its
// content.
package party

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"aanvraag.internal/services/kernel/party"
)

// Form is what was typed, field by field.
type Form struct {
	Business                bool // declared; whoever did not is a consumer
	Name                    string
	CompanyName             string
	ChamberOfCommerceNumber string
	VATNumber               string
	Email                   string
	Phone                   string
	Address                 party.Address
}

// Party is what is kept of it, in two parts that are sealed apart.
type Party struct {
	Contact party.Contact
	Invoice party.InvoiceParty
	// Identified: a number says that this is a business, one of the Dutch register or
	// a VAT number that can be checked.
	Identified bool
}

// FieldError names what is wrong with one field.
type FieldError struct {
	Path    string // as in the public API, such as "party.address.street"
	RuleID  string // stable, such as "party.postal_code.nl"
	Message string // for people; never holds what was typed
}

func (e *FieldError) Error() string { return e.Path + ": " + e.Message }

// Check cleans and checks a form. It answers a [*FieldError] for the first field
// that is wrong, in the order in which a form shows them.
func Check(f Form) (Party, error) {
	f = f.cleaned()
	for _, field := range []struct {
		path, value string
		needed      bool
		most        int // characters
	}{
		{"party.name", f.Name, true, 160}, // the person, also of a business (O-10)
		{"party.company_name", f.CompanyName, f.Business, 160},
		{"party.email", f.Email, true, 254},
		{"party.phone", f.Phone, true, 16},
		{"party.address.street", f.Address.Street, true, 120},
		{"party.address.house_number", f.Address.HouseNumber, true, 12},
		{"party.address.house_number_addition", f.Address.HouseNumberAddition, false, 12},
		{"party.address.postal_code", f.Address.PostalCode, true, 12},
		{"party.address.city", f.Address.City, true, 120},
		{"party.address.country_code", f.Address.CountryCode, true, 2},
	} {
		if field.needed && Blank(field.value) {
			return Party{}, &FieldError{field.path, "party.required", "is required"}
		}
		if utf8.RuneCountInString(field.value) > field.most {
			return Party{}, &FieldError{field.path, "party.too_long", "is too long"}
		}
	}
	if f.Address.CountryCode == "NL" {
		code, ok := dutchPostalCode(f.Address.PostalCode)
		if !ok {
			return Party{}, &FieldError{
				"party.address.postal_code", "party.postal_code.nl", "is not a Dutch postal code such as 5531 AB",
			}
		}
		f.Address.PostalCode = code
	}
	if f.ChamberOfCommerceNumber != "" && !chamberNumber(f.ChamberOfCommerceNumber) {
		return Party{}, &FieldError{
			"party.chamber_of_commerce_number", "party.chamber_of_commerce_number", "is not eight digits such as 12345678",
		}
	}
	number := readVAT(f.VATNumber)
	if f.VATNumber != "" && !number.formed {
		return Party{}, &FieldError{
			"party.vat_number", "party.vat_number", "is not how its country writes a VAT number, such as NL004495445B01",
		}
	}
	return Party{
		Identified: f.ChamberOfCommerceNumber != "" || number.known,
		Contact:    party.Contact{Name: f.Name, CompanyName: f.CompanyName, Email: f.Email, Phone: f.Phone},
		Invoice: party.InvoiceParty{
			Name:                    f.Name,
			CompanyName:             f.CompanyName,
			ChamberOfCommerceNumber: f.ChamberOfCommerceNumber,
			VATNumber:               f.VATNumber,
			Address:                 f.Address,
		},
	}, nil
}

func (f Form) cleaned() Form {
	for _, field := range []*string{
		&f.Name, &f.CompanyName, &f.ChamberOfCommerceNumber, &f.VATNumber, &f.Email, &f.Phone,
		&f.Address.Street, &f.Address.HouseNumber, &f.Address.HouseNumberAddition,
		&f.Address.PostalCode, &f.Address.City, &f.Address.CountryCode,
	} {
		*field = Line(*field)
	}
	f.VATNumber = strings.ReplaceAll(f.VATNumber, ".", "")
	if !f.Business {
		// Of a consumer nothing about a company is needed, so nothing is kept (N-02).
		f.CompanyName, f.ChamberOfCommerceNumber, f.VATNumber = "", "", ""
	}
	return f
}

// Line is s as one line of text: NFC, without control and invisible characters,
// trimmed, and with single spaces inside. Letters stay what they are: "Ĳ" is not
// taken apart.
func Line(s string) string {
	return strings.Join(strings.Fields(norm.NFC.String(visible(s, false))), " ")
}

// Text is s as text of several lines: like [Line], but what lies within it stays
// as it was written.
func Text(s string) string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	return strings.TrimSpace(norm.NFC.String(visible(s, true)))
}

// Blank tells whether there is nothing to read in s: no letter and no digit.
func Blank(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) })
}

// visible drops what cannot be seen: control characters, and the format characters
// (zero-width spaces, joiners, marks of direction) with which a blank can look filled
// and one name like another.
func visible(s string, lines bool) string {
	return strings.Map(func(r rune) rune {
		switch {
		case lines && (r == '\n' || r == '\t'):
			return r
		case r == unicode.ReplacementChar, unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point):
			return -1
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r):
			return -1
		}
		return r
	}, s)
}

// chamberNumber tells whether s can be a number of the Dutch register: eight digits.
// It has no check digit that all numbers given out would pass.
func chamberNumber(s string) bool {
	return len(s) == 8 && strings.Trim(s, "0123456789") == "" && strings.Trim(s, "0") != ""
}

// dutchPostalCode writes a code as "5531 AB": four digits, the first not 0, and two
// capitals. SA, SD and SS are never given out (N-01).
func dutchPostalCode(s string) (string, bool) {
	if len(s) == 7 && s[4] == ' ' {
		s = s[:4] + s[5:]
	}
	if len(s) != 6 || s[0] == '0' {
		return "", false
	}
	digits, letters := s[:4], s[4:]
	if strings.Trim(digits, "0123456789") != "" || strings.Trim(letters, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return "", false
	}
	if letters == "SA" || letters == "SD" || letters == "SS" {
		return "", false
	}
	return digits + " " + letters, true
}
