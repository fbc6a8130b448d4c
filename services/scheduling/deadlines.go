package scheduling

import (
	"context"
	"fmt"
	"strings"

	"aanvraag.internal/services/platform/deadlines"
	"aanvraag.internal/services/scheduling/internal/calendar"
)

// The kinds of deadlines of this service. They are recorded in command ids, so they
// never change.
const (
	dueHold = "hold" // of "<week>/<appointment>": the hold expires
)

// fire does what is due because time has passed.
func (s *Service) fire(ctx context.Context, d deadlines.Due) error {
	does, known := map[string]func(context.Context, deadlines.Due) error{
		dueHold: s.expireHold,
	}[d.Kind]
	if !known {
		return fmt.Errorf("nothing is done about a deadline of kind %q", d.Kind)
	}
	return does(ctx, d)
}

// expireHold notes that a hold has expired. Its slot has been free since, without this.
func (s *Service) expireHold(ctx context.Context, d deadlines.Due) error {
	week, appointmentID, _ := strings.Cut(d.ID, "/")
	held, err := s.weeks.Load(ctx, week)
	if err != nil {
		return err
	}
	h, _ := held.State.Hold(appointmentID)
	env := d.Command(Name, s.house.Clock.Now())
	env.Correlation = h.SupportRequestID
	_, err = s.weeks.Execute(ctx, week, env, calendar.ExpireHold{AppointmentID: appointmentID, At: env.DecidedAt})
	return err
}

// holdID is the entity of a hold's deadline.
func holdID(week, appointmentID string) string { return week + "/" + appointmentID }
