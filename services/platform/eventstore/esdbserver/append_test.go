package esdbserver_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/shared"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"github.com/google/uuid"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/eventstore/esdbserver"
	"aanvraag.internal/services/platform/eventstore/memory"
)

func TestAnAppendIsStoredAfterTheRevisionItExpects(t *testing.T) {
	h := onDisk(t)
	first := h.append("thing-1", esdb.NoStream{}, events("thing-1", "a", 1)...)
	second := h.append("thing-1", esdb.Revision(0), events("thing-1", "b", 3)...)
	if first.NextExpectedVersion != 0 || second.NextExpectedVersion != 3 {
		t.Errorf("the revisions are %d and %d", first.NextExpectedVersion, second.NextExpectedVersion)
	}
	end, err := h.store.End(h.ctx)
	if err != nil || second.CommitPosition != uint64(end) || second.PreparePosition != second.CommitPosition {
		t.Errorf("the answer is %+v, the log ends at %d (%v)", second, end, err)
	}
	stored := h.verified()
	want := events("thing-1", "b", 3)[2]
	if len(stored) != 4 || stored[3].ID != want.EventID || stored[3].Type != want.EventType ||
		!bytes.Equal(stored[3].Data, want.Data) || !bytes.Equal(stored[3].Metadata, want.Metadata) {
		t.Errorf("stored is %+v", stored)
	}
}

// What the server remembers of a stream is a hint: every answer is the same from one
// that has never heard of it.
func TestEveryExpectationHoldsOrConflictsWhateverTheServerRemembers(t *testing.T) {
	for name, again := range map[string]func(h house) house{
		"warm": func(h house) house { return h },
		"cold": func(h house) house { return serve(h.t, h.store) },
	} {
		t.Run(name, func(t *testing.T) {
			h := onDisk(t)
			some := events("thing-1", "some", 2)
			h.conflicts("thing-1", esdb.Revision(0), "0", "no_stream", some...)
			h.conflicts("thing-1", esdb.StreamExists{}, "stream_exists", "no_stream", some...)
			h.append("thing-1", esdb.Any{}, events("thing-1", "any", 1)...)
			h.append("thing-2", esdb.NoStream{}, events("thing-2", "absent", 3)...)
			last := uint64(2)
			holds := func(expected esdb.ExpectedRevision) {
				t.Helper()
				h = again(h)
				done := h.append("thing-2", expected, events("thing-2", fmt.Sprint(expected, last), 2)...)
				if last += 2; done.NextExpectedVersion != last {
					t.Errorf("after %+v the stream is at %d, not %d", expected, done.NextExpectedVersion, last)
				}
			}
			conflicts := func(expected esdb.ExpectedRevision, text string) {
				t.Helper()
				h = again(h)
				h.conflicts("thing-2", expected, text, fmt.Sprint(last), some...)
			}
			conflicts(esdb.NoStream{}, "no_stream")
			conflicts(esdb.Revision(1), "1")
			conflicts(esdb.Revision(3), "3")
			conflicts(esdb.Revision(1<<62), fmt.Sprint(1<<62))
			holds(esdb.Revision(2))
			holds(esdb.Any{})
			holds(esdb.StreamExists{})
			holds(esdb.Revision(last))
			conflicts(esdb.Revision(2), "2")
			h.verified()
		})
	}
}

func TestARepeatedAppendAnswersWhereItsEventsStand(t *testing.T) {
	h := onDisk(t)
	one, several := events("thing-1", "one", 1), events("thing-1", "several", 5)
	first := h.append("thing-1", esdb.NoStream{}, one...)
	second := h.append("thing-1", esdb.Revision(0), several...)
	h.append("thing-1", esdb.Revision(5), events("thing-1", "later", 3)...)

	for range 2 { // remembered by the first try, and by neither
		if got := h.append("thing-1", esdb.NoStream{}, one...); *got != *first {
			t.Errorf("one event again: %+v, not %+v", got, first)
		}
		if got := h.append("thing-1", esdb.Revision(0), several...); *got != *second {
			t.Errorf("several again: %+v, not %+v", got, second)
		}
		h = serve(t, h.store)
	}
	h.conflicts("thing-1", esdb.Revision(0), "0", "8", several[1:]...)
	h.conflicts("thing-1", esdb.Revision(0), "0", "8", append(several[:1:1], one...)...)
	if got := h.length(); got != 9 {
		t.Errorf("repeats left %d events", got)
	}
}

