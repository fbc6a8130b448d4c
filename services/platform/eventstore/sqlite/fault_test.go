package sqlite

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"aanvraag.internal/services/platform/eventstore"
)

// held lets a test keep the writer inside its transactions.
type held struct {
	begun   chan struct{} // one for each transaction that is about to commit
	proceed chan struct{} // closed: they go on
	commits atomic.Int64
}

func hold() (*held, Option) {
	h := &held{begun: make(chan struct{}, 1024), proceed: make(chan struct{})}
	return h, func(s *settings) {
		s.commit = func(commit func() error) error {
			h.begun <- struct{}{}
			<-h.proceed
			h.commits.Add(1)
			return commit()
		}
	}
}

func TestAppendsThatWaitShareOneTransaction(t *testing.T) {
	for group, want := range map[int]int64{512: 2, 16: 5, 1: 64} {
		h, option := hold()
		s, _ := start(t, option, func(s *settings) { s.group = group })
		var writers sync.WaitGroup
		write := func(i int) {
			stream := fmt.Sprint("thing-", i)
			if _, err := s.Append(t.Context(), stream, eventstore.Empty, event(stream, "a")); err != nil {
				t.Errorf("append: %v", err)
			}
		}
		writers.Go(func() { write(0) })
		<-h.begun
		for i := range 63 {
			writers.Go(func() { write(i + 1) })
		}
		for len(s.queue) < 63 {
			runtime.Gosched()
		}
		close(h.proceed)
		writers.Wait()
		if got := h.commits.Load(); got != want {
			t.Errorf("64 appends took %d transactions with groups of %d, not %d", got, group, want)
		}
		if got := len(heads(t, s)); got != 64 {
			t.Errorf("%d streams are stored", got)
		}
		closeStore(t, s)
	}
}

func TestAnAppendWhoseContextEndsSaysWhetherItMayBeStored(t *testing.T) {
	h, option := hold()
	s, _ := start(t, option)
	ctx, cancel := context.WithCancel(t.Context())
	type answer struct {
		stream string
		err    error
	}
	answers := make(chan answer, 2)
	write := func(stream string) {
		_, err := s.Append(ctx, stream, eventstore.Empty, event(stream, "a"))
		answers <- answer{stream, err}
	}
	go write("thing-taken")
	<-h.begun
	go write("thing-queued")
	for len(s.queue) < 1 {
		runtime.Gosched()
	}
	cancel()
	for range 2 {
		a := <-answers
		if !errors.Is(a.err, context.Canceled) {
			t.Errorf("%s answers %v", a.stream, a.err)
		}
		if unknown := errors.Is(a.err, eventstore.ErrOutcomeUnknown); unknown != (a.stream == "thing-taken") {
			t.Errorf("%s answers %v", a.stream, a.err)
		}
	}
	close(h.proceed)
	mustAppend(t, s, "thing-later", eventstore.Empty, "a")
	found := heads(t, s)
	if _, stored := found["thing-queued"]; stored || len(found) != 2 {
		t.Errorf("stored are %v", found)
	}
}

func TestAfterAFaultOfCommitNothingIsAcknowledged(t *testing.T) {
	broken := errors.New("input/output error")
	for name, persist := range map[string]bool{"failed and not stored": false, "failed but stored": true} {
		t.Run(name, func(t *testing.T) {
			var fail atomic.Bool
			s, path := start(t, func(s *settings) {
				s.commit = func(commit func() error) error {
					if !fail.Load() {
						return commit()
					}
					if persist {
						return errors.Join(broken, commit())
					}
					return broken
				}
			})
			first := mustAppend(t, s, "thing-1", eventstore.Empty, "a")
			ended := make(chan error, 1)
			go func() {
				var last error
				for _, err := range s.Subscribe(t.Context(), first.Position, eventstore.Filter{}) {
					last = err
				}
				ended <- last
			}()
			select {
			case <-s.Failed():
				t.Fatal("failed before its time")
			default:
			}

			fail.Store(true)
			_, err := s.Append(t.Context(), "thing-1", first.Head, event("thing-1", "b"))
			if !errors.Is(err, eventstore.ErrOutcomeUnknown) || !errors.Is(err, broken) {
				t.Errorf("the append answers %v", err)
			}
			<-s.Failed()
			fail.Store(false)
			// Not even what is stored already: a repeat must not be answered from
			// pages that may never have reached the disk.
			for cause, head := range map[string]eventstore.Head{"a": eventstore.Empty, "b": first.Head, "c": first.Head} {
				if _, err := s.Append(t.Context(), "thing-1", head, event("thing-1", cause)); !errors.Is(err, eventstore.ErrUnavailable) {
					t.Errorf("a later append answers %v", err)
				}
			}
			if _, err := s.End(t.Context()); !errors.Is(err, eventstore.ErrUnavailable) {
				t.Errorf("End answers %v", err)
			}
			if err := <-ended; !errors.Is(err, eventstore.ErrUnavailable) {
				t.Errorf("the subscription ended with %v", err)
			}
			closeStore(t, s)

			want := first.Head.Revision
			if persist {
				want++
			}
			if got := heads(t, startAt(t, path))["thing-1"].Revision; got != want {
				t.Errorf("opened again, the stream ends at %d, not %d", got, want)
			}
		})
	}
}

