package esdbserver

import (
	"context"
	"net"
	"strconv"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/gossip"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/serverfeatures"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/shared"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
)

// protocolVersion is the EventStoreDB whose protocol is spoken, the first that tells
// subscribers when they have caught up.
const protocolVersion = "23.10.0"

type features struct {
	serverfeatures.UnimplementedServerFeaturesServer
}

// GetSupportedMethods names what is here, and nothing else: clients choose by it.
func (features) GetSupportedMethods(context.Context, *shared.Empty) (*serverfeatures.SupportedMethods, error) {
	of := func(service, method string) *serverfeatures.SupportedMethod {
		return &serverfeatures.SupportedMethod{ServiceName: "event_store.client." + service, MethodName: method}
	}
	return &serverfeatures.SupportedMethods{
		EventStoreServerVersion: protocolVersion,
		Methods: []*serverfeatures.SupportedMethod{
			of("streams.streams", "append"), of("streams.streams", "read"),
			of("gossip.gossip", "read"), of("server_features.serverfeatures", "getsupportedmethods"),
		},
	}, nil
}

type members struct {
	gossip.UnimplementedGossipServer
}

// Read tells of a cluster of one: this server, alive and leading, at the address
// where the client already reached it.
func (members) Read(ctx context.Context, _ *shared.Empty) (*gossip.ClusterInfo, error) {
	here := &gossip.EndPoint{}
	if p, ok := peer.FromContext(ctx); ok && p.LocalAddr != nil {
		host, port, _ := net.SplitHostPort(p.LocalAddr.String())
		n, _ := strconv.ParseUint(port, 10, 16)
		here.Address, here.Port = host, uint32(n)
	}
	return &gossip.ClusterInfo{Members: []*gossip.MemberInfo{{
		State: gossip.MemberInfo_Leader, IsAlive: true, HttpEndPoint: here,
	}}}, nil
}

var errOnlyGrows = status.Error(codes.Unimplemented,
	"this log only grows: it has append, read and subscribe, and nothing that deletes, rewrites or administers")

// Delete is refused.
func (*Server) Delete(context.Context, *streams.DeleteReq) (*streams.DeleteResp, error) {
	return nil, errOnlyGrows
}

// Tombstone is refused.
func (*Server) Tombstone(context.Context, *streams.TombstoneReq) (*streams.TombstoneResp, error) {
	return nil, errOnlyGrows
}

// BatchAppend is refused: it saves round trips between machines, and Append is here.
func (*Server) BatchAppend(streams.Streams_BatchAppendServer) error { return errOnlyGrows }

// refuse answers every service that is not here: persistent subscriptions,
// projections, users, operations, monitoring.
func refuse(any, grpc.ServerStream) error { return errOnlyGrows }
