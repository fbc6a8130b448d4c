package esdb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"aanvraag.internal/services/platform/eventstore"
)

func proposed(stream, cause string) []eventstore.Proposed {
	id := uuid.NewSHA1(uuid.Nil, []byte(cause))
	return []eventstore.Proposed{{
		ID: eventstore.EventID(stream, id, 0), Type: "thing.happened.v1",
		Data: fmt.Appendf(nil, `{"cause":%q}`, cause), Metadata: []byte(`{"commandIndex":0}`),
	}}
}

// Of the outage, see reliability: a call may outlive its deadline by this much, and
// after the server's return everybody works again within that.
const (
	deadline = 300 * time.Millisecond
	overtime = 100 * time.Millisecond
	recovery = 5 * time.Second
)

func outage() time.Duration {
	if os.Getenv("AANVRAAG_LONG") != "" {
		return 60 * time.Second
	}
	return 3 * time.Second
}

// slowest keeps the greatest of many durations.
type slowest struct{ atomic.Int64 }

func (s *slowest) saw(d time.Duration) {
	for {
		known := s.Load()
		if known >= int64(d) || s.CompareAndSwap(known, int64(d)) {
			return
		}
	}
}

// away keeps writers at work, with deadlines, while do takes the server away and
// brings it back. No call may outlive its deadline, and all must work again in time.
// A machine that has other things to do is late with everything, so the same number
// of calls that do nothing but wait for their context run beside them, and how late
// the latest of those is is not held against the others.
func away(t *testing.T, s *Store, what string, writers int, do func()) {
	t.Helper()
	var longest, idle slowest
	var group sync.WaitGroup
	returned := make(chan struct{})
	recovered := make(chan time.Duration, writers)
	var since time.Time
	stop := make(chan struct{})
	run := uuid.NewString()
	for range writers {
		group.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				before := time.Now() //nolint:forbidigo // how late the machine is is what is measured
				idly(deadline)
				idle.saw(time.Since(before))
			}
		})
	}
	for i := range writers {
		group.Go(func() {
			stream, head := fmt.Sprint(run, ".thing-", i), eventstore.Empty
			told := false
			for round := 0; ; round++ {
				select {
				case <-stop:
					return
				default:
				}
				before := time.Now() //nolint:forbidigo // how long a real call takes is what is tried
				next, ok := attemptOnce(t, s, stream, head, strconv.Itoa(round))
				longest.saw(time.Since(before))
				if !ok {
					round--
					continue
				}
				head = next
				select {
				case <-returned:
					if !told {
						told = true
						recovered <- time.Since(since)
					}
				default:
				}
			}
		})
	}
	before := time.Now() //nolint:forbidigo // see since
	do()
	since = time.Now() //nolint:forbidigo // how long a real recovery takes is what is tried
	gone := since.Sub(before)
	close(returned)
	var back time.Duration
	for range writers {
		select {
		case d := <-recovered:
			back = max(back, d)
		case <-time.After(2 * recovery):
			t.Errorf("a writer does not work again after %v", 2*recovery)
		}
	}
	close(stop)
	group.Wait()
	for i := range writers {
		head := eventstore.Empty
		for r, err := range s.ReadStream(t.Context(), fmt.Sprint(run, ".thing-", i), eventstore.NoStream) {
			if err == nil {
				err = eventstore.Verify(head, r)
			}
			if err != nil {
				t.Fatal(err)
			}
			head = r.Head()
		}
	}
	slow, unavoidable := time.Duration(longest.Load()), time.Duration(idle.Load())
	t.Logf("%s for %v under %d writers with deadlines of %v: the slowest call took %v (one that only waits %v), all worked again after %v",
		what, gone.Round(time.Millisecond), writers, deadline, slow, unavoidable, back)
	if slow > unavoidable+overtime {
		t.Errorf("a call with a deadline of %v took %v", deadline, slow)
	}
	if back > recovery {
		t.Errorf("it took %v to recover", back)
	}
}

// idly is a call that does nothing but wait for its context, on a goroutine of its own.
func idly(d time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	done := make(chan struct{})
	go func() {
		<-ctx.Done()
		close(done)
	}()
	<-done
}

// attemptOnce appends with a deadline, and when the outcome is not known looks for
// the event with another one (R3).
func attemptOnce(t *testing.T, s *Store, stream string, head eventstore.Head, cause string) (eventstore.Head, bool) {
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	events := proposed(stream, cause)
	done, err := s.Append(ctx, stream, head, events)
	switch {
	case err == nil:
		return done.Head, true
	case errors.Is(err, eventstore.ErrUnavailable), errors.Is(err, eventstore.ErrOutcomeUnknown), errors.Is(err, context.DeadlineExceeded):
		return head, false
	default:
		t.Errorf("append: %v", err)
		return head, false
	}
}

func TestWhileTheServerIsAwayNoCallHangsAndAllRecover(t *testing.T) {
	t.Parallel()
	h := newHost(t, nil)
	s := connect(t, h.address)
	away(t, s, "away", 16, func() {
		time.Sleep(200 * time.Millisecond) // under load
		h.stop()
		for range 10 {
			time.Sleep(outage() / 10)
			if s.Available() {
				t.Error("a store that is away says that it is available")
			}
		}
		h.start()
	})
	if !s.Available() {
		t.Error("a store that is back says that it is not available")
	}
}

// A server that is there and does not answer: its process is stopped, or the network
// swallows everything.
func TestWhileTheServerIsSilentNoCallHangsAndAllRecover(t *testing.T) {
	t.Parallel()
	w := newMuteWire(t, newHost(t, nil).address)
	s := connect(t, w.listener.Addr().String())
	away(t, s, "silent", 16, func() {
		time.Sleep(200 * time.Millisecond)
		w.mute()
		time.Sleep(outage())
		if s.Available() {
			t.Error("a store that does not answer says that it is available")
		}
		w.speak()
	})
}

