package esdb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"

	client "github.com/EventStore/EventStore-Client-Go/v4/esdb"

	"aanvraag.internal/services/platform/eventstore"
)

// Bounds of what is read in one go: events, and bytes of data and metadata.
const (
	page      = 512
	pageBytes = 4 << 20
)

// streamPage is a part of one stream.
type streamPage struct {
	events []eventstore.Recorded
	more   bool // it stopped before the end
}

// ReadStream yields the events of a stream, see [eventstore.Store]. Besides, it
// answers [*eventstore.Corrupt] for one that is missing among them.
func (s *Store) ReadStream(ctx context.Context, stream string, after eventstore.Revision) iter.Seq2[eventstore.Recorded, error] {
	return func(yield func(eventstore.Recorded, error) bool) {
		after := max(after, eventstore.NoStream)
		for {
			p, err := s.nextStreamPage(ctx, stream, after)
			if err != nil {
				yield(eventstore.Recorded{}, err)
				return
			}
			for _, r := range p.events {
				if !yield(r, nil) {
					return
				}
				after = r.Revision
			}
			if !p.more {
				return
			}
		}
	}
}

func (s *Store) nextStreamPage(ctx context.Context, stream string, after eventstore.Revision) (streamPage, error) {
	done, err := s.reading(ctx)
	if err != nil {
		return streamPage{}, err
	}
	defer done()
	if !ours(stream) {
		return streamPage{}, nil // there is none
	}
	p, err := s.streamPage(ctx, stream, after, page)
	if err != nil {
		return p, fmt.Errorf("read stream %s after revision %d: %w", stream, after, unread(ctx, stream, err))
	}
	for i, r := range p.events {
		if r.Revision != after+eventstore.Revision(i)+1 {
			return p, fmt.Errorf("read stream %s after revision %d: %w", stream, after, &eventstore.Corrupt{
				Stream: stream, Revision: r.Revision, Position: r.Position, Problem: "the event before it is missing or doubled",
			})
		}
	}
	if n := len(p.events); n > 0 && !p.more {
		s.remember(stream, p.events[n-1].Head())
	}
	return p, nil
}

// reading lets a read in, until done is called.
func (s *Store) reading(ctx context.Context) (done func(), err error) {
	if err := s.gate.enter(); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		s.gate.leave()
		return nil, err
	}
	return s.gate.leave, nil
}

// streamPage reads at most count events of a stream after a revision.
func (s *Store) streamPage(ctx context.Context, stream string, after eventstore.Revision, count int) (streamPage, error) {
	from := client.Revision(uint64(after + 1))
	return s.readStream(ctx, stream, client.ReadStreamOptions{Direction: client.Forwards, From: from}, count)
}

func (s *Store) readStream(ctx context.Context, stream string, opts client.ReadStreamOptions, count int) (streamPage, error) {
	return call(ctx, s.link, func(ctx context.Context, c *client.Client) (p streamPage, err error) {
		read, err := c.ReadStream(ctx, stream, opts, uint64(count))
		if err != nil {
			return p, err
		}
		defer read.Close()
		for bytes := 0; ; {
			got, err := read.Recv()
			switch {
			case errors.Is(err, io.EOF):
				p.more = len(p.events) == count
				return p, nil
			case isCode(err, client.ErrorCodeResourceNotFound):
				return p, nil
			case err != nil:
				return p, err
			}
			r, err := decode(got.OriginalEvent())
			if err != nil {
				return p, err
			}
			p.events = append(p.events, r)
			if bytes += len(r.Data) + len(r.Metadata); bytes >= pageBytes {
				p.more = true
				return p, nil
			}
		}
	})
}

