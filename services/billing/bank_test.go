package billing_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"connectrpc.com/connect/v2"
	"github.com/google/uuid"

	billingv1 "aanvraag.internal/proto/gen/aanvraag/billing/v1"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/rpc"
)

// statement is a bank's file with entries of one day.
func statement(entries ...string) string {
	return `<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt><Id>1</Id>` +
		`<Acct><Id><IBAN>NL91ABNA0417164300</IBAN></Id></Acct>` + strings.Join(entries, "") + `</Stmt></BkToCstmrStmt></Document>`
}

// entry came in under a reference of the bank, with what the payer wrote.
func entry(bank, amount, written string) string {
	return `<Ntry><Amt Ccy="EUR">` + amount + `</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2026-11-24</Dt></BookgDt>` +
		`<AcctSvcrRef>` + bank + `</AcctSvcrRef><NtryDtls><TxDtls><RmtInf><Ustrd>` + written + `</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>`
}

// send imports a file in pieces of some bytes.
func (d *desk) send(key, file string, size int) (*billingv1.ImportBankStatementResponse, error) {
	stream, err := d.clerk().ImportBankStatement(context.Background())
	if err != nil {
		return nil, err
	}
	for piece := range slices.Chunk([]byte(file), size) {
		if err := stream.Send(&billingv1.ImportBankStatementRequest{IdempotencyKey: key, Piece: piece}); err != nil {
			break // the answer tells why
		}
	}
	return stream.CloseAndReceive()
}

func outcomes(r *billingv1.ImportBankStatementResponse) (out []string) {
	for _, e := range r.GetEntries() {
		out = append(out, strings.TrimPrefix(e.GetOutcome().String(), "IMPORTED_OUTCOME_"))
	}
	return out
}

func TestB05EachAmountOfABankStatementCountsOnce(t *testing.T) {
	d := open(t)
	request := uuid.NewString()
	d.close(request, 660)
	bill := d.invoice(request)
	reference := bill.GetPaymentReference()
	file := statement(
		entry("B-1", "36.00", "invoice "+reference[:4]+" "+reference[4:]+" 24 november"),
		entry("B-2", "0.30", strings.ToLower(reference)),
		entry("B-3", "12.34", "thank you"),
		strings.Replace(entry("B-4", "5.00", reference), "CRDT", "DBIT", 1),
		strings.Replace(entry("B-5", "5.00", reference), "<CdtDbtInd>", "<RvslInd>true</RvslInd><CdtDbtInd>", 1),
		strings.Replace(entry("B-6", "5.00", reference), "BOOK", "PDNG", 1),
		strings.Replace(entry("B-7", "5.00", reference), `"EUR"`, `"USD"`, 1),
		strings.Replace(entry("B-8", "5.00", reference), "<AcctSvcrRef>B-8</AcctSvcrRef>", "", 1),
	)
	key := uuid.NewString()
	want := []string{"ALLOCATED", "ALLOCATED", "SUSPENSE", "OUTGOING", "RETURNED", "NOT_BOOKED", "FOREIGN_CURRENCY", "NO_REFERENCE"}
	for range 2 { // the second time as by a client that never heard the answer
		got, err := d.send(key, file, 100)
		if err != nil || !slices.Equal(outcomes(got), want) {
			t.Fatalf("%v (%v), not %v", outcomes(got), err, want)
		}
	}
	paid, err := d.clerk().GetInvoice(context.Background(), &billingv1.GetInvoiceRequest{InvoiceId: bill.GetInvoiceId()})
	if err != nil || paid.GetInvoice().GetState() != billingv1.InvoiceState_INVOICE_STATE_PAID || paid.GetInvoice().GetPaid().GetCents() != 3630 {
		t.Errorf("the invoice: %v (%v)", paid, err)
	}

	next := statement(entry("B-2", "0.30", reference), entry("B-3", "12.35", "thank you"), entry("B-9", "1.00", reference))
	got, err := d.send(uuid.NewString(), next, 4096)
	if want := []string{"KNOWN", "CONFLICT", "ALLOCATED"}; err != nil || !slices.Equal(outcomes(got), want) {
		t.Errorf("an overlapping statement: %v (%v), not %v", outcomes(got), err, want)
	}
	received := 0
	for e, err := range d.Store.ReadAll(context.Background(), 0, eventstore.Filter{Prefixes: []string{"payment-"}}) {
		if err != nil {
			t.Fatal(err)
		}
		if contains(e.Data, "thank you") {
			t.Errorf("what a payer wrote stands in clear (P7): %s", e.Data)
		}
		received++
	}
	if received != 4 {
		t.Errorf("%d payments recorded, not 4", received)
	}
}

func TestOfAStatementThatCannotBeReadNothingIsTakenIn(t *testing.T) {
	d := open(t)
	file := statement(entry("B-1", "36.30", "x"), entry("B-2", "36,30", "x"))
	for name, c := range map[string]struct{ key, file, reason string }{
		"second entry": {uuid.NewString(), file, "BANK_STATEMENT_UNREADABLE"},
		"no XML":       {uuid.NewString(), "36.30", "BANK_STATEMENT_UNREADABLE"},
		"no key":       {"", file, rpc.ReasonInvalidRequest},
		"too large":    {uuid.NewString(), fmt.Sprint(file, strings.Repeat(" ", 4<<20)), ""},
	} {
		_, err := d.send(c.key, c.file, 128<<10)
		if code := connect.CodeOf(err); err == nil || c.reason != "" && (rpc.Reason(err) != c.reason || code != connect.CodeInvalidArgument) {
			t.Errorf("%s: %s %s (%v)", name, code, rpc.Reason(err), err)
		}
	}
	if got := d.Stream("payment-", 0); len(got) > 0 {
		t.Errorf("recorded: %v", got)
	}
}
