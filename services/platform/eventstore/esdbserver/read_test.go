package esdbserver_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"aanvraag.internal/services/platform/eventstore"
)

const everything = ^uint64(0)

func upTo(n int) string { return span(0, n-1) }

// span spells the numbers from one to another, in that direction.
func span(from, to int) string {
	step := 1
	if from > to {
		step = -1
	}
	out := []string{fmt.Sprint(from)}
	for n := from; n != to; {
		n += step
		out = append(out, fmt.Sprint(n))
	}
	return strings.Join(out, " ")
}

func TestAStreamIsReadForwardsFromAnyPlaceThatItIncludes(t *testing.T) {
	h := onDisk(t)
	h.fill("thing-0", 3)
	h.fill("thing-1", 700)
	for name, c := range map[string]struct {
		from  esdb.StreamPosition
		count uint64
		want  string
	}{
		"from the start":        {esdb.Start{}, everything, upTo(700)},
		"the first ones":        {esdb.Start{}, 3, "0 1 2"},
		"from the first":        {esdb.Revision(0), 2, "0 1"},
		"from within":           {esdb.Revision(600), 3, "600 601 602"},
		"from the last":         {esdb.Revision(699), everything, "699"},
		"from beyond":           {esdb.Revision(700), everything, ""},
		"from far beyond":       {esdb.Revision(1 << 63), everything, ""},
		"from the end":          {esdb.End{}, everything, ""},
		"the end, as a number":  {esdb.Revision(everything), everything, ""},
		"none":                  {esdb.Start{}, 0, ""},
		"none, from far beyond": {esdb.Revision(1 << 63), 0, ""},
	} {
		if got := revisions(h.read("thing-1", esdb.ReadStreamOptions{From: c.from}, c.count)); got != c.want {
			t.Errorf("%s gives %s", name, got)
		}
	}
}

func TestAStreamIsReadBackwardsFromAnyPlaceThatItIncludes(t *testing.T) {
	h := onDisk(t)
	h.fill("thing-0", 3)
	h.fill("thing-1", 300)
	for range 2 { // remembered by the first server, and not by the second
		for _, c := range []struct {
			name  string
			from  esdb.StreamPosition
			count uint64
			want  string
		}{
			{"from within", esdb.Revision(200), 3, "200 199 198"},
			{"from the end", esdb.End{}, everything, span(299, 0)},
			{"the last one", esdb.End{}, 1, "299"},
			{"over a stretch", esdb.Revision(130), 131, span(130, 0)},
			{"from beyond", esdb.Revision(300), 2, "299 298"},
			{"from far beyond", esdb.Revision(1 << 63), 2, "299 298"},
			{"from the first", esdb.Revision(0), everything, "0"},
			{"from the start", esdb.Start{}, everything, "0"},
			{"none", esdb.End{}, 0, ""},
		} {
			o := esdb.ReadStreamOptions{From: c.from, Direction: esdb.Backwards}
			if got := revisions(h.read("thing-1", o, c.count)); got != c.want {
				t.Errorf("%s gives %s", c.name, got)
			}
		}
		h = serve(t, h.store)
	}
	// The end that a server remembers from a read moves on with the next append.
	h.append("thing-1", esdb.Revision(299), events("thing-1", "more", 2)...)
	if got := revisions(h.read("thing-1", esdb.ReadStreamOptions{From: esdb.End{}, Direction: esdb.Backwards}, 1)); got != "301" {
		t.Errorf("after an append the last event is %s", got)
	}
}

func TestAMissingStreamIsNotFoundFromAnywhere(t *testing.T) {
	h := onDisk(t)
	h.fill("thing-1", 1)
	for _, direction := range []esdb.Direction{esdb.Forwards, esdb.Backwards} {
		for _, from := range []esdb.StreamPosition{esdb.Start{}, esdb.End{}, esdb.Revision(0), esdb.Revision(9)} {
			for _, stream := range []string{"thing-", "thing-10", "$$thing-1", "$all"} {
				read, err := h.client.ReadStream(h.ctx, stream, esdb.ReadStreamOptions{Direction: direction, From: from}, 1)
				if err != nil {
					t.Fatal(err)
				}
				_, err = read.Recv()
				var failed *esdb.Error
				if !errors.As(err, &failed) || !failed.IsErrorCode(esdb.ErrorCodeResourceNotFound) || !strings.Contains(err.Error(), stream) {
					t.Errorf("%s from %+v is %v", stream, from, err)
				}
				read.Close()
			}
		}
	}
}

