package party

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"aanvraag.internal/services/kernel/party"
	"aanvraag.internal/services/platform/decider/decidertest"
)

func TestPure(t *testing.T) { decidertest.Chaste(t) }

func consumer() Form {
	return Form{
		Name: "Noor Jansen", Email: "noor@example.org", Phone: "+31612345678",
		Address: party.Address{
			Street: "Markt", HouseNumber: "12", HouseNumberAddition: "a",
			PostalCode: "5531AB", City: "Bladel", CountryCode: "NL",
		},
	}
}

func business() Form {
	f := consumer()
	f.Business, f.CompanyName = true, "Jansen Bouw B.V."
	f.ChamberOfCommerceNumber, f.VATNumber = "12345678", "NL004495445B01"
	return f
}

func TestWhatIsTypedIsSealedInTwoParts(t *testing.T) {
	got, err := Check(business())
	if err != nil {
		t.Fatal(err)
	}
	want := Party{
		Contact: party.Contact{
			Name: "Noor Jansen", CompanyName: "Jansen Bouw B.V.", Email: "noor@example.org", Phone: "+31612345678",
		},
		Invoice: party.InvoiceParty{
			Name: "Noor Jansen", CompanyName: "Jansen Bouw B.V.", ChamberOfCommerceNumber: "12345678",
			VATNumber: "NL004495445B01",
			Address: party.Address{
				Street: "Markt", HouseNumber: "12", HouseNumberAddition: "a",
				PostalCode: "5531 AB", City: "Bladel", CountryCode: "NL",
			},
		},
		Identified: true,
	}
	if got != want {
		t.Fatalf("\n got %+v\nwant %+v", got, want)
	}
}

func TestBlankFieldsAreRefusedByTheirPath(t *testing.T) {
	fields := map[string]func(*Form) *string{
		"party.name":                 func(f *Form) *string { return &f.Name },
		"party.company_name":         func(f *Form) *string { return &f.CompanyName }, // O-10
		"party.email":                func(f *Form) *string { return &f.Email },
		"party.phone":                func(f *Form) *string { return &f.Phone },
		"party.address.street":       func(f *Form) *string { return &f.Address.Street },
		"party.address.house_number": func(f *Form) *string { return &f.Address.HouseNumber },
		"party.address.postal_code":  func(f *Form) *string { return &f.Address.PostalCode },
		"party.address.city":         func(f *Form) *string { return &f.Address.City },
		"party.address.country_code": func(f *Form) *string { return &f.Address.CountryCode },
	}
	blanks := map[string]string{
		"empty": "", "spaces": "  \t", "no-break space": "\u00a0", "zero width": "\u200b\u200d\ufeff\u2060",
		"control": "\x00\x07", "marks of direction": "\u202e\u2066", "punctuation": " - ", "braille blank": "\u2800", "Hangul filler": "\u3164",
	}
	for path, field := range fields {
		for name, blank := range blanks {
			f := business()
			*field(&f) = blank
			_, err := Check(f)
			var wrong *FieldError
			if !errors.As(err, &wrong) || wrong.Path != path {
				t.Errorf("%s of %s: %v", path, name, err)
			}
		}
	}
}

func TestDutchPostalCodes(t *testing.T) {
	for typed, kept := range map[string]string{
		"5531AB": "5531 AB", "5531 AB": "5531 AB", " 5531  AB ": "5531 AB", "1000SB": "1000 SB", "9999 ZZ": "9999 ZZ",
		"0531AB": "", "5531ab": "", "553 1AB": "", "5531": "", "5531ABC": "", "5531-AB": "",
		"5531SA": "", "5531 SD": "", "5531SS": "", "５５３１ AB": "", "5531 ÀB": "",
	} {
		f := consumer()
		f.Address.PostalCode = typed
		got, err := Check(f)
		var wrong *FieldError
		switch {
		case kept == "" && (!errors.As(err, &wrong) || wrong.Path != "party.address.postal_code" || wrong.RuleID != "party.postal_code.nl"):
			t.Errorf("%q: %v, want it refused", typed, err)
		case kept != "" && (err != nil || got.Invoice.Address.PostalCode != kept):
			t.Errorf("%q became %q (%v), want %q", typed, got.Invoice.Address.PostalCode, err, kept)
		}
	}
}

