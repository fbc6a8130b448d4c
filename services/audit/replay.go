package audit

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"aanvraag.internal/services/kernel/hours"
	"aanvraag.internal/services/platform/eventstore"
)

// ReplayOptions change how [Replay] prints.
type ReplayOptions struct {
	// JSON prints one JSON object a line instead, with data and metadata as they
	// are stored, so that hashes can be recomputed.
	JSON bool
}

// Replay prints every event about a support request, over all streams, in the
// order in which they were recorded: when, where, by whom, under which policies,
// and what. The same log gives the same bytes for ever (P4). It reads the whole
// log, needs nothing but the log, and never opens what is sealed.
//
// It answers a rejection with code SUPPORT_REQUEST_UNKNOWN when there is no such
// event, and an [*eventstore.Corrupt] at the first damage in one of the streams,
// after printing what stands before it.
func Replay(ctx context.Context, store eventstore.Store, supportRequestID string, w io.Writer, opts ReplayOptions) error {
	correlation := supportRequestID
	if id, err := uuid.Parse(supportRequestID); err == nil {
		correlation = id.String() // streams are named in lower case
	}
	streams, err := search(ctx, store, correlation)
	if err != nil {
		return err
	}
	if len(streams) == 0 {
		return errUnknown
	}
	out := bufio.NewWriter(w)
	p := printer{out: out, numbers: map[uuid.UUID]int{}}
	show := p.block
	if opts.JSON {
		show = p.line
	} else {
		fmt.Fprintf(out, "History of support request %s\n", printable(correlation))
	}
	for r, err := range history(ctx, store, streams, correlation) {
		if err == nil {
			err = show(r)
		}
		if err != nil {
			return flushed(out, err)
		}
	}
	if !opts.JSON {
		fmt.Fprintf(out, "\n%d events in %d streams; each agrees with the chain of its stream.\n", len(p.numbers), len(streams))
	}
	return flushed(out, nil)
}

// flushed prints what was held back, also before an error.
func flushed(out *bufio.Writer, err error) error {
	if e := out.Flush(); err == nil && e != nil {
		return fmt.Errorf("print history: %w", e)
	}
	return err
}

// printer writes one history. What it writes to keeps the first fault.
type printer struct {
	out     *bufio.Writer
	numbers map[uuid.UUID]int // of the events printed so far, from 1
}

// block prints an event for people.
func (p *printer) block(r eventstore.Recorded) error {
	var m eventstore.Metadata
	if json.Unmarshal(r.Metadata, &m) != nil {
		return corrupt(r, unreadable)
	}
	p.numbers[r.ID] = len(p.numbers) + 1
	fmt.Fprintf(p.out, "\n%d. %s  %s\n", p.numbers[r.ID], clockTime(m.DecidedAt), printable(r.Type))
	p.entry("stream", fmt.Sprintf("%s, revision %d, position %d", printable(r.Stream), r.Revision, r.Position))
	p.entry("actor", actor(m.Actor))
	if m.CausationID != uuid.Nil {
		p.entry("because of", p.cause(m.CausationID))
	}
	if !m.HappenedAt.IsZero() {
		p.entry("happened", clockTime(m.HappenedAt))
	}
	if len(m.Policies) > 0 {
		p.entry("policies", policies(m.Policies))
	}
	p.entry("hash", short(r.Hash.String()))
	members, err := render(r.Data)
	if err != nil {
		return corrupt(r, "its data cannot be read")
	}
	width := 0
	for _, d := range members {
		width = max(width, utf8.RuneCountInString(d.name))
	}
	for _, d := range members {
		fmt.Fprintf(p.out, "     %-*s  %s\n", width, d.name, d.value)
	}
	return nil
}

func (p *printer) entry(name, value string) { fmt.Fprintf(p.out, "   %-10s  %s\n", name, value) }

// cause names an event by its number in this history, where it has one.
func (p *printer) cause(id uuid.UUID) string {
	if n, printed := p.numbers[id]; printed {
		return strconv.Itoa(n)
	}
	return "event " + id.String()
}

func actor(a eventstore.Actor) string {
	out := a.Kind
	if a.ID != "" {
		out += " " + a.ID
	}
	if a.Authentication != "" {
		out += " (" + a.Authentication + ")"
	}
	return printable(out)
}

func policies(refs []eventstore.PolicyRef) string {
	out := make([]string, len(refs))
	for i, p := range refs {
		out[i] = fmt.Sprintf("%s %d (%s)", printable(p.Kind), p.Version, short(p.SHA256))
	}
	return strings.Join(out, ", ")
}

// line prints an event for programs.
func (p *printer) line(r eventstore.Recorded) error {
	p.numbers[r.ID] = len(p.numbers) + 1
	line, err := json.Marshal(struct {
		Position   eventstore.Position `json:"position"`
		Stream     string              `json:"stream"`
		Revision   eventstore.Revision `json:"revision"`
		EventID    uuid.UUID           `json:"eventId"`
		Type       string              `json:"type"`
		Data       jsontext.Value      `json:"data"`
		Metadata   jsontext.Value      `json:"metadata"`
		Hash       string              `json:"hash"`
		RecordedAt time.Time           `json:"recordedAt"`
	}{
		r.Position, r.Stream, r.Revision, r.ID, r.Type, r.Data, r.Metadata, r.Hash.String(), r.RecordedAt,
	}, jsontext.PreserveRawStrings(true))
	if err != nil {
		return corrupt(r, "its data cannot be read")
	}
	_, _ = p.out.Write(append(line, '\n'))
	return nil
}

// clockTime is an instant as the desk's wall clock showed it, by the zone rules
// inside the program (G-12), with its offset.
func clockTime(at time.Time) string {
	const layout = "2006-01-02 15:04:05 -07:00"
	at = at.UTC()
	whole := at.Truncate(time.Second)
	for _, ahead := range []time.Duration{time.Hour, 2 * time.Hour} {
		wall := whole.Add(ahead)
		instant, err := calendar.Instant(wall.Format(time.DateOnly), wall.Format(time.TimeOnly), &ahead)
		if err == nil && instant.Equal(whole) {
			return at.In(time.FixedZone("", int(ahead.Seconds()))).Format(layout)
		}
	}
	return at.Format(layout)
}

var calendar = hours.Default()