func TestOneOfManyAppendsAtOneRevisionWins(t *testing.T) {
	h := onDisk(t)
	h.fill("thing-1", 3)
	var won atomic.Int32
	each(32, func(i int) {
		_, err := h.client.AppendToStream(h.ctx, "thing-1", expecting(esdb.Revision(2)), events("thing-1", fmt.Sprint("racer ", i), 2)...)
		if failed, ok := esdb.FromError(err); ok {
			won.Add(1)
		} else if !failed.IsErrorCode(esdb.ErrorCodeWrongExpectedVersion) {
			t.Errorf("racer %d: %v", i, err)
		}
	})
	if got := len(h.verified()); won.Load() != 1 || got != 5 {
		t.Errorf("%d won, the log has %d events", won.Load(), got)
	}
}

func TestAppendsAtAnyRevisionAreAllStored(t *testing.T) {
	h := onDisk(t)
	const writers, rounds = 16, 10
	each(writers, func(i int) {
		expected := []esdb.ExpectedRevision{esdb.Any{}, esdb.StreamExists{}}
		for round := range rounds {
			_, err := h.client.AppendToStream(h.ctx, "thing-1", expecting(expected[min(round, i%2)]),
				events("thing-1", fmt.Sprint(i, " ", round), 2)...)
			if err != nil {
				t.Errorf("writer %d: %v", i, err)
			}
		}
	})
	if got := len(h.verified()); got != writers*rounds*2 {
		t.Errorf("the log has %d events", got)
	}
}

// chained gives each event the hash that the chain will have after a head.
func chained(t *testing.T, stream string, after eventstore.Head, events []esdb.EventData) []esdb.EventData {
	t.Helper()
	out := make([]esdb.EventData, len(events))
	for i, e := range events {
		after.Hash = eventstore.Chain(after.Hash, stream, after.Revision+1, eventstore.Proposed{
			ID: e.EventID, Type: e.EventType, Data: e.Data, Metadata: e.Metadata,
		})
		after.Revision++
		metadata, err := eventstore.WithChain(e.Metadata, after.Hash)
		if err != nil {
			t.Fatal(err)
		}
		out[i] = e
		out[i].Metadata = metadata
	}
	return out
}

func TestAChainHashThatTravelsInTheMetadataIsTakenOffAgain(t *testing.T) {
	h := onDisk(t)
	several := events("thing-1", "several", 3)
	several[1].Metadata = []byte(`{ }`)
	several[2].Metadata = []byte(`{"$chain":"` + strings.Repeat("0", 64) + `"}`) // the client's own
	h.append("thing-1", esdb.NoStream{}, chained(t, "thing-1", eventstore.Empty, several)...)
	stored := h.verified()
	more := events("thing-1", "more", 2)
	h.append("thing-1", esdb.Revision(2), chained(t, "thing-1", stored[2].Head(), more)...)
	for i, r := range h.verified() {
		if want := append(several, more...)[i].Metadata; !bytes.Equal(r.Metadata, want) {
			t.Errorf("event %d has metadata %s, not %s", i, r.Metadata, want)
		}
	}
}

func TestAReadAddsTheChainHashToTheMetadata(t *testing.T) {
	h := onDisk(t)
	h.fill("thing-1", 2) // by a client that knows of no chain
	bare := events("thing-1", "bare", 2)
	bare[0].Metadata, bare[1].Metadata = nil, []byte(`[1]`)
	h.append("thing-1", esdb.Revision(1), bare...)
	stored := h.verified()
	for i, e := range h.read("thing-1", esdb.ReadStreamOptions{}, 9) {
		original, hash, ok := eventstore.SplitChain(e.UserMetadata)
		if i >= 2 {
			if ok || !bytes.Equal(e.UserMetadata, bare[i-2].Metadata) {
				t.Errorf("what cannot carry a hash is read as %q", e.UserMetadata)
			}
			continue
		}
		if !ok || hash != stored[i].Hash || !bytes.Equal(original, stored[i].Metadata) || !json.Valid(e.UserMetadata) {
			t.Errorf("event %d is read with %s, its hash is %v", i, e.UserMetadata, stored[i].Hash)
		}
	}
}

func TestAChainHashThatDoesNotFollowIsRefused(t *testing.T) {
	h := onDisk(t)
	h.fill("thing-1", 3)
	head := h.verified()[2].Head()
	some := events("thing-1", "some", 3)
	forged := head
	forged.Hash[5] ^= 1

	damaged := chained(t, "thing-1", head, some)
	damaged[1].Data = []byte(`{"cause":"another"}`)
	for name, wrong := range map[string][]esdb.EventData{
		"after another history": chained(t, "thing-1", forged, some),
		"of another stream":     chained(t, "thing-2", head, some),
		"of other data":         damaged,
	} {
		for _, expected := range []esdb.ExpectedRevision{esdb.Revision(2), esdb.Any{}, esdb.StreamExists{}} {
			for _, house := range []house{h, serve(t, h.store)} {
				err := house.refused("thing-1", expected, wrong...)
				if status.Code(err.Err()) != codes.InvalidArgument || !strings.Contains(err.Error(), "$chain") {
					t.Errorf("a hash %s is answered %v", name, err)
				}
			}
		}
	}
	if got := h.length(); got != 3 {
		t.Errorf("the log has %d events", got)
	}
}

