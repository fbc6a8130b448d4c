package views

import (
	"context"
	"database/sql"
	"errors"
	"slices"
)

// Tx is the transaction that an event's rows become part of. It is valid within
// Apply only. Statements stay prepared by their text: pass values as arguments,
// never inside the text.
type Tx struct {
	conn  *sql.Conn
	stmts map[string]*sql.Stmt
	held  []held // that wait for the end of the transaction
}

// held is what a transaction has changed but not written, see [Rows].
type held interface {
	flush(tx *Tx) error
	forget()
}

func (t *Tx) hold(h held) {
	if !slices.Contains(t.held, h) {
		t.held = append(t.held, h)
	}
}

// flush writes what is held.
func (t *Tx) flush() error {
	for _, h := range t.held {
		if err := h.flush(t); err != nil {
			return err
		}
	}
	return nil
}

// forget drops what is held. What a flush has written goes with the transaction.
func (t *Tx) forget() {
	for _, h := range t.held {
		h.forget()
	}
}

// Exec runs a statement that answers no rows.
func (t *Tx) Exec(query string, args ...any) error {
	stmt, err := t.prepared(query)
	if err != nil {
		return err
	}
	_, err = stmt.ExecContext(context.Background(), args...)
	return err
}

// QueryRow runs a query that answers at most one row, see [sql.DB.QueryRow]. Scan
// the row before the next statement.
func (t *Tx) QueryRow(query string, args ...any) *sql.Row {
	stmt, err := t.prepared(query)
	if err != nil {
		return t.conn.QueryRowContext(context.Background(), query, args...) // fails in the same way
	}
	return stmt.QueryRowContext(context.Background(), args...)
}

func (t *Tx) prepared(query string) (*sql.Stmt, error) {
	if stmt, ok := t.stmts[query]; ok {
		return stmt, nil
	}
	stmt, err := t.conn.PrepareContext(context.Background(), query)
	if err != nil {
		return nil, err
	}
	t.stmts[query] = stmt
	return stmt, nil
}

// script runs several statements at once.
func (t *Tx) script(text string) error {
	_, err := t.conn.ExecContext(context.Background(), text)
	return err
}

func (t *Tx) close() error {
	var errs []error
	for _, stmt := range t.stmts {
		errs = append(errs, stmt.Close())
	}
	return errors.Join(append(errs, t.conn.Close())...)
}
