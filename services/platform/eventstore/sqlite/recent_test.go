package sqlite

import (
	"fmt"
	"path/filepath"
	"reflect"
	"sync"
	"testing"

	"github.com/google/uuid"

	"aanvraag.internal/services/platform/eventstore"
)

// What is read from memory is what is in the file, whoever appends meanwhile and
// however often streams are let go of in between.
func TestAStreamReadFromMemoryIsTheStreamInTheFile(t *testing.T) {
	s, err := Open(filepath.Join(t.TempDir(), "log.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	const streams, writers, appends = 7, 8, 150
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range appends {
				stream := fmt.Sprint("s-", (w+i)%streams)
				for {
					// As a command does: read, append behind what was read, and look
					// whether it is there.
					head := eventstore.Empty
					for r, err := range s.ReadStream(t.Context(), stream, eventstore.NoStream) {
						if err == nil {
							err = eventstore.Verify(head, r)
						}
						if err != nil {
							t.Error(err)
							return
						}
						head = r.Head()
					}
					id := uuid.New()
					done, err := s.Append(t.Context(), stream, head, []eventstore.Proposed{{ID: id, Type: "x", Data: []byte(`{}`), Metadata: []byte(`{}`)}})
					if err != nil {
						continue // somebody was faster
					}
					found := false
					for r := range s.ReadStream(t.Context(), stream, done.Head.Revision-1) {
						found = found || r.ID == id
					}
					if !found {
						t.Errorf("event %d of %s is not read back", done.Head.Revision, stream)
					}
					break
				}
				if i%10 == 0 {
					s.tail.recent.mu.Lock()
					s.tail.recent.streams.Remove(stream)
					s.tail.recent.mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	for i := range streams {
		stream := fmt.Sprint("s-", i)
		remembered, kept := s.tail.recent.after(stream, eventstore.NoStream)
		if !kept {
			for range s.ReadStream(t.Context(), stream, eventstore.NoStream) {
				break
			}
			remembered, kept = s.tail.recent.after(stream, eventstore.NoStream)
		}
		stored, _, err := s.streamPage(t.Context(), stream, eventstore.NoStream)
		if err != nil || !kept || !reflect.DeepEqual(remembered, stored) {
			t.Errorf("%s: %d events in memory (%v), %d in the file, %v", stream, len(remembered), kept, len(stored), err)
		}
	}
}

// The memory is bounded, and a stream that is too long to be kept is read from the
// file.
func TestLongStreamsAreNotKeptInMemory(t *testing.T) {
	r := newRecent()
	event := func(stream string, revision int) eventstore.Recorded {
		return eventstore.Recorded{Stream: stream, Revision: eventstore.Revision(revision), Data: make([]byte, recentStreamBytes/4)}
	}
	for revision := range 5 {
		r.add([]eventstore.Recorded{event("long", revision)})
	}
	if _, kept := r.after("long", eventstore.NoStream); kept || r.bytes != 0 {
		t.Errorf("kept: %v, %d bytes", kept, r.bytes)
	}
	for i := range 2 * recentBytes / (recentStreamBytes / 4) {
		r.add([]eventstore.Recorded{event(fmt.Sprint("short", i), 0)})
	}
	if r.bytes > recentBytes {
		t.Errorf("%d bytes are kept", r.bytes)
	}
}
