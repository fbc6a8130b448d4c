package esdb

import (
	"bytes"
	"errors"
	"math"
	"slices"
	"strconv"
	"testing"
	"time"

	client "github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"github.com/google/uuid"

	"aanvraag.internal/services/platform/eventstore"
)

func TestTheDatabasesTicksAreTimesOfTheYearsOneTo9999(t *testing.T) {
	for ticks, want := range map[int64]time.Time{
		0:                 time.Unix(0, 0),
		1:                 time.Unix(0, 100),
		-1:                time.Unix(-1, 999_999_900),
		17724528000000007: time.Date(2026, 3, 2, 12, 0, 0, 700, time.UTC),
		firstTick:         time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC),
		lastTick:          time.Date(9999, 12, 31, 23, 59, 59, 999_999_900, time.UTC),
	} {
		if got, ok := instant(strconv.FormatInt(ticks, 10)); !ok || !got.Equal(want) {
			t.Errorf("%d ticks are %v (%v), not %v", ticks, got, ok, want)
		}
	}
	for _, wrong := range []string{"", "now", "1.5", "9223372036854775808", strconv.FormatInt(firstTick-1, 10), strconv.FormatInt(lastTick+1, 10)} {
		if got, ok := instant(wrong); ok {
			t.Errorf("%q is taken for %v", wrong, got)
		}
	}
}

// FuzzDecode tries whatever a server may send: an event comes out as it went in, or
// is called corrupt by its name.
func FuzzDecode(f *testing.F) {
	chained, err := eventstore.WithChain([]byte(`{"a":1}`), eventstore.Hash{7})
	if err != nil {
		f.Fatal(err)
	}
	id := uuid.NewSHA1(uuid.Nil, []byte("a"))
	f.Add("thing-1", "thing.happened.v1", "17724528000000000", chained, []byte(`{}`), id[:], uint64(3), uint64(9))
	f.Add("$stats", "$stats", "0", []byte(`{}`), []byte{}, id[:], uint64(math.MaxUint64), uint64(math.MaxUint64))
	f.Add("\xff", "", "-1", []byte(nil), []byte("\x00"), make([]byte, 16), uint64(0), uint64(0))
	f.Fuzz(func(t *testing.T, stream, kind, created string, metadata, data, id []byte, revision, position uint64) {
		e := &client.RecordedEvent{
			StreamID: stream, EventType: kind, EventNumber: revision, Data: data, UserMetadata: bytes.Clone(metadata),
			SystemMetadata: map[string]string{"created": created}, Position: client.Position{Commit: position, Prepare: position},
		}
		copy(e.EventID[:], id)
		r, err := decode(e)
		if !bytes.Equal(e.UserMetadata, metadata) {
			t.Error("decoding changed the bytes it was given")
		}
		if err != nil {
			var c *eventstore.Corrupt
			if !errors.As(err, &c) || c.Stream != stream || c.Problem == "" {
				t.Errorf("%v does not name event %d of %q", err, revision, stream)
			}
			return
		}
		if r.Revision < 0 || uint64(r.Revision) != revision || r.Position == 0 || uint64(r.Position) != position || r.ID != e.EventID {
			t.Errorf("event %d at %d came out as %+v", revision, position, r)
		}
		if back, err := eventstore.WithChain(r.Metadata, r.Hash); err == nil && !bytes.Equal(back, metadata) {
			t.Errorf("metadata %q came out as %q with %s", metadata, r.Metadata, r.Hash)
		}
		if year := r.RecordedAt.Year(); year < 1 || year > 9999 {
			t.Errorf("it was recorded at %v", r.RecordedAt)
		}
	})
}

func TestAFilterForTheServerSelectsAllThatTheFilterDoes(t *testing.T) {
	for _, c := range []struct{ prefixes, want []string }{
		{nil, nil},
		{[]string{""}, nil},
		{[]string{"\xff"}, nil},
		{[]string{"thing-", ""}, nil},
		{[]string{"thing-"}, []string{"thing-"}},
		{[]string{"thing-", "other-"}, []string{"thing-", "other-"}},
		{[]string{"thing-\xff\xfe"}, []string{"thing-"}},
		{[]string{"thing-é", "thing-\xc3"}, []string{"thing-é", "thing-"}},
		{[]string{"thing-\uFFFD"}, []string{"thing-\uFFFD"}},
	} {
		if got := serverSide(eventstore.Filter{Prefixes: c.prefixes}); !slices.Equal(got, c.want) || (got == nil) != (c.want == nil) {
			t.Errorf("%q becomes %q, not %q", c.prefixes, got, c.want)
		}
	}
}
