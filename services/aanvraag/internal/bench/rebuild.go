package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"aanvraag.internal/services/aanvraag/internal/system"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/eventstore/sqlite"
)

// rebuild measures a full rebuild of all views: a server is started over a long
// history whose views were deleted, and whose bus has nothing to catch up with.
// The time goes from the start of the process to ready, so it holds the start too.
//
// Beside it, on the same log, stands what no rebuild can avoid, on one core of
// this process: reading every event once, and reading and decoding it, metadata
// into its struct and data into its members.
func rebuild(ctx context.Context, b *bench) ([]Result, error) {
	h, err := b.house(ctx, b.Sizes.Events)
	if err != nil {
		return nil, err
	}
	var rebuilt, scanned, decoded time.Duration
	bar := b.bar(fmt.Sprintf("rebuild from %d events", h.events), 3*b.Sizes.Rounds)
	defer bar.end()
	for range b.Sizes.Rounds {
		if err := os.RemoveAll(filepath.Join(h.data, "views")); err != nil {
			return nil, err
		}
		p, err := b.serve(ctx, h.data)
		if err != nil {
			return nil, err
		}
		rebuilt += p.started
		_, _, err = p.rest(ctx)
		if err := errors.Join(err, p.close()); err != nil {
			return nil, err
		}
		bar.add(1)
		for _, each := range []struct {
			do   func(eventstore.Recorded) error
			into *time.Duration
		}{{pass, &scanned}, {decode, &decoded}} {
			took, err := scan(ctx, h.data, each.do)
			if err != nil {
				return nil, err
			}
			*each.into += took
			bar.add(1)
		}
	}
	n := h.events * b.Sizes.Rounds
	var out []Result
	for _, each := range []struct {
		name string
		took time.Duration
	}{{"views", rebuilt}, {"scan", scanned}, {"scan-and-decode", decoded}} {
		r := Result{Name: fmt.Sprintf("of=%s/events=%d", each.name, h.events), N: n}
		r.add(float64(n)/each.took.Seconds(), "events/s")
		out = append(out, r)
	}
	out[0].add(out[0].value("events/s")/out[1].value("events/s"), "x-scan")
	out[0].add(out[0].value("events/s")/out[2].value("events/s"), "x-scan-and-decode")
	return out, nil
}

// scan reads the whole log once.
func scan(ctx context.Context, data string, do func(eventstore.Recorded) error) (_ time.Duration, err error) {
	store, err := sqlite.OpenReadOnly(system.LogFile(data))
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	began := now()
	for e, err := range store.ReadAll(ctx, 0, eventstore.Filter{}) {
		if err == nil {
			err = do(e)
		}
		if err != nil {
			return 0, err
		}
	}
	return time.Since(began), nil
}

func pass(eventstore.Recorded) error { return nil }

func decode(e eventstore.Recorded) error {
	var metadata eventstore.Metadata
	var data map[string]jsontext.Value
	return errors.Join(json.Unmarshal(e.Metadata, &metadata), json.Unmarshal(e.Data, &data))
}
