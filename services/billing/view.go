package billing

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	billingv1 "aanvraag.internal/proto/gen/aanvraag/billing/v1"
	"aanvraag.internal/services/billing/internal/invoice"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/views"
)

// The view lists invoices and finds them by payment reference. It holds ids,
// states and times only: what an invoice says is folded from its own stream.
func viewConfig() *views.Config {
	return &views.Config{
		Version: "1",
		Filter:  eventstore.Filter{Prefixes: []string{"invoice-"}},
		Schema: `
CREATE TABLE invoices (
	position  INTEGER PRIMARY KEY, -- of the issue: the order of the list
	id        TEXT NOT NULL UNIQUE,
	request   TEXT NOT NULL,
	reference TEXT NOT NULL UNIQUE,
	state     TEXT NOT NULL
) STRICT;
CREATE INDEX invoices_by_request ON invoices (request);`,
		Apply: project,
	}
}

func project(tx *views.Tx, r eventstore.Recorded) error {
	e, err := invoiceCodec.Decode(r.Type, r.Data)
	if err != nil {
		return err
	}
	id := strings.TrimPrefix(r.Stream, "invoice-")
	switch e := e.(type) {
	case invoice.InvoiceIssued:
		return tx.Exec(`INSERT INTO invoices (position, id, request, reference, state) VALUES (?, ?, ?, ?, ?)`,
			int64(r.Position), id, e.SupportRequestID, e.PaymentReference, string(invoice.Issued))
	case invoice.PaymentAllocated:
		return tx.Exec(`UPDATE invoices SET state = ? WHERE id = ? AND state = ?`,
			string(invoice.PartiallyPaid), id, string(invoice.Issued))
	case invoice.InvoiceSettled:
		return tx.Exec(`UPDATE invoices SET state = ? WHERE id = ?`, string(invoice.Paid), id)
	}
	return nil
}

// byReference finds the invoice that a payment names, once the view has seen all
// that the log holds now. The stream itself has the last word.
func (s *Service) byReference(ctx context.Context, reference string) (id string, found bool, err error) {
	end, err := s.house.Store.End(ctx)
	if err != nil {
		return "", false, fmt.Errorf("find invoice: %w", err)
	}
	if err := s.View().WaitFor(ctx, end); err != nil {
		return "", false, fmt.Errorf("find invoice: %w", err)
	}
	db, err := s.View().Query(ctx)
	if err != nil {
		return "", false, fmt.Errorf("find invoice: %w", err)
	}
	err = db.QueryRowContext(ctx, `SELECT id FROM invoices WHERE reference = ?`, reference).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return "", false, nil
	}
	if err != nil {
		return "", false, fmt.Errorf("find invoice: %w", err)
	}
	return id, true, nil
}

// listed is one row of the list.
type listed struct {
	position int64
	id       string
}

// list gives invoice ids, newest first, below a position (0: from the newest).
func (s *Service) list(ctx context.Context, req *billingv1.ListInvoicesRequest, below int64, limit int) ([]listed, error) {
	db, err := s.View().Query(ctx)
	if err != nil {
		return nil, fmt.Errorf("list invoices: %w", err)
	}
	where, args := []string{"1 = 1"}, []any{}
	if below > 0 {
		where, args = append(where, "position < ?"), append(args, below)
	}
	if r := req.GetSupportRequestId(); r != "" {
		where, args = append(where, "request = ?"), append(args, r)
	}
	if states := req.GetStates(); len(states) > 0 {
		where = append(where, "state IN (?"+strings.Repeat(", ?", len(states)-1)+")")
		for _, state := range states {
			args = append(args, string(stateOf(state)))
		}
	}
	//nolint:gosec // the parts are constants; values are arguments
	query := "SELECT position, id FROM invoices WHERE " + strings.Join(where, " AND ") + " ORDER BY position DESC LIMIT ?"
	rows, err := db.QueryContext(ctx, query, append(args, limit)...)
	if err != nil {
		return nil, fmt.Errorf("list invoices: %w", err)
	}
	defer rows.Close()
	var out []listed
	for rows.Next() {
		var l listed
		if err := rows.Scan(&l.position, &l.id); err != nil {
			return nil, fmt.Errorf("list invoices: %w", err)
		}
		out = append(out, l)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list invoices: %w", err)
	}
	return out, nil
}

var states = map[invoice.State]billingv1.InvoiceState{
	invoice.Issued:        billingv1.InvoiceState_INVOICE_STATE_ISSUED,
	invoice.PartiallyPaid: billingv1.InvoiceState_INVOICE_STATE_PARTIALLY_PAID,
	invoice.Paid:          billingv1.InvoiceState_INVOICE_STATE_PAID,
}

func stateOf(s billingv1.InvoiceState) invoice.State {
	for state, public := range states {
		if public == s {
			return state
		}
	}
	return ""
}
