package torture

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"

	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/eventstore/memory"
)

// writtenLog is a log of some tens of events as services write them: commands of one
// to three events, decided under a policy that is in the log, some caused by events
// of other streams.
func writtenLog(ctx context.Context, random *rand.Rand) (log []eventstore.Recorded, err error) {
	store := memory.New()
	defer func() { err = errors.Join(err, store.Close()) }()
	heads := map[string]eventstore.Head{}
	policy := hex.EncodeToString(bytes.Repeat([]byte{byte(random.IntN(256))}, 32))
	last := eventstore.Recorded{}
	for n := range 8 + random.IntN(16) {
		stream := fmt.Sprintf("%s-%d", []string{"request", "invoice", "session"}[random.IntN(3)], random.IntN(3))
		data := fmt.Sprintf(`{"n":%d,"cents":%d}`, n, random.IntN(1e6))
		if n == 0 {
			stream, data = "policy-tariff", fmt.Sprintf(`{"ref":{"kind":"tariff","version":1,"sha256":%q}}`, policy)
		}
		m := eventstore.Metadata{
			CommandID: uuid.NewSHA1(uuid.Nil, fmt.Append(nil, random.Uint64())), CorrelationID: stream,
			Actor:     eventstore.Actor{Kind: "dispatcher", ID: "d1", Authentication: "token"},
			DecidedAt: time.Unix(1_800_000_000+int64(n), 0).UTC(),
		}
		if n > 0 && random.IntN(2) == 0 {
			m.Policies = []eventstore.PolicyRef{{Kind: "tariff", Version: 1, SHA256: policy}}
		}
		if last.Stream != "" && last.Stream != stream && random.IntN(3) == 0 {
			m.CausationID, m.Source = last.ID, &eventstore.Source{Handler: "billing", Stream: last.Stream, Revision: last.Revision}
		}
		head, known := heads[stream]
		if !known {
			head = eventstore.Empty
		}
		var events []eventstore.Proposed
		for i := range 1 + random.IntN(3) {
			m.CommandIndex = i
			metadata, err := json.Marshal(m, json.Deterministic(true))
			if err != nil {
				return nil, err
			}
			events = append(events, eventstore.Proposed{
				ID: eventstore.EventID(stream, m.CommandID, i), Type: "thing.happened.v1", Data: []byte(data), Metadata: metadata,
			})
		}
		done, err := store.Append(ctx, stream, head, events)
		if err != nil {
			return nil, err
		}
		heads[stream] = done.Head
		last = eventstore.Recorded{Stream: stream, Revision: done.Head.Revision, ID: events[len(events)-1].ID}
	}
	for r, err := range store.ReadAll(ctx, 0, eventstore.Filter{}) {
		if err != nil {
			return nil, err
		}
		log = append(log, r)
	}
	return log, nil
}

// changed is a log as somebody left it.
type changed struct {
	eventstore.Store

	log []eventstore.Recorded
}

// Gapless is as of the embedded log.
func (changed) Gapless() bool { return true }

// End is the position of the last event.
func (s changed) End(context.Context) (eventstore.Position, error) {
	return newNote(s.log).end, nil
}

// ReadAll yields the events as they stand.
func (s changed) ReadAll(context.Context, eventstore.Position, eventstore.Filter) iter.Seq2[eventstore.Recorded, error] {
	return each(s.log)
}
