package intake

import (
	"context"
	"fmt"
	"strings"

	"aanvraag.internal/services/intake/internal/incident"
	"aanvraag.internal/services/platform/command"
	"aanvraag.internal/services/platform/deadlines"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/views"
)

// dueIncident is the kind of deadline by which somebody judges an incident (D-03);
// part of recorded command ids, so it never changes.
const dueIncident = "incident-report"

var incidentCodec = command.NewCodec[incident.Incident](incident.Events())

// projectIncident lists incidents, and says until when one has to be answered.
func projectIncident(tx *views.Tx, due *deadlines.Table, r eventstore.Recorded) error {
	e, err := incidentCodec.Decode(r.Type, r.Data)
	if err != nil {
		return err
	}
	id := strings.TrimPrefix(r.Stream, incidentCategory+"-")
	switch e := e.(type) {
	case incident.DataIncidentRecorded:
		if !e.ReportBy.IsZero() {
			if err := due.Set(tx, deadlines.Due{Kind: dueIncident, ID: id, At: e.ReportBy}); err != nil {
				return err
			}
		}
		return tx.Exec(`INSERT INTO incidents (position, id, task) VALUES (?, ?, ?)`, int64(r.Position), id, !e.ReportBy.IsZero())
	case incident.DataIncidentAnswered:
		if err := due.Clear(tx, dueIncident, id); err != nil {
			return err
		}
		return tx.Exec(`UPDATE incidents SET task = 0 WHERE id = ?`, id)
	case incident.ReportOverdue:
		return due.Clear(tx, dueIncident, id)
	}
	return nil
}

// incidentOverdue shows that nobody judged an incident in time (D-03).
func (s *Service) incidentOverdue(ctx context.Context, d deadlines.Due) error {
	found, err := s.incidents.Load(ctx, d.ID)
	if err != nil {
		return err
	}
	now := s.house.Clock.Now()
	env := d.Command(Name, now)
	env.Correlation = found.State.SupportRequestID
	_, err = s.incidents.Execute(ctx, d.ID, env, incident.MarkOverdue{At: now})
	return err
}

// listedIncident is one row of the list.
type listedIncident struct {
	position int64
	id       string
}

// listIncidents gives incidents, the newest first, below a position (0: from the
// newest); tasks are those that somebody has to answer.
func (s *Service) listIncidents(ctx context.Context, tasks bool, below int64, limit int) ([]listedIncident, error) {
	db, err := s.View().Query(ctx)
	if err != nil {
		return nil, fmt.Errorf("list incidents: %w", err)
	}
	rows, err := db.QueryContext(ctx, `
SELECT position, id FROM incidents WHERE (? = 0 OR position < ?) AND (NOT ? OR task) ORDER BY position DESC LIMIT ?`,
		below, below, tasks, limit)
	if err != nil {
		return nil, fmt.Errorf("list incidents: %w", err)
	}
	defer rows.Close()
	var out []listedIncident
	for rows.Next() {
		var l listedIncident
		if err := rows.Scan(&l.position, &l.id); err != nil {
			return nil, fmt.Errorf("list incidents: %w", err)
		}
		out = append(out, l)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list incidents: %w", err)
	}
	return out, nil
}
