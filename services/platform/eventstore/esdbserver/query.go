package esdbserver

import (
	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"

	"aanvraag.internal/services/platform/eventstore"
)

// beyond lies after every revision and position that a log will ever have, and can
// still be counted on from.
const beyond = 1 << 62

// query is one read or subscription as a client asks for it.
type query struct {
	stream    string // empty for the whole log
	from      place
	backwards bool
	live      bool   // a subscription
	count     uint64 // most events, of a read
	filter    *filter
	textID    bool
}

// place is where a query begins.
type place struct {
	kind  placeKind
	value uint64 // a revision or a position, at most beyond
}

type placeKind int

const (
	start placeKind = iota + 1
	end
	at
)

func parse(req *streams.ReadReq) (query, error) {
	o := req.GetOptions()
	q := query{backwards: o.GetReadDirection() == streams.ReadReq_Options_Backwards}
	if !q.backwards && o.GetReadDirection() != streams.ReadReq_Options_Forwards {
		return q, invalid("a read has no direction %d", o.GetReadDirection())
	}
	_, q.textID = o.GetUuidOption().GetContent().(*streams.ReadReq_Options_UUIDOption_String_)
	switch c := o.GetCountOption().(type) {
	case *streams.ReadReq_Options_Count:
		q.count = c.Count
	case *streams.ReadReq_Options_Subscription:
		q.live = true
	default:
		return q, invalid("a read names neither a count nor a subscription")
	}
	var err error
	if q.stream, q.from, err = where(o); err != nil {
		return q, err
	}
	if f, ok := o.GetFilterOption().(*streams.ReadReq_Options_Filter); ok {
		if q.filter, err = parseFilter(f.Filter, q.live); err != nil {
			return q, err
		}
	}
	switch {
	case q.live && q.backwards:
		return q, invalid("a subscription goes forwards")
	case q.stream != "" && q.filter != nil:
		return q, invalid("a filter selects events of the whole log, not of one stream")
	}
	return q, nil
}

func where(o *streams.ReadReq_Options) (stream string, from place, err error) {
	switch s := o.GetStreamOption().(type) {
	case *streams.ReadReq_Options_Stream:
		if stream, err = streamName(s.Stream.GetStreamIdentifier()); err != nil {
			return "", from, err
		}
		switch r := s.Stream.GetRevisionOption().(type) {
		case *streams.ReadReq_Options_StreamOptions_Revision:
			from = exactly(r.Revision)
		case *streams.ReadReq_Options_StreamOptions_Start:
			from.kind = start
		case *streams.ReadReq_Options_StreamOptions_End:
			from.kind = end
		}
	case *streams.ReadReq_Options_All:
		switch p := s.All.GetAllOption().(type) {
		case *streams.ReadReq_Options_AllOptions_Position:
			from = exactly(p.Position.GetCommitPosition())
		case *streams.ReadReq_Options_AllOptions_Start:
			from.kind = start
		case *streams.ReadReq_Options_AllOptions_End:
			from.kind = end
		}
	default:
		return "", from, invalid("a read names neither a stream nor the log")
	}
	if from.kind == 0 {
		return "", from, invalid("a read does not say from where")
	}
	return stream, from, nil
}

// exactly is a revision or position; the greatest number is how the protocol spells
// the end.
func exactly(value uint64) place {
	if value == ^uint64(0) {
		return place{kind: end}
	}
	return place{kind: at, value: min(value, beyond)}
}

// afterRevision is where a read begins that includes the place it is given.
func (p place) afterRevision() eventstore.Revision {
	if p.kind == start {
		return eventstore.NoStream
	}
	return eventstore.Revision(p.value) - 1
}

// afterPosition is the same for the log. What lies before a position need not exist:
// it only orders.
func (p place) afterPosition() eventstore.Position {
	if p.value == 0 {
		return 0
	}
	return eventstore.Position(p.value - 1)
}
