package pair

import (
	"maps"
	"strconv"
	"time"

	"aanvraag.internal/services/platform/decider"
)

// Retry is an operator's wish that what has queued be handled.
type Retry struct {
	At time.Time `json:"at"`
}

// Decide begins an attempt; while one is under way, or nothing is parked any more,
// there is nothing to do.
func (c Retry) Decide(p Pair) ([]Event, error) {
	switch p.State {
	case None:
		return nil, Unknown
	case Parked:
		return []Event{QueueRetried{Attempt: p.Attempt + 1, RetriedAt: c.At}}, nil
	default:
		return nil, nil
	}
}

// Skip is an operator's wish that one event never be handled. It names the revision,
// so that nothing is skipped that he did not look at.
type Skip struct {
	Revision int64     `json:"revision"`
	Reason   string    `json:"reason"`
	At       time.Time `json:"at"`
}

// Decide skips exactly the event that the pair stands at.
func (c Skip) Decide(p Pair) ([]Event, error) {
	switch {
	case p.State == None:
		return nil, Unknown
	case p.State != Parked:
		return nil, with(errState, map[string]string{"from": string(p.State), "command": "SkipParked"})
	case c.Revision != p.Place.Revision:
		return nil, with(errElsewhere, map[string]string{"revision": strconv.FormatInt(p.Place.Revision, 10)})
	}
	return []Event{EventSkipped{
		Attempt: p.Attempt + 1, EventID: p.Place.EventID, Revision: c.Revision, Reason: c.Reason, SkippedAt: c.At,
	}}, nil
}

// Unknown answers an id under which nothing was ever parked.
var Unknown = &decider.Rejection{
	Kind: decider.Missing, Code: "PARKED_UNKNOWN", Rule: "R5",
	Reason: "nothing was ever parked under this id",
}

var (
	errState = &decider.Rejection{
		Kind: decider.Precondition, Code: "ILLEGAL_STATE", Rule: "R5",
		Reason: "only an event that is parked can be skipped",
	}
	errElsewhere = &decider.Rejection{
		Kind: decider.Precondition, Code: "PARKED_ELSEWHERE", Rule: "R5",
		Reason: "it is not parked at the revision that you named",
	}
)

func with(r *decider.Rejection, details map[string]string) *decider.Rejection {
	out := *r
	out.Details = maps.Clone(details)
	return &out
}
