package esdb

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/shared"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"github.com/google/uuid"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"aanvraag.internal/services/platform/eventstore"
)

// careless stores what it is given and then loses the answer.
type careless struct {
	eventstore.Store
	lose func(ctx context.Context)
}

func (c *careless) Append(ctx context.Context, stream string, after eventstore.Head, events []eventstore.Proposed) (eventstore.Appended, error) {
	done, err := c.Store.Append(ctx, stream, after, events)
	c.lose(ctx)
	return done, err
}

func TestAnAppendWhoseAnswerComesTooLateIsUnknownAndCanBeRepeated(t *testing.T) {
	var late atomic.Bool
	h := newHost(t, func(log eventstore.Store) eventstore.Store {
		return &careless{log, func(ctx context.Context) {
			if late.Load() {
				<-ctx.Done()
			}
		}}
	})
	s := connect(t, h.address)
	late.Store(true)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	events := proposed("thing-1", "a")
	if _, err := s.Append(ctx, "thing-1", eventstore.Empty, events); !errors.Is(err, eventstore.ErrOutcomeUnknown) || !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("an answer that comes too late gives %v", err)
	}
	late.Store(false)
	done, err := s.Append(t.Context(), "thing-1", eventstore.Empty, events)
	if err != nil || done.Head.Revision != 0 {
		t.Errorf("the repeat answers %+v, %v", done, err)
	}
	if _, err := s.Append(t.Context(), "thing-1", eventstore.Empty, proposed("thing-1", "b")); !errors.As(err, new(*eventstore.Conflict)) {
		t.Errorf("another event in its place: %v", err)
	}
}

func TestAnAppendWhoseAnswerIsLostWithTheConnectionIsLookedUp(t *testing.T) {
	var cut atomic.Pointer[wire]
	h := newHost(t, func(log eventstore.Store) eventstore.Store {
		return &careless{log, func(context.Context) {
			if w := cut.Swap(nil); w != nil {
				w.cut()
			}
		}}
	})
	w := newWire(t, h.address)
	s := connect(t, w.listener.Addr().String(), func(s *settings) { s.grace = 5 * time.Second })
	cut.Store(w)
	done, err := s.Append(t.Context(), "thing-1", eventstore.Empty, proposed("thing-1", "a"))
	if err != nil || cut.Load() != nil {
		t.Fatalf("append answers %v", err)
	}
	for r, err := range s.ReadStream(t.Context(), "thing-1", eventstore.NoStream) {
		if err != nil || r.Head() != done.Head || r.Position != done.Position {
			t.Errorf("the stream holds %+v, %v, not %+v", r, err, done)
		}
	}
}

// The database writes into the same log: links, statistics, epochs.
func TestTheDatabasesOwnEventsAreNeverSeenAndDoNotMoveTheEnd(t *testing.T) {
	h := newHost(t, nil)
	s := connect(t, h.address)
	var ours []eventstore.Position
	heads := make(map[string]eventstore.Head)
	write := func(stream string, n int) eventstore.Position {
		t.Helper()
		head, ok := heads[stream]
		if !ok {
			head = eventstore.Empty
		}
		var events []eventstore.Proposed
		for i := range n {
			events = append(events, proposed(stream, fmt.Sprint(head.Revision, i))...)
		}
		done, err := h.store.Append(t.Context(), stream, head, events)
		if err != nil {
			t.Fatal(err)
		}
		heads[stream] = done.Head
		return done.Position
	}
	look := func() {
		t.Helper()
		want := eventstore.Position(0)
		if len(ours) > 0 {
			want = ours[len(ours)-1]
		}
		for _, fresh := range []bool{false, true} {
			from := s
			if fresh {
				from = connect(t, h.address)
			}
			if end, err := from.End(t.Context()); err != nil || end != want {
				t.Errorf("the log ends at %d, %v, not %d", end, err, want)
			}
		}
		for _, filter := range []eventstore.Filter{{}, {Prefixes: []string{"thing-", "$"}}, {Prefixes: []string{""}}} {
			var got []eventstore.Position
			for r, err := range s.ReadAll(t.Context(), 0, filter) {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, r.Position)
			}
			if !slices.Equal(got, ours) {
				t.Errorf("%q reads %v, not %v", filter, got, ours)
			}
			s.followTo(t, want, filter, ours)
		}
		s.followTo(t, want, eventstore.Filter{Prefixes: []string{"none-"}}, nil)
	}
	look()
	write("$stats-0.0.0.0:2113", 1000)
	look()
	for range 2 {
		ours = append(ours, write("thing-1", 1))
		write("$ce-thing", 1)
		look()
		write("$stats-0.0.0.0:2113", 600)
		look()
	}
	if _, err := s.Append(t.Context(), "$stats-0.0.0.0:2113", eventstore.Empty, proposed("thing", "a")); err == nil {
		t.Error("a stream of the database's own can be written")
	}
	for r, err := range s.ReadStream(t.Context(), "$stats-0.0.0.0:2113", eventstore.NoStream) {
		t.Errorf("a stream of the database's own is read: %v, %v", r.Position, err)
	}
}

