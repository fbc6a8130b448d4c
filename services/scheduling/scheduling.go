// Package scheduling plans who helps whom when, measures the work, and keeps the
// recordings of article 6 until the bill is satisfied.
//
// A booking commits when the slot is reserved, a session when the appointment
// starts. What follows from either is done at once for the caller, and again by
// the service's own reaction to the same event with the same command id, so a
// crash in between heals and nothing is done twice.
package scheduling

import (
	"context"
	"fmt"

	"connectrpc.com/connect/v2"

	consentv1 "aanvraag.internal/proto/gen/aanvraag/consent/v1"
	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	"aanvraag.internal/proto/gen/aanvraag/scheduling/v1/schedulingv1connect"
	"aanvraag.internal/services/kernel/hours"
	"aanvraag.internal/services/platform/blobs"
	"aanvraag.internal/services/platform/command"
	"aanvraag.internal/services/platform/deadlines"
	"aanvraag.internal/services/platform/policies"
	"aanvraag.internal/services/platform/service"
	"aanvraag.internal/services/platform/vault"
	"aanvraag.internal/services/scheduling/internal/appointment"
	"aanvraag.internal/services/scheduling/internal/assignment"
	"aanvraag.internal/services/scheduling/internal/calendar"
	"aanvraag.internal/services/scheduling/internal/opening"
	"aanvraag.internal/services/scheduling/internal/recording"
	"aanvraag.internal/services/scheduling/internal/session"
	"aanvraag.internal/services/scheduling/internal/technician"
)

// Name of the service: on the bus, in files and in metadata.
const Name = "scheduling"

// The policies that this service owns.
const (
	policyCalendar  = opening.Policy
	policyRetention = "retention"
	policyBooking   = "booking"
	policyRecording = "recording"
	policySessions  = "sessions"
)

// bookingTerms is the content of the policy of that name: how slots are offered and held.
type bookingTerms struct {
	HoldSeconds int64 `json:"holdSeconds"` // how long a customer's choice waits for its confirmation
	StepSeconds int64 `json:"stepSeconds"` // between the starts that are offered, unless asked for others
	SearchDays  int   `json:"searchDays"`  // that one search for slots may span
}

// firstBooking is a quarter of an hour to confirm, starts each half hour, and a month
// to look at.
func firstBooking() bookingTerms {
	return bookingTerms{HoldSeconds: 15 * 60, StepSeconds: 30 * 60, SearchDays: 31}
}

// sessionRules is the content of the policy "sessions".
type sessionRules struct {
	CorrectAloneSeconds int64 `json:"correctAloneSeconds"` // of measured time, by one person (T-12)
	BackupValidSeconds  int64 `json:"backupValidSeconds"`  // from the declaration to a start (D-01)
	JoinCodeDigits      int   `json:"joinCodeDigits"`
	JoinCodeSeconds     int64 `json:"joinCodeSeconds"` // for which a code can be used
}

// firstSessionRules are those of the first start.
func firstSessionRules() sessionRules {
	return sessionRules{
		CorrectAloneSeconds: 15 * 60, BackupValidSeconds: 24 * 60 * 60, JoinCodeDigits: 6, JoinCodeSeconds: 15 * 60,
	}
}

// retention is the content of the policy of that name.
type retention struct {
	RecordingGraceSeconds int64 `json:"recordingGraceSeconds"` // from settlement to deletion (S-07)
}

// recordingRules is the content of the policy "recording".
type recordingRules struct {
	MaxBytes                 int64 `json:"maxBytes"`                 // of one recording
	DurationToleranceSeconds int64 `json:"durationToleranceSeconds"` // above it a difference is flagged (S-03)
	DeleteWithinSeconds      int64 `json:"deleteWithinSeconds"`      // from due to destroyed (S-05)
	NotInvoicedSeconds       int64 `json:"notInvoicedSeconds"`       // kept after the end of what is never billed (S-06)
	CapSeconds               int64 `json:"capSeconds"`               // nothing is kept longer, paid or not (S-06)
}

