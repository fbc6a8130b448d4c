package legal

import (
	"context"
	"fmt"
	"strings"

	legalv1 "aanvraag.internal/proto/gen/aanvraag/legal/v1"
	"aanvraag.internal/services/legal/internal/referral"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/views"
)

// The view lists referrals by ids that say nothing. What each is about is opened from
// its own stream.
func viewConfig() *views.Config {
	return &views.Config{
		Version: "1",
		Filter:  eventstore.Filter{Prefixes: prefixes()},
		Schema: `
CREATE TABLE referrals (
	position INTEGER PRIMARY KEY, -- of the first event: the order of the list
	id       TEXT NOT NULL UNIQUE,
	state    TEXT NOT NULL
) STRICT;`,
		Apply: project,
	}
}

func project(tx *views.Tx, r eventstore.Recorded) error {
	e, err := codec.Decode(r.Type, r.Data)
	if err != nil {
		return err
	}
	// Which state an event leads to does not depend on the one before.
	state := e.Evolve(referral.Referral{}).State
	return tx.Exec(`
INSERT INTO referrals (position, id, state) VALUES (?, ?, ?)
ON CONFLICT (id) DO UPDATE SET state = excluded.state`,
		int64(r.Position), strings.TrimPrefix(r.Stream, category+"-"), string(state))
}

// listed is one row of the list.
type listed struct {
	position int64
	id       string
}

// list gives referrals, the newest first, below a position (0: from the newest).
func (s *Service) list(ctx context.Context, wanted []legalv1.ReferralState, below int64, limit int) ([]listed, error) {
	db, err := s.View().Query(ctx)
	if err != nil {
		return nil, fmt.Errorf("list referrals: %w", err)
	}
	where := []string{"true"}
	var args []any
	if below > 0 {
		where, args = append(where, "position < ?"), append(args, below)
	}
	if len(wanted) > 0 {
		where = append(where, "state IN (?"+strings.Repeat(", ?", len(wanted)-1)+")")
		for _, w := range wanted {
			args = append(args, string(stateOf(w)))
		}
	}
	//nolint:gosec // the parts are constants; values are arguments
	query := "SELECT position, id FROM referrals WHERE " + strings.Join(where, " AND ") + " ORDER BY position DESC LIMIT ?"
	rows, err := db.QueryContext(ctx, query, append(args, limit)...)
	if err != nil {
		return nil, fmt.Errorf("list referrals: %w", err)
	}
	defer rows.Close()
	var out []listed
	for rows.Next() {
		var l listed
		if err := rows.Scan(&l.position, &l.id); err != nil {
			return nil, fmt.Errorf("list referrals: %w", err)
		}
		out = append(out, l)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list referrals: %w", err)
	}
	return out, nil
}