func TestAppendsBehindAFaultAreNotStored(t *testing.T) {
	h, option := hold()
	s, path := start(t, option, WithoutGroupCommit(), func(s *settings) {
		inner := s.commit
		s.commit = func(commit func() error) error {
			return inner(func() error { return errors.New("input/output error") })
		}
	})
	answers := make(chan error, 8)
	write := func(i int) {
		stream := fmt.Sprint("thing-", i)
		_, err := s.Append(t.Context(), stream, eventstore.Empty, event(stream, "a"))
		answers <- err
	}
	go write(0)
	<-h.begun
	for i := range 7 {
		go write(i + 1)
	}
	for len(s.queue) < 7 {
		runtime.Gosched()
	}
	close(h.proceed)
	unknown := 0
	for range 8 {
		err := <-answers
		switch {
		case errors.Is(err, eventstore.ErrOutcomeUnknown):
			unknown++
		case !errors.Is(err, eventstore.ErrUnavailable):
			t.Errorf("an append behind the fault answers %v", err)
		}
	}
	if unknown != 1 || h.commits.Load() != 1 {
		t.Errorf("%d outcomes are unknown after %d commits", unknown, h.commits.Load())
	}
	closeStore(t, s)
	if found := heads(t, startAt(t, path)); len(found) != 0 {
		t.Errorf("stored are %v", found)
	}
}

func TestAFullLogRefusesAndHealsOnceThereIsRoom(t *testing.T) {
	var limit atomic.Int64
	limit.Store(200 << 10)
	s, _ := start(t, func(s *settings) { s.maxBytes = limit.Load })
	body := []byte(`"` + strings.Repeat("x", 10<<10) + `"`)
	head := eventstore.Empty
	write := func(i int) (eventstore.Appended, error) {
		events := event("thing-1", fmt.Sprint(i))
		events[0].Data = body
		return s.Append(t.Context(), "thing-1", head, events)
	}
	n := 0
	var err error
	for ; n < 100 && err == nil; n++ {
		var done eventstore.Appended
		if done, err = write(n); err == nil {
			head = done.Head
		}
	}
	if !errors.Is(err, eventstore.ErrFull) || n < 5 {
		t.Fatalf("append %d answers %v", n, err)
	}
	if _, err := write(n); !errors.Is(err, eventstore.ErrFull) {
		t.Errorf("a further append answers %v", err)
	}
	kept := head
	head = eventstore.Empty
	if done, err := write(0); err != nil || done.Head.Revision != 0 {
		t.Errorf("a repeat of what is stored answers %+v, %v", done, err)
	}
	head = kept
	if got := heads(t, s)["thing-1"]; got != head {
		t.Errorf("the stream ends at %d, not %d", got.Revision, head.Revision)
	}

	limit.Store(0)
	done, err := write(n)
	if err != nil {
		t.Fatalf("with room again: %v", err)
	}
	if got := heads(t, s)["thing-1"]; got != done.Head || got.Revision != head.Revision+1 {
		t.Errorf("the stream ends at %d, not %d", got.Revision, done.Head.Revision)
	}
	select {
	case <-s.Failed():
		t.Error("a full log has failed for good")
	default:
	}
}

func TestARepeatIsAnsweredThoughTheLogIsFullForOthers(t *testing.T) {
	var limit atomic.Int64
	h, option := hold()
	s, _ := start(t, option, func(s *settings) { s.maxBytes = limit.Load })
	write := func(stream string, size int) chan error {
		events := event(stream, "a")
		events[0].Data = make([]byte, size)
		answer := make(chan error, 1)
		go func() {
			_, err := s.Append(t.Context(), stream, eventstore.Empty, events)
			answer <- err
		}()
		return answer
	}
	stored := write("thing-1", 10)
	<-h.begun
	repeated, refused := write("thing-1", 10), write("thing-2", 300<<10)
	for len(s.queue) < 2 {
		runtime.Gosched()
	}
	limit.Store(64 << 10)
	close(h.proceed)
	if err := <-stored; err != nil {
		t.Errorf("the append before: %v", err)
	}
	if err := <-repeated; err != nil {
		t.Errorf("the repeat in the same group: %v", err)
	}
	if err := <-refused; !errors.Is(err, eventstore.ErrFull) {
		t.Errorf("the append without room: %v", err)
	}
}
