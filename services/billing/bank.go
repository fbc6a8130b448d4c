package billing

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strconv"
	"strings"

	"connectrpc.com/connect/v2"
	"github.com/google/uuid"

	billingv1 "aanvraag.internal/proto/gen/aanvraag/billing/v1"
	"aanvraag.internal/proto/gen/aanvraag/billing/v1/billingv1connect"
	"aanvraag.internal/services/billing/internal/camt"
	"aanvraag.internal/services/billing/internal/invoice"
	"aanvraag.internal/services/platform/decider"
	"aanvraag.internal/services/platform/rpc"
)

// maxStatement bounds a bank statement, in bytes.
const maxStatement = 4 << 20

// ImportBankStatement implements the RPC (B-05). Each amount is a payment like any other,
// under a key that follows from the import's and the bank's reference: a repeat of
// the import repeats its payments.
func (d *door) ImportBankStatement(
	ctx context.Context, stream billingv1connect.BillingServiceImportBankStatementServerStream,
) (*billingv1.ImportBankStatementResponse, error) {
	key, file, err := statement(stream)
	if err != nil {
		return nil, err
	}
	read, err := camt.Read(bytes.NewReader(file))
	if wrong, ok := errors.AsType[*camt.Error](err); ok {
		return nil, rpc.Fail(connect.CodeInvalidArgument, "BANK_STATEMENT_UNREADABLE", wrong.Error(),
			map[string]string{"entry": strconv.Itoa(wrong.Entry)})
	}
	if err != nil {
		return nil, err
	}
	out := &billingv1.ImportBankStatementResponse{ConsistencyToken: rpc.Token(0)}
	for _, e := range read.Entries {
		entry, token, err := d.take(ctx, key, e)
		if err != nil {
			return nil, err
		}
		out.Entries = append(out.Entries, entry)
		if token != "" {
			out.ConsistencyToken = token
		}
	}
	return out, nil
}

// statement puts the pieces of a file together.
func statement(stream billingv1connect.BillingServiceImportBankStatementServerStream) (key uuid.UUID, file []byte, err error) {
	for {
		piece, err := stream.Receive()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return key, nil, err
		}
		if key == uuid.Nil {
			if key, err = uuid.Parse(piece.GetIdempotencyKey()); err != nil || key == uuid.Nil {
				return key, nil, rpc.InvalidField("idempotency_key", "string.uuid", "must be a UUID in the first piece")
			}
		}
		if len(file)+len(piece.GetPiece()) > maxStatement {
			return key, nil, rpc.InvalidField("piece", "statement.size", "a bank statement has 4 MiB at most")
		}
		file = append(file, piece.GetPiece()...)
	}
	if key == uuid.Nil {
		return key, nil, rpc.InvalidField("idempotency_key", "string.uuid", "must be a UUID in the first piece")
	}
	return key, file, nil
}

// notTaken says why an entry of a statement is no payment of a customer.
func notTaken(e camt.Entry) billingv1.ImportedOutcome {
	switch {
	case e.Direction == camt.Out:
		return billingv1.ImportedOutcome_IMPORTED_OUTCOME_OUTGOING
	case e.Direction == camt.Returned:
		return billingv1.ImportedOutcome_IMPORTED_OUTCOME_RETURNED
	case !e.Booked:
		return billingv1.ImportedOutcome_IMPORTED_OUTCOME_NOT_BOOKED
	case e.Currency != "EUR":
		return billingv1.ImportedOutcome_IMPORTED_OUTCOME_FOREIGN_CURRENCY
	case e.BankReference == "":
		return billingv1.ImportedOutcome_IMPORTED_OUTCOME_NO_REFERENCE
	}
	return billingv1.ImportedOutcome_IMPORTED_OUTCOME_UNSPECIFIED
}

// take records one entry, if it is a payment.
func (d *door) take(ctx context.Context, key uuid.UUID, e camt.Entry) (*billingv1.ImportedEntry, string, error) {
	out := &billingv1.ImportedEntry{Outcome: notTaken(e), BankReference: e.BankReference, BookedOn: e.BookedOn}
	if e.Currency == "EUR" {
		out.Amount = euro(e.Amount)
	}
	if out.GetOutcome() != billingv1.ImportedOutcome_IMPORTED_OUTCOME_UNSPECIFIED {
		return out, "", nil
	}
	reference, err := d.reference(ctx, e)
	if err != nil {
		return nil, "", err
	}
	done, fresh, err := d.record(ctx, &billingv1.RecordPaymentRequest{
		IdempotencyKey: uuid.NewSHA1(key, []byte(e.BankReference)).String(),
		BankReference:  e.BankReference, PaymentReference: reference, Amount: out.GetAmount(), ReceivedOn: e.BookedOn,
	})
	if refused, ok := errors.AsType[*decider.Rejection](err); ok && refused.Kind == decider.Exists {
		out.Outcome = billingv1.ImportedOutcome_IMPORTED_OUTCOME_CONFLICT
		return out, "", nil
	}
	if err != nil {
		return nil, "", err
	}
	out.PaymentId, out.InvoiceId = done.GetPayment().GetPaymentId(), done.GetPayment().GetInvoiceId()
	switch {
	case !fresh:
		out.Outcome = billingv1.ImportedOutcome_IMPORTED_OUTCOME_KNOWN
	case out.GetInvoiceId() == "":
		out.Outcome = billingv1.ImportedOutcome_IMPORTED_OUTCOME_SUSPENSE
	default:
		out.Outcome = billingv1.ImportedOutcome_IMPORTED_OUTCOME_ALLOCATED
	}
	return out, done.GetConsistencyToken(), nil
}

// maxWritten is how long a payment reference may be, in bytes.
const maxWritten = 140

// reference is the one of an invoice among all that came with an entry. Where there
// is none, it is what the payer wrote.
func (d *door) reference(ctx context.Context, e camt.Entry) (string, error) {
	var ours string
	for _, written := range e.References {
		for _, reference := range invoice.References(written) {
			_, has, err := d.s.byReference(ctx, reference)
			if err != nil || has {
				return reference, err
			}
			if ours == "" {
				ours = reference
			}
		}
	}
	if ours != "" {
		return ours, nil
	}
	written := strings.ToValidUTF8(strings.Join(e.References, " / "), "")
	for len(written) > maxWritten {
		written = written[:maxWritten]
		written = strings.ToValidUTF8(written, "")
	}
	return written, nil
}
