package party

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// warned tells whether a problem gets a warning of that code, for that field.
func warned(problem, code string) bool {
	for _, w := range Warnings(consumer(), problem) {
		if w.Code == code && w.Path == "problem" {
			return true
		}
	}
	return false
}

func TestN02_WhatLooksLikeACitizenServiceNumberIsWarnedAbout(t *testing.T) {
	for problem, want := range map[string]bool{
		"Mijn BSN is 111222333, help":            true,
		"bsn: 123456782.":                        true,
		"1234.56.782":                            true,
		"1234 56 782":                            true,
		"123-456-782":                            true,
		"123 456 782":                            true,
		"123\u200b456782":                        true, // invisible signs are gone before it is read
		"１２３４５６７８２":                              true, // full width
		"10000008 zonder de nul":                 true, // 010000008
		"klant 99 123456782":                     true,
		"klant 99 123 456 782":                   true,
		"123456789":                              false, // fails the test
		"000000000":                              false,
		"1234567820":                             false, // ten digits
		"0123456782":                             false,
		"NL004495445B01":                         true, // is nine digits that pass
		"De printer doet niets sinds 2026-11-23": false,
		"bel 0612345678":                         false,
		"":                                       false,
	} {
		if got := warned(problem, CitizenServiceNumber); got != want {
			t.Errorf("%q: %t, want %t", problem, got, want)
		}
	}
	f := consumer()
	f.Name = "Noor Jansen 123456782"
	found := Warnings(f, "De printer doet niets")
	if len(found) != 1 || found[0].Path != "party.name" || found[0].Code != CitizenServiceNumber {
		t.Errorf("%+v", found)
	}
}

func TestN02_WhatLooksLikeAPasswordIsWarnedAbout(t *testing.T) {
	for problem, want := range map[string]bool{
		"wachtwoord: Geheim1":                true,
		"Wachtwoord = hallo":                 true,
		"Het wachtwoord is Zomer2026!":       true,
		"mijn wachtwoord is nu poes":         true,
		"password is hunter2":                true,
		"The PASSWORD:hunter2":               true,
		"ww: abc":                            true,
		"pincode: 1234":                      true,
		"het paswoord luidt koe":             true,
		"Ik ben mijn wachtwoord vergeten":    false,
		"Mijn wachtwoord is vergeten.":       false,
		"the password is not accepted":       false,
		"Password is expired!":               false,
		"wachtwoord resetten lukt niet":      false,
		"Vraag: wat is het wachtwoordbeleid": false,
		"www: geen verbinding":               false,
		"De printer doet niets":              false,
	} {
		if got := warned(problem, Password); got != want {
			t.Errorf("%q: %t, want %t", problem, got, want)
		}
	}
}

func TestN02_AWarningNeverHoldsWhatWasTyped(t *testing.T) {
	f := business()
	f.VATNumber = "NL123456789B01"
	for _, w := range Warnings(f, "bsn 123456782, wachtwoord: Geheim1") {
		said := fmt.Sprintf("%+v", w)
		for _, secret := range []string{"123456782", "Geheim1", "123456789"} {
			if strings.Contains(said, secret) {
				t.Errorf("%s says %s", said, secret)
			}
		}
	}
	if n := len(Warnings(f, "bsn 123456782, wachtwoord: Geheim1")); n != 3 {
		t.Errorf("%d warnings, want 3", n)
	}
	if found := Warnings(business(), "De printer doet niets"); found != nil {
		t.Errorf("%+v", found)
	}
}

// Every number that a computer makes by the rule is found, however it is grouped and
// whatever stands around it.
func TestN02_EveryCitizenServiceNumberIsFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.Custom(func(t *rapid.T) string {
			n := rapid.IntRange(1_000_000, 99_999_999).Draw(t, "first eight")
			eight, sum := fmt.Sprintf("%08d", n), 0
			for i, d := range eight {
				sum += int(d-'0') * (9 - i)
			}
			return fmt.Sprint(eight, sum%11)
		}).Filter(func(s string) bool { return len(s) == 9 }).Draw(t, "number")
		sign := rapid.SampledFrom([]string{"", " ", ".", "-"}).Draw(t, "sign")
		cut := rapid.SampledFrom([][2]int{{3, 6}, {4, 6}}).Draw(t, "groups")
		written := number[:cut[0]] + sign + number[cut[0]:cut[1]] + sign + number[cut[1]:]
		around := rapid.SampledFrom([]string{"%s", "bsn %s", "(%s)", "mijn nummer: %s, en verder?", "%s\nkan niet inloggen"}).Draw(t, "around")
		if text := fmt.Sprintf(around, written); !warned(text, CitizenServiceNumber) {
			t.Fatalf("%q was not found", text)
		}
	})
}

// Whatever is typed, looking at it changes nothing, twice is once, and no answer
// repeats it.
func FuzzForm(f *testing.F) {
	f.Add("Noor Jansen", "NL004495445B01", "12345678", "5531AB", "bsn 123456782, wachtwoord: Geheim1")
	f.Add("'s-Gravenhage", "BE0428759497", "", "5531 SA", "Łódź Ĳ")
	f.Add("\u200b", "EL\x00", "1234567\xff", "０531AB", "1-2-3-4.5.6 7 8 9")
	f.Add("e\u0301", "N", "00000000", "", "ww=\u202e")
	f.Fuzz(func(t *testing.T, name, vat, chamber, postal, problem string) {
		typed := business()
		typed.Name, typed.VATNumber, typed.ChamberOfCommerceNumber = name, vat, chamber
		typed.Address.PostalCode, typed.Address.City = postal, name
		Warnings(typed, problem)
		kept, err := Check(typed)
		if err != nil {
			if field(err) == "" {
				t.Fatalf("not a field's error: %v", err)
			}
			return
		}
		again := business()
		again.Name, again.CompanyName, again.Email, again.Phone = kept.Contact.Name, kept.Contact.CompanyName, kept.Contact.Email, kept.Contact.Phone
		again.VATNumber, again.ChamberOfCommerceNumber, again.Address = kept.Invoice.VATNumber, kept.Invoice.ChamberOfCommerceNumber, kept.Invoice.Address
		if second, err := Check(again); err != nil || second != kept {
			t.Fatalf("%+v became %+v (%v)", kept, second, err)
		}
		for _, text := range []string{kept.Contact.Name, kept.Invoice.Address.City} {
			if Blank(text) || strings.ContainsAny(text, "\x00\n\u200b\u202e") {
				t.Fatalf("%q was kept", text)
			}
		}
	})
}
