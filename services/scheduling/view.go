package scheduling

import (
	"context"
	"fmt"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	schedulingv1 "aanvraag.internal/proto/gen/aanvraag/scheduling/v1"
	"aanvraag.internal/services/platform/command"
	"aanvraag.internal/services/platform/deadlines"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/views"
	"aanvraag.internal/services/scheduling/internal/appointment"
	"aanvraag.internal/services/scheduling/internal/calendar"
	"aanvraag.internal/services/scheduling/internal/recording"
	"aanvraag.internal/services/scheduling/internal/technician"
)

// sortable writes instants so that text order is time order.
const sortable = "2006-01-02T15:04:05.000000000Z"

// viewConfig describes the view: appointments to list, technicians, recordings, and
// what is due when.
func viewConfig(table *deadlines.Table) *views.Config {
	appointments := command.NewCodec[appointment.Appointment](appointment.Events())
	weeks := command.NewCodec[calendar.Week](calendar.Events())
	technicians := command.NewCodec[technician.Technician](technician.Events())
	recordings := command.NewCodec[recording.Recording](recording.Events())
	return &views.Config{
		Schema: `
CREATE TABLE appointment (
	appointment_id     TEXT PRIMARY KEY,
	support_request_id TEXT NOT NULL,
	technician_id      TEXT NOT NULL,
	start              TEXT NOT NULL,
	seconds            INTEGER NOT NULL,
	stage              TEXT NOT NULL,
	session_id         TEXT NOT NULL,
	revision           INTEGER NOT NULL,
	sequence           INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX appointment_start ON appointment (start, appointment_id);
CREATE INDEX appointment_request ON appointment (support_request_id, start, appointment_id);
CREATE INDEX appointment_technician ON appointment (technician_id, start, appointment_id);` +
			rosterSchema + recordingSchema + deadlines.Schema,
		Version: "2",
		Filter:  eventstore.Filter{Prefixes: []string{"appointment-", "calendar-", "technician-", "recording-"}},
		Apply: func(tx *views.Tx, r eventstore.Recorded) error {
			category, id, _ := strings.Cut(r.Stream, "-")
			switch category {
			case "calendar":
				e, err := weeks.Decode(r.Type, r.Data)
				if err != nil {
					return err
				}
				return projectHold(tx, table, id, e)
			case "technician":
				e, err := technicians.Decode(r.Type, r.Data)
				if err != nil {
					return err
				}
				return projectTechnician(tx, r, id, e)
			case "recording":
				e, err := recordings.Decode(r.Type, r.Data)
				if err != nil {
					return err
				}
				return projectRecording(tx, table, r, e)
			}
			e, err := appointments.Decode(r.Type, r.Data)
			if err != nil {
				return err
			}
			return project(tx, r, e)
		},
	}
}

// projectHold keeps a deadline for each hold.
func projectHold(tx *views.Tx, table *deadlines.Table, week string, e calendar.Event) error {
	switch e := e.(type) {
	case calendar.HoldPlaced:
		return table.Set(tx, deadlines.Due{Kind: dueHold, ID: holdID(week, e.AppointmentID), At: e.ExpiresAt})
	case calendar.HoldReleased:
		return table.Clear(tx, dueHold, holdID(week, e.AppointmentID))
	case calendar.SlotReserved:
		return table.Clear(tx, dueHold, holdID(week, e.AppointmentID))
	}
	return nil
}

func project(tx *views.Tx, r eventstore.Recorded, e appointment.Event) error {
	id := strings.TrimPrefix(r.Stream, "appointment-")
	switch e := e.(type) {
	case appointment.AppointmentBooked:
		return tx.Exec(`INSERT INTO appointment VALUES (?, ?, ?, ?, ?, ?, '', ?, 0)`,
			id, e.SupportRequestID, e.TechnicianID, e.Start.UTC().Format(sortable), e.Seconds,
			string(appointment.Booked), int64(r.Revision))
	case appointment.AppointmentStarted:
		return tx.Exec(`UPDATE appointment SET stage = ?, session_id = ?, revision = ? WHERE appointment_id = ?`,
			string(appointment.Started), e.SessionID, int64(r.Revision), id)
	case appointment.AppointmentCancelled:
		return tx.Exec(`UPDATE appointment SET stage = ?, sequence = ?, revision = ? WHERE appointment_id = ?`,
			string(appointment.Cancelled), e.Sequence, int64(r.Revision), id)
	case appointment.AppointmentMoved:
		return tx.Exec(`UPDATE appointment SET technician_id = ?, start = ?, seconds = ?, sequence = ?, revision = ? WHERE appointment_id = ?`,
			e.TechnicianID, e.Start.UTC().Format(sortable), e.Seconds, e.Sequence, int64(r.Revision), id)
	case appointment.AppointmentCompleted:
		return tx.Exec(`UPDATE appointment SET stage = ?, revision = ? WHERE appointment_id = ?`,
			string(appointment.Completed), int64(r.Revision), id)
	}
	return fmt.Errorf("no rows follow from %s", r.Type)
}

// selection is a page of appointments in order of start, then id.
type selection struct {
	supportRequestID, technicianID string // empty: all
	after                          string // key of the last one before; empty: from the first
	limit                          int
}

// list answers a page and the key of its last appointment when more follow.
func (s *Service) list(ctx context.Context, sel selection) ([]*schedulingv1.Appointment, string, error) {
	db, err := s.View().Query(ctx)
	if err != nil {
		return nil, "", err
	}
	query := `SELECT appointment_id, support_request_id, technician_id, start, seconds, stage, session_id, revision, sequence
		FROM appointment WHERE (start, appointment_id) > (?, ?)`
	start, id, _ := strings.Cut(sel.after, "/")
	args := []any{start, id}
	if sel.supportRequestID != "" {
		query, args = query+" AND support_request_id = ?", append(args, sel.supportRequestID)
	}
	if sel.technicianID != "" {
		query, args = query+" AND technician_id = ?", append(args, sel.technicianID)
	}
	rows, err := db.QueryContext(ctx, query+" ORDER BY start, appointment_id LIMIT ?", append(args, sel.limit+1)...)
	if err != nil {
		return nil, "", fmt.Errorf("list appointments: %w", err)
	}
	defer rows.Close()
	var page []*schedulingv1.Appointment
	last := ""
	for rows.Next() {
		if len(page) == sel.limit {
			return page, last, nil
		}
		var a schedulingv1.Appointment
		var start, stage string
		var length int64
		err := rows.Scan(&a.AppointmentId, &a.SupportRequestId, &a.TechnicianId, &start, &length, &stage, &a.SessionId, &a.Revision, &a.Sequence)
		if err != nil {
			return nil, "", fmt.Errorf("read appointment: %w", err)
		}
		at, err := time.Parse(sortable, start)
		if err != nil {
			return nil, "", fmt.Errorf("read start of appointment: %w", err)
		}
		a.Start, a.Duration, a.State = timestamppb.New(at), seconds(length), appointmentStates[appointment.Stage(stage)]
		page = append(page, &a)
		last = start + "/" + a.GetAppointmentId()
	}
	if err := rows.Err(); err != nil {
		return nil, "", fmt.Errorf("list appointments: %w", err)
	}
	return page, "", nil
}
