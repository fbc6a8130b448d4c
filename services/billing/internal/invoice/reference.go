package invoice

import (
	"fmt"
	"slices"
	"strings"
)

// CreditorReference is the structured payment reference of an invoice number
// after ISO 11649: "RF", two check digits, and the number's own digits.
func CreditorReference(number string) string {
	digits := strings.ReplaceAll(number, "-", "")
	// R is 27, F is 15; the check digits count as 00 while they are computed.
	return fmt.Sprintf("RF%02d%s", 98-mod97(digits+"271500"), digits)
}

// NormalReference is a reference as a payer may have typed it, without spaces
// and in capitals. It answers false when it is not a creditor reference whose
// check digits agree, so a typing error never pays another's invoice.
func NormalReference(typed string) (string, bool) {
	ref := strings.ToUpper(strings.Join(strings.Fields(typed), ""))
	if len(ref) < 5 || len(ref) > 25 || !strings.HasPrefix(ref, "RF") || !digitsOnly(ref[2:]) {
		return "", false
	}
	return ref, mod97(ref[4:]+"2715"+ref[2:4]) == 1
}

// References are the creditor references in what a payer wrote, each once, in their
// order. Spaces may stand anywhere in one, and other digits right behind it: then
// every length counts whose check digits agree, the longest first, and whoever asks
// must look which one is an invoice's.
func References(written string) []string {
	text := strings.ToUpper(strings.Join(strings.Fields(written), ""))
	var out []string
	for {
		at := strings.Index(text, "RF")
		if at < 0 {
			return out
		}
		text = text[at+2:]
		digits := len(text) - len(strings.TrimLeft(text, "0123456789"))
		for n := min(digits, 23); n > 2; n-- {
			if ref, ok := NormalReference("RF" + text[:n]); ok && !slices.Contains(out, ref) {
				out = append(out, ref)
			}
		}
	}
}

func digitsOnly(s string) bool { return strings.Trim(s, "0123456789") == "" }

func mod97(digits string) int {
	rest := 0
	for _, d := range digits {
		rest = (rest*10 + int(d-'0')) % 97
	}
	return rest
}
