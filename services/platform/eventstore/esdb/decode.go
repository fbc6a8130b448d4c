package esdb

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	client "github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"github.com/google/uuid"

	"aanvraag.internal/services/platform/eventstore"
)

// decode makes a recorded event of ours, and answers a [*eventstore.Corrupt] for one
// that we cannot have written.
func decode(e *client.RecordedEvent) (eventstore.Recorded, error) {
	r := eventstore.Recorded{
		Stream:   e.StreamID,
		Revision: eventstore.Revision(min(e.EventNumber, math.MaxInt64)),
		Position: eventstore.Position(e.Position.Commit),
		ID:       e.EventID,
		Type:     e.EventType,
		Data:     e.Data,
	}
	var chained, dated bool
	r.Metadata, r.Hash, chained = eventstore.SplitChain(e.UserMetadata)
	r.RecordedAt, dated = instant(e.SystemMetadata["created"])
	var problem string
	switch {
	case !ours(r.Stream):
		problem = "its stream has a name that no stream of ours has"
	case e.EventNumber > math.MaxInt64:
		problem = "it has no revision"
	case !isPosition(e.Position.Commit):
		problem = "it has no position, which this database does not tell or is too old to tell"
	case r.ID == uuid.Nil:
		problem = "it has no id"
	case !dated:
		problem = "it has no time of recording"
	case !chained:
		problem = "its metadata does not carry the chain"
	default:
		return r, nil
	}
	return eventstore.Recorded{}, &eventstore.Corrupt{
		Stream: r.Stream, Revision: r.Revision, Position: r.Position, Problem: problem,
	}
}

// ours tells whether a stream can be one of ours: the database's own begin with "$",
// and it reads names as UTF-8.
func ours(stream string) bool {
	return stream != "" && !system(stream) && utf8.ValidString(stream)
}

func system(stream string) bool { return strings.HasPrefix(stream, "$") }

// isPosition tells a position from how the database spells that there is none. No
// event of ours stands at the very beginning: that is the database's own record.
func isPosition(p uint64) bool { return p != 0 && p <= math.MaxInt64 }

// Of the database's clock: ticks of 100 ns since 1970, of which the years 1 to 9999
// are times.
const (
	ticksPerSecond = int64(time.Second) / 100
	firstTick      = -62_135_596_800 * ticksPerSecond
	lastTick       = 253_402_300_800*ticksPerSecond - 1
)

func instant(ticks string) (time.Time, bool) {
	t, err := strconv.ParseInt(ticks, 10, 64)
	if err != nil || t < firstTick || t > lastTick {
		return time.Time{}, false
	}
	return time.Unix(t/ticksPerSecond, t%ticksPerSecond*100).UTC(), true
}
