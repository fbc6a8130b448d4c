package party

import (
	"errors"
	"testing"
)

func field(err error) string {
	if wrong, ok := errors.AsType[*FieldError](err); ok {
		return wrong.Path
	}
	return ""
}

func TestN01_AVATNumberHasTheFormOfItsCountry(t *testing.T) {
	for number, right := range map[string]bool{
		"NL004495445B01": true, "NL004495445B1": false, "NL00449544B01": false, "NL004495445A01": false, "NL4495445B01": false,
		"BE0428759497": true, "BE428759497": false, "BE2428759497": false,
		"DE136695976": true, "DE13669597": false, "DE13669597A": false,
		"FR40303265045": true, "FRK7399859412": true, "FRO7399859412": false, "FR4030326504": false,
		"LU15027442": true, "LU1502744": false,
		"ATU13585627": true, "AT13585627": false,
		"ESX2482300W": true, "ES54362315K": true, "ESA58818501": true, "ES123456789": false,
		"IE6433435F": true, "IE6433435OA": true, "IE8D79739I": true, "IE643343F": false,
		"EL094259216": true, "PL8567346215": true, "SE123456789701": true, "XI123456789": true, "XIGD001": true, "XIGD999": false,
		"IT00743110157": true, "PT501964843": true, "DK13585628": true, "CZ25123891": true, "RO18547290": true, "CY10259033P": true,
		"CHE107787577MWST": true, "GB980780684": true, // not of the Union: free
	} {
		f := business()
		f.VATNumber = number
		_, err := Check(f)
		if (err == nil) != right || !right && field(err) != "party.vat_number" {
			t.Errorf("%s: %v", number, err)
		}
	}
}

// The numbers are published examples of their authorities and of test suites; next
// to each is a neighbour with one wrong digit.
func TestN01_CheckDigitsAreJudgedWhereTheirRuleIsKnown(t *testing.T) {
	for number, agrees := range map[string]bool{
		"NL004495445B01": true, "NL004495446B01": false, // the eleven test
		"NL123456789B13": true, "NL000099998B57": true, "NL123456789B01": false, // modulo 97
		"BE0428759497": true, "BE0428759498": false, "BE0566988259": true,
		"DE136695976": true, "DE136695978": false,
		"FR40303265045": true, "FR41303265045": false, "FR23334175221": true, "FRK7399859412": true,
		"LU15027442": true, "LU15027443": false,
		"IT00743110157": true, // no rule here: nothing to doubt
	} {
		if got := readVAT(number); !got.formed || got.doubted == agrees || got.known != agrees {
			t.Errorf("%s: %+v", number, got)
		}
		warned := false
		f := business()
		f.VATNumber = number
		for _, w := range Warnings(f, "De printer doet niets") {
			warned = warned || w.Code == VATNumberDoubted && w.Path == "party.vat_number"
		}
		if _, err := Check(f); err != nil || warned == agrees {
			t.Errorf("%s: warned %t, %v", number, warned, err)
		}
	}
}

func TestN01_AVATNumberIsKeptWithoutItsDots(t *testing.T) {
	f := business()
	f.VATNumber = "NL0044.95.445.B01"
	if got, err := Check(f); err != nil || got.Invoice.VATNumber != "NL004495445B01" {
		t.Errorf("%q, %v", got.Invoice.VATNumber, err)
	}
}

func TestN01_AChamberOfCommerceNumberIsEightDigits(t *testing.T) {
	for number, right := range map[string]bool{
		"12345678": true, "01000000": true, "00000000": false, "1234567": false, "123456789": false, "1234567a": false, "１２３４５６７８": false,
	} {
		f := business()
		f.ChamberOfCommerceNumber = number
		_, err := Check(f)
		if (err == nil) != right || !right && field(err) != "party.chamber_of_commerce_number" {
			t.Errorf("%s: %v", number, err)
		}
	}
}

func TestX01_ABusinessIsKnownByANumberThatCanBeChecked(t *testing.T) {
	for name, v := range map[string]struct {
		chamber, vat string
		identified   bool
	}{
		"both":                             {"12345678", "NL004495445B01", true},
		"the register alone":               {"12345678", "", true},
		"VAT alone":                        {"", "NL004495445B01", true},
		"a sole trader's VAT":              {"", "NL123456789B13", true},
		"VAT from Belgium":                 {"", "BE0428759497", true},
		"neither":                          {"", "", false},
		"VAT with wrong check digits":      {"", "NL123456789B01", false},
		"the same, but in the register":    {"12345678", "NL123456789B01", true},
		"VAT of a country that is unknown": {"", "CHE107787577MWST", false},
	} {
		f := business()
		f.ChamberOfCommerceNumber, f.VATNumber = v.chamber, v.vat
		if got, err := Check(f); err != nil || got.Identified != v.identified {
			t.Errorf("%s: identified %t, %v", name, got.Identified, err)
		}
	}
	f := business()
	f.Business = false
	if got, err := Check(f); err != nil || got.Identified {
		t.Errorf("a consumer is identified as a business: %v", err)
	}
}
