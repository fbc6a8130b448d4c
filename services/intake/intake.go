// Package intake takes a support request from the customer and leads it to its
// end: diverted, refused or cancelled, or worked on, closed, invoiced and settled
// (articles 3, 4 and 7).
package intake

import (
	"context"
	"fmt"

	"connectrpc.com/connect/v2"
	"github.com/google/uuid"

	consentv1 "aanvraag.internal/proto/gen/aanvraag/consent/v1"
	"aanvraag.internal/proto/gen/aanvraag/intake/v1/intakev1connect"
	schedulingv1 "aanvraag.internal/proto/gen/aanvraag/scheduling/v1"
	"aanvraag.internal/services/intake/internal/contact"
	"aanvraag.internal/services/intake/internal/incident"
	"aanvraag.internal/services/intake/internal/request"
	"aanvraag.internal/services/platform/command"
	"aanvraag.internal/services/platform/deadlines"
	"aanvraag.internal/services/platform/policies"
	"aanvraag.internal/services/platform/service"
)

// Name of the service.
const Name = "intake"

// The policies that intake works by: how the desk is reached, which it publishes,
// and when it is open, which scheduling does.
const (
	contactPolicy  = "contact"
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
	incidents  *command.Aggregate[incident.Incident, incident.Event]

	deadlines *deadlines.Table
}

// New prepares intake in a house; nothing runs before [Service.Run].
func New(ctx context.Context, house service.House, neighbours Neighbours) (*Service, error) {
	s := &Service{
		house:      house,
		neighbours: neighbours,
		policies:   policies.New(Name, house.Store, house.Clock),
		requests:   command.New(house.Store, category, request.Events()),
		incidents:  command.New(house.Store, incidentCategory, incident.Events()),
		deadlines:  deadlines.NewTable(),
	}
	var err error
	s.Service, err = service.New(ctx, house, service.Plan{
		Name:     Name,
		Prefixes: prefixes(),
		Publish:  publish,
		Sources:  []string{"consent", "scheduling", "billing"},
		Handlers: s.handlers(),
		View:     viewConfig(s.deadlines),
		Seed:     s.seed,
		Settled: func(ctx context.Context) error {
			return s.policies.Await(ctx, house.Store, contactPolicy, calendarPolicy)
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
	return s.policies.Seed(ctx, contactPolicy, directory)
}

// category of the streams "request-<support request id>".
const category = "request"

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
