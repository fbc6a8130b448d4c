package intake

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"

	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	"aanvraag.internal/services/intake/internal/request"
	"aanvraag.internal/services/kernel/sealed"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/views"
)

// The view lists requests. A row holds the request as its events tell it, without
// what is sealed: nothing here has to be erased.
func viewConfig() *views.Config {
	return &views.Config{
		Version: "1", // changes with the meaning of any Evolve of the chamber
		Filter:  eventstore.Filter{Prefixes: []string{category + "-"}},
		Schema: `
CREATE TABLE requests (
	position INTEGER PRIMARY KEY, -- of the first event: the order of the list
	id       TEXT NOT NULL UNIQUE,
	state    TEXT NOT NULL,
	revision INTEGER NOT NULL,
	request  BLOB NOT NULL -- JSON
) STRICT;
CREATE INDEX requests_by_state ON requests (state, position);`,
		Apply: project,
	}
}

func project(tx *views.Tx, r eventstore.Recorded) error {
	e, err := codec.Decode(r.Type, r.Data)
	if err != nil {
		return err
	}
	id := strings.TrimPrefix(r.Stream, category+"-")
	var before request.Request
	var row []byte
	switch err := tx.QueryRow(`SELECT request FROM requests WHERE id = ?`, id).Scan(&row); {
	case errors.Is(err, sql.ErrNoRows):
	case err != nil:
		return err
	default:
		if err := json.Unmarshal(row, &before); err != nil {
			return fmt.Errorf("read row of %s: %w", id, err)
		}
	}
	after := unsealed(e.Evolve(before))
	if row, err = json.Marshal(after); err != nil {
		return fmt.Errorf("write row of %s: %w", id, err)
	}
	return tx.Exec(`
INSERT INTO requests (position, id, state, revision, request) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET state = excluded.state, revision = excluded.revision, request = excluded.request`,
		int64(r.Position), id, string(after.State), int64(r.Revision), row)
}

// unsealed is a request without its sealed parts.
func unsealed(r request.Request) request.Request {
	for _, part := range []*sealed.Data{&r.Contact, &r.Problem, &r.InvoiceParty, &r.Reason, &r.InternalNote, &r.Summary} {
		*part = sealed.Data{}
	}
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
