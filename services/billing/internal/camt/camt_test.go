package camt

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// file is a statement of one account with some entries.
func file(version, entries string) string {
	return fmt.Sprintf(`<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.%s"><BkToCstmrStmt>
<GrpHdr><MsgId>M1</MsgId></GrpHdr>
<Stmt><Id>S1</Id><Acct><Id><IBAN>NL91ABNA0417164300</IBAN></Id></Acct>%s</Stmt>
</BkToCstmrStmt></Document>`, version, entries)
}

// one is an entry that came in, with changes.
func one(changes ...string) string {
	s := `<Ntry><NtryRef>17</NtryRef><Amt Ccy="EUR">36.30</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts>
<BookgDt><Dt>2026-11-24</Dt></BookgDt><AcctSvcrRef>B-0001</AcctSvcrRef>
<NtryDtls><TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs>
<RmtInf><Ustrd>factuur RF04 2026 000001</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>`
	return strings.NewReplacer(changes...).Replace(s)
}

func plainEntry(change func(*Entry)) Entry {
	e := Entry{
		BankReference: "NL91ABNA0417164300/B-0001", Direction: In, Currency: "EUR", Amount: 3630,
		BookedOn: "2026-11-24", Booked: true, References: []string{"factuur RF04 2026 000001"},
	}
	change(&e)
	return e
}

func TestB05AnEntryIsReadAsTheBankMeansIt(t *testing.T) {
	for name, c := range map[string]struct {
		changes []string
		want    func(*Entry)
	}{
		"came in":               {nil, func(*Entry) {}},
		"went out":              {[]string{"CRDT", "DBIT"}, func(e *Entry) { e.Direction = Out }},
		"taken back":            {[]string{"<Sts>", "<RvslInd>true</RvslInd><Sts>"}, func(e *Entry) { e.Direction = Returned }},
		"not a reversal":        {[]string{"<Sts>", "<RvslInd>false</RvslInd><Sts>"}, func(*Entry) {}},
		"expected":              {[]string{"BOOK<", "PDNG<"}, func(e *Entry) { e.Booked = false }},
		"status of newer forms": {[]string{"BOOK<", "<Cd>BOOK</Cd><"}, func(*Entry) {}},
		"instant of booking":    {[]string{"<Dt>2026-11-24</Dt>", "<DtTm>2026-11-24T23:30:00+01:00</DtTm>"}, func(*Entry) {}},
		"date with an offset":   {[]string{"2026-11-24", "2026-11-24+01:00"}, func(*Entry) {}},
		"foreign":               {[]string{`"EUR"`, `"USD"`}, func(e *Entry) { e.Currency = "USD" }},
		"whole euros":           {[]string{"36.30", "36"}, func(e *Entry) { e.Amount = 3600 }},
		"one decimal":           {[]string{"36.30", "36.3"}, func(*Entry) {}},
		"more zeros":            {[]string{"36.30", "36.30000"}, func(*Entry) {}},
		"below a euro":          {[]string{"36.30", "0.01"}, func(e *Entry) { e.Amount = 1 }},
		"without a reference of the account": {
			[]string{"<AcctSvcrRef>B-0001</AcctSvcrRef>", ""},
			func(e *Entry) { e.BankReference = "NL91ABNA0417164300/17" },
		},
		"without any reference": {
			[]string{"<AcctSvcrRef>B-0001</AcctSvcrRef>", "", "<NtryRef>17</NtryRef>", ""},
			func(e *Entry) { e.BankReference = "" },
		},
		"structured reference first": {
			[]string{"<RmtInf>", "<RmtInf><Strd><CdtrRefInf><Ref>RF042026000001</Ref></CdtrRefInf></Strd>"},
			func(e *Entry) { e.References = []string{"RF042026000001", "factuur RF04 2026 000001"} },
		},
		"the payer's own reference last": {
			[]string{"NOTPROVIDED", "ORDER 88"},
			func(e *Entry) { e.References = []string{"factuur RF04 2026 000001", "ORDER 88"} },
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, version := range []string{"02", "08"} {
				got, err := Read(strings.NewReader(file(version, one(c.changes...))))
				if want := []Entry{plainEntry(c.want)}; err != nil || !reflect.DeepEqual(got.Entries, want) {
					t.Errorf("version %s: %+v (%v), not %+v", version, got.Entries, err, want)
				}
			}
		})
	}
}