// ReadAll yields the matching events of the log, see [eventstore.Store].
func (s *Store) ReadAll(ctx context.Context, after eventstore.Position, filter eventstore.Filter) iter.Seq2[eventstore.Recorded, error] {
	return func(yield func(eventstore.Recorded, error) bool) {
		end, err := s.End(ctx)
		if err != nil {
			yield(eventstore.Recorded{}, err)
			return
		}
		for batch, err := range s.history(ctx, after, end, filter) {
			if err != nil {
				yield(eventstore.Recorded{}, fmt.Errorf("read the log after position %d: %w", after, err))
				return
			}
			for _, r := range batch.Events {
				if !yield(r, nil) {
					return
				}
			}
		}
	}
}

// logPage is a part of the log.
type logPage struct {
	eventstore.Batch        // Through is zero when no event of ours was met
	at               uint64 // the last position that was read, of whose event ever
	more             bool
}

// logPage reads a page of the log, the database's own events included, after a
// position and up to another. It gives those that match.
func (s *Store) logPage(ctx context.Context, after uint64, until eventstore.Position, filter eventstore.Filter) (logPage, error) {
	opts, count := client.ReadAllOptions{Direction: client.Forwards, From: client.Start{}}, page
	if after > 0 {
		// It begins with the event at this position, which is left out again.
		opts.From = client.Position{Commit: after, Prepare: after}
		count++
	}
	return call(ctx, s.link, func(ctx context.Context, c *client.Client) (logPage, error) {
		p := logPage{at: after}
		read, err := c.ReadAll(ctx, opts, uint64(count))
		if err != nil {
			return p, err
		}
		defer read.Close()
		for n, bytes := 0, 0; ; n++ {
			got, err := read.Recv()
			if errors.Is(err, io.EOF) {
				p.more = n == count
				return p, nil
			}
			if err != nil {
				return p, err
			}
			e := got.OriginalEvent()
			if e.Position.Commit <= after {
				continue
			}
			if eventstore.Position(e.Position.Commit) > until {
				p.at, p.Through = uint64(until), until
				return p, nil
			}
			p.at = e.Position.Commit
			if system(e.StreamID) {
				continue
			}
			p.Through = eventstore.Position(e.Position.Commit)
			if !filter.Match(e.StreamID) {
				continue
			}
			r, err := decode(e)
			if err != nil {
				return p, err
			}
			p.Events = append(p.Events, r)
			if bytes += len(r.Data) + len(r.Metadata); bytes >= pageBytes {
				p.more = true
				return p, nil
			}
		}
	})
}

// end finds the last event of ours, from the end of the log backwards. Usually it is
// the last of all.
func (s *Store) end(ctx context.Context) (eventstore.Position, error) {
	var from client.AllPosition = client.End{}
	for count := 1; ; count = page {
		p, err := s.endPage(ctx, from, count)
		if err != nil {
			return 0, unread(ctx, "", err)
		}
		if p.found > 0 || !p.more {
			s.last.reach(p.found)
			return s.last.get(), nil
		}
		if count > 1 {
			from = client.Position{Commit: p.at, Prepare: p.at}
		}
	}
}

type endPage struct {
	found eventstore.Position
	at    uint64 // the first position that was read
	more  bool
}

func (s *Store) endPage(ctx context.Context, from client.AllPosition, count int) (endPage, error) {
	known := uint64(s.last.get())
	return call(ctx, s.link, func(ctx context.Context, c *client.Client) (p endPage, err error) {
		read, err := c.ReadAll(ctx, client.ReadAllOptions{Direction: client.Backwards, From: from}, uint64(count))
		if err != nil {
			return p, err
		}
		defer read.Close()
		for n := 0; ; n++ {
			got, err := read.Recv()
			if errors.Is(err, io.EOF) {
				p.more = n == count
				return p, nil
			}
			if err != nil {
				return p, err
			}
			e := got.OriginalEvent()
			p.at = e.Position.Commit
			if !system(e.StreamID) {
				p.found = eventstore.Position(e.Position.Commit)
			}
			if p.found > 0 || p.at <= known {
				return p, nil
			}
		}
	})
}