func TestForeignPostalCodesAreFree(t *testing.T) {
	for _, code := range []string{"2300", "SW1A 1AA", "00-950", "0531AB", "5531SS"} {
		f := consumer()
		f.Address.CountryCode, f.Address.PostalCode = "BE", code
		got, err := Check(f)
		if err != nil || got.Invoice.Address.PostalCode != code {
			t.Errorf("%q became %q (%v)", code, got.Invoice.Address.PostalCode, err)
		}
	}
}

func TestNamesSurvive(t *testing.T) {
	for _, name := range []string{"'s-Gravenhage", "Ĳsselstein", "IJsselstein", "Łódź", "Sint Ödenrode", "Ķekava", "東京", "d'Angelo-O’Neill"} {
		f := consumer()
		f.Address.City, f.Name = name, name
		got, err := Check(f)
		if err != nil || got.Invoice.Address.City != name || got.Contact.Name != name {
			t.Errorf("%q became %q (%v)", name, got.Invoice.Address.City, err)
		}
	}
}

func TestLinesAreComposedAndCollapsed(t *testing.T) {
	for typed, kept := range map[string]string{
		"\u2003Noor \t van\u00a0 Dam\n":    "Noor van Dam",
		"Cafe\u0301":                       "Café",
		"Mark\u200bt":                      "Markt",
		"A\u030a":                          "Å",
		"e\u200d\u0301":                    "é", // composed once the joiner is gone
		"Jan\r\nsen":                       "Jan sen",
		"\ufeffBladel\u0000":               "Bladel",
		"\u202eladelB\u202c":               "ladelB",
		"Sint\u2028Jan":                    "Sint Jan",
		strings.Repeat(" x", 3) + "\u00ad": "x x x",
	} {
		if got := Line(typed); got != kept {
			t.Errorf("%q became %q, want %q", typed, got, kept)
		}
	}
}

func TestTextKeepsItsLines(t *testing.T) {
	if got := Text(" Mijn printer:\r\n\t- doet\u200b niets\x07\n\n"); got != "Mijn printer:\n\t- doet niets" {
		t.Fatalf("%q", got)
	}
}

// What is clean stays as it is, whatever was typed.
func TestCleaningTwiceIsCleaningOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		typed := rapid.String().Draw(t, "typed")
		if once := Line(typed); Line(once) != once {
			t.Fatalf("%q became %q and then %q", typed, once, Line(once))
		}
		if once := Text(typed); Text(once) != once {
			t.Fatalf("%q became %q and then %q", typed, once, Text(once))
		}
	})
}

// X-01, N-02: whoever did not declare a business is a consumer, and of a consumer
// no company is kept.
func TestOfAConsumerNoCompanyIsKept(t *testing.T) {
	f := business()
	f.Business = false
	got, err := Check(f)
	if err != nil {
		t.Fatal(err)
	}
	if got.Contact.CompanyName != "" || got.Invoice.CompanyName != "" || got.Invoice.ChamberOfCommerceNumber != "" || got.Invoice.VATNumber != "" {
		t.Fatalf("kept %+v", got)
	}
}

func TestErrorsNeverHoldWhatWasTyped(t *testing.T) {
	f := consumer()
	f.Address.PostalCode = "geheim"
	if _, err := Check(f); err == nil || strings.Contains(err.Error(), "geheim") {
		t.Fatal(err)
	}
}

func TestN01_NothingIsLongerThanAFormCanShow(t *testing.T) {
	for path, v := range map[string]struct {
		field func(*Form) *string
		most  int
	}{
		"party.name":                          {func(f *Form) *string { return &f.Name }, 160},
		"party.company_name":                  {func(f *Form) *string { return &f.CompanyName }, 160},
		"party.email":                         {func(f *Form) *string { return &f.Email }, 254},
		"party.address.street":                {func(f *Form) *string { return &f.Address.Street }, 120},
		"party.address.house_number":          {func(f *Form) *string { return &f.Address.HouseNumber }, 12},
		"party.address.house_number_addition": {func(f *Form) *string { return &f.Address.HouseNumberAddition }, 12},
		"party.address.city":                  {func(f *Form) *string { return &f.Address.City }, 120},
	} {
		f := business()
		*v.field(&f) = strings.Repeat("Ł", v.most) // counted in characters, not in bytes
		if _, err := Check(f); err != nil {
			t.Errorf("%s of %d: %v", path, v.most, err)
		}
		*v.field(&f) += "a"
		if _, err := Check(f); field(err) != path {
			t.Errorf("%s of %d: %v", path, v.most+1, err)
		}
	}
}
