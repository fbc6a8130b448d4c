package esdbserver_test

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"aanvraag.internal/services/platform/eventstore"
)

func (h house) subscribe(o esdb.SubscribeToAllOptions) *esdb.Subscription {
	h.t.Helper()
	sub, err := h.client.SubscribeToAll(h.ctx, o)
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = sub.Close() })
	return sub
}

func (h house) subscribeStream(stream string, from esdb.StreamPosition) *esdb.Subscription {
	h.t.Helper()
	sub, err := h.client.SubscribeToStream(h.ctx, stream, esdb.SubscribeToStreamOptions{From: from})
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = sub.Close() })
	return sub
}

func byStream(prefixes ...string) *esdb.SubscriptionFilter {
	return &esdb.SubscriptionFilter{Type: esdb.StreamFilterType, Prefixes: prefixes}
}

// heard spells the next n messages of a subscription: an event by its position, a
// checkpoint with @, "now" when the subscription has caught up.
func heard(t testing.TB, sub *esdb.Subscription, n int) string {
	t.Helper()
	var out []string
	for range n {
		e := sub.Recv()
		switch {
		case e.EventAppeared != nil:
			out = append(out, fmt.Sprint(e.EventAppeared.OriginalEvent().Position.Commit))
		case e.CheckPointReached != nil:
			out = append(out, fmt.Sprint("@", e.CheckPointReached.Commit))
		case e.CaughtUp != nil:
			out = append(out, "now")
		default:
			t.Fatalf("after %s the subscription is dropped: %+v", strings.Join(out, " "), e.SubscriptionDropped)
		}
	}
	return strings.Join(out, " ")
}

func wants(t testing.TB, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("heard %s, not %s", got, want)
	}
}

func TestASubscriptionGoesFromHistoryToLiveAndTellsWhenItDoes(t *testing.T) {
	h := onDisk(t)
	h.fill("thing-1", 3)
	sub := h.subscribe(esdb.SubscribeToAllOptions{From: esdb.Start{}})
	wants(t, heard(t, sub, 4), "1 2 3 now")
	h.append("thing-1", esdb.Revision(2), events("thing-1", "live", 2)...)
	h.fill("other-1", 1)
	wants(t, heard(t, sub, 3), "4 5 6")
	if sub.Id() == "" {
		t.Error("the subscription has no id")
	}
}

func TestASubscriptionBeginsAfterThePlaceItIsGiven(t *testing.T) {
	h := onDisk(t)
	h.fill("thing-1", 5)
	at := func(p uint64) esdb.AllPosition { return esdb.Position{Commit: p, Prepare: p} }
	subs := map[*esdb.Subscription]string{
		h.subscribe(esdb.SubscribeToAllOptions{From: at(0)}):          "1 2 3 4 5 now 6",
		h.subscribe(esdb.SubscribeToAllOptions{From: at(3)}):          "4 5 now 6",
		h.subscribe(esdb.SubscribeToAllOptions{From: at(5)}):          "now 6",
		h.subscribe(esdb.SubscribeToAllOptions{From: esdb.End{}}):     "now 6",
		h.subscribe(esdb.SubscribeToAllOptions{From: at(everything)}): "now 6",
		h.subscribeStream("thing-1", esdb.Start{}):                    "1 2 3 4 5 now 6",
		h.subscribeStream("thing-1", esdb.Revision(0)):                "2 3 4 5 now 6",
		h.subscribeStream("thing-1", esdb.Revision(4)):                "now 6",
		h.subscribeStream("thing-1", esdb.End{}):                      "now 6",
	}
	h.append("thing-1", esdb.Revision(4), events("thing-1", "live", 1)...)
	for sub, want := range subs {
		wants(t, heard(t, sub, len(strings.Fields(want))), want)
	}
}

// slow is a log that takes its time to tell where it ends, unless something comes.
type slow struct {
	eventstore.Store
	appended chan struct{}
}

func (s slow) Append(
	ctx context.Context, stream string, after eventstore.Head, events []eventstore.Proposed,
) (eventstore.Appended, error) {
	done, err := s.Store.Append(ctx, stream, after, events)
	close(s.appended)
	return done, err
}

func (s slow) End(ctx context.Context) (eventstore.Position, error) {
	select {
	case <-s.appended:
	case <-time.After(50 * time.Millisecond):
	}
	return s.Store.End(ctx)
}

func TestASubscriptionFromTheEndMissesNothingAfterItsConfirmation(t *testing.T) {
	h := serve(t, slow{Store: onDisk(t).store, appended: make(chan struct{})})
	sub := h.subscribe(esdb.SubscribeToAllOptions{From: esdb.End{}})
	h.fill("thing-1", 1)
	wants(t, heard(t, sub, 2), "now 1")
}

