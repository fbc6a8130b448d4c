package scheduling

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"

	schedulingv1 "aanvraag.internal/proto/gen/aanvraag/scheduling/v1"
	"aanvraag.internal/services/kernel/hours"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/views"
	"aanvraag.internal/services/scheduling/internal/technician"
)

// rosterSchema holds who can be booked. Names are not among it: nobody lists them.
const rosterSchema = `
CREATE TABLE technician (
	technician_id TEXT PRIMARY KEY,
	retired       INTEGER NOT NULL,
	roster        TEXT NOT NULL, -- JSON
	revision      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;`

// roster is what a technician's row says of him.
type roster struct {
	Skills   []string             `json:"skills"`
	Working  []hours.Weekly       `json:"working"`
	Absences []technician.Absence `json:"absences"`
}

func projectTechnician(tx *views.Tx, r eventstore.Recorded, id string, e technician.Event) error {
	var stored string
	var known technician.Technician
	err := tx.QueryRow(`SELECT roster, retired FROM technician WHERE technician_id = ?`, id).Scan(&stored, &known.Retired)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("read technician: %w", err)
	}
	if err == nil {
		var row roster
		if err := json.Unmarshal([]byte(stored), &row); err != nil {
			return fmt.Errorf("read technician: %w", err)
		}
		known.Skills, known.Working, known.Absences = row.Skills, row.Working, row.Absences
	}
	known = e.Evolve(known)
	row, err := json.Marshal(roster{known.Skills, known.Working, known.Absences}, json.Deterministic(true))
	if err != nil {
		return fmt.Errorf("write technician: %w", err)
	}
	return tx.Exec(`INSERT INTO technician VALUES (?, ?, ?, ?)
ON CONFLICT (technician_id) DO UPDATE SET retired = excluded.retired, roster = excluded.roster, revision = excluded.revision`,
		id, known.Retired, string(row), int64(r.Revision))
}

// wanted is a page of technicians in order of their ids.
type wanted struct {
	skill   string // empty: any
	retired bool   // these too
	after   string // id of the last one before; empty: from the first
	limit   int
}

// roster answers a page and the id of its last technician when more follow.
func (s *Service) roster(ctx context.Context, want wanted) ([]*schedulingv1.Technician, string, error) {
	db, err := s.View().Query(ctx)
	if err != nil {
		return nil, "", err
	}
	rows, err := db.QueryContext(ctx, `SELECT technician_id, retired, roster, revision FROM technician
		WHERE technician_id > ? AND (NOT retired OR ?)
		AND (? = '' OR EXISTS (SELECT 1 FROM json_each(roster, '$.skills') WHERE value = ?))
		ORDER BY technician_id LIMIT ?`, want.after, want.retired, want.skill, want.skill, want.limit+1)
	if err != nil {
		return nil, "", fmt.Errorf("list technicians: %w", err)
	}
	defer rows.Close()
	var page []*schedulingv1.Technician
	for rows.Next() {
		if len(page) == want.limit {
			return page, page[len(page)-1].GetTechnicianId(), nil
		}
		var t technician.Technician
		var stored string
		var revision int64
		if err := rows.Scan(&t.TechnicianID, &t.Retired, &stored, &revision); err != nil {
			return nil, "", fmt.Errorf("read technician: %w", err)
		}
		var row roster
		if err := json.Unmarshal([]byte(stored), &row); err != nil {
			return nil, "", fmt.Errorf("read technician: %w", err)
		}
		t.Skills, t.Working, t.Absences = row.Skills, row.Working, row.Absences
		page = append(page, technicianMessage(t, eventstore.Revision(revision)))
	}
	if err := rows.Err(); err != nil {
		return nil, "", fmt.Errorf("list technicians: %w", err)
	}
	return page, "", nil
}
