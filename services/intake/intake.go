// Package intake takes a support request from the customer and leads it to its
// end: diverted, refused or cancelled, or worked on, closed, invoiced and settled
// (articles 3, 4 and 7).
package intake

import (
	"context"
	"fmt"

	"connectrpc.com/connect/v2"
	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	consentv1 "aanvraag.internal/proto/gen/aanvraag/consent/v1"
	"aanvraag.internal/proto/gen/aanvraag/intake/v1/intakev1connect"
	schedulingv1 "aanvraag.internal/proto/gen/aanvraag/scheduling/v1"
	"aanvraag.internal/services/intake/internal/contact"
	"aanvraag.internal/services/intake/internal/limits"
	"aanvraag.internal/services/intake/internal/mail"
	"aanvraag.internal/services/intake/internal/reception"
	"aanvraag.internal/services/intake/internal/request"
	"aanvraag.internal/services/intake/internal/tally"
	"aanvraag.internal/services/platform/command"
	"aanvraag.internal/services/platform/deadlines"
	"aanvraag.internal/services/platform/policies"
	"aanvraag.internal/services/platform/service"
)

// Name of the service.
const Name = "intake"

// The policies that intake works by: how the desk is reached, how long drafts last and
// how much one sender may send, which it publishes, and when the desk is open, which
// scheduling does.
const (
	contactPolicy  = contact.Policy
	draftPolicy    = "draft"
	limitsPolicy   = limits.Policy
	calendarPolicy = "calendar"
)

// Consents is what intake asks of consent.
type Consents interface {
	GetConsent(context.Context, *consentv1.GetConsentRequest) (*consentv1.GetConsentResponse, error)
}

// Sessions is what intake asks of scheduling.
type Sessions interface {
	GetSession(context.Context, *schedulingv1.GetSessionRequest) (*schedulingv1.GetSessionResponse, error)
	ListAppointments(context.Context, *schedulingv1.ListAppointmentsRequest) (*schedulingv1.ListAppointmentsResponse, error)
}

// Neighbours are the services that intake asks.
type Neighbours struct {
	Consents Consents
	Sessions Sessions
}

// Service is intake. Create it with [New].
type Service struct {
	*service.Service
	house      service.House
	neighbours Neighbours
	policies   *policies.Book
	requests   *command.Aggregate[request.Request, request.Event]
	contacts   *command.Aggregate[reception.Contact, reception.Event]
	mails      *command.Aggregate[mail.Mail, mail.Event]
	tallies    *command.Aggregate[tally.Tally, tally.Event]
	throttled  *prometheus.CounterVec
	table      *deadlines.Table
}

// New prepares intake in a house; nothing runs before [Service.Run].
func New(ctx context.Context, house service.House, neighbours Neighbours) (*Service, error) {
	s := &Service{
		house:      house,
		neighbours: neighbours,
		policies:   policies.New(Name, house.Store, house.Clock),
		requests:   command.New(house.Store, category, request.Events()),
		contacts:   command.New(house.Store, contactCategory, reception.Events()),
		mails:      command.New(house.Store, mailCategory, mail.Events()),
		tallies:    command.New(house.Store, tallies, tally.Events()),
		throttled:  throttledTotal(),
		table:      deadlines.NewTable(),
	}
	if err := house.Metrics.Register(s.throttled); err != nil {
		return nil, fmt.Errorf("metrics of %s: %w", Name, err)
	}
	var err error
	s.Service, err = service.New(ctx, house, service.Plan{
		Name:     Name,
		Prefixes: prefixes(),
		Publish:  publish,
		Sources:  []string{"consent", "scheduling", "billing"},
		Handlers: s.handlers(),
		View:     viewConfig(s.table),
		Seed:     s.seed,
		Settled: func(ctx context.Context) error {
			return s.policies.Await(ctx, house.Store, contactPolicy, limitsPolicy, calendarPolicy)
		},
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// Register puts intake's RPCs on a server.
func (s *Service) Register(server *connect.Server) {
	intakev1connect.RegisterIntakeServiceHandler(server, &door{s: s})
}

func (s *Service) seed(ctx context.Context) error {
	directory := contact.First()
	if err := directory.Check(); err != nil {
		return err
	}
	if err := s.policies.Seed(ctx, contactPolicy, directory); err != nil {
		return err
	}
	if err := s.policies.Seed(ctx, draftPolicy, request.FirstLimits()); err != nil {
		return err
	}
	return s.policies.Seed(ctx, limitsPolicy, limits.First())
}

// Categories of the streams "request-<support request id>", "contact-<contact id>"
// and "mail-<keyed hash of the Message-ID>".
const (
	category        = "request"
	contactCategory = "contact"
	mailCategory    = "mail"
)

// subjectOf is the pseudonymous id under which the vault keeps the customer's keys:
// one customer per request, so that a request can be erased alone.
func subjectOf(supportRequestID uuid.UUID) string {
	return uuid.NewSHA1(supportRequestID, []byte("subject")).String()
}

// canonicalID is a request's id as streams are named by it. UUIDs may be written in
// either case; the schema lets nothing else through.
func canonicalID(id string) (uuid.UUID, error) {
	parsed, err := uuid.Parse(id)
	if err != nil {
		return uuid.Nil, fmt.Errorf("support request id: %w", err)
	}
	return parsed, nil
}
