package party

import (
	"regexp"
	"strings"
)

// vatForms is how a VAT number looks after its country prefix (N-01), in each country of
// the European Union and in Northern Ireland (XI). Greece writes EL.
var vatForms = map[string]*regexp.Regexp{
	"AT": regexp.MustCompile(`^U[0-9]{8}$`),
	"BE": regexp.MustCompile(`^[01][0-9]{9}$`),
	"BG": regexp.MustCompile(`^[0-9]{9,10}$`),
	"CY": regexp.MustCompile(`^[0-9]{8}[A-Z]$`),
	"CZ": regexp.MustCompile(`^[0-9]{8,10}$`),
	"DE": regexp.MustCompile(`^[0-9]{9}$`),
	"DK": regexp.MustCompile(`^[0-9]{8}$`),
	"EE": regexp.MustCompile(`^[0-9]{9}$`),
	"EL": regexp.MustCompile(`^[0-9]{9}$`),
	"ES": regexp.MustCompile(`^([A-Z][0-9]{7}[0-9A-Z]|[0-9]{8}[A-Z])$`),
	"FI": regexp.MustCompile(`^[0-9]{8}$`),
	"FR": regexp.MustCompile(`^[0-9A-HJ-NP-Z]{2}[0-9]{9}$`),
	"HR": regexp.MustCompile(`^[0-9]{11}$`),
	"HU": regexp.MustCompile(`^[0-9]{8}$`),
	"IE": regexp.MustCompile(`^([0-9][0-9A-Z+*][0-9]{5}[A-Z]|[0-9]{7}[A-Z]{2})$`),
	"IT": regexp.MustCompile(`^[0-9]{11}$`),
	"LT": regexp.MustCompile(`^([0-9]{9}|[0-9]{12})$`),
	"LU": regexp.MustCompile(`^[0-9]{8}$`),
	"LV": regexp.MustCompile(`^[0-9]{11}$`),
	"MT": regexp.MustCompile(`^[0-9]{8}$`),
	"NL": regexp.MustCompile(`^[0-9]{9}B[0-9]{2}$`),
	"PL": regexp.MustCompile(`^[0-9]{10}$`),
	"PT": regexp.MustCompile(`^[0-9]{9}$`),
	"RO": regexp.MustCompile(`^[0-9]{2,10}$`),
	"SE": regexp.MustCompile(`^[0-9]{12}$`),
	"SI": regexp.MustCompile(`^[0-9]{8}$`),
	"SK": regexp.MustCompile(`^[0-9]{10}$`),
	"XI": regexp.MustCompile(`^([0-9]{9}|[0-9]{12}|GD[0-4][0-9]{2}|HA[5-9][0-9]{2})$`),
}

// vatChecks tell whether the check digits of a number agree, where the rule is
// well known. They are asked only about numbers of the right form.
var vatChecks = map[string]func(number string) bool{
	"BE": func(n string) bool { return 97-remainder(n[:8], 97) == remainder(n[8:], 100) },
	"DE": germanCheck,
	"FR": frenchCheck,
	"LU": func(n string) bool { return remainder(n[:6], 89) == remainder(n[6:], 100) },
	"NL": dutchCheck,
}

// vat is what can be said of a VAT number without asking anybody.
type vat struct {
	formed  bool // as its country writes them; true for a country that is not known here
	doubted bool // its check digits do not agree
	known   bool // well formed, of a known country, and not doubted
}

func readVAT(number string) vat {
	if len(number) < 2 {
		return vat{}
	}
	country, rest := number[:2], number[2:]
	form, listed := vatForms[country]
	if !listed {
		return vat{formed: true}
	}
	if !form.MatchString(rest) {
		return vat{}
	}
	if agrees, checked := vatChecks[country]; checked && !agrees(rest) {
		return vat{formed: true, doubted: true}
	}
	return vat{formed: true, known: true}
}

// dutchCheck: numbers of companies pass the eleven test over nine digits. Those
// given to sole traders since 2020 pass modulo 97 over the whole number, in which
// letters count from A = 10.
func dutchCheck(n string) bool {
	sum := 0
	for i := range 8 {
		sum += int(n[i]-'0') * (9 - i)
	}
	if sum%11 == int(n[8]-'0') {
		return true
	}
	return remainder("2321"+n[:9]+"11"+n[10:], 97) == 1 // N = 23, L = 21, B = 11
}

// germanCheck is ISO 7064, mod 11,10.
func germanCheck(n string) bool {
	product := 10
	for i := range 8 {
		sum := (int(n[i]-'0') + product) % 10
		if sum == 0 {
			sum = 10
		}
		product = 2 * sum % 11
	}
	return (11-product)%10 == int(n[8]-'0')
}

// frenchCheck knows keys of two digits; those with a letter are of a rule that is
// not well known, and pass.
func frenchCheck(n string) bool {
	if strings.Trim(n[:2], "0123456789") != "" {
		return true
	}
	return (12+3*remainder(n[2:], 97))%97 == remainder(n[:2], 100)
}

// remainder of a number written in decimal digits.
func remainder(digits string, by int) int {
	r := 0
	for _, d := range []byte(digits) {
		r = (r*10 + int(d-'0')) % by
	}
	return r
}
