package intake

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"

	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	"aanvraag.internal/services/intake/internal/request"
	"aanvraag.internal/services/kernel/sealed"
	"aanvraag.internal/services/platform/deadlines"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/views"
)

// The view lists requests. A row holds the request as its events tell it, without
// what is sealed: nothing here has to be erased. Beside them stand the deadlines.
func viewConfig(table *deadlines.Table) *views.Config {
	return &views.Config{
		Version: "2", // changes with the meaning of any Evolve of the chamber
		Filter:  eventstore.Filter{Prefixes: []string{category + "-"}},
		Schema: `
CREATE TABLE requests (
	position INTEGER PRIMARY KEY, -- of the first event: the order of the list
	id       TEXT NOT NULL UNIQUE,
	state    TEXT NOT NULL,
	revision INTEGER NOT NULL,
	request  BLOB NOT NULL -- JSON
) STRICT;
CREATE INDEX requests_by_state ON requests (state, position);` + deadlines.Schema,
		Apply: project(table),
	}
}

// row is a request as the view keeps it.
type row struct {
	position eventstore.Position
	revision eventstore.Revision
	request  request.Request
}

// project folds each request into its row, and keeps its deadlines.
func project(table *deadlines.Table) func(*views.Tx, eventstore.Recorded) error {
	rows := views.NewRows(readRow, writeRow)
	return func(tx *views.Tx, r eventstore.Recorded) error {
		e, err := codec.Decode(r.Type, r.Data)
		if err != nil {
			return err
		}
		id := strings.TrimPrefix(r.Stream, category+"-")
		var was, is request.Request
		err = rows.Change(tx, id, func(before row) (row, bool) {
			was, is = before.request, unsealed(e.Evolve(before.request))
			return row{position: cmp.Or(before.position, r.Position), revision: r.Revision, request: is}, true
		})
		if err != nil {
			return err
		}
		return setDeadlines(table, tx, id, was, is)
	}
}

func readRow(tx *views.Tx, id string) (row, error) {
	var r row
	var data []byte
	switch err := tx.QueryRow(`SELECT position, request FROM requests WHERE id = ?`, id).Scan(&r.position, &data); {
	case errors.Is(err, sql.ErrNoRows):
		return row{}, nil
	case err != nil:
		return row{}, err
	}
	if err := json.Unmarshal(data, &r.request); err != nil {
		return row{}, fmt.Errorf("read row of %s: %w", id, err)
	}
	return r, nil
}

func writeRow(tx *views.Tx, id string, r row) error {
	data, err := json.Marshal(r.request)
	if err != nil {
		return fmt.Errorf("write row of %s: %w", id, err)
	}
	return tx.Exec(`
INSERT INTO requests (position, id, state, revision, request) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET state = excluded.state, revision = excluded.revision, request = excluded.request`,
		int64(r.position), id, string(r.request.State), int64(r.revision), data)
}

// unsealed is a request without its sealed parts and the hashes of its link.
func unsealed(r request.Request) request.Request {
	for _, part := range []*sealed.Data{&r.Contact, &r.Problem, &r.InvoiceParty, &r.Reason, &r.InternalNote, &r.Summary} {
		*part = sealed.Data{}
	}
	r.Link.Hash, r.Devices = "", nil
	return r
}

// listed is one row of the list.
type listed struct {
	position int64
	id       string
	revision eventstore.Revision
	request  request.Request
}

// list gives requests, newest first, below a position (0: from the newest).
func (s *Service) list(
	ctx context.Context, only []intakev1.SupportRequestState, below int64, limit int,
) ([]listed, error) {
	db, err := s.View().Query(ctx)
	if err != nil {
		return nil, fmt.Errorf("list requests: %w", err)
	}
	where, args := []string{"1 = 1"}, []any{}
	if below > 0 {
		where, args = append(where, "position < ?"), append(args, below)
	}
	if len(only) > 0 {
		where = append(where, "state IN (?"+strings.Repeat(", ?", len(only)-1)+")")
		for _, state := range only {
			args = append(args, string(wordFor(states, state)))
		}
	}
	//nolint:gosec // only placeholders are put together
	query := "SELECT position, id, revision, request FROM requests WHERE " +
		strings.Join(where, " AND ") + " ORDER BY position DESC LIMIT ?"
	rows, err := db.QueryContext(ctx, query, append(args, limit)...)
	if err != nil {
		return nil, fmt.Errorf("list requests: %w", err)
	}
	defer rows.Close()
	var out []listed
	for rows.Next() {
		var l listed
		var data []byte
		if err := rows.Scan(&l.position, &l.id, &l.revision, &data); err != nil {
			return nil, fmt.Errorf("list requests: %w", err)
		}
		if err := json.Unmarshal(data, &l.request); err != nil {
			return nil, fmt.Errorf("list requests: row of %s: %w", l.id, err)
		}
		out = append(out, l)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list requests: %w", err)
	}
	return out, nil
}