const together = `<Ntry><Amt Ccy="EUR">100.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts>
<BookgDt><Dt>2026-11-24</Dt></BookgDt><AcctSvcrRef>B-0002</AcctSvcrRef><NtryDtls>
<TxDtls><Refs><AcctSvcrRef>T-1</AcctSvcrRef></Refs><AmtDtls><TxAmt><Amt Ccy="EUR">63.70</Amt></TxAmt></AmtDtls></TxDtls>
<TxDtls><Amt Ccy="EUR">36.30</Amt></TxDtls></NtryDtls></Ntry>`

func TestB05PaymentsThatWereBookedTogetherCountEach(t *testing.T) {
	got, err := Read(strings.NewReader(file("08", together)))
	if err != nil || len(got.Entries) != 2 {
		t.Fatalf("%+v (%v)", got, err)
	}
	for i, want := range []struct {
		reference string
		amount    int
	}{{"NL91ABNA0417164300/T-1", 6370}, {"NL91ABNA0417164300/B-0002/2", 3630}} {
		if e := got.Entries[i]; e.BankReference != want.reference || int(e.Amount) != want.amount {
			t.Errorf("part %d: %s, %d cents", i+1, e.BankReference, e.Amount)
		}
	}
}

func TestAFileThatCannotBeReadIsRefusedAsAWholeAndNamesTheEntry(t *testing.T) {
	for name, c := range map[string]struct {
		file  string
		entry int
	}{
		"nothing":               {"", 0},
		"no XML":                {"date;amount\n2026-11-24;36,30", 0},
		"cut off":               {file("02", one())[:500], 0},
		"another document":      {strings.ReplaceAll(file("02", one()), "camt.053", "camt.054"), 0},
		"fractions of a cent":   {file("02", one()+one("36.30", "36.305")), 2},
		"a comma":               {file("02", one("36.30", "36,30")), 1},
		"below nothing":         {file("02", one("36.30", "-36.30")), 1},
		"nothing paid":          {file("02", one("36.30", "0.00")), 1},
		"no amount":             {file("02", one("36.30", "")), 1},
		"too large":             {file("02", one("36.30", "1000000000000000.00")), 1},
		"no currency":           {file("02", one(` Ccy="EUR"`, "")), 1},
		"no direction":          {file("02", one("CRDT", "BOTH")), 1},
		"no date":               {file("02", one("2026-11-24", "24-11-2026")), 1},
		"parts that miss cents": {file("02", strings.ReplaceAll(together, "63.70", "63.71")), 1},
		"parts without amounts": {file("02", strings.ReplaceAll(together, `<Amt Ccy="EUR">36.30</Amt>`, "")), 1},
	} {
		got, err := Read(strings.NewReader(c.file))
		wrong, ok := errors.AsType[*Error](err)
		if !ok || wrong.Entry != c.entry || len(got.Entries) > 0 {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

// What is read fits together, whatever the bytes were.
func FuzzRead(f *testing.F) {
	f.Add(file("02", one()))
	f.Add(file("08", one()+together))
	f.Add(`<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>`)
	seeds, _ := filepath.Glob("testdata/*.xml")
	for _, name := range seeds {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := Read(strings.NewReader(text))
		if err != nil {
			if !errors.As(err, new(*Error)) {
				t.Errorf("an error of another kind: %v", err)
			}
			return
		}
		for _, e := range got.Entries {
			if e.Amount <= 0 || e.Currency == "" || e.Direction == "" || e.Booked && len(e.BookedOn) != 10 || len(e.References) > maxReferences {
				t.Errorf("%+v", e)
			}
		}
	})
}
