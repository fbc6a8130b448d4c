// Package wording is what letters to customers say, in Dutch and in English. It
// is pure: the same facts give the same text, on every machine.
package wording

import (
	"embed"
	"fmt"
	"strings"
	"text/template"
	"time"

	"aanvraag.internal/services/kernel/money"
	"aanvraag.internal/services/notification/internal/letters"
)

// Version of the templates. It is recorded with each letter; whoever changes a
// template raises it.
const Version = 3

// The languages that letters are written in. Dutch is the authoritative one of
// the terms, so every other language is answered in Dutch.
const (
	Dutch   = "nl"
	English = "en"
)

// Language is the one that a letter is written in for a customer's language.
func Language(of string) string {
	if of == English {
		return English
	}
	return Dutch
}

// Facts are what a letter may tell. Each kind reads its own few.
type Facts struct {
	Name      string // of the customer
	Company   string // of the customer; empty for none, or when it is the name
	Reference string // of the request
	Desk      string // who signs; empty for the wording's own

	NextOpening time.Time     // acknowledgement: zero when the desk is open (G-16)
	Reason      string        // refusal: empty when none was given; data incident: what happened
	Start       time.Time     // appointment; the old one when it was cancelled
	Duration    time.Duration // appointment
	Was         time.Time     // moved appointment: its start before
	WasFor      time.Duration // moved appointment: its length before

	Number         string      // invoice, settlement
	InvoiceDate    string      // YYYY-MM-DD
	DueDate        string      // YYYY-MM-DD
	ServiceDate    string      // YYYY-MM-DD: when the work ended
	HourlyRate     money.Cents // excluding VAT (T-01)
	PerMinute      bool        // the billed time is the measured time in started minutes (T-02)
	BilledSeconds  int64
	Time           money.Cents
	MinimumSupport money.Cents // supplement up to it; 0 for none (T-04)
	MinimumInvoice money.Cents // supplement up to it; 0 for none (T-05)
	ExcludingVAT   money.Cents
	VATBasisPoints int64
	VAT            money.Cents
	IncludingVAT   money.Cents
	Payment        string // the reference to pay under

	HappenedAt   time.Time // data incident
	PersonalData bool      // data incident: personal data are involved (D-03)
	Cause        string    // force majeure: a word of scheduling's; Start is when it began

	SettledAt time.Time   // settlement
	Credit    money.Cents // settlement: what was paid too much (B-05)

	Documents        []Document  // confirmation: what was agreed to (O-03)
	Consumer         bool        // prices are shown with VAT first
	HourlyRateIncl   money.Cents // confirmation
	Support          money.Cents // confirmation: minimum for remote support
	SupportIncl      money.Cents
	InvoiceLeast     money.Cents // confirmation: minimum invoice
	InvoiceLeastIncl money.Cents
	Button           string // confirmation: the label that was pressed; empty for none
	ExpressStart     bool   // confirmation: with the loss of the right acknowledged
	RecordID         string // of the receipt
	KeyID            string // that signed it
	Purpose          string // consent withdrawn: "recording", "marketing", …
	Outcome          string // withdrawal: "effective", "performed", …
	Declarant        string // withdrawal: who declared it
	DeclaredAt       time.Time
	AcknowledgedAt   time.Time
	WorkedPartOwed   bool // withdrawal: if there was work
}

// Document is a text that goes with a letter.
type Document struct {
	Name   string // of the file
	SHA256 string // hex
}

// Summary is what a calendar shows of an appointment. Others may see it there, so it
// says nothing of the customer's matter.
func Summary(language, reference string) string {
	return fmt.Sprintf(words[Language(language)].summary, reference)
}

// Text is a letter without its envelope. Lines end with "\n".
type Text struct{ Subject, Body string }

// Write puts facts into words. It fails for a kind that has no template.
func Write(kind letters.Kind, language string, facts Facts) (Text, error) {
	letter := templates[Language(language)].Lookup(string(kind) + ".txt")
	if letter == nil {
		return Text{}, fmt.Errorf("no letter of kind %q", kind)
	}
	facts.Declarant, facts.Button = Line(facts.Declarant), Line(facts.Button)
	facts.Name, facts.Company, facts.Reason = Line(facts.Name), Line(facts.Company), paragraph(facts.Reason)
	var out strings.Builder
	if err := letter.Execute(&out, facts); err != nil {
		return Text{}, fmt.Errorf("write %s: %w", kind, err)
	}
	subject, body, ok := strings.Cut(out.String(), "\n\n")
	if !ok {
		return Text{}, fmt.Errorf("the template of %s has no subject", kind)
	}
	return Text{Subject: subject, Body: strings.TrimRight(body, "\n") + "\n"}, nil
}

//go:embed templates
var files embed.FS

// templates are all letters by language, each set with its own words:
// "<kind>.txt" is the subject, an empty line, the body; "signature.txt" ends each.
var templates = parse()

func parse() map[string]*template.Template {
	all := make(map[string]*template.Template, len(words))
	for language, words := range words {
		all[language] = template.Must(template.New("").Funcs(words.functions()).
			ParseFS(files, "templates/"+language+"/*.txt"))
	}
	return all
}

// Line keeps what a customer wrote as his name from shaping a letter: one line,
// without control characters.
func Line(s string) string { return strings.Join(strings.FieldsFunc(s, breaks), " ") }

// paragraph keeps line breaks and drops every other control character.
func paragraph(s string) string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r != '\n' && control(r) {
			return ' '
		}
		return r
	}, s))
}

func breaks(r rune) bool { return r == ' ' || control(r) }