// muteWire carries nothing for a while, and then goes on where it was.
type muteWire struct {
	*wire
	mu     sync.Mutex
	silent chan struct{} // closed while it speaks
}

func newMuteWire(t *testing.T, to string) *muteWire {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m := &muteWire{wire: &wire{listener: l, to: to, conns: make(map[net.Conn]bool)}, silent: make(chan struct{})}
	close(m.silent)
	m.copy = func(to io.Writer, from io.Reader) {
		buf := make([]byte, 32<<10)
		for {
			n, err := from.Read(buf)
			if err != nil {
				return
			}
			m.mu.Lock()
			silent := m.silent
			m.mu.Unlock()
			<-silent
			if _, err := to.Write(buf[:n]); err != nil {
				return
			}
		}
	}
	m.begin(t)
	return m
}

func (m *muteWire) mute() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.silent = make(chan struct{})
}

func (m *muteWire) speak() {
	m.mu.Lock()
	defer m.mu.Unlock()
	close(m.silent)
}

func TestCallsToAStoreThatIsAwayFailFast(t *testing.T) {
	t.Parallel()
	h := newHost(t, nil)
	s := connect(t, h.address)
	h.stop()
	for s.Available() {
		_, _ = s.End(t.Context())
	}
	before := time.Now() //nolint:forbidigo // how long a real call takes is what is tried
	if _, err := s.Append(t.Context(), "thing-1", eventstore.Empty, proposed("thing-1", "a")); !errors.Is(err, eventstore.ErrUnavailable) ||
		errors.Is(err, eventstore.ErrOutcomeUnknown) {
		t.Errorf("append answers %v", err)
	}
	if _, err := s.End(t.Context()); !errors.Is(err, eventstore.ErrUnavailable) {
		t.Errorf("end answers %v", err)
	}
	for _, err := range s.ReadStream(t.Context(), "thing-1", eventstore.NoStream) {
		if !errors.Is(err, eventstore.ErrUnavailable) {
			t.Errorf("read answers %v", err)
		}
	}
	if took := time.Since(before); took > 2*time.Second {
		t.Errorf("three calls took %v without a deadline", took)
	}
}

func TestASubscriptionWaitsForAStoreThatIsAway(t *testing.T) {
	h := newHost(t, nil)
	s := connect(t, h.address)
	first, err := s.Append(t.Context(), "thing-1", eventstore.Empty, proposed("thing-1", "a"))
	if err != nil {
		t.Fatal(err)
	}
	h.stop()
	var group sync.WaitGroup
	for _, filter := range []eventstore.Filter{{}, {Prefixes: []string{"thing-"}}} {
		group.Go(func() {
			var seen []eventstore.Revision
			for batch, err := range s.Subscribe(t.Context(), 0, filter) {
				if err != nil {
					t.Error(err)
				}
				for _, r := range batch.Events {
					seen = append(seen, r.Revision)
				}
				if len(seen) == 2 {
					break
				}
			}
			if len(seen) != 2 || seen[0] != 0 || seen[1] != 1 {
				t.Errorf("revisions %v came", seen)
			}
		})
	}
	h.start()
	for {
		if _, err = s.Append(t.Context(), "thing-1", first.Head, proposed("thing-1", "b")); err == nil {
			break
		}
	}
	group.Wait()
}

func TestOpenWaitsForTheServerAndSaysWhyItDoesNotCome(t *testing.T) {
	t.Parallel()
	h := newHost(t, nil)
	h.stop()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, err := Open(ctx, "esdb://"+h.address+"?tls=false")
	if !errors.Is(err, eventstore.ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("without a server Open answers %v", err)
	}
	if !strings.Contains(err.Error(), "refused") {
		t.Errorf("it does not say why: %v", err)
	}
	opened, to := make(chan error, 1), "esdb://"+h.address+"?tls=false"
	go func() {
		s, err := Open(t.Context(), to)
		if err == nil {
			err = s.Close()
		}
		opened <- err
	}()
	h.start()
	if err := <-opened; err != nil {
		t.Errorf("once there is a server Open answers %v", err)
	}
	for _, wrong := range []string{"", "localhost:2113", "http://localhost:2113", "esdb://?tls=false", "esdb://localhost:2113?tls=perhaps"} {
		if _, err := Open(t.Context(), wrong); err == nil || errors.Is(err, eventstore.ErrUnavailable) {
			t.Errorf("%q: %v", wrong, err)
		}
	}
}

func TestAStoreThatIsAwayCanBeClosed(t *testing.T) {
	h := newHost(t, nil)
	s := connect(t, h.address)
	var group sync.WaitGroup
	for i := range 16 {
		group.Go(func() {
			stream := fmt.Sprint("thing-", i)
			for {
				if _, err := s.Append(t.Context(), stream, eventstore.Empty, proposed(stream, "a")); errors.Is(err, eventstore.ErrClosed) {
					return
				}
			}
		})
		group.Go(func() {
			for _, err := range s.Subscribe(t.Context(), 0, eventstore.Filter{}) {
				if err != nil && !errors.Is(err, eventstore.ErrClosed) {
					t.Error(err)
				}
			}
		})
	}
	h.stop()
	for s.Available() {
		_, _ = s.End(t.Context())
	}
	before := time.Now() //nolint:forbidigo // how long a real call takes is what is tried
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if took := time.Since(before); took > time.Second {
		t.Errorf("Close took %v", took)
	}
	group.Wait()
}
