package operations

import (
	"context"
	"fmt"
	"strings"

	operationsv1 "aanvraag.internal/proto/gen/aanvraag/operations/v1"
	"aanvraag.internal/services/kernel/sealed"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/parking"
	"aanvraag.internal/services/platform/views"
)

// The view lists what is or was parked. What happened to each is folded from its own
// stream.
func (s *Service) viewConfig() *views.Config {
	return &views.Config{
		Version: "1",
		Filter:  eventstore.Filter{Prefixes: []string{parking.Prefix}},
		Schema: `
CREATE TABLE parked (
	position INTEGER PRIMARY KEY, -- of the parking, the last if there were several: the order of the list
	stream   TEXT NOT NULL UNIQUE,
	listener TEXT NOT NULL,
	state    TEXT NOT NULL
) STRICT;`,
		Apply: s.project,
	}
}

func (s *Service) project(tx *views.Tx, r eventstore.Recorded) error {
	id, err := parking.ParseStream(r.Stream)
	if err != nil {
		return fmt.Errorf("stream %s: %w", r.Stream, err)
	}
	if secret(id) {
		return nil
	}
	// Which state an event leads to does not depend on the one before.
	p, err := s.lot.Apply(parking.Pair{}, r)
	if err != nil {
		return err
	}
	return tx.Exec(`
INSERT INTO parked (position, stream, listener, state) VALUES (?, ?, ?, ?)
ON CONFLICT (stream) DO UPDATE SET state = excluded.state,
	position = CASE parked.state WHEN 'RELEASED' THEN excluded.position ELSE parked.position END`,
		int64(r.Position), r.Stream, id.Listener, string(p.State))
}

// secret tells what only the legal role may know of (D-05). It publishes nothing and
// listens to nobody, so there is no such parking; if there were one, whoever keeps the
// system running would be answered as if there were none.
func secret(id parking.ID) bool { return strings.HasPrefix(id.Stream, sealed.LegalStreams) }

// listed is one row of the list.
type listed struct {
	position int64
	id       parking.ID
}

// list gives pairs, the last parked first, below a position (0: from the last).
func (s *Service) list(ctx context.Context, req *operationsv1.ListParkedRequest, below int64, limit int) ([]listed, error) {
	db, err := s.View().Query(ctx)
	if err != nil {
		return nil, fmt.Errorf("list what is parked: %w", err)
	}
	wanted := req.GetStates()
	if len(wanted) == 0 {
		wanted = []operationsv1.ParkedState{operationsv1.ParkedState_PARKED_STATE_PARKED, operationsv1.ParkedState_PARKED_STATE_RETRYING}
	}
	where := []string{"state IN (?" + strings.Repeat(", ?", len(wanted)-1) + ")"}
	var args []any
	for _, w := range wanted {
		args = append(args, string(stateOf(w)))
	}
	if below > 0 {
		where, args = append(where, "position < ?"), append(args, below)
	}
	if l := req.GetListener(); l != "" {
		where, args = append(where, "listener = ?"), append(args, l)
	}
	//nolint:gosec // the parts are constants; values are arguments
	query := "SELECT position, stream FROM parked WHERE " + strings.Join(where, " AND ") + " ORDER BY position DESC LIMIT ?"
	rows, err := db.QueryContext(ctx, query, append(args, limit)...)
	if err != nil {
		return nil, fmt.Errorf("list what is parked: %w", err)
	}
	defer rows.Close()
	var out []listed
	for rows.Next() {
		var l listed
		var stream string
		if err := rows.Scan(&l.position, &stream); err != nil {
			return nil, fmt.Errorf("list what is parked: %w", err)
		}
		if l.id, err = parking.ParseStream(stream); err != nil {
			return nil, fmt.Errorf("list what is parked: %w", err)
		}
		out = append(out, l)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list what is parked: %w", err)
	}
	return out, nil
}

var states = map[parking.State]operationsv1.ParkedState{
	parking.Parked:   operationsv1.ParkedState_PARKED_STATE_PARKED,
	parking.Retrying: operationsv1.ParkedState_PARKED_STATE_RETRYING,
	parking.Released: operationsv1.ParkedState_PARKED_STATE_RELEASED,
}

func stateOf(public operationsv1.ParkedState) parking.State {
	for state, p := range states {
		if p == public {
			return state
		}
	}
	return parking.None
}
