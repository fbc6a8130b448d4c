package esdbserver_test

import (
	"context"
	"encoding/binary"
	"io"
	"log/slog"
	"testing"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/shared"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/eventstore/esdbserver"
	"aanvraag.internal/services/platform/eventstore/memory"
)

// framed is messages one after another, each after its length in two bytes.
func framed(f *testing.F, messages ...proto.Message) []byte {
	f.Helper()
	var out []byte
	for _, m := range messages {
		b, err := proto.Marshal(m)
		if err != nil {
			f.Fatal(err)
		}
		out = append(binary.BigEndian.AppendUint16(out, uint16(len(b))), b...)
	}
	return out
}

// unframed takes the next message off; one that is cut short ends there.
func unframed(data []byte) (message, rest []byte) {
	if len(data) < 2 {
		return nil, nil
	}
	n := min(int(binary.BigEndian.Uint16(data)), len(data)-2)
	return data[2 : 2+n], data[2+n:]
}

// appending is an append whose messages are any bytes that protobuf can read.
type appending struct {
	grpc.ServerStream
	ctx    context.Context
	data   []byte
	answer *streams.AppendResp
}

func (a *appending) Context() context.Context { return a.ctx }

func (a *appending) SetTrailer(metadata.MD) {}

func (a *appending) Recv() (*streams.AppendReq, error) {
	for len(a.data) >= 2 {
		var b []byte
		b, a.data = unframed(a.data)
		m := new(streams.AppendReq)
		if proto.Unmarshal(b, m) == nil {
			return m, nil
		}
	}
	return nil, io.EOF
}

func (a *appending) SendAndClose(answer *streams.AppendResp) error {
	a.answer = answer
	return nil
}

// FuzzAppend gives the append handler any messages. Whatever they are, it answers
// with what a caller can mend, and what it stores makes a chain.
func FuzzAppend(f *testing.F) {
	options := func(o *streams.AppendReq_Options) *streams.AppendReq {
		return &streams.AppendReq{Content: &streams.AppendReq_Options_{Options: o}}
	}
	event := func(id, kind string, custom string) *streams.AppendReq {
		return &streams.AppendReq{Content: &streams.AppendReq_ProposedMessage_{ProposedMessage: &streams.AppendReq_ProposedMessage{
			Id:             &shared.UUID{Value: &shared.UUID_String_{String_: id}},
			Metadata:       map[string]string{"type": kind, "content-type": "application/json"},
			CustomMetadata: []byte(custom), Data: []byte(`{"a":1}`),
		}}}
	}
	const id, digits = "6f1c2f4e-7c0b-5a53-9d0e-2f6b8f0c3a11", "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	thing := &shared.StreamIdentifier{StreamName: []byte("thing-1")}
	empty := &shared.Empty{}
	f.Add(framed(f, options(&streams.AppendReq_Options{
		StreamIdentifier:       thing,
		ExpectedStreamRevision: &streams.AppendReq_Options_Revision{Revision: 2},
	}), event(id, "thing.happened.v1", `{}`)))
	f.Add(framed(f, options(&streams.AppendReq_Options{
		StreamIdentifier:       thing,
		ExpectedStreamRevision: &streams.AppendReq_Options_Revision{Revision: 1 << 63},
	}), event(id, "thing.happened.v1", `{}`)))
	f.Add(framed(f, options(&streams.AppendReq_Options{
		StreamIdentifier:       thing,
		ExpectedStreamRevision: &streams.AppendReq_Options_Revision{Revision: 1 << 62},
	}), event(id, "thing.happened.v1", `{}`)))
	f.Add(framed(f, options(&streams.AppendReq_Options{
		StreamIdentifier:       thing,
		ExpectedStreamRevision: &streams.AppendReq_Options_Any{Any: empty},
	}),
		event(id, "thing.happened.v1", `{"$chain":"`+digits+`"}`), event(id, "", `{`)))
	f.Add(framed(f, options(&streams.AppendReq_Options{
		StreamIdentifier:       &shared.StreamIdentifier{StreamName: []byte("new-1")},
		ExpectedStreamRevision: &streams.AppendReq_Options_NoStream{NoStream: empty},
	}), event(id, "thing.happened.v1", ``)))
	f.Add(framed(f, options(&streams.AppendReq_Options{
		StreamIdentifier:       &shared.StreamIdentifier{StreamName: []byte("$$thing-1")},
		ExpectedStreamRevision: &streams.AppendReq_Options_StreamExists{StreamExists: empty},
	}), event("no id", "x", `{}`)))
	f.Add(framed(f, event(id, "thing.happened.v1", `{}`), options(nil)))
	f.Add(framed(f, options(&streams.AppendReq_Options{}), options(&streams.AppendReq_Options{}), &streams.AppendReq{}))
	f.Add([]byte{0, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		store := filled(t, 3)
		defer store.Close()
		call := &appending{ctx: t.Context(), data: data}
		err := esdbserver.New(store, slog.New(slog.DiscardHandler)).Append(call)
		switch code := status.Code(err); code {
		case codes.OK:
			if call.answer.GetResult() == nil {
				t.Error("the append succeeds without an answer")
			}
		case codes.InvalidArgument, codes.PermissionDenied:
		default:
			t.Errorf("the append is answered %v: %v", code, err)
		}
		house{t: t, ctx: t.Context(), store: store}.verified()
	})
}

