package audit

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"aanvraag.internal/services/platform/eventstore"
)

// Report is what a verification found.
type Report struct {
	Events   uint64              // that were looked at
	Streams  uint64              // that they stand in
	Position eventstore.Position // of the last event looked at
	// Damages are the first ones, at most 20, in log order.
	Damages []*eventstore.Corrupt
}

const (
	maxDamages = 20
	// progressEvery is how many events pass between two reports of progress.
	progressEvery = 1000
)

// Verify reads the whole log and checks of each event that it follows the one
// before it in its stream and agrees with the chain of hashes, that positions
// only grow, that its id follows from its stream and command, that the events of
// a command stand together, that its metadata and data can be read, that the
// event that caused it is there, and that every policy version it names is in
// the log (P2).
//
// It answers the first damage as an [*eventstore.Corrupt], with a full report. It
// goes on behind a damage and takes what stands there at its word, so only what
// rests on it directly is named too. progress, if given, hears how far it is.
//
// A log whose end was cut off agrees with itself, and so does one that was
// written anew with all its hashes; against both stands a hash that was noted
// elsewhere. Where an event was cut off the end of its stream but not of the log,
// the hole is seen if the store's positions leave none (see [Gapless]).
func Verify(ctx context.Context, store eventstore.Store, progress func(done, end eventstore.Position)) (Report, error) {
	return verify(ctx, store, everything, progress)
}

// everything shows all streams.
func everything(string) bool { return true }

// verify is [Verify] for somebody who is shown some streams only. All are read and
// the others held against them, but the report speaks as if those alone were there
// (D-05): what is wrong with another is for whoever sees it.
func verify(
	ctx context.Context, store eventstore.Store, shown func(stream string) bool, progress func(done, end eventstore.Position),
) (Report, error) {
	end, err := store.End(ctx)
	if err != nil {
		return Report{}, fmt.Errorf("verify the log: %w", err)
	}
	if progress == nil {
		progress = func(_, _ eventstore.Position) {}
	}
	v := newVerifier(store)
	others := hidden{streams: map[string]bool{}}
	for r, err := range store.ReadAll(ctx, 0, eventstore.Filter{}) {
		if err != nil {
			// An engine that cannot even read an event cannot go on behind it.
			if c, ok := errors.AsType[*eventstore.Corrupt](err); ok {
				if !shown(c.Stream) {
					c = &eventstore.Corrupt{Stream: "(not shown)", Problem: c.Problem}
					err = c
				}
				v.damaged(c)
			}
			return others.leftOut(v.report), fmt.Errorf("verify the log: %w", err)
		}
		var m eventstore.Metadata
		unread := json.Unmarshal(r.Metadata, &m) != nil
		damage := v.next(r, m, unread)
		if !shown(r.Stream) {
			others.events++
			others.streams[r.Stream] = true
			continue
		}
		others.last = r.Position
		if damage != nil {
			v.damaged(damage)
		}
		if v.report.Events%progressEvery == 0 {
			progress(r.Position, max(end, r.Position))
		}
	}
	progress(v.report.Position, max(end, v.report.Position))
	report := others.leftOut(v.report)
	if len(report.Damages) > 0 {
		return report, report.Damages[0]
	}
	return report, nil
}

// hidden is what a report does not speak of.
type hidden struct {
	events  uint64
	streams map[string]bool
	last    eventstore.Position // of what it does speak of
}

func (h hidden) leftOut(r Report) Report {
	r.Events -= h.events
	r.Streams -= uint64(len(h.streams))
	r.Position = h.last
	return r
}

// Gapless is a store whose positions are 1, 2, 3 and so on, so that a hole is an
// event that was taken away.
type Gapless interface{ Gapless() bool }

// verifier goes through a log once, in order.
type verifier struct {
	report   Report
	gapless  bool
	streams  map[string]last
	policies map[eventstore.Hash]bool // contents that policy streams have named so far
}

func newVerifier(store eventstore.Store) verifier {
	v := verifier{streams: map[string]last{}, policies: map[eventstore.Hash]bool{}}
	if g, ok := store.(Gapless); ok {
		v.gapless = g.Gapless()
	}
	return v
}

// last is what is known of a stream from its last event.
type last struct {
	head    eventstore.Head
	whole   bool // nothing was wrong with it, so the next two are what was written
	command uuid.UUID
	index   int
}

