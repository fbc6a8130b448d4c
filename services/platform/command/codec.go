package command

import (
	"fmt"
	"reflect"

	"github.com/go-json-experiment/json"

	"aanvraag.internal/services/platform/decider"
	"aanvraag.internal/services/platform/eventstore"
)

// Codec turns the events of one aggregate into stored bytes and back. A stored
// event of an unknown type, or one with a member that its struct does not have,
// is an error: history is never skipped in silence.
type Codec[S any, E decider.Event[S]] struct {
	byName map[string]reflect.Type
}

// NewCodec knows the type of each sample by its recorded name.
func NewCodec[S any, E decider.Event[S]](samples []E) *Codec[S, E] {
	c := &Codec[S, E]{byName: make(map[string]reflect.Type, len(samples))}
	for _, e := range samples {
		if _, twice := c.byName[e.EventType()]; twice {
			panic("two event structs are recorded as " + e.EventType())
		}
		c.byName[e.EventType()] = reflect.TypeOf(e)
	}
	return c
}

// Decode turns stored data into its event.
func (c *Codec[S, E]) Decode(name string, data []byte) (E, error) {
	var none E
	t, known := c.byName[name]
	if !known {
		return none, fmt.Errorf("unknown event type %q", name)
	}
	v := reflect.New(t)
	if err := json.Unmarshal(data, v.Interface(), json.RejectUnknownMembers(true)); err != nil {
		return none, fmt.Errorf("decode %s: %w", name, err)
	}
	return v.Elem().Interface().(E), nil //nolint:forcetypeassert // it is of a sample's type
}

// Encode gives the bytes that are stored for an event.
func (c *Codec[S, E]) Encode(e E) ([]byte, error) {
	if _, known := c.byName[e.EventType()]; !known {
		return nil, fmt.Errorf("event type %q is not among the aggregate's events", e.EventType())
	}
	data, err := json.Marshal(e, json.Deterministic(true))
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", e.EventType(), err)
	}
	return data, nil
}

// Propose makes the events of one command ready to append to stream.
func (c *Codec[S, E]) Propose(stream string, env Envelope, events []E) ([]eventstore.Proposed, error) {
	meta := eventstore.Metadata{
		CommandID:     env.CommandID,
		CorrelationID: env.Correlation,
		CausationID:   env.Causation,
		Actor:         env.Actor,
		DecidedAt:     env.DecidedAt.UTC(),
		HappenedAt:    env.HappenedAt,
		Policies:      env.Policies,
		Fingerprint:   env.Fingerprint,
		Source:        env.Source,
		TZData:        env.TZData,
	}
	out := make([]eventstore.Proposed, len(events))
	for i, e := range events {
		data, err := c.Encode(e)
		if err != nil {
			return nil, err
		}
		meta.CommandIndex = i
		metadata, err := json.Marshal(meta, json.Deterministic(true))
		if err != nil {
			return nil, fmt.Errorf("encode metadata of %s: %w", e.EventType(), err)
		}
		out[i] = eventstore.Proposed{
			ID: eventstore.EventID(stream, env.CommandID, i), Type: e.EventType(), Data: data, Metadata: metadata,
		}
	}
	return out, nil
}