// The client reads its place from the last event that it has: the log must go on
// there, in both directions.
func TestTheLogIsReadFromAnyPlace(t *testing.T) {
	h := onDisk(t)
	h.fill("thing-1", 100)
	h.fill("other-1", 100)
	h.fill("thing-2", 100)
	place := func(p uint64) esdb.Position { return esdb.Position{Commit: p, Prepare: p} }
	for name, c := range map[string]struct {
		from      esdb.AllPosition
		direction esdb.Direction
		count     uint64
		want      string
	}{
		"from the start":                  {esdb.Start{}, esdb.Forwards, everything, span(1, 300)},
		"from before the first":           {place(0), esdb.Forwards, 2, "1 2"},
		"from the first":                  {place(1), esdb.Forwards, 2, "1 2"},
		"from within, included":           {place(250), esdb.Forwards, 3, "250 251 252"},
		"from the last":                   {place(300), esdb.Forwards, everything, "300"},
		"from beyond":                     {place(301), esdb.Forwards, everything, ""},
		"from far beyond":                 {place(1 << 63), esdb.Forwards, everything, ""},
		"from the end":                    {esdb.End{}, esdb.Forwards, everything, ""},
		"the end, as a number":            {place(everything), esdb.Forwards, everything, ""},
		"back from the end":               {esdb.End{}, esdb.Backwards, everything, span(300, 1)},
		"back, the last one":              {esdb.End{}, esdb.Backwards, 1, "300"},
		"back from within, not included":  {place(250), esdb.Backwards, 3, "249 248 247"},
		"back from the second":            {place(2), esdb.Backwards, everything, "1"},
		"back from the first":             {place(1), esdb.Backwards, everything, ""},
		"back from before the first":      {place(0), esdb.Backwards, everything, ""},
		"back from far beyond":            {place(1 << 63), esdb.Backwards, 2, "300 299"},
		"back from the start":             {esdb.Start{}, esdb.Backwards, everything, ""},
		"back from the end, as a number ": {place(everything), esdb.Backwards, 1, "300"},
	} {
		o := esdb.ReadAllOptions{From: c.from, Direction: c.direction}
		if got := positions(h.readLog(o, c.count)); got != c.want {
			t.Errorf("%s gives %s", name, got)
		}
	}
}

func TestAnEmptyLogReadsAsNothing(t *testing.T) {
	h := onDisk(t)
	for _, direction := range []esdb.Direction{esdb.Forwards, esdb.Backwards} {
		for _, from := range []esdb.AllPosition{esdb.Start{}, esdb.End{}, esdb.Position{Commit: 1, Prepare: 1}} {
			if got := h.readLog(esdb.ReadAllOptions{From: from, Direction: direction}, 9); len(got) != 0 {
				t.Errorf("from %+v come %d events", from, len(got))
			}
		}
	}
}

func TestAnEventIsReadAsItWasWritten(t *testing.T) {
	h := onDisk(t)
	stream := "thing-é'%_\x01"
	proposed := events(stream, "a", 3)
	proposed[0].Data = []byte(" {\n\"z\": 1,\t\"a\":1.0e0} ")
	proposed[1].Data = []byte{0, 0xff, 0xfe, 0}
	proposed[2].Data = nil
	done := h.append(stream, esdb.NoStream{}, proposed...)
	stored := h.verified()
	for i, e := range h.read(stream, esdb.ReadStreamOptions{}, 9) {
		content := "application/octet-stream"
		if i == 0 {
			content = "application/json"
		}
		if e.StreamID != stream || e.EventNumber != uint64(i) || e.EventID != proposed[i].EventID ||
			e.EventType != proposed[i].EventType || e.ContentType != content || !bytes.Equal(e.Data, proposed[i].Data) {
			t.Errorf("event %d is read as %+v", i, e)
		}
		if want := stored[i].RecordedAt.Truncate(100 * time.Nanosecond); !e.CreatedDate.Equal(want) {
			t.Errorf("event %d was created at %v, recorded at %v", i, e.CreatedDate, want)
		}
		if e.Position.Commit != uint64(stored[i].Position) || e.Position.Prepare != e.Position.Commit {
			t.Errorf("event %d is at %+v, stored at %d", i, e.Position, stored[i].Position)
		}
		if i == 2 && e.Position.Commit != done.CommitPosition {
			t.Errorf("the append answered position %d, the read %d", done.CommitPosition, e.Position.Commit)
		}
	}
}

func TestAnotherProcessReadsWhatTheServerStored(t *testing.T) {
	h := onDisk(t)
	h.append("thing-1", esdb.NoStream{}, chained(t, "thing-1", eventstore.Empty, events("thing-1", "a", 3))...)
	again := serve(t, h.store) // another server of the same log, which remembers nothing
	got := again.read("thing-1", esdb.ReadStreamOptions{}, 9)
	for i, r := range h.verified() {
		if _, hash, ok := eventstore.SplitChain(got[i].UserMetadata); !ok || hash != r.Hash {
			t.Errorf("event %d is read with %s, its hash is %v", i, got[i].UserMetadata, r.Hash)
		}
	}
}

func TestAReadThatCannotBeMeantIsRefused(t *testing.T) {
	h := onDisk(t)
	h.fill("thing-1", 1)
	for _, stream := range []string{"", strings.Repeat("x", 2000), "thing-\xff"} {
		read, err := h.client.ReadStream(h.ctx, stream, esdb.ReadStreamOptions{}, 1)
		if err != nil {
			t.Fatal(err)
		}
		_, err = read.Recv()
		var failed *esdb.Error
		if !errors.As(err, &failed) || status.Code(failed.Err()) != codes.InvalidArgument {
			t.Errorf("stream %.9q is answered %v", stream, err)
		}
		read.Close()
	}
}
