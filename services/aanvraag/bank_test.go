package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// One statement pays the invoice of one request, whatever else is in it.
func TestB05ABankStatementIsImportedFromAFile(t *testing.T) {
	data := t.TempDir()
	h := start(t, data)
	p := walk(h).closed(660)
	bill := p.invoice()
	file := filepath.Join(data, "statement.xml")
	text := fmt.Sprintf(`<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt><Stmt>
<Acct><Id><IBAN>NL91ABNA0417164300</IBAN></Id></Acct>
<Ntry><Amt Ccy="EUR">36.30</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2026-11-24</Dt></BookgDt>
<AcctSvcrRef>B-1</AcctSvcrRef><NtryDtls><TxDtls><RmtInf><Ustrd>%s</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>
<Ntry><Amt Ccy="EUR">9.99</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2026-11-24</Dt></BookgDt></Ntry>
</Stmt></BkToCstmrStmt></Document>`, bill.at("paymentReference"))
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time changes nothing and says the same
		status, out, errs := command("bank", "import", file, "--url", h.url, "--data", data)
		for _, part := range []string{"ALLOCATED", "NL91ABNA0417164300/B-1", "2026-11-24", fmt.Sprint(bill.at("invoiceId")), "1 ALLOCATED\n1 OUTGOING\n"} {
			if status != 0 || !strings.Contains(out, part) {
				t.Fatalf("status %d, %q is missing from\n%s%s", status, part, out, errs)
			}
		}
	}
	p.state("SETTLED")
	if err := os.WriteFile(file, []byte("date;amount"), 0o600); err != nil {
		t.Fatal(err)
	}
	if status, out, errs := command("bank", "import", file, "--url", h.url, "--data", data); status != 1 || !strings.Contains(errs, "hint: ") || out != "" {
		t.Errorf("a file of another kind: status %d\n%s%s", status, out, errs)
	}
}