func (v *verifier) damaged(c *eventstore.Corrupt) {
	if len(v.report.Damages) < maxDamages {
		v.report.Damages = append(v.report.Damages, c)
	}
}

// next looks at the next event and remembers it. m is its metadata, unless that
// could not be read.
func (v *verifier) next(r eventstore.Recorded, m eventstore.Metadata, unread bool) *eventstore.Corrupt {
	problem := v.check(r, m, unread)
	v.took(r, m, problem == "")
	if problem != "" {
		return corrupt(r, problem)
	}
	return nil
}

// check gives the first thing that is wrong with r, or "".
func (v *verifier) check(r eventstore.Recorded, m eventstore.Metadata, unread bool) string {
	switch {
	case r.Position <= v.report.Position:
		return "its position is not after that of the event before it"
	case v.gapless && r.Position != v.report.Position+1:
		return fmt.Sprintf("what stood between position %d and it is missing", v.report.Position)
	}
	before, known := v.streams[r.Stream]
	if !known {
		before.head = eventstore.Empty
	}
	if c, ok := errors.AsType[*eventstore.Corrupt](eventstore.Verify(before.head, r)); ok {
		return c.Problem
	}
	switch {
	case unread:
		return unreadable
	case r.ID != eventstore.EventID(r.Stream, m.CommandID, m.CommandIndex):
		return "its id does not follow from its stream and command"
	case known && !before.whole: // what it should follow is not known
	case m.CommandIndex == 0 && known && m.CommandID == before.command:
		return "its command stands before it already"
	case m.CommandIndex != 0 && (m.CommandID != before.command || m.CommandIndex != before.index+1):
		return "an event of the same command before it is missing"
	}
	if !jsontext.Value(r.Data).IsValid() {
		return "its data cannot be read"
	}
	return v.causes(r, m)
}

// causes looks for what an event says it rests on: the event that an inbox handled
// and the policies of the decision.
func (v *verifier) causes(r eventstore.Recorded, m eventstore.Metadata) string {
	if s := m.Source; s != nil {
		// A stream that is not here at all is in the log of another installation.
		if source, here := v.streams[s.Stream]; here && source.head.Revision < s.Revision {
			return fmt.Sprintf("its cause, event %d of stream %s, is missing", s.Revision, s.Stream)
		}
	}
	own := map[eventstore.Hash]bool{}
	if isPolicy(r.Stream) {
		own = sums(r.Data)
	}
	for _, p := range m.Policies {
		sum, ok := hash(p.SHA256)
		if !ok || (!v.policies[sum] && !own[sum]) {
			return fmt.Sprintf("missing policy: version %d of %s, which it was decided under", p.Version, p.Kind)
		}
	}
	return ""
}

// took remembers r. What was damaged is taken at its word, so that it is named
// once and not again by every event behind it.
func (v *verifier) took(r eventstore.Recorded, m eventstore.Metadata, whole bool) {
	if _, known := v.streams[r.Stream]; !known {
		v.report.Streams++
	}
	v.streams[r.Stream] = last{head: r.Head(), whole: whole, command: m.CommandID, index: m.CommandIndex}
	v.report.Events++
	v.report.Position = max(v.report.Position, r.Position)
	if isPolicy(r.Stream) {
		for sum := range sums(r.Data) {
			v.policies[sum] = true
		}
	}
}

// isPolicy tells streams in which policy versions are published or adopted.
func isPolicy(stream string) bool {
	return strings.HasPrefix(stream, "policy-") || strings.HasPrefix(stream, "adopted-")
}

// sums are the SHA-256 sums that data names, wherever they stand in it: a policy
// has one, a document has one for each language.
func sums(data []byte) map[eventstore.Hash]bool {
	out := map[eventstore.Hash]bool{}
	tokens := jsontext.NewDecoder(bytes.NewReader(data))
	for {
		token, err := tokens.ReadToken()
		if err != nil {
			return out
		}
		if token.Kind() != '"' {
			continue
		}
		if sum, ok := hash(token.String()); ok {
			out[sum] = true
		}
	}
}

func hash(text string) (sum eventstore.Hash, ok bool) {
	if len(text) != 2*len(sum) {
		return sum, false
	}
	_, err := hex.Decode(sum[:], []byte(text))
	return sum, err == nil
}
