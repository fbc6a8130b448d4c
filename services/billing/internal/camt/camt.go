// Package camt reads bank statements in the form that banks hand out, CAMT.053 of
// ISO 20022 (Bank to Customer Statement), in any of its versions. It is pure.
//
// Only what a desk needs of them is read: what came in, when, under which reference
// of the bank, and what the payer wrote with it.
package camt

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"aanvraag.internal/services/kernel/money"
)

// Statement is one file's entries, of all statements in it, in their order.
type Statement struct{ Entries []Entry }

// Direction is which way money went.
type Direction string

// The directions. Returned is money that came in earlier and was taken back, or
// that went out and came back.
const (
	In       Direction = "in"
	Out      Direction = "out"
	Returned Direction = "returned"
)

// Entry is one amount on an account.
type Entry struct {
	// BankReference is the bank's own: the same in every statement that shows the
	// entry, and no other's on any account. It is empty when the bank gave none.
	BankReference string
	Direction     Direction
	Currency      string
	Amount        money.Cents // of Currency's hundredth, above 0
	BookedOn      string      // YYYY-MM-DD
	// Booked is false for what the bank still expects: it may yet not come.
	Booked bool
	// References are the structured ones and then what the payer wrote.
	References []string
}

// Error says what is wrong with a file, and where.
type Error struct {
	Entry  int // from 1; 0: the file itself
	Reason string
}

func (e *Error) Error() string {
	if e.Entry == 0 {
		return "bank statement: " + e.Reason
	}
	return fmt.Sprintf("bank statement, entry %d: %s", e.Entry, e.Reason)
}

// Limits bound what a file may hold, so that a hostile one costs little.
const (
	maxEntries    = 50_000
	maxReferences = 50
)

// The parts of a document that are read. Tags name no namespace, for it holds the
// version.
type (
	document struct {
		XMLName    xml.Name `xml:"Document"`
		Statements []struct {
			Account struct {
				IBAN  string `xml:"Id>IBAN"`
				Other string `xml:"Id>Othr>Id"`
			} `xml:"Acct"`
			Entries []entry `xml:"Ntry"`
		} `xml:"BkToCstmrStmt>Stmt"`
	}
	entry struct {
		Reference string `xml:"NtryRef"`
		Servicer  string `xml:"AcctSvcrRef"`
		Amount    amount `xml:"Amt"`
		Direction string `xml:"CdtDbtInd"`
		Reversal  string `xml:"RvslInd"`
		// Status is text in versions up to 07 and a code below it since.
		Status struct {
			Text string `xml:",chardata"`
			Code string `xml:"Cd"`
		} `xml:"Sts"`
		Booked struct {
			Date string `xml:"Dt"`
			Time string `xml:"DtTm"`
		} `xml:"BookgDt"`
		Transactions []transaction `xml:"NtryDtls>TxDtls"`
	}
	transaction struct {
		Servicer    string   `xml:"Refs>AcctSvcrRef"`
		Transaction string   `xml:"Refs>TxId"`
		EndToEnd    string   `xml:"Refs>EndToEndId"`
		Amount      *amount  `xml:"Amt"` // since version 04
		Details     *amount  `xml:"AmtDtls>TxAmt>Amt"`
		Structured  []string `xml:"RmtInf>Strd>CdtrRefInf>Ref"`
		Written     []string `xml:"RmtInf>Ustrd"`
	}
	amount struct {
		Currency string `xml:"Ccy,attr"`
		Value    string `xml:",chardata"`
	}
)

// Read reads a file. An error is an [*Error], and then nothing of the file counts.
func Read(r io.Reader) (Statement, error) {
	var d document
	decoder := xml.NewDecoder(r)
	decoder.Strict = true
	if err := decoder.Decode(&d); err != nil {
		return Statement{}, &Error{Reason: "it cannot be read: " + plain(err)}
	}
	if !strings.Contains(d.XMLName.Space, ":camt.053.") {
		return Statement{}, &Error{Reason: "it is not a CAMT.053 document"}
	}
	var out Statement
	for _, s := range d.Statements {
		account := clean(s.Account.IBAN)
		if account == "" {
			account = clean(s.Account.Other)
		}
		for _, e := range s.Entries {
			n := len(out.Entries) + 1
			if n > maxEntries {
				return Statement{}, &Error{Reason: fmt.Sprintf("it has more than %d entries", maxEntries)}
			}
			entries, err := e.read(account)
			if err != nil {
				return Statement{}, &Error{Entry: n, Reason: err.Error()}
			}
			out.Entries = append(out.Entries, entries...)
		}
	}
	return out, nil
}