// filled is a log of n events in each of two streams.
func filled(t *testing.T, n int) eventstore.Store {
	t.Helper()
	store := memory.New()
	for _, stream := range []string{"thing-1", "other-1"} {
		var proposed []eventstore.Proposed
		for _, e := range events(stream, "a", n) {
			proposed = append(proposed, eventstore.Proposed{ID: e.EventID, Type: e.EventType, Data: e.Data, Metadata: e.Metadata})
		}
		if _, err := store.Append(t.Context(), stream, eventstore.Empty, proposed); err != nil {
			t.Fatal(err)
		}
	}
	return store
}

// reading counts what a read or a subscription sends, and ends a subscription once
// it has caught up.
type reading struct {
	grpc.ServerStream
	ctx                      context.Context
	end                      context.CancelFunc
	events, confirmed, other int
}

func (r *reading) Context() context.Context { return r.ctx }

func (r *reading) Send(m *streams.ReadResp) error {
	switch m.GetContent().(type) {
	case *streams.ReadResp_Event:
		r.events++
	case *streams.ReadResp_Confirmation:
		r.confirmed++
	case *streams.ReadResp_CaughtUp_:
		r.end()
	default:
		r.other++
	}
	_, err := proto.Marshal(m)
	return err
}

// FuzzRead gives the read handler any request. Whatever it is, it sends no more than
// there is and than was asked for, and answers with what a caller can mend.
func FuzzRead(f *testing.F) {
	type options = streams.ReadReq_Options
	seed := func(o *options) {
		b, err := proto.Marshal(&streams.ReadReq{Options: o})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	thing := &shared.StreamIdentifier{StreamName: []byte("thing-1")}
	empty := &shared.Empty{}
	count := &streams.ReadReq_Options_Count{Count: 7}
	live := &streams.ReadReq_Options_Subscription{Subscription: &streams.ReadReq_Options_SubscriptionOptions{}}
	stream := func(revision uint64) *streams.ReadReq_Options_Stream {
		return &streams.ReadReq_Options_Stream{Stream: &streams.ReadReq_Options_StreamOptions{
			StreamIdentifier: thing, RevisionOption: &streams.ReadReq_Options_StreamOptions_Revision{Revision: revision},
		}}
	}
	log := func(position uint64) *streams.ReadReq_Options_All {
		return &streams.ReadReq_Options_All{All: &streams.ReadReq_Options_AllOptions{
			AllOption: &streams.ReadReq_Options_AllOptions_Position{
				Position: &streams.ReadReq_Options_Position{CommitPosition: position, PreparePosition: position},
			},
		}}
	}
	filter := func(pattern string, prefixes ...string) *streams.ReadReq_Options_Filter {
		return &streams.ReadReq_Options_Filter{Filter: &streams.ReadReq_Options_FilterOptions{
			Filter: &streams.ReadReq_Options_FilterOptions_StreamIdentifier{
				StreamIdentifier: &streams.ReadReq_Options_FilterOptions_Expression{Regex: pattern, Prefix: prefixes},
			},
			Window:                       &streams.ReadReq_Options_FilterOptions_Max{Max: 3},
			CheckpointIntervalMultiplier: 2,
		}}
	}
	for _, place := range []uint64{0, 1, 100, 1 << 62, 1<<63 - 1, 1 << 63, 1<<64 - 2, 1<<64 - 1} {
		for _, direction := range []streams.ReadReq_Options_ReadDirection{0, 1, 2} {
			seed(&options{StreamOption: stream(place), CountOption: count, ReadDirection: direction})
			seed(&options{StreamOption: log(place), CountOption: count, ReadDirection: direction})
		}
		seed(&options{StreamOption: stream(place), CountOption: live})
		seed(&options{StreamOption: log(place), CountOption: live, FilterOption: filter("", "thing-")})
		seed(&options{StreamOption: log(place), CountOption: live, FilterOption: filter("^o.*[0-9]{1,3}$")})
		seed(&options{StreamOption: stream(place), CountOption: live, FilterOption: filter("x")})
	}
	seed(&options{StreamOption: &streams.ReadReq_Options_All{}, CountOption: count})
	seed(&options{StreamOption: &streams.ReadReq_Options_Stream{Stream: &streams.ReadReq_Options_StreamOptions{
		StreamIdentifier: thing, RevisionOption: &streams.ReadReq_Options_StreamOptions_End{End: empty},
	}}, CountOption: count, ReadDirection: 1, UuidOption: &streams.ReadReq_Options_UUIDOption{
		Content: &streams.ReadReq_Options_UUIDOption_String_{String_: empty},
	}})
	seed(nil)
	f.Fuzz(func(t *testing.T, data []byte) {
		req := new(streams.ReadReq)
		if proto.Unmarshal(data, req) != nil {
			return
		}
		const each = 100
		store := filled(t, each)
		defer store.Close()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		call := &reading{ctx: ctx, end: cancel}
		err := esdbserver.New(store, slog.New(slog.DiscardHandler)).Read(req, call)
		_, subscribed := req.GetOptions().GetCountOption().(*streams.ReadReq_Options_Subscription)
		switch code := status.Code(err); {
		case code == codes.InvalidArgument && call.events+call.confirmed+call.other == 0:
		case code == codes.OK && !subscribed && call.confirmed == 0 && uint64(call.events) <= req.GetOptions().GetCount():
		case code == codes.Canceled && subscribed && call.confirmed == 1:
		default:
			t.Errorf("the read is answered %v (%v) after %d events", code, err, call.events)
		}
		if call.events > 2*each || call.other > 2*each {
			t.Errorf("%d events and %d other messages came", call.events, call.other)
		}
	})
}
