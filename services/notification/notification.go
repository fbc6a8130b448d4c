// Package notification writes to customers: one letter for each step of their
// request, in their language, each once.
package notification

import (
	"context"
	"errors"
	"fmt"
	netmail "net/mail"
	"strings"

	"connectrpc.com/connect/v2"

	consentv1 "aanvraag.internal/proto/gen/aanvraag/consent/v1"
	"aanvraag.internal/proto/gen/aanvraag/notification/v1/notificationv1connect"
	"aanvraag.internal/services/notification/internal/letters"
	"aanvraag.internal/services/platform/command"
	"aanvraag.internal/services/platform/deadlines"
	"aanvraag.internal/services/platform/inbox"
	"aanvraag.internal/services/platform/policies"
	"aanvraag.internal/services/platform/service"
)

// Name of the service.
const Name = "notification"

// policyNotice says how soon a customer must hear of force majeure.
const policyNotice = "notice"

// category of the streams "notification-<support request id>".
const category = "notification"

// Config says how letters leave the house.
type Config struct {
	Sender Sender
	// From is who writes, such as "Supportdesk <support@desk.example>". Its name
	// signs the letters.
	From string
	// Domain is the right side of message ids, such as "desk.example". It needs no
	// mail server, but must be nobody else's; "aanvraag.invalid" is nobody's.
	Domain string
	// Terms serves the texts that go with a confirmation, by their hash (O-03).
	Terms Terms
}

// Terms is what notification asks of consent.
type Terms interface {
	GetTerms(context.Context, *consentv1.GetTermsRequest) (*consentv1.GetTermsResponse, error)
}

// Service is notification. Create it with [New].
type Service struct {
	*service.Service
	house   service.House
	sender  Sender
	from    netmail.Address
	domain  string
	terms   Terms
	letters *command.Aggregate[letters.Letters, letters.Event]

	policies *policies.Book
	table    *deadlines.Table
}

// New prepares notification in a house; nothing runs before [Service.Run]. The
// sender stays the caller's.
func New(ctx context.Context, house service.House, cfg Config) (*Service, error) {
	from, err := netmail.ParseAddress(cfg.From)
	switch {
	case err != nil:
		return nil, fmt.Errorf("sender of letters %q: %w", cfg.From, err)
	case cfg.Sender == nil:
		return nil, errors.New("letters have no way out: a sender is missing")
	case cfg.Domain == "" || strings.ContainsFunc(cfg.Domain, notInDomain):
		return nil, fmt.Errorf("domain of message ids %q is not a domain", cfg.Domain)
	}
	s := &Service{
		house: house, sender: cfg.Sender, from: *from, domain: cfg.Domain, terms: cfg.Terms,
		letters: command.New(house.Store, category, letters.Events()),

		policies: policies.New(Name, house.Store, house.Clock),
		table:    deadlines.NewTable(),
	}
	s.Service, err = service.New(ctx, house, service.Plan{
		Name:     Name,
		Prefixes: prefixes(),
		Sources:  []string{"intake", "scheduling", "billing", "consent"},
		Handlers: inbox.ByType(
			reaction(s, onSubmitted), reaction(s, onAccepted), reaction(s, onRefused), reaction(s, onCancelled),
			reaction(s, onLapsed), reaction(s, onTerminated),
			reaction(s, onAppointmentBooked), reaction(s, onAppointmentMoved), reaction(s, onAppointmentCancelled),
			reaction(s, onInvoiceIssued), reaction(s, onInvoiceSettled),
			reaction(s, onForceMajeure), reaction(s, onDataIncident),
			reaction(s, onReceiptIssued), reaction(s, onWithdrawalAcknowledged),
		),
		View: viewConfig(s.table),
		Seed: func(ctx context.Context) error {
			return s.policies.Seed(ctx, policyNotice, notice{CallAfterSeconds: 15 * 60})
		},
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// Register puts notification's RPCs on a server.
func (s *Service) Register(server *connect.Server) {
	notificationv1connect.RegisterNotificationServiceHandler(server, &door{s: s})
}

func notInDomain(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '.'
}