// plain keeps an error of the decoder to its first line.
func plain(err error) string {
	text, _, _ := strings.Cut(err.Error(), "\n")
	return text
}

// read gives one entry, or one for each payment that the bank booked together.
func (e entry) read(account string) ([]Entry, error) {
	whole, err := e.whole()
	if err != nil {
		return nil, err
	}
	reference := first(e.Servicer, e.Reference)
	if len(e.Transactions) < 2 {
		t := transaction{}
		if len(e.Transactions) == 1 {
			t = e.Transactions[0]
		}
		whole.BankReference = ofAccount(account, first(e.Servicer, t.Servicer, t.Transaction, e.Reference))
		whole.References = t.references()
		return []Entry{whole}, nil
	}
	var out []Entry
	var sum money.Cents
	for i, t := range e.Transactions {
		part := whole
		of := t.Amount
		if of == nil {
			of = t.Details
		}
		if of == nil {
			return nil, errors.New("payments booked together have no amounts of their own")
		}
		if part.Currency, part.Amount, err = of.read(); err != nil {
			return nil, err
		}
		sum += part.Amount
		own := first(t.Servicer, t.Transaction)
		if own == "" && reference != "" {
			own = fmt.Sprintf("%s/%d", reference, i+1)
		}
		part.BankReference = ofAccount(account, own)
		part.References = t.references()
		out = append(out, part)
	}
	if sum != whole.Amount {
		return nil, errors.New("payments booked together do not add up")
	}
	return out, nil
}

// whole is what an entry says of itself.
func (e entry) whole() (Entry, error) {
	out := Entry{Booked: clean(e.Status.Text) == "BOOK" || clean(e.Status.Code) == "BOOK"}
	var err error
	if out.Currency, out.Amount, err = e.Amount.read(); err != nil {
		return out, err
	}
	switch reversal := clean(e.Reversal); {
	case reversal == "true" || reversal == "1":
		out.Direction = Returned
	case clean(e.Direction) == "CRDT":
		out.Direction = In
	case clean(e.Direction) == "DBIT":
		out.Direction = Out
	default:
		return out, errors.New("it says neither CRDT nor DBIT")
	}
	date := clean(e.Booked.Date)
	if date == "" {
		date, _, _ = strings.Cut(clean(e.Booked.Time), "T")
	}
	// Some banks add their offset to a plain date.
	if len(date) > len(time.DateOnly) {
		date = date[:len(time.DateOnly)]
	}
	if _, err := time.Parse(time.DateOnly, date); err != nil && out.Booked {
		return out, errors.New("it has no booking date")
	}
	out.BookedOn = date
	return out, nil
}

// read gives an amount in cents. What has fractions of a cent is refused, not rounded.
func (a amount) read() (currency string, cents money.Cents, err error) {
	whole, fraction, _ := strings.Cut(clean(a.Value), ".")
	fraction = strings.TrimRight(fraction, "0")
	if len(fraction) > 2 || len(whole) > 12 {
		return "", 0, errors.New("its amount is not one of whole cents")
	}
	n, err := strconv.ParseUint(whole+(fraction + "00")[:2], 10, 63)
	if err != nil || n == 0 || whole == "" {
		return "", 0, errors.New("its amount is not a number above 0")
	}
	currency = clean(a.Currency)
	if currency == "" {
		return "", 0, errors.New("its amount has no currency")
	}
	return currency, money.Cents(n), nil
}

// references are what may name an invoice, the most reliable first.
func (t transaction) references() []string {
	var out []string
	for _, r := range append(append(append([]string{}, t.Structured...), t.Written...), t.EndToEnd) {
		if r = clean(r); r != "" && r != "NOTPROVIDED" && len(out) < maxReferences {
			out = append(out, r)
		}
	}
	return out
}

// ofAccount sets a bank's references of several accounts apart.
func ofAccount(account, reference string) string {
	if reference == "" {
		return ""
	}
	if account == "" {
		return reference
	}
	return account + "/" + reference
}

// first is the first one that says something.
func first(texts ...string) string {
	for _, t := range texts {
		if t = clean(t); t != "" && t != "NOTPROVIDED" {
			return t
		}
	}
	return ""
}

func clean(s string) string { return strings.TrimSpace(s) }
