// Package operations shows whoever keeps the system running what its listeners
// could not handle, and takes down what is to be done about it (R5). It does
// nothing itself: the listener, here or in another process, reads the log.
package operations

import (
	"context"

	"connectrpc.com/connect/v2"

	"aanvraag.internal/proto/gen/aanvraag/operations/v1/operationsv1connect"
	"aanvraag.internal/services/platform/parking"
	"aanvraag.internal/services/platform/service"
)

// Name of the service.
const Name = "operations"

// Service is operations. It tells nothing and listens to nobody: it reads and writes
// the parking streams of all listeners. Create it with [New].
type Service struct {
	*service.Service
	house service.House
	lot   *parking.Lot
}

// New prepares operations in a house; nothing runs before [Service.Run].
func New(ctx context.Context, house service.House) (*Service, error) {
	s := &Service{house: house, lot: parking.New(house.Store, house.Clock)}
	var err error
	s.Service, err = service.New(ctx, house, service.Plan{Name: Name, View: s.viewConfig()})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// Register puts operations' RPCs on a server.
func (s *Service) Register(server *connect.Server) {
	operationsv1connect.RegisterOperationsServiceHandler(server, &door{s: s})
}
