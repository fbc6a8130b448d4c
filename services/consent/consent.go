// Package consent shows the terms and the price, and records per support request
// who agreed to exactly which bytes of them (O-01 to O-10).
package consent

import (
	"context"
	"embed"
	"fmt"
	"strings"
	"time"

	"connectrpc.com/connect/v2"
	"github.com/google/uuid"

	"aanvraag.internal/proto/gen/aanvraag/consent/v1/consentv1connect"
	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	"aanvraag.internal/services/consent/internal/agreement"
	"aanvraag.internal/services/consent/internal/terms"
	"aanvraag.internal/services/kernel/policy"
	"aanvraag.internal/services/platform/command"
	"aanvraag.internal/services/platform/inbox"
	"aanvraag.internal/services/platform/policies"
	"aanvraag.internal/services/platform/service"
)

// Name of the service.
const Name = "consent"

// The policies that consent adopts from billing.
const (
	tariffPolicy = agreement.Tariff
	taxPolicy    = "tax"
)

// Requests is what consent asks of intake.
type Requests interface {
	GetSupportRequest(context.Context, *intakev1.GetSupportRequestRequest) (*intakev1.GetSupportRequestResponse, error)
}

// Neighbours are asked for facts that consent does not keep, and sign what it issues.
type Neighbours struct {
	Requests Requests
	Receipts Signer
}

// Service is consent. Create it with [New].
type Service struct {
	*service.Service
	house      service.House
	neighbours Neighbours
	signer     Signer
	policies   *policies.Book
	consents   *command.Aggregate[agreement.Consent, agreement.Event]
	library    library
}

// New prepares consent in a house; nothing runs before [service.Service.Run].
func New(ctx context.Context, house service.House, neighbours Neighbours) (*Service, error) {
	s := &Service{
		house:      house,
		neighbours: neighbours,
		signer:     neighbours.Receipts,
		policies:   policies.New(Name, house.Store, house.Clock),
		consents:   command.New(house.Store, "consent", agreement.Events()),
		library:    newLibrary(),
	}
	var err error
	s.Service, err = service.New(ctx, house, service.Plan{
		Name:     Name,
		Prefixes: prefixes(),
		Publish:  publish,
		Sources:  []string{"intake", "billing", Name},
		Handlers: inbox.ByType(
			inbox.On(s.submitted), inbox.On(s.accepted), inbox.On(s.refused), inbox.On(s.cancelled), inbox.On(s.closed),
			inbox.On(s.linkIssued), inbox.On(s.expired),
			inbox.On(s.given), inbox.On(s.withdrawn),
			s.policies.Adopt(tariffPolicy, taxPolicy),
		),
		Seed: s.seed,
		Settled: func(ctx context.Context) error {
			return s.policies.Await(ctx, house.Store, tariffPolicy, taxPolicy)
		},
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// Register puts consent's RPCs on a server.
func (s *Service) Register(server *connect.Server) {
	consentv1connect.RegisterConsentServiceHandler(server, &door{s: s})
}

// first has version 1 of both documents, in both languages.
//
//go:embed terms/*.md
var first embed.FS

// seed publishes the product's own texts as version 1, unless a document has a
// version already, and how it works beside them.
func (s *Service) seed(ctx context.Context) error {
	if err := s.policies.Seed(ctx, consentPolicy, firstPractice()); err != nil {
		return err
	}
	for _, kind := range kinds {
		texts := map[string]string{}
		for _, language := range languages {
			text, err := first.ReadFile("terms/" + strings.TrimPrefix(kind, "terms.") + "." + language + ".md")
			if err != nil {
				return fmt.Errorf("seed %s: %w", kind, err)
			}
			texts[language] = string(text)
		}
		err := s.policies.SeedBy(ctx, kind, func(at time.Time) policy.Command {
			return terms.Publish{Kind: kind, Texts: texts, EffectiveFrom: policies.Since, At: at, Seed: true}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// kinds are the documents that an agreement covers (O-01), in the order in which
// they are shown.
var kinds = []string{agreement.OnlineSupport, agreement.General}

// languages of the texts; the first is authoritative.
var languages = []string{terms.Dutch, english}

const english = "en"

// ids is the name space of consent's own ids.
var ids = uuid.MustParse("5b0b1d0a-8c1c-5d0e-9a0f-3b8d7c2e4f61")

// consentID is the id of one agreement for a support request: of the act that one
// command recorded, so that whoever names it names what was agreed to then.
func consentID(supportRequestID string, commandID uuid.UUID) string {
	return uuid.NewSHA1(ids, []byte("consent "+supportRequestID+" "+commandID.String())).String()
}