// A decision that is taken again has other metadata (another instant), so other
// hashes; its ids tell that it is the same (R2).
func TestAChainHashCountsAtTheEndOfTheStreamOnly(t *testing.T) {
	h := onDisk(t)
	h.fill("thing-1", 1)
	head := h.verified()[0].Head()
	several := events("thing-1", "several", 2)
	first := h.append("thing-1", esdb.Revision(0), chained(t, "thing-1", head, several)...)

	again := events("thing-1", "several", 2)
	again[0].Metadata = []byte(`{"decidedAt":"2026-03-02T12:00:01Z"}`)
	if got := h.append("thing-1", esdb.Revision(0), chained(t, "thing-1", head, again)...); *got != *first {
		t.Errorf("the same ids with other bytes: %+v, not %+v", got, first)
	}
	forged := head
	forged.Hash[0] ^= 1
	h.conflicts("thing-1", esdb.Revision(0), "0", "2", chained(t, "thing-1", forged, events("thing-1", "other", 1))...)
	h.conflicts("thing-1", esdb.Revision(7), "7", "2", chained(t, "thing-1", forged, events("thing-1", "other", 1))...)
	h.conflicts("thing-1", esdb.NoStream{}, "no_stream", "2", chained(t, "thing-1", forged, events("thing-1", "other", 1))...)
}

func TestAnAppendAboveTheLimitsIsRefusedWhole(t *testing.T) {
	h := onDisk(t)
	sized := func(sizes ...int) []esdb.EventData {
		out := events("thing-1", "sized", len(sizes))
		for i, size := range sizes {
			out[i].Metadata = []byte(`{"a":1}`)
			out[i].Data = bytes.Repeat([]byte("x"), size-len(out[i].Metadata))
		}
		return out
	}
	many := make([]int, eventstore.MaxAppendEvents+1)
	for i := range many {
		many[i] = 10
	}
	large := make([]int, esdbserver.MaxAppendBytes/eventstore.MaxEventBytes+1)
	for i := range large {
		large[i] = eventstore.MaxEventBytes
	}
	for name, sizes := range map[string][]int{
		"one byte too many":           {10, eventstore.MaxEventBytes + 1, 10},
		"far more than a message has": {10, 3 * eventstore.MaxEventBytes},
		"one event too many":          many,
		"too much together":           large,
	} {
		err := h.refused("thing-1", esdb.NoStream{}, sized(sizes...)...)
		if status.Code(err.Err()) != codes.InvalidArgument || !strings.Contains(err.Error(), "Maximum Append Size of 16777216 Exceeded") {
			t.Errorf("%s is answered %v", name, err)
		}
	}
	if got := h.length(); got != 0 {
		t.Errorf("the log has %d events", got)
	}
	fits := sized(large[1:]...)
	done := h.append("thing-1", esdb.NoStream{}, chained(t, "thing-1", eventstore.Empty, fits)...)
	h.append("thing-1", esdb.Revision(done.NextExpectedVersion), events("thing-1", "many", eventstore.MaxAppendEvents)...)
	if got := len(h.verified()); got != len(fits)+eventstore.MaxAppendEvents {
		t.Errorf("the log has %d events", got)
	}
}

func TestAnAppendThatCannotBeMeantIsRefused(t *testing.T) {
	h := onDisk(t)
	some := events("thing-1", "some", 1)
	untyped, unnamed := some[0], ""
	untyped.EventType = ""
	for name, c := range map[string]struct {
		stream   string
		expected esdb.ExpectedRevision
		events   []esdb.EventData
		code     codes.Code
	}{
		"no events":           {"thing-1", esdb.Any{}, nil, codes.InvalidArgument},
		"no stream":           {unnamed, esdb.Any{}, some, codes.InvalidArgument},
		"no type":             {"thing-1", esdb.Any{}, []esdb.EventData{untyped}, codes.InvalidArgument},
		"a name without end":  {strings.Repeat("x", 2000), esdb.Any{}, some, codes.InvalidArgument},
		"a name of no text":   {"thing-\xff", esdb.Any{}, some, codes.InvalidArgument},
		"a revision too far":  {"thing-1", esdb.Revision(1<<62 + 1), some, codes.InvalidArgument},
		"metadata of streams": {"$$thing-1", esdb.Any{}, some, codes.PermissionDenied},
		"a system stream":     {"$settings", esdb.NoStream{}, some, codes.PermissionDenied},
	} {
		if err := h.refused(c.stream, c.expected, c.events...); status.Code(err.Err()) != c.code {
			t.Errorf("%s is answered %v", name, err)
		}
	}
	_, err := h.client.SetStreamMetadata(h.ctx, "thing-1", expecting(esdb.Any{}), esdb.StreamMetadata{})
	if failed, _ := esdb.FromError(err); !failed.IsErrorCode(esdb.ErrorCodeAccessDenied) {
		t.Errorf("metadata of a stream: %v", err)
	}
	if got := h.length(); got != 0 {
		t.Errorf("the log has %d events", got)
	}
}