// firstRecordingRules are the product's own figures.
func firstRecordingRules() recordingRules {
	const day = 24 * 60 * 60
	return recordingRules{
		MaxBytes: 2 << 30, DurationToleranceSeconds: 60, DeleteWithinSeconds: day,
		NotInvoicedSeconds: 7 * day, CapSeconds: 5 * 365 * day,
	}
}

// Requests is what scheduling asks of intake.
type Requests interface {
	GetSupportRequest(context.Context, *intakev1.GetSupportRequestRequest) (*intakev1.GetSupportRequestResponse, error)
}

// Consents is what scheduling asks of consent.
type Consents interface {
	GetConsent(context.Context, *consentv1.GetConsentRequest) (*consentv1.GetConsentResponse, error)
}

// Neighbours are asked whether something happened whose event has not arrived yet.
type Neighbours struct {
	Requests Requests
	Consents Consents
}

// Service is the scheduling service. It is safe for concurrent use.
type Service struct {
	*service.Service
	house      service.House
	neighbours Neighbours
	policies   *policies.Book
	blobs      *blobs.Store
	due        *deadlines.Table

	weeks        *command.Aggregate[calendar.Week, calendar.Event]
	appointments *command.Aggregate[appointment.Appointment, appointment.Event]
	assignments  *command.Aggregate[assignment.Assignment, assignment.Event]
	sessions     *command.Aggregate[session.Session, session.Event]
	recordings   *command.Aggregate[recording.Recording, recording.Event]
	technicians  *command.Aggregate[technician.Technician, technician.Event]
}

// New prepares the service in a house; nothing runs before [Service.Run].
func New(ctx context.Context, house service.House, neighbours Neighbours) (*Service, error) {
	kept, err := blobs.Open(house.BlobDir, house.Vault, vault.Recording)
	if err != nil {
		return nil, fmt.Errorf("make scheduling: %w", err)
	}
	s := &Service{
		house:        house,
		neighbours:   neighbours,
		policies:     policies.New(Name, house.Store, house.Clock),
		blobs:        kept,
		due:          deadlines.NewTable(),
		weeks:        command.New(house.Store, "calendar", calendar.Events()),
		appointments: command.New(house.Store, "appointment", appointment.Events()),
		assignments:  command.New(house.Store, "assignment", assignment.Events()),
		sessions:     command.New(house.Store, "session", session.Events()),
		recordings:   command.New(house.Store, "recording", recording.Events()),
		technicians:  command.New(house.Store, "technician", technician.Events()),
	}
	s.Service, err = service.New(ctx, house, service.Plan{
		Name:     Name,
		Prefixes: prefixes(),
		Publish:  publish,
		Sources:  []string{"intake", "consent", "billing", Name},
		Handlers: s.handlers(),
		View:     viewConfig(s.due),
		Seed:     s.seed,
	})
	if err != nil {
		return nil, fmt.Errorf("make scheduling: %w", err)
	}
	return s, nil
}

// Register puts the service's RPCs on server.
func (s *Service) Register(server *connect.Server) {
	schedulingv1connect.RegisterSchedulingServiceHandler(server, &handler{Service: s})
}

// seed publishes the page's own figures at first start.
func (s *Service) seed(ctx context.Context) error {
	if err := s.policies.Seed(ctx, policyCalendar, hours.Default()); err != nil {
		return err
	}
	if err := s.policies.Seed(ctx, policyBooking, firstBooking()); err != nil {
		return err
	}
	if err := s.policies.Seed(ctx, policyRecording, firstRecordingRules()); err != nil {
		return err
	}
	if err := s.policies.Seed(ctx, policySessions, firstSessionRules()); err != nil {
		return err
	}
	return s.policies.Seed(ctx, policyRetention, retention{})
}
