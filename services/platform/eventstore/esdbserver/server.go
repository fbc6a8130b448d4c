// Package esdbserver serves an event log to EventStoreDB clients: it speaks the
// streams protocol of that database over gRPC and keeps the events in any
// [eventstore.Store], so several processes of one machine share one embedded log,
// and the real client runs in tests.
//
// It is no database of its own. It knows append, read and subscribe; whatever would
// delete, rewrite or administer answers UNIMPLEMENTED, because this log only grows.
// Transport is plain text: listen on loopback. Nothing is authenticated.
//
// Three things differ between the port and the protocol, and are bridged here:
//   - The port appends after a head, which has a hash; the protocol knows revisions
//     only. The hash of one revision never changes, so it is looked up and kept.
//   - The port has a column for the chain hash; the protocol has none. It travels as
//     the last member of the metadata, see [eventstore.WithChain], is compared on
//     the way in and added on the way out. What is stored are the original bytes.
//   - The port reads after a position. So do subscriptions of the protocol, but its
//     forward reads include the place they are given.
package esdbserver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/gossip"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/serverfeatures"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	lru "github.com/hashicorp/golang-lru/v2"
	"google.golang.org/grpc"
	"google.golang.org/grpc/keepalive"

	"aanvraag.internal/services/platform/eventstore"
)

const (
	// MaxAppendBytes bounds the data and metadata of one append together.
	MaxAppendBytes = 16 << 20

	// A message holds one event. What is above gRPC's own bound is answered with
	// RESOURCE_EXHAUSTED, which means a full log everywhere else, so it is a wide one.
	maxMessage = MaxAppendBytes + 1<<20

	keptHeads = 32 << 10

	// The client pings after ten idle seconds; gRPC takes offence below its minimum.
	minPing = 5 * time.Second

	// Fixed windows: on loopback there is no bandwidth to estimate.
	streamWindow     = 1 << 20
	connectionWindow = 8 << 20
)

// Server serves one log. It is safe for concurrent use. It does not own the log:
// whoever opened it closes it, after [Server.Stop].
type Server struct {
	streams.UnimplementedStreamsServer

	store eventstore.Store
	log   *slog.Logger
	grpc  *grpc.Server
	heads *lru.Cache[string, eventstore.Head] // of each stream some true head, mostly the last

	stopping context.Context // ends subscriptions, which never end by themselves
	stop     context.CancelFunc
}

// New makes a server of store that has yet to [Server.Serve]. It logs faults of the
// log itself, never a caller's mistake.
func New(store eventstore.Store, log *slog.Logger) *Server {
	s := &Server{store: store, log: log}
	s.stopping, s.stop = context.WithCancel(context.Background())
	s.heads, _ = lru.New[string, eventstore.Head](keptHeads) // fails for a size below one only
	s.grpc = grpc.NewServer(
		grpc.MaxRecvMsgSize(maxMessage),
		grpc.InitialWindowSize(streamWindow),
		grpc.InitialConnWindowSize(connectionWindow),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: minPing, PermitWithoutStream: true}),
		grpc.StreamInterceptor(s.watch),
		grpc.UnknownServiceHandler(refuse),
	)
	streams.RegisterStreamsServer(s.grpc, s)
	serverfeatures.RegisterServerFeaturesServer(s.grpc, features{})
	gossip.RegisterGossipServer(s.grpc, members{})
	return s
}

// Serve answers clients that connect to l until [Server.Stop], then returns nil; at
// once when that has been already. It closes l.
func (s *Server) Serve(l net.Listener) error {
	if err := s.grpc.Serve(l); err != nil && !errors.Is(err, grpc.ErrServerStopped) {
		return fmt.Errorf("serve the event log at %s: %w", l.Addr(), err)
	}
	return nil
}

// Stop takes no new calls, ends subscriptions with UNAVAILABLE and waits for the
// calls that are running; when ctx ends first it cuts them off and answers its
// error. When it returns, no call touches the log any more. An append that was cut
// off may or may not be stored, see rule R3.
func (s *Server) Stop(ctx context.Context) error {
	s.stop()
	gone := make(chan struct{})
	go func() {
		s.grpc.GracefulStop()
		close(gone)
	}()
	select {
	case <-gone:
		return nil
	case <-ctx.Done():
	}
	s.grpc.Stop()
	<-gone // what was cut off still has to leave the log
	return fmt.Errorf("stop serving the event log: %w", ctx.Err())
}

// watch logs what is wrong with the log, not with the call.
func (s *Server) watch(_ any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handle grpc.StreamHandler) error {
	err := handle(s, stream)
	if stream.Context().Err() == nil && grave(err) { // else the caller left, and reads back
		s.log.ErrorContext(stream.Context(), "the event log failed a call", "method", info.FullMethod, "error", err)
	}
	return err
}
