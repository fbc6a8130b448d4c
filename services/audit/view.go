package audit

import (
	"context"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"

	seal "aanvraag.internal/services/kernel/sealed"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/views"
)

// The view finds the streams that hold events about a support request, which is
// what events are correlated by. What the events say is read from the streams. Those
// of the legal role have no row (D-05).
func viewConfig() *views.Config {
	// Each event names its request and its stream, and most say nothing new by that.
	type pair struct {
		correlation, stream string
		first               eventstore.Position
	}
	pairs := views.NewRows(
		func(*views.Tx, string) (pair, error) { return pair{}, nil }, // the table itself knows
		func(tx *views.Tx, _ string, p pair) error {
			return tx.Exec(`INSERT INTO streams (correlation, stream, first) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`,
				p.correlation, p.stream, int64(p.first))
		},
	)
	return &views.Config{
		Version: "1",
		Schema: `
CREATE TABLE streams (
	correlation TEXT NOT NULL,
	stream      TEXT NOT NULL,
	first       INTEGER NOT NULL, -- position of the first event about it in that stream
	PRIMARY KEY (correlation, stream)
) STRICT, WITHOUT ROWID;`,
		Apply: func(tx *views.Tx, r eventstore.Recorded) error {
			if secret(r.Stream) {
				return nil
			}
			correlation, err := correlationOf(r)
			if err != nil {
				return err
			}
			return pairs.Change(tx, correlation+"\x00"+r.Stream, func(before pair) (pair, bool) {
				return pair{correlation, r.Stream, r.Position}, before.first == 0
			})
		},
	}
}

// secret tells streams that only the legal role may know of (D-05).
func secret(stream string) bool { return strings.HasPrefix(stream, seal.LegalStreams) }

// streams are those with events about a support request, all that the log holds
// now, in the order in which the request reached them; none of them is secret.
func (s *Service) streams(ctx context.Context, correlation string) ([]string, error) {
	end, err := s.house.Store.End(ctx)
	if err != nil {
		return nil, fmt.Errorf("find streams: %w", err)
	}
	if err := s.View().WaitFor(ctx, end); err != nil {
		return nil, fmt.Errorf("find streams: %w", err)
	}
	db, err := s.View().Query(ctx)
	if err != nil {
		return nil, fmt.Errorf("find streams: %w", err)
	}
	rows, err := db.QueryContext(ctx, `SELECT stream FROM streams WHERE correlation = ? ORDER BY first`, correlation)
	if err != nil {
		return nil, fmt.Errorf("find streams: %w", err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var stream string
		if err := rows.Scan(&stream); err != nil {
			return nil, fmt.Errorf("find streams: %w", err)
		}
		out = append(out, stream)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("find streams: %w", err)
	}
	return out, nil
}

// correlationOf is what an event is about. It answers an [*eventstore.Corrupt] for
// metadata that cannot be read.
func correlationOf(r eventstore.Recorded) (string, error) {
	var m struct {
		Correlation string `json:"$correlationId"`
	}
	if json.Unmarshal(r.Metadata, &m) != nil {
		return "", corrupt(r, unreadable)
	}
	return m.Correlation, nil
}

const unreadable = "its metadata cannot be read"

func corrupt(r eventstore.Recorded, problem string) *eventstore.Corrupt {
	return &eventstore.Corrupt{Stream: r.Stream, Revision: r.Revision, Position: r.Position, Problem: problem}
}
