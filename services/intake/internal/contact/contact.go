// Package contact is how the desk can be reached, as data: every front end shows
// the same numbers (G-13). It is pure.
package contact

import (
	"errors"
	"fmt"
	"strings"
)

// Directory is the content of the policy "contact".
type Directory struct {
	BusinessSupportPhone string   `json:"businessSupportPhone"` // E.164, as all numbers here
	MainPhone            string   `json:"mainPhone"`
	MainMenu             []Choice `json:"mainMenu"`
	DirectDial           bool     `json:"directDial"` // a key may be pressed before the menu was read out
	Email                string   `json:"email"`
}

// Choice is a key of the main number's menu.
type Choice struct {
	Key     int    `json:"key"`     // from 1
	Purpose string `json:"purpose"` // permanent, for machines
}

// The purposes of the menu. Support opens intake and repair information follows a
// repair; the others are routed out and make no request (G-14).
const (
	Reception         = "reception" // and administration
	Support           = "support"
	Sales             = "sales"
	RepairInformation = "repair-information"
)

// First is the directory that the public terms print.
func First() Directory {
	return Directory{
		BusinessSupportPhone: "+31497782782",
		MainPhone:            "+31497360036",
		MainMenu:             []Choice{{1, Reception}, {2, Support}, {3, Sales}, {4, RepairInformation}},
		DirectDial:           true,
		Email:                "support@libra.nl",
	}
}

// Check says everything that is wrong with a directory, or nil: a number that is
// not E.164, a menu whose keys are not 1 to n in order, a purpose that is empty or
// there twice, no e-mail address.
func (d Directory) Check() error {
	var wrong []error
	for name, number := range map[string]string{"business support": d.BusinessSupportPhone, "main": d.MainPhone} {
		if !e164(number) {
			wrong = append(wrong, fmt.Errorf("the %s number %q is not written as E.164", name, number))
		}
	}
	seen := map[string]bool{}
	for i, c := range d.MainMenu {
		if c.Key != i+1 {
			wrong = append(wrong, fmt.Errorf("menu key %d stands at place %d", c.Key, i+1))
		}
		if c.Purpose == "" || seen[c.Purpose] {
			wrong = append(wrong, fmt.Errorf("the purpose %q of menu key %d is empty or there twice", c.Purpose, c.Key))
		}
		seen[c.Purpose] = true
	}
	if local, domain, _ := strings.Cut(d.Email, "@"); local == "" || domain == "" {
		wrong = append(wrong, fmt.Errorf("%q is not an e-mail address", d.Email))
	}
	if err := errors.Join(wrong...); err != nil {
		return fmt.Errorf("contact directory: %w", err)
	}
	return nil
}

// e164 is "+", then 7 to 15 digits, the first not 0. The "(0)" of a printed number
// is no part of it.
func e164(number string) bool {
	digits, plus := strings.CutPrefix(number, "+")
	return plus && len(digits) >= 7 && len(digits) <= 15 && digits[0] != '0' && strings.Trim(digits, "0123456789") == ""
}
