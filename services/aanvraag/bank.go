package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/google/uuid"

	billingv1 "aanvraag.internal/proto/gen/aanvraag/billing/v1"
	"aanvraag.internal/proto/gen/aanvraag/billing/v1/billingv1connect"
	"aanvraag.internal/services/kernel/money"
	"aanvraag.internal/services/platform/rpc"
)

// bankCmd takes in what the bank reports.
type bankCmd struct {
	Import bankImportCmd `cmd:"" help:"Record the payments of a bank statement (CAMT.053)."`
}

// bankImportCmd sends one statement.
type bankImportCmd struct {
	reach   `embed:""`
	Subject string `default:"billing_clerk" help:"Who imports; it is recorded. A pseudonym, such as the name of an account."`
	File    string `arg:""                  help:"The statement as the bank hands it out."                                   type:"existingfile"`
}

// pieceSize is how much of a file one message holds, in bytes.
const pieceSize = 64 << 10

// bankSpace is the name space of import keys. A file's key follows from its content,
// so sending it again repeats the import.
var bankSpace = uuid.MustParse("0b7d0f66-30c9-5a43-9a1b-2f9f4b1f6a10")

// Run prints one line for each amount, and at the end how many became what.
func (c *bankImportCmd) Run(ctx context.Context, std streams) error {
	file, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	client, err := c.as("billing_clerk", c.Subject)
	if err != nil {
		return err
	}
	got, err := importStatement(ctx, billingv1connect.NewBillingServiceClient(client), file)
	if rpc.Reason(err) == "BANK_STATEMENT_UNREADABLE" {
		return hinted{err, "nothing of it was recorded; ask the bank for CAMT.053 (XML)"}
	}
	if err != nil {
		return reached(err)
	}
	table := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
	counts := map[string]int{}
	fmt.Fprintln(table, "OUTCOME\tBOOKED\tAMOUNT\tBANK REFERENCE\tINVOICE")
	for _, e := range got.GetEntries() {
		outcome := strings.TrimPrefix(e.GetOutcome().String(), "IMPORTED_OUTCOME_")
		counts[outcome]++
		amount := "-"
		if e.GetAmount() != nil {
			amount = money.Format(money.Cents(e.GetAmount().GetCents()), "en")
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", outcome, plain(e.GetBookedOn()), amount, plain(e.GetBankReference()), e.GetInvoiceId())
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for n := range len(billingv1.ImportedOutcome_name) {
		outcome := strings.TrimPrefix(billingv1.ImportedOutcome(n).String(), "IMPORTED_OUTCOME_")
		if counts[outcome] > 0 {
			fmt.Fprintf(std.out, "%d %s\n", counts[outcome], outcome)
		}
	}
	return nil
}

func importStatement(ctx context.Context, client billingv1connect.BillingServiceClient, file []byte) (*billingv1.ImportBankStatementResponse, error) {
	stream, err := client.ImportBankStatement(ctx)
	if err != nil {
		return nil, err
	}
	key := uuid.NewSHA1(bankSpace, file).String()
	for at := 0; at == 0 || at < len(file); at += pieceSize {
		err := stream.Send(&billingv1.ImportBankStatementRequest{IdempotencyKey: key, Piece: file[at:min(at+pieceSize, len(file))]})
		if errors.Is(err, io.EOF) {
			break // the answer tells why
		}
		if err != nil {
			return nil, err
		}
	}
	return stream.CloseAndReceive()
}
