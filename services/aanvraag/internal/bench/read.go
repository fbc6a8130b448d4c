package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/eventstore/sqlite"
)

// readEvents is how long the streams are that are read.
const readEvents = 50

// reading measures the read of a whole stream of fifty events through the engine,
// in this process, each event checked against the chain: of a stream that nobody
// read since the log was opened, and of one that was read a moment ago. "cold"
// means the engine's own memory: the file is in the system's.
func reading(ctx context.Context, b *bench) (_ []Result, err error) {
	path, streams := b.path("read.db"), b.Sizes.Read
	store, err := sqlite.Open(path)
	if err != nil {
		return nil, err
	}
	bar := b.bar("write streams", streams*readEvents)
	err = fill(ctx, store, "", streams, readEvents, bar)
	bar.end()
	if err := errors.Join(err, store.Close()); err != nil {
		return nil, err
	}
	if store, err = sqlite.Open(path); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	bar = b.bar("read streams", 2*streams)
	defer bar.end()
	var cold, warm []time.Duration
	for i := range streams {
		for _, into := range []*[]time.Duration{&cold, &warm} {
			began := now()
			if err := readStream(ctx, store, fmt.Sprintf("tally-%d", i)); err != nil {
				return nil, err
			}
			*into = append(*into, time.Since(began))
			bar.add(1)
		}
	}
	var out []Result
	for _, each := range []struct {
		name  string
		times []time.Duration
	}{{"cold", cold}, {"warm", warm}} {
		slices.Sort(each.times)
		r := Result{Name: fmt.Sprintf("stream=%s/events=%d", each.name, readEvents), N: streams}
		r.add(quantile(each.times, 0.5), "p50-us")
		r.add(quantile(each.times, 0.99), "p99-us")
		out = append(out, r)
	}
	return out, nil
}

// errShort says that a stream is not as it was written.
var errShort = errors.New("the stream is shorter than it was written")

func readStream(ctx context.Context, store eventstore.Store, stream string) error {
	head := eventstore.Empty
	for e, err := range store.ReadStream(ctx, stream, eventstore.NoStream) {
		if err == nil {
			err = eventstore.Verify(head, e)
		}
		if err != nil {
			return err
		}
		head = e.Head()
	}
	if head.Revision != readEvents-1 {
		return errShort
	}
	return nil
}
