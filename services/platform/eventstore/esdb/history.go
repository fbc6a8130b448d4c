package esdb

import (
	"context"
	"errors"
	"iter"
	"time"
	"unicode/utf8"

	client "github.com/EventStore/EventStore-Client-Go/v4/esdb"

	"aanvraag.internal/services/platform/eventstore"
)

// history yields the matching events after a position up to another, which is that
// of an event of ours, in batches the last of which is through it.
func (s *Store) history(
	ctx context.Context, after, until eventstore.Position, filter eventstore.Filter,
) iter.Seq2[eventstore.Batch, error] {
	return func(yield func(eventstore.Batch, error) bool) {
		at := after
		pass := func(batch eventstore.Batch, err error) bool {
			if err != nil {
				yield(eventstore.Batch{}, unread(ctx, "", err))
				return false
			}
			at = batch.Through
			return yield(batch, nil)
		}
		if prefixes := serverSide(filter); prefixes != nil && at < until && !s.selected(ctx, at, until, filter, prefixes, pass) {
			return
		}
		if at < until {
			s.scan(ctx, at, until, filter, pass)
		}
	}
}

// serverSide is a filter as the database can apply it: it selects all that the filter
// does, and maybe more. It is nil when that would be everything.
func serverSide(filter eventstore.Filter) []string {
	prefixes := make([]string, 0, len(filter.Prefixes))
	for _, p := range filter.Prefixes {
		for i, r := range p {
			if _, size := utf8.DecodeRuneInString(p[i:]); r == utf8.RuneError && size == 1 {
				p = p[:i]
				break
			}
		}
		if p == "" {
			return nil
		}
		prefixes = append(prefixes, p)
	}
	if len(prefixes) == 0 {
		return nil
	}
	return prefixes
}

// scan reads the log page by page.
func (s *Store) scan(ctx context.Context, after, until eventstore.Position, filter eventstore.Filter, yield func(eventstore.Batch, error) bool) {
	for at, more := uint64(after), true; more; {
		p, err := s.nextLogPage(ctx, at, until, filter)
		if err != nil {
			yield(eventstore.Batch{}, err)
			return
		}
		if p.Through > 0 && !yield(p.Batch, nil) {
			return
		}
		at, more = p.at, eventstore.Position(p.at) < until
		if more && !p.more {
			// There is an event at the end, so this node has not got it yet.
			yield(eventstore.Batch{}, errBehind)
			return
		}
	}
}

var errBehind = errors.New("the node that is read from lags behind")

func (s *Store) nextLogPage(ctx context.Context, after uint64, until eventstore.Position, filter eventstore.Filter) (logPage, error) {
	done, err := s.reading(ctx)
	if err != nil {
		return logPage{}, err
	}
	defer done()
	return s.logPage(ctx, after, until, filter)
}

// Of filtered subscriptions: how many events the database looks at in one go, and
// tells its place after, when none of them matches.
const searchWindow = 512

// selected follows the log with the database's own filter, up to until, or to where
// the database says or shows that nothing more that matches is coming: what is left
// then is little. It answers whether to go on from there.
func (s *Store) selected(
	ctx context.Context, after, until eventstore.Position, filter eventstore.Filter, prefixes []string,
	yield func(eventstore.Batch, error) bool,
) bool {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.gate.life, cancel)()
	sub := s.listen(ctx, uint64(after), &client.SubscriptionFilter{Type: client.StreamFilterType, Prefixes: prefixes})
	defer func() {
		cancel()
		<-sub.done
	}()

	silence := time.NewTimer(s.quiet)
	defer silence.Stop()
	for at := after; at < until; {
		got, err := sub.next(silence.C)
		if err != nil {
			return yield(eventstore.Batch{}, s.gate.because(err))
		}
		silence.Reset(s.quiet)
		batch, err := pick(got.events, at, until, filter)
		if err != nil {
			return yield(eventstore.Batch{}, err)
		}
		batch.Through = max(batch.Through, min(eventstore.Position(got.through), until))
		if batch.Through > at && !yield(batch, nil) {
			return false
		}
		at = max(at, batch.Through)
		if got.silent {
			break
		}
	}
	return true
}

// pick decodes those of the events after a position that match. Through is the last
// one's position, or until when one lies beyond it; zero when there is none.
func pick(events []*client.RecordedEvent, after, until eventstore.Position, filter eventstore.Filter) (eventstore.Batch, error) {
	var batch eventstore.Batch
	for _, e := range events {
		p := eventstore.Position(e.Position.Commit)
		if p > until {
			batch.Through = until
			break
		}
		if p <= after || system(e.StreamID) || !filter.Match(e.StreamID) {
			continue
		}
		r, err := decode(e)
		if err != nil {
			return batch, err
		}
		batch.Events = append(batch.Events, r)
		batch.Through, after = p, p
	}
	return batch, nil
}