func TestASubscriptionToAStreamSeesThatStreamAlone(t *testing.T) {
	h := onDisk(t)
	sub := h.subscribeStream("thing-1", esdb.Start{}) // there is none yet
	wants(t, heard(t, sub, 1), "now")
	h.fill("thing-10", 1)
	h.fill("thing-1", 2)
	h.fill("thing-", 1)
	h.append("thing-1", esdb.Revision(1), events("thing-1", "more", 1)...)
	wants(t, heard(t, sub, 3), "2 3 5")
}

func TestWhatComesWhileAStreamsHistoryIsReadIsSeenOnce(t *testing.T) {
	first := onDisk(t)
	first.fill("thing-1", 2)
	h := serve(t, &late{Store: first.store, other: func() {
		first.append("thing-1", esdb.Revision(1), events("thing-1", "meanwhile", 1)...)
	}})
	sub := h.subscribeStream("thing-1", esdb.Start{})
	wants(t, heard(t, sub, 4), "1 2 now 3")
	first.append("thing-1", esdb.Revision(2), events("thing-1", "after", 1)...)
	wants(t, heard(t, sub, 1), "4")
}

// early is a log that somebody else appends to just before its history is read.
type early struct {
	eventstore.Store
	once  sync.Once
	other func()
}

func (e *early) ReadStream(ctx context.Context, stream string, after eventstore.Revision) iter.Seq2[eventstore.Recorded, error] {
	e.once.Do(e.other)
	return e.Store.ReadStream(ctx, stream, after)
}

func TestWhatComesBeforeAStreamsHistoryIsReadIsSeenOnce(t *testing.T) {
	first := onDisk(t)
	first.fill("thing-1", 2)
	h := serve(t, &early{Store: first.store, other: func() {
		first.append("thing-1", esdb.Revision(1), events("thing-1", "meanwhile", 1)...)
	}})
	sub := h.subscribeStream("thing-1", esdb.Start{})
	wants(t, heard(t, sub, 4), "1 2 3 now")
	first.append("thing-1", esdb.Revision(2), events("thing-1", "after", 1)...)
	wants(t, heard(t, sub, 1), "4")
}

func TestAFilteredSubscriptionUnderWritersHasNoHoleAndNoDouble(t *testing.T) {
	h := onDisk(t)
	const writers, rounds, total = 8, 250, 8 / 2 * 250
	appended := make(chan struct{}, writers*rounds)
	var group sync.WaitGroup
	for i := range writers {
		client := h.connect("")
		group.Go(func() {
			stream := fmt.Sprintf("%s-%d", []string{"thing", "other"}[i%2], i)
			var expected esdb.ExpectedRevision = esdb.NoStream{}
			for round := range rounds {
				done, err := client.AppendToStream(h.ctx, stream, expecting(expected), events(stream, fmt.Sprint(round), 1)...)
				if err != nil {
					t.Errorf("append: %v", err)
					return
				}
				expected = esdb.Revision(done.NextExpectedVersion)
				appended <- struct{}{}
			}
		})
	}
	collect := func(sub *esdb.Subscription) {
		var last, reached uint64
		next := make(map[string]uint64)
		for n := 0; n < total; {
			e := sub.Recv()
			switch {
			case e.SubscriptionDropped != nil:
				t.Errorf("dropped after %d events: %v", n, e.SubscriptionDropped.Error)
				return
			case e.CheckPointReached != nil:
				if e.CheckPointReached.Commit < max(last, reached) {
					t.Errorf("checkpoint %d comes after %d", e.CheckPointReached.Commit, last)
				}
				reached = e.CheckPointReached.Commit
			case e.EventAppeared != nil:
				r := e.EventAppeared.OriginalEvent()
				if r.Position.Commit <= max(last, reached) || r.EventNumber != next[r.StreamID] || !strings.HasPrefix(r.StreamID, "thing-") {
					t.Errorf("revision %d of %s at %d follows %d", r.EventNumber, r.StreamID, r.Position.Commit, last)
				}
				last, next[r.StreamID] = r.Position.Commit, r.EventNumber+1
				n++
			}
		}
	}
	for range 4 { // at other moments, while the writers run
		for range writers * rounds / 8 {
			<-appended
		}
		group.Go(func() {
			collect(h.subscribe(esdb.SubscribeToAllOptions{From: esdb.Start{}, Filter: byStream("thing-", "none-")}))
		})
	}
	group.Wait()
}

func TestAFilterSelectsByStreamOrTypeByPrefixOrPattern(t *testing.T) {
	h := onDisk(t)
	h.fill("thing-1", 3) // types v1, v2, v3
	h.fill("other-1", 2)
	h.fill("thing-2", 1)
	for want, filter := range map[string]*esdb.SubscriptionFilter{
		"1 2 3 6 now":     byStream("thing-"),
		"1 2 3 4 5 now":   byStream("none-", "other-1", "thing-1"),
		"4 5 6 now":       {Type: esdb.StreamFilterType, Regex: "^other|2$"},
		"1 2 3 4 5 6 now": esdb.ExcludeSystemEventsFilter(),
		"2 3 5 now":       {Type: esdb.EventFilterType, Prefixes: []string{"thing.happened.v2", "thing.happened.v3"}},
		"1 4 6 now":       {Type: esdb.EventFilterType, Regex: "v1$"},
		"now":             {Type: esdb.EventFilterType, Regex: "^v1$"},
	} {
		sub := h.subscribe(esdb.SubscribeToAllOptions{From: esdb.Start{}, Filter: filter})
		wants(t, heard(t, sub, len(strings.Fields(want))), want)
	}
}

