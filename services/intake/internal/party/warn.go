package party

import (
	"regexp"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// Codes of warnings; permanent.
const (
	// CitizenServiceNumber: digits that could be one. The desk never needs it (N-02).
	CitizenServiceNumber = "CITIZEN_SERVICE_NUMBER"
	// Password: what looks like one. It should be changed, and told to nobody (N-02).
	Password = "PASSWORD"
	// VATNumberDoubted: its check digits do not agree, so it proves no business (N-01, X-01).
	VATNumberDoubted = "VAT_NUMBER_DOUBTED"
	// TreatedAsConsumer: a declared business gave no number by which it is known as
	// one.
	TreatedAsConsumer = "TREATED_AS_CONSUMER"
)

// Warning points at something that the customer may want to change. It never holds
// what was typed.
type Warning struct {
	Code    string
	Path    string // as in the public API
	Message string // for people
}

// Warnings of a form and of the problem as they were typed: nothing is refused for
// them (N-02).
func Warnings(f Form, problem string) []Warning {
	f = f.cleaned()
	var out []Warning
	for _, free := range []struct{ path, text string }{
		{"problem", Text(problem)},
		{"party.name", f.Name},
		{"party.company_name", f.CompanyName},
		{"party.address.street", f.Address.Street},
		{"party.address.city", f.Address.City},
	} {
		if holdsCitizenNumber(free.text) {
			out = append(out, Warning{CitizenServiceNumber, free.path, "this looks like a citizen service number; leave it out"})
		}
		if holdsPassword(free.text) {
			out = append(out, Warning{Password, free.path, "this looks like a password; change it, and leave it out"})
		}
	}
	if f.VATNumber != "" && readVAT(f.VATNumber).doubted {
		out = append(out, Warning{VATNumberDoubted, "party.vat_number", "the check digits of this VAT number do not agree"})
	}
	return out
}

// numbers are digits with at most one sign between any two of them.
var numbers = regexp.MustCompile(`[0-9]+(?:[ .\-][0-9]+)*`)

// holdsCitizenNumber tells whether digits in s pass the eleven test of citizen
// service numbers: nine in a row or in usual groups, or eight, of which the leading
// zero was left out.
func holdsCitizenNumber(s string) bool {
	for _, found := range numbers.FindAllString(norm.NFKC.String(s), -1) {
		groups := strings.FieldsFunc(found, func(r rune) bool { return r == ' ' || r == '.' || r == '-' })
		for i, group := range groups {
			if len(group) == 8 && passesEleven("0"+group) || len(group) == 9 && passesEleven(group) {
				return true
			}
			if i+3 > len(groups) {
				continue
			}
			three := groups[i : i+3]
			lengths := [3]int{len(three[0]), len(three[1]), len(three[2])}
			if slices.Contains([][3]int{{3, 3, 3}, {4, 2, 3}}, lengths) && passesEleven(strings.Join(three, "")) {
				return true
			}
		}
	}
	return false
}

// passesEleven: 9a + 8b + … + 2h − i is a multiple of eleven, and not all are zero.
func passesEleven(nine string) bool {
	sum := -int(nine[8] - '0')
	for i := range 8 {
		sum += int(nine[i]-'0') * (9 - i)
	}
	return sum%11 == 0 && nine != "000000000"
}

var (
	// told is a word for a password and what follows it: after a sign anything, after
	// "is" one word.
	told = regexp.MustCompile(`(?i)(?:^|[^\pL\pN])(?:wachtwoord(?:en)?|paswoord|passwords?|passwd|passphrase|pwd|pincode|pin code|toegangscode|ww)` +
		`(?:\s*[:=]\s*(\S+)|\s+(?:is|luidt|was)\s+(?:nu\s+|now\s+)?(\S+))`)
	// notTold are words after "is" with which people speak of a password and do not
	// tell it.
	notTold = []string{
		"niet", "geen", "onbekend", "vergeten", "verlopen", "kwijt", "fout", "onjuist", "verkeerd", "geblokkeerd", "gewijzigd",
		"veranderd", "gereset", "weg", "nodig", "goed", "juist", "al", "ook", "steeds", "opnieuw", "te", "een", "het", "de", "door",
		"not", "no", "unknown", "forgotten", "expired", "lost", "wrong", "incorrect", "invalid", "blocked", "locked", "changed",
		"reset", "gone", "needed", "required", "correct", "right", "always", "still", "too", "a", "the", "rejected", "refused",
	}
)

func holdsPassword(s string) bool {
	for _, m := range told.FindAllStringSubmatch(s, -1) {
		if m[1] != "" {
			return true
		}
		word := strings.ToLower(strings.Trim(m[2], `.,;:!?"'()`))
		if word != "" && !slices.Contains(notTold, word) {
			return true
		}
	}
	return false
}
