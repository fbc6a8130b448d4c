// Package billing rates the measured time of closed requests, issues invoices
// with gap-free numbers and takes in the money (articles 1 and 2).
package billing

import (
	"context"
	"fmt"

	"connectrpc.com/connect/v2"
	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"aanvraag.internal/proto/gen/aanvraag/billing/v1/billingv1connect"
	"aanvraag.internal/services/billing/internal/clearance"
	"aanvraag.internal/services/billing/internal/invoice"
	"aanvraag.internal/services/billing/internal/payment"
	"aanvraag.internal/services/platform/command"
	"aanvraag.internal/services/platform/inbox"
	"aanvraag.internal/services/platform/policies"
	"aanvraag.internal/services/platform/service"
)

// Name of the service.
const Name = "billing"

// The policies that billing publishes; docs/policies.md describes their content.
const (
	tariffPolicy    = "tariff"
	taxPolicy       = "tax"
	invoicingPolicy = "invoicing"
	reliefPolicy    = "force-majeure"
)

// Service is billing. Create it with [New].
type Service struct {
	*service.Service
	house    service.House
	policies *policies.Book
	numbers  *numbers
	invoices *command.Aggregate[invoice.Invoice, invoice.Event]
	payments *command.Aggregate[payment.Payment, payment.Event]

	clearances *command.Aggregate[clearance.Clearance, clearance.Event]
}

// New prepares billing in a house; nothing runs before [Service.Run].
func New(ctx context.Context, house service.House) (*Service, error) {
	s := &Service{
		house:    house,
		policies: policies.New(Name, house.Store, house.Clock),
		numbers:  newNumbers(house.Store),
		invoices: command.New(house.Store, "invoice", invoice.Events()),
		payments: command.New(house.Store, "payment", payment.Events()),

		clearances: command.New(house.Store, "clearance", clearance.Events()),
	}
	var err error
	s.Service, err = service.New(ctx, house, service.Plan{
		Name:     Name,
		Prefixes: prefixes(),
		Publish:  publish,
		Sources:  []string{"intake", "scheduling", Name},
		Handlers: inbox.ByType(inbox.On(s.closed), inbox.On(s.received), inbox.On(s.flagged), inbox.On(s.resolved)),
		View:     viewConfig(),
		Seed:     s.seed,
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// Register puts billing's RPCs on a server.
func (s *Service) Register(server *connect.Server) {
	billingv1connect.RegisterBillingServiceHandler(server, &door{s: s})
}

// Run bills until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return s.numbers.Run(ctx) })
	group.Go(func() error { return s.Service.Run(ctx) })
	return group.Wait()
}

func (s *Service) seed(ctx context.Context) error {
	for kind, content := range map[string]any{
		tariffPolicy:    invoice.FirstSheet(),
		taxPolicy:       invoice.FirstTax(),
		invoicingPolicy: invoice.FirstTerms(),
		reliefPolicy:    invoice.FirstRelief(),
	} {
		if err := s.policies.Seed(ctx, kind, content); err != nil {
			return err
		}
	}
	return nil
}

// ids is the name space of billing's own ids.
var ids = uuid.MustParse("3a1f3c5e-0a39-5f0e-8f0b-6d3a3a5c7b21")

// invoiceID is the id of the invoice of a support request: one for ever.
func invoiceID(supportRequestID string) string {
	return uuid.NewSHA1(ids, fmt.Appendf(nil, "invoice %s", supportRequestID)).String()
}

// paymentID is the id of what the bank reported under a reference (B-05).
func paymentID(bankReference string) string {
	return uuid.NewSHA1(ids, fmt.Appendf(nil, "payment %s", bankReference)).String()
}
