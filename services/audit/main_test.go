package audit

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"
	"go.uber.org/goleak"

	"aanvraag.internal/services/platform/eventstore"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// monday is a Monday, 09:00 in Amsterdam.
var monday = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

const (
	request = "0b8f6a0e-6f7e-4a53-9d55-1f1f0a5d2c11"
	other   = "7c9e6679-7425-40de-944b-e07fc1f90ae7"

	tariff   = "91c1d6a3f5d8b2f0a4c7e9d1b3a5c7e9f1d3b5a7c9e1f3d5b7a9c1e3f5d7b9a1"
	contact  = `{"subject":"s1","purpose":"operational","field":"contact","place":"request-` + request + `","cipher":"AQIDBA=="}`
	invoiced = `{"supportRequestId":"` + request + `","number":"2026-000001","lines":[{"kind":"time","amountCents":1731},` +
		`{"kind":"minimumSupport","amountCents":269}],"party":{"subject":"s1","purpose":"fiscal","field":"invoiceParty",` +
		`"place":"request-` + request + `","cipher":"AQ=="},"totalIncludingVatCents":3630}`
)

// entry is one command's events.
type entry struct {
	stream, correlation string
	actor               eventstore.Actor
	types, data         []string
	because             int // entry whose first event is the cause, from 1
	policies            []eventstore.PolicyRef
}

var (
	system   = eventstore.Actor{Kind: "service", ID: "intake", Authentication: "in-process"}
	tess     = eventstore.Actor{Kind: "dispatcher", ID: "tess", Authentication: "token"}
	somebody = eventstore.Actor{Kind: "public", Authentication: "none"}
)

// life is a small log: a policy, two requests, and what follows from them.
func life() []entry {
	const ref = `{"kind":"tariff","version":1,"sha256":"` + tariff + `"}`
	agreed := []eventstore.PolicyRef{{Kind: "tariff", Version: 1, SHA256: tariff}}
	return []entry{
		{
			stream: "policy-tariff", correlation: "tariff", actor: system, types: []string{"policy.published.v1"},
			data: []string{`{"ref":` + ref + `,"effectiveFrom":"2000-01-01T00:00:00Z","content":{"hourlyRateCents":10385}}`},
		},
		{
			stream: "request-" + request, correlation: request, actor: somebody, types: []string{"request.submitted.v1"},
			data: []string{`{"reference":"A-7F3K-29QD","submittedAt":"2026-11-23T08:00:00Z","contact":` + contact + `}`},
		},
		{
			stream: "request-" + other, correlation: other, actor: somebody, types: []string{"request.submitted.v1"},
			data: []string{`{"reference":"A-2222-2222"}`},
		},
		{
			stream: "consent-" + request, correlation: request, actor: somebody, policies: agreed,
			types: []string{"consent.given.v1", "consent.attached.v1"},
			data:  []string{`{"agreeTerms":true,"tariff":` + ref + `}`, `{"note":"` + strings.Repeat("é", 200) + `"}`},
		},
		{
			stream: "request-" + request, correlation: request, actor: tess, types: []string{"request.accepted.v1"},
			data: []string{`{"acceptedAt":"2026-11-23T08:00:04Z"}`},
		},
		{
			stream: "calendar-t1-2026W48", correlation: other, actor: tess, types: []string{"calendar.slot_reserved.v1"},
			data: []string{`{"seconds":3600}`},
		},
		{
			stream: "calendar-t1-2026W48", correlation: request, actor: tess, types: []string{"calendar.slot_reserved.v1"},
			data: []string{`{"seconds":3600,"ids":["a","b\u001b[31m"],"none":null}`},
		},
		{
			stream: "invoice-i1", correlation: request, actor: system, types: []string{"invoice.issued.v1"},
			data: []string{invoiced}, because: 5, policies: agreed,
		},
	}
}

// record appends entries, a second apart, and answers all events of the log.
func record(t testing.TB, store eventstore.Store, entries []entry) []eventstore.Recorded {
	t.Helper()
	heads := map[string]eventstore.Head{}
	var firsts []eventstore.Recorded
	for i, e := range entries {
		head, known := heads[e.stream]
		if !known {
			head = eventstore.Empty
		}
		m := eventstore.Metadata{
			CommandID: uuid.NewSHA1(uuid.Nil, fmt.Appendf(nil, "command %d", i)), CorrelationID: e.correlation,
			Actor: e.actor, DecidedAt: monday.Add(time.Duration(i) * time.Second), Policies: e.policies,
		}
		if e.because > 0 {
			cause := firsts[e.because-1]
			m.CausationID = cause.ID
			m.Source = &eventstore.Source{Handler: "billing", Stream: cause.Stream, Revision: cause.Revision}
		}
		var proposed []eventstore.Proposed
		for j := range e.types {
			m.CommandIndex = j
			metadata, err := json.Marshal(m, json.Deterministic(true))
			check(t, err)
			proposed = append(proposed, eventstore.Proposed{
				ID: eventstore.EventID(e.stream, m.CommandID, j), Type: e.types[j], Data: []byte(e.data[j]), Metadata: metadata,
			})
		}
		done, err := store.Append(t.Context(), e.stream, head, proposed)
		check(t, err)
		heads[e.stream] = done.Head
		firsts = append(firsts, eventstore.Recorded{
			ID: proposed[0].ID, Stream: e.stream, Revision: done.Head.Revision - eventstore.Revision(len(proposed)-1),
		})
	}
	return all(t, store)
}

func all(t testing.TB, store eventstore.Store) []eventstore.Recorded {
	t.Helper()
	var out []eventstore.Recorded
	for r, err := range store.ReadAll(t.Context(), 0, eventstore.Filter{}) {
		check(t, err)
		out = append(out, r)
	}
	return out
}

// tampered is a log as somebody left it.
type tampered struct {
	eventstore.Store
	log     []eventstore.Recorded
	gapless bool
}

func (s tampered) Gapless() bool { return s.gapless }

func (s tampered) End(context.Context) (eventstore.Position, error) {
	var end eventstore.Position
	for _, r := range s.log {
		end = max(end, r.Position)
	}
	return end, nil
}

func (s tampered) ReadAll(_ context.Context, after eventstore.Position, f eventstore.Filter) iter.Seq2[eventstore.Recorded, error] {
	return func(yield func(eventstore.Recorded, error) bool) {
		for _, r := range s.log {
			if r.Position > after && f.Match(r.Stream) && !yield(r, nil) {
				return
			}
		}
	}
}

func (s tampered) ReadStream(_ context.Context, stream string, after eventstore.Revision) iter.Seq2[eventstore.Recorded, error] {
	return func(yield func(eventstore.Recorded, error) bool) {
		for _, r := range s.log {
			if r.Stream == stream && r.Revision > after && !yield(r, nil) {
				return
			}
		}
	}
}

// damage is what Verify found first.
func damage(t testing.TB, err error) *eventstore.Corrupt {
	t.Helper()
	c, ok := errors.AsType[*eventstore.Corrupt](err)
	if !ok {
		t.Fatalf("no damage was named: %v", err)
	}
	return c
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