func TestAnEventIDIsTheSameInBothOfItsSpellings(t *testing.T) {
	h := onDisk(t)
	id := uuid.MustParse("fedcba98-7654-5210-8edc-ba9876543210") // both halves are negative numbers
	one := events("thing-1", "one", 1)
	one[0].EventID = id
	h.append("thing-1", esdb.NoStream{}, one...)
	if got := h.read("thing-1", esdb.ReadStreamOptions{}, 1); got[0].EventID != id {
		t.Errorf("the id is read as %v", got[0].EventID)
	}
	client := streams.NewStreamsClient(h.raw())
	call, err := client.Append(h.ctx)
	if err != nil {
		t.Fatal(err)
	}
	stream := &shared.StreamIdentifier{StreamName: []byte("thing-1")}
	_ = call.Send(&streams.AppendReq{Content: &streams.AppendReq_Options_{Options: &streams.AppendReq_Options{
		StreamIdentifier: stream, ExpectedStreamRevision: &streams.AppendReq_Options_NoStream{NoStream: &shared.Empty{}},
	}}})
	_ = call.Send(&streams.AppendReq{Content: &streams.AppendReq_ProposedMessage_{ProposedMessage: &streams.AppendReq_ProposedMessage{
		Id: &shared.UUID{Value: &shared.UUID_String_{String_: id.String()}}, Metadata: map[string]string{"type": "thing.happened.v1"},
	}}})
	if again, err := call.CloseAndRecv(); err != nil || again.GetSuccess().GetCurrentRevision() != 0 {
		t.Errorf("the repeat is answered %v (%v)", again, err)
	}
	read, err := client.Read(h.ctx, &streams.ReadReq{Options: &streams.ReadReq_Options{
		StreamOption: &streams.ReadReq_Options_Stream{Stream: &streams.ReadReq_Options_StreamOptions{
			StreamIdentifier: stream, RevisionOption: &streams.ReadReq_Options_StreamOptions_Start{Start: &shared.Empty{}},
		}},
		CountOption: &streams.ReadReq_Options_Count{Count: 9},
		UuidOption:  &streams.ReadReq_Options_UUIDOption{Content: &streams.ReadReq_Options_UUIDOption_String_{String_: &shared.Empty{}}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	got, err := read.Recv()
	if err != nil || got.GetEvent().GetEvent().GetId().GetString_() != id.String() {
		t.Errorf("the id is read as %v (%v)", got, err)
	}
	if _, err := read.Recv(); !errors.Is(err, io.EOF) {
		t.Errorf("after the one event comes %v", err)
	}
}

// late is a log that somebody else appends to just after it was looked into.
type late struct {
	eventstore.Store
	once  sync.Once
	other func()
}

func (l *late) ReadStream(ctx context.Context, stream string, after eventstore.Revision) iter.Seq2[eventstore.Recorded, error] {
	return func(yield func(eventstore.Recorded, error) bool) {
		for r, err := range l.Store.ReadStream(ctx, stream, after) {
			if !yield(r, err) {
				return
			}
		}
		l.once.Do(l.other)
	}
}

func TestARevisionThatComesWhileItIsLookedForIsFound(t *testing.T) {
	first := onDisk(t)
	h := serve(t, &late{Store: first.store, other: func() { first.fill("thing-1", 1) }})
	h.append("thing-1", esdb.Revision(0), events("thing-1", "a", 1)...)
	if got := h.verified(); len(got) != 2 {
		t.Errorf("the log has %d events", len(got))
	}
}

// endless is an append whose client never ends.
type endless struct {
	appending
	sent int
}

func (e *endless) Recv() (*streams.AppendReq, error) {
	e.sent++
	return &streams.AppendReq{}, nil
}

func TestAnAppendWithoutEndIsCutOff(t *testing.T) {
	call := &endless{appending: appending{ctx: t.Context()}}
	err := esdbserver.New(memory.New(), slog.New(slog.DiscardHandler)).Append(call)
	if status.Code(err) != codes.InvalidArgument || call.sent < eventstore.MaxAppendEvents {
		t.Errorf("after %d messages the answer is %v", call.sent, err)
	}
}

// each runs do with 0 to n-1 at once and waits for all.
func each(n int, do func(i int)) {
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() { do(i) })
	}
	group.Wait()
}
