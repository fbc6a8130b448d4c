// Package audit lets an auditor read the whole history of a support request, and
// checks that nobody changed the log (P2, P3, P8).
package audit

import (
	"context"

	"connectrpc.com/connect/v2"

	"aanvraag.internal/proto/gen/aanvraag/audit/v1/auditv1connect"
	"aanvraag.internal/services/platform/decider"
	"aanvraag.internal/services/platform/service"
)

// Name of the service.
const Name = "audit"

// Service is audit. It owns no stream, tells nothing and listens to nobody: it
// reads the log. Create it with [New].
type Service struct {
	*service.Service
	house service.House
}

// New prepares audit in a house; nothing runs before [Service.Run].
func New(ctx context.Context, house service.House) (*Service, error) {
	s := &Service{house: house}
	var err error
	s.Service, err = service.New(ctx, house, service.Plan{Name: Name, View: viewConfig()})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// Register puts audit's RPCs on a server.
func (s *Service) Register(server *connect.Server) {
	auditv1connect.RegisterAuditServiceHandler(server, &door{s: s, verifying: make(chan struct{}, 1)})
}

// errUnknown answers a support request that no event is about.
var errUnknown = &decider.Rejection{
	Kind: decider.Missing, Code: "SUPPORT_REQUEST_UNKNOWN", Rule: "P2",
	Reason: "no event is about such a support request",
}
