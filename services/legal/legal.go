// Package legal keeps criminal referrals (D-05) where only the legal role sees them,
// and tells services that are about to destroy a key whether they must wait (D-06).
//
// It publishes nothing and listens to nobody. A referral's stream is named by a keyed
// hash of the support request, so the room finds it again by the request alone,
// without a list that could be read, and nobody without the keys can tell which
// request a stream is about. All that an event says of the matter is sealed under a
// key of the referral's own: destroying the customer's keys leaves it readable.
package legal

import (
	"context"
	"fmt"

	"connectrpc.com/connect/v2"
	"github.com/google/uuid"

	"aanvraag.internal/proto/gen/aanvraag/legal/v1/legalv1connect"
	"aanvraag.internal/services/legal/internal/referral"
	"aanvraag.internal/services/platform/command"
	"aanvraag.internal/services/platform/service"
)

// Name of the service.
const Name = "legal"

// category of the streams "legal-<referral id>".
const category = "legal"

// Service is legal. Create it with [New].
type Service struct {
	*service.Service
	house     service.House
	referrals *command.Aggregate[referral.Referral, referral.Event]
}

// New prepares legal in a house; nothing runs before [Service.Run].
func New(ctx context.Context, house service.House) (*Service, error) {
	s := &Service{house: house, referrals: command.New(house.Store, category, referral.Events())}
	var err error
	s.Service, err = service.New(ctx, house, service.Plan{Name: Name, Prefixes: prefixes(), View: viewConfig()})
	if err != nil {
		return nil, fmt.Errorf("make legal: %w", err)
	}
	return s, nil
}

// Register puts legal's RPCs on a server.
func (s *Service) Register(server *connect.Server) {
	legalv1connect.RegisterLegalServiceHandler(server, &door{s: s})
}

// matters is the name space of referral ids.
var matters = uuid.MustParse("0b0f6a5e-7a0f-5d9c-8f43-5c2d1f7e9a60")

// matterDomain keeps these hashes apart from the fingerprints of requests, which
// auditors see and whose input a caller chooses.
const matterDomain = "aanvraag referral v1\n"

// idOf is the id of a support request's referral. It follows from the installation's
// secret, so that knowing the request is not enough to compute it (D-05).
func (s *Service) idOf(supportRequestID uuid.UUID) string {
	mac := s.house.Vault.Fingerprint(append([]byte(matterDomain), supportRequestID[:]...))
	return uuid.NewSHA1(matters, mac).String()
}