func (s *Store) followTo(t *testing.T, end eventstore.Position, filter eventstore.Filter, want []eventstore.Position) {
	t.Helper()
	if end == 0 {
		return // nothing to wait for
	}
	var got []eventstore.Position
	for batch, err := range s.Subscribe(t.Context(), 0, filter) {
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range batch.Events {
			got = append(got, r.Position)
		}
		if batch.Through > end {
			t.Errorf("it has seen up to %d of a log that ends at %d", batch.Through, end)
		}
		if batch.Through >= end {
			break
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q brings %v, not %v", filter, got, want)
	}
}

// stub is a server of which only reads are known.
type stub struct {
	streams.UnimplementedStreamsServer
	read func(*streams.ReadReq, streams.Streams_ReadServer) error
}

func (s *stub) Read(req *streams.ReadReq, to streams.Streams_ReadServer) error {
	return s.read(req, to)
}

func newStub(t *testing.T, s streams.StreamsServer) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	streams.RegisterStreamsServer(server, s)
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	t.Cleanup(func() {
		server.Stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return l.Addr().String()
}

// follower is a node of a cluster that refuses whoever wants the leader.
type follower struct {
	streams.UnimplementedStreamsServer
	leader string
	leads  atomic.Bool // it still is the leader itself, of an empty log
	asked  atomic.Int32
}

func (f *follower) refuse(ctx context.Context, trailer func(metadata.MD)) error {
	if f.leads.Load() {
		return nil
	}
	if md, _ := metadata.FromIncomingContext(ctx); !slices.Equal(md.Get("requires-leader"), []string{"true"}) {
		return status.Error(codes.Internal, "the follower was asked as such")
	}
	f.asked.Add(1)
	host, port, _ := net.SplitHostPort(f.leader)
	trailer(metadata.Pairs("exception", "not-leader", "leader-endpoint-host", host, "leader-endpoint-port", port))
	return status.Error(codes.NotFound, "Leader info available")
}

func (f *follower) Read(_ *streams.ReadReq, to streams.Streams_ReadServer) error {
	return f.refuse(to.Context(), to.SetTrailer)
}

func (f *follower) Append(from streams.Streams_AppendServer) error {
	return f.refuse(from.Context(), from.SetTrailer)
}

func TestAFollowerSendsToItsLeader(t *testing.T) {
	h := newHost(t, nil)
	f := &follower{leader: h.address}
	s := connect(t, newStub(t, f))
	if _, err := s.Append(t.Context(), "thing-1", eventstore.Empty, proposed("thing-1", "a")); err != nil {
		t.Error(err)
	}
	n := 0
	for _, err := range s.ReadStream(t.Context(), "thing-1", eventstore.NoStream) {
		if n++; err != nil {
			t.Error(err)
		}
	}
	if n != 1 || f.asked.Load() != 1 {
		t.Errorf("%d events were read, and the follower was asked %d times", n, f.asked.Load())
	}
}

// While the client turns to another leader it holds every call, whatever its context.
func TestACallThatTheClientHoldsReturnsWithItsContext(t *testing.T) {
	w := newMuteWire(t, newHost(t, nil).address)
	w.mute()
	f := &follower{leader: w.listener.Addr().String()}
	f.leads.Store(true)
	s := connect(t, newStub(t, f))
	f.leads.Store(false)
	var group sync.WaitGroup
	var longest, idle slowest
	for i := range 16 {
		group.Go(func() {
			before := time.Now() //nolint:forbidigo // how late the machine is is what is measured
			idly(deadline)
			idle.saw(time.Since(before))
		})
		group.Go(func() {
			stream := fmt.Sprint("thing-", i)
			ctx, cancel := context.WithTimeout(t.Context(), deadline)
			defer cancel()
			before := time.Now() //nolint:forbidigo // how long a real call takes is what is tried
			_, err := s.Append(ctx, stream, eventstore.Empty, proposed(stream, "a"))
			longest.saw(time.Since(before))
			if err == nil {
				t.Error("an append is stored nowhere")
			}
		})
	}
	group.Wait()
	if slow := time.Duration(longest.Load()); slow > time.Duration(idle.Load())+overtime {
		t.Errorf("an append with a deadline of %v took %v", deadline, slow)
	}
	if s.Available() {
		t.Error("a store whose client holds every call says that it is available")
	}
	w.speak()
	ctx, cancel := context.WithTimeout(t.Context(), recovery)
	defer cancel()
	for {
		if _, err := s.Append(ctx, "thing-1", eventstore.Empty, proposed("thing-1", "a")); err == nil {
			break
		} else if ctx.Err() != nil {
			t.Fatal(err)
		}
	}
}

// event is one of a stub, as the database would send one of ours.
func event(stream string, revision, position uint64, change func(*streams.ReadResp_ReadEvent_RecordedEvent)) *streams.ReadResp {
	id := uuid.NewSHA1(uuid.Nil, []byte(strconv.FormatUint(position, 10)))
	chained, _ := eventstore.WithChain([]byte(`{}`), eventstore.Hash{1})
	r := &streams.ReadResp_ReadEvent_RecordedEvent{
		Id:               &shared.UUID{Value: &shared.UUID_String_{String_: id.String()}},
		StreamIdentifier: &shared.StreamIdentifier{StreamName: []byte(stream)},
		StreamRevision:   revision, CommitPosition: position, PreparePosition: position,
		Metadata:       map[string]string{"type": "thing.happened.v1", "created": "17724528000000000"},
		CustomMetadata: chained, Data: []byte(`{}`),
	}
	if change != nil {
		change(r)
	}
	return &streams.ReadResp{Content: &streams.ReadResp_Event{Event: &streams.ReadResp_ReadEvent{
		Event: r, Position: &streams.ReadResp_ReadEvent_CommitPosition{CommitPosition: position},
	}}}
}

func TestAnEventThatWeCannotHaveWrittenIsNamed(t *testing.T) {
	type recorded = streams.ReadResp_ReadEvent_RecordedEvent
	for problem, change := range map[string]func(*recorded){
		"carry the chain": func(r *recorded) { r.CustomMetadata = []byte(`{"by":"another application"}`) },
		"no id":           func(r *recorded) { r.Id = &shared.UUID{Value: &shared.UUID_String_{String_: "?"}} },
		"no position":     func(r *recorded) { r.CommitPosition = 1<<64 - 1 },
		"no revision":     func(r *recorded) { r.StreamRevision = 1 << 63 },
		"no time":         func(r *recorded) { r.Metadata["created"] = "9223372036854775807" },
		"missing":         func(r *recorded) { r.StreamRevision = 2 },
	} {
		t.Run(problem, func(t *testing.T) {
			s := connect(t, newStub(t, &stub{read: func(req *streams.ReadReq, to streams.Streams_ReadServer) error {
				if req.GetOptions().GetAll() != nil {
					return nil
				}
				return errors.Join(to.Send(event("thing-1", 0, 10, nil)), to.Send(event("thing-1", 1, 11, change)))
			}}))
			var last error
			for _, err := range s.ReadStream(t.Context(), "thing-1", eventstore.NoStream) {
				last = err
			}
			var c *eventstore.Corrupt
			if !errors.As(last, &c) || c.Stream != "thing-1" || !strings.Contains(c.Problem, problem) {
				t.Errorf("the read ends with %v", last)
			}
			if !s.Available() {
				t.Error("a damaged event is not an absent database")
			}
		})
	}
}

// A damaged event stops those who want it, and nobody else.
func TestADamagedEventIsAFaultOfTheSubscriptionsThatSelectIt(t *testing.T) {
	foreign := func(r *streams.ReadResp_ReadEvent_RecordedEvent) { r.CustomMetadata = nil }
	live := make(chan struct{})
	var once atomic.Bool
	s := connect(t, newStub(t, &stub{read: func(req *streams.ReadReq, to streams.Streams_ReadServer) error {
		if req.GetOptions().GetSubscription() == nil {
			return to.Send(event("thing-0", 0, 10, nil))
		}
		_ = to.Send(&streams.ReadResp{Content: &streams.ReadResp_Confirmation{Confirmation: &streams.ReadResp_SubscriptionConfirmation{}}})
		if !once.Swap(true) {
			close(live)
		}
		_ = to.Send(event("thing-1", 0, 20, nil))
		_ = to.Send(event("foreign-1", 0, 21, foreign))
		_ = to.Send(event("thing-2", 0, 22, nil))
		<-to.Context().Done()
		return nil
	}}))
	collect := func(prefix string) (revisions int, fault error) {
		for batch, err := range s.Subscribe(t.Context(), 10, eventstore.Filter{Prefixes: []string{prefix}}) {
			if err != nil {
				return revisions, err
			}
			if revisions += len(batch.Events); batch.Through == 22 {
				break
			}
		}
		return revisions, nil
	}
	if n, err := collect("thing-"); n != 2 || err != nil {
		t.Errorf("who selects the others gets %d, %v", n, err)
	}
	var c *eventstore.Corrupt
	if n, err := collect(""); n != 1 || !errors.As(err, &c) || c.Position != 21 {
		t.Errorf("who selects it gets %d, %v", n, err)
	}
	<-live
}

// Servers differ in what they tell a filtered subscription that nothing matches:
// older ones do not say that it has caught up, and a checkpoint may never come.
func TestHistoryEndsWithoutAnyHintOfTheServer(t *testing.T) {
	h := newHost(t, nil)
	var head eventstore.Appended
	for i, stream := range []string{"thing-1", "other-1", "other-2", "other-3"} {
		var err error
		if head, err = h.store.Append(t.Context(), stream, eventstore.Empty, proposed(stream, strconv.Itoa(i))); err != nil {
			t.Fatal(err)
		}
	}
	s := connect(t, h.address, func(s *settings) { s.tail = 1 })
	quiet := quietServer{t: t, inner: s}
	q := connect(t, newStub(t, &stub{read: quiet.read}), func(s *settings) { s.tail = 1 })
	for name, filter := range map[string]eventstore.Filter{
		"first": {Prefixes: []string{"thing-"}}, "none": {Prefixes: []string{"none-"}}, "last": {Prefixes: []string{"other-"}},
	} {
		n := 0
		for batch, err := range q.Subscribe(t.Context(), 0, filter) {
			if err != nil {
				t.Fatal(err)
			}
			if n += len(batch.Events); batch.Through >= head.Position {
				break
			}
		}
		if want := map[string]int{"first": 1, "none": 0, "last": 3}[name]; n != want {
			t.Errorf("%s: %d events, not %d", name, n, want)
		}
	}
}

// quietServer serves the log of a store, and sends subscriptions events alone.
type quietServer struct {
	t     *testing.T
	inner eventstore.Store
}

func (q quietServer) read(req *streams.ReadReq, to streams.Streams_ReadServer) error {
	o := req.GetOptions()
	if o.GetSubscription() != nil {
		_ = to.Send(&streams.ReadResp{Content: &streams.ReadResp_Confirmation{Confirmation: &streams.ReadResp_SubscriptionConfirmation{}}})
		after := eventstore.Position(o.GetAll().GetPosition().GetCommitPosition())
		for batch, err := range q.inner.Subscribe(to.Context(), after, eventstore.Filter{Prefixes: o.GetFilter().GetStreamIdentifier().GetPrefix()}) {
			if err != nil {
				return err
			}
			for _, r := range batch.Events {
				_ = to.Send(event(r.Stream, uint64(r.Revision), uint64(r.Position), nil))
			}
		}
		return nil
	}
	var all []eventstore.Recorded
	next, stop := iter.Pull2(q.inner.ReadAll(to.Context(), 0, eventstore.Filter{}))
	defer stop()
	for r, err, ok := next(); ok; r, err, ok = next() {
		if err != nil {
			return err
		}
		all = append(all, r)
	}
	if o.GetReadDirection() == streams.ReadReq_Options_Backwards {
		slices.Reverse(all)
	}
	for i, r := range all {
		if uint64(i) < o.GetCount() && uint64(r.Position) >= o.GetAll().GetPosition().GetCommitPosition() {
			_ = to.Send(event(r.Stream, uint64(r.Revision), uint64(r.Position), nil))
		}
	}
	return nil
}

func TestWhatTheServerCannotReadEndsASubscriptionAndTheNextOneTriesAgain(t *testing.T) {
	var damaged atomic.Bool
	damaged.Store(true)
	s := connect(t, newStub(t, &stub{read: func(req *streams.ReadReq, to streams.Streams_ReadServer) error {
		switch {
		case req.GetOptions().GetSubscription() == nil:
			return to.Send(event("thing-1", 0, 10, nil))
		case damaged.Load():
			return status.Error(codes.DataLoss, "event 1 of stream thing-1 is damaged")
		}
		_ = to.Send(&streams.ReadResp{Content: &streams.ReadResp_Confirmation{Confirmation: &streams.ReadResp_SubscriptionConfirmation{}}})
		_ = to.Send(event("thing-1", 1, 20, nil))
		<-to.Context().Done()
		return nil
	}}))
	for _, want := range []bool{true, false} {
		damaged.Store(want)
		for batch, err := range s.Subscribe(t.Context(), 10, eventstore.Filter{}) {
			if isCorrupt(err) != want || !want && len(batch.Events) != 1 {
				t.Errorf("%v, %v", batch, err)
			}
			break
		}
	}
}

func TestAFullLogIsToldAsSuch(t *testing.T) {
	h := newHost(t, func(log eventstore.Store) eventstore.Store { return full{log} })
	s := connect(t, h.address)
	if _, err := s.Append(t.Context(), "thing-1", eventstore.Empty, proposed("thing-1", "a")); !errors.Is(err, eventstore.ErrFull) {
		t.Errorf("append answers %v", err)
	}
	if !s.Available() {
		t.Error("a full log is not an absent one")
	}
}

type full struct{ eventstore.Store }

func (full) Append(context.Context, string, eventstore.Head, []eventstore.Proposed) (eventstore.Appended, error) {
	return eventstore.Appended{}, eventstore.ErrFull
}

func TestAnAppendAboveWhatTheDatabaseTakesIsRefused(t *testing.T) {
	s := connect(t, newHost(t, nil).address)
	var events []eventstore.Proposed
	for i := range 3 {
		e := proposed("thing-1", strconv.Itoa(i))
		e[0].Data = []byte(`"` + strings.Repeat("x", MaxAppendBytes/3-2) + `"`)
		events = append(events, e...)
	}
	if _, err := s.Append(t.Context(), "thing-1", eventstore.Empty, events); !errors.Is(err, eventstore.ErrTooLarge) {
		t.Errorf("append answers %v", err)
	}
	if _, err := s.Append(t.Context(), "thing-1", eventstore.Empty, events[:2]); err != nil {
		t.Error(err)
	}
}

// The database would store after it, with a broken chain.
func TestAHeadThatIsKnownToBeWrongIsNoticedBeforeItIsSent(t *testing.T) {
	h := newHost(t, nil)
	writer, reader := connect(t, h.address), connect(t, h.address)
	done, err := writer.Append(t.Context(), "thing-1", eventstore.Empty, proposed("thing-1", "a"))
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range reader.ReadStream(t.Context(), "thing-1", eventstore.NoStream) {
		if err != nil {
			t.Fatal(err)
		}
	}
	forged := done.Head
	forged.Hash[0] ^= 1
	for name, s := range map[string]*Store{"who wrote it": writer, "who read it": reader} {
		if !s.contradicts("thing-1", forged) || s.contradicts("thing-1", done.Head) {
			t.Errorf("%s does not know the head", name)
		}
		if _, err := s.Append(t.Context(), "thing-1", forged, proposed("thing-1", "b")); !errors.As(err, new(*eventstore.Conflict)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
