package inbox

import (
	"testing"

	lru "github.com/hashicorp/golang-lru/v2"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"aanvraag.internal/services/platform/bus"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/parking"
)

// An event without a handler is let go as it comes only where nothing before it can
// be waiting to be handled (R4) or is parked (R5): what is remembered as handled is
// never handled again.
func TestR4OnlyWhatHidesNothingPasses(t *testing.T) {
	wanted, idle := string((&wrapperspb.StringValue{}).ProtoReflect().Descriptor().FullName()), string((&emptypb.Empty{}).ProtoReflect().Descriptor().FullName())
	s := source{"billing", "invoice-1"}
	for name, c := range map[string]struct {
		event  bus.Envelope
		last   eventstore.Revision // handled here; NoStream: none
		state  parking.State
		behind bool // what is parked was not read yet
		want   bool
	}{
		"the first of its stream":          {event: bus.Envelope{Type: idle, Revision: 0, Previous: -1}, last: -1, want: true},
		"right behind what was handled":    {event: bus.Envelope{Type: idle, Revision: 3, Previous: 1}, last: 1, want: true},
		"behind a hole":                    {event: bus.Envelope{Type: idle, Revision: 3, Previous: 2}, last: 1},
		"of a stream not heard of here":    {event: bus.Envelope{Type: idle, Revision: 1, Previous: 0}, last: -1},
		"of a parked stream":               {event: bus.Envelope{Type: idle, Revision: 2, Previous: 1}, last: 1, state: parking.Parked},
		"before what is parked is known":   {event: bus.Envelope{Type: idle, Revision: 2, Previous: 1}, last: 1, behind: true},
		"one that there is a handler for":  {event: bus.Envelope{Type: wanted, Revision: 2, Previous: 1}, last: 1},
		"of a type that nobody here knows": {event: bus.Envelope{Type: "aanvraag.future.v1.Event", Revision: 2, Previous: 1}, last: 1},
	} {
		t.Run(name, func(t *testing.T) {
			handled, err := lru.New[source, eventstore.Revision](8)
			if err != nil {
				t.Fatal(err)
			}
			if c.last != eventstore.NoStream {
				handled.Add(s, c.last)
			}
			in := &Inbox{
				cfg: Config{Handlers: map[string]Handler{wanted: {}}}, handled: handled, metrics: newMetrics("audit", func() float64 { return 0 }),
				pairs: &pairs{current: !c.behind, known: map[source]*standing{s: {pair: parking.Pair{State: c.state}}}},
			}
			c.event.Service, c.event.Stream = s.service, s.stream
			if got := in.pass(c.event); got != c.want {
				t.Errorf("passes: %v", got)
			}
			if last, known := handled.Get(s); c.want != (known && last == c.event.Revision) {
				t.Errorf("%d is remembered (%v)", last, known)
			}
		})
	}
}