func TestACheckpointTellsHowFarAFilterHasSeen(t *testing.T) {
	h := onDisk(t)
	sub := h.subscribe(esdb.SubscribeToAllOptions{
		From: esdb.Start{}, Filter: byStream("thing-"), MaxSearchWindow: 5, CheckpointInterval: 2,
	})
	wants(t, heard(t, sub, 1), "now")
	appended := func(stream string, n int) { // no batch of the log holds part of it only
		t.Helper()
		h.fill(stream, n)
	}
	appended("other-1", 10)
	wants(t, heard(t, sub, 1), "@10")
	appended("other-2", 9) // one less than the interval
	appended("thing-1", 1)
	wants(t, heard(t, sub, 1), "20")
	appended("other-3", 10)
	wants(t, heard(t, sub, 1), "@30")

	// Whoever resumes from a checkpoint misses nothing and sees nothing twice.
	appended("thing-2", 2)
	sub = h.subscribe(esdb.SubscribeToAllOptions{From: esdb.Position{Commit: 30, Prepare: 30}, Filter: byStream("thing-")})
	wants(t, heard(t, sub, 3), "31 32 now")
}

func TestALongHistoryThatMatchesNothingIsToldByCheckpoints(t *testing.T) {
	h := onDisk(t)
	for i := range 3 {
		h.fill(fmt.Sprint("other-", i), 1000)
	}
	for name, filter := range map[string]*esdb.SubscriptionFilter{
		"in the log":    byStream("thing-"),
		"in the server": {Type: esdb.EventFilterType, Regex: "^none$"},
	} {
		sub := h.subscribe(esdb.SubscribeToAllOptions{From: esdb.Start{}, Filter: filter})
		last := ""
		for {
			got := heard(t, sub, 1)
			if got == "now" {
				break
			}
			last = got
		}
		if last != "@3000" {
			t.Errorf("filtered %s, the last checkpoint is %s", name, last)
		}
	}
}

func TestAnUnfilteredSubscriptionHearsOfNoCheckpoints(t *testing.T) {
	h := onDisk(t)
	h.fill("thing-1", 600)
	sub := h.subscribe(esdb.SubscribeToAllOptions{From: esdb.Start{}, MaxSearchWindow: 1, CheckpointInterval: 1})
	wants(t, heard(t, sub, 601), span(1, 600)+" now")
}

func TestAFilterThatCannotBeMeantIsRefused(t *testing.T) {
	h := onDisk(t)
	many := make([]string, 65)
	for i := range many {
		many[i] = fmt.Sprint(i, "-")
	}
	for name, filter := range map[string]*esdb.SubscriptionFilter{
		"a pattern that is none":    {Type: esdb.StreamFilterType, Regex: "("},
		"a pattern without end":     {Type: esdb.EventFilterType, Regex: strings.Repeat("x", 1025)},
		"a prefix without end":      byStream(strings.Repeat("x", 1025)),
		"prefixes without end":      byStream(many...),
		"a pattern that multiplies": {Type: esdb.StreamFilterType, Regex: "((a{100}){100}){100}"},
	} {
		_, err := h.client.SubscribeToAll(h.ctx, esdb.SubscribeToAllOptions{Filter: filter})
		if status.Code(cause(err)) != codes.InvalidArgument {
			t.Errorf("%s is answered %v", name, err)
		}
	}
	_, err := h.client.SubscribeToAll(h.ctx, esdb.SubscribeToAllOptions{Filter: byStream("a"), CheckpointInterval: 1 << 32})
	if status.Code(cause(err)) != codes.InvalidArgument {
		t.Errorf("an interval of nothing is answered %v", err)
	}
}

func TestASubscriptionThatTheClientEndsEndsOnTheServerToo(t *testing.T) {
	w := &watched{Store: onDisk(t).store, ended: make(chan struct{})}
	h := serve(t, w)
	sub := h.subscribe(esdb.SubscribeToAllOptions{From: esdb.Start{}})
	wants(t, heard(t, sub, 1), "now")
	_ = sub.Close()
	<-w.ended
}

// watched tells when a subscription has ended.
type watched struct {
	eventstore.Store
	ended chan struct{}
}

func (w *watched) Subscribe(ctx context.Context, after eventstore.Position, f eventstore.Filter) iter.Seq2[eventstore.Batch, error] {
	return func(yield func(eventstore.Batch, error) bool) {
		defer close(w.ended)
		for batch, err := range w.Store.Subscribe(ctx, after, f) {
			if !yield(batch, err) {
				return
			}
		}
	}
}
