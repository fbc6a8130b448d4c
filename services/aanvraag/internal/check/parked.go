package check

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"aanvraag.internal/services/platform/clock"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/parking"
)

// parked: no event stream waits for an operator (R5), but for those of which the
// caller knows.
type parked struct {
	found   *findings
	allowed []parking.ID
	lot     *parking.Lot
	pairs   map[parking.ID]pair
}

type pair struct {
	parking.Pair
	where at // of the last event
}

func newParked(s Subject, found *findings) *parked {
	return &parked{
		found: found, allowed: s.Parked, pairs: map[parking.ID]pair{},
		lot: parking.New(s.Store, clock.System{}), // to read what happened: no command is given
	}
}

func (p *parked) see(_ context.Context, e *event) error {
	if e.category != "parking" || e.unreadable != "" {
		return nil
	}
	id, none := parking.ParseStream(e.Stream)
	if none != nil {
		p.found.addf(LogUnread, e.at(), "%s stands in a stream that names no pair", e.Type)
		return nil //nolint:nilerr // it is found
	}
	after, err := p.lot.Apply(p.pairs[id].Pair, e.Recorded)
	if err != nil {
		return err // it was read once
	}
	p.pairs[id] = pair{after, e.at()}
	return nil
}

func (p *parked) end(context.Context) error {
	ids := slices.SortedFunc(maps.Keys(p.pairs), func(a, b parking.ID) int {
		return cmp.Compare(p.pairs[a].where.position, p.pairs[b].where.position)
	})
	for _, id := range ids {
		at := p.pairs[id]
		if at.Held() && !slices.Contains(p.allowed, id) {
			p.found.addf(Parked, at.where, "%s of %s waits in %s at revision %d: %s",
				id.Stream, id.Service, id.Listener, at.Place.Revision, at.Place.Reason)
		}
	}
	return nil
}

// covers tells whether a listener need not have answered an event yet, or ever.
func (p *parked) covers(listener, stream string, revision eventstore.Revision) bool {
	for id, at := range p.pairs {
		if id.Listener != listener || id.Stream != stream {
			continue
		}
		return at.Held() && int64(revision) >= at.Place.Revision || at.Skips(int64(revision))
	}
	return false
}
