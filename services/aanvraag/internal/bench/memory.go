package bench

import (
	"context"
	"errors"
	"fmt"
)

const (
	kib = 1 << 10
	mib = 1 << 20
)

// resident measures the server's resident memory: at rest over a short history and
// over a long one, which tells what a request on record costs, and again and
// again after it served the most clients, which tells what serving leaves behind. Requests live in files,
// so the first should be about nothing; what caches keep is bounded.
func resident(ctx context.Context, b *bench) (_ []Result, err error) {
	var idle []Result
	for _, events := range []int{b.Sizes.FewEvents, b.Sizes.Events} {
		h, err := b.house(ctx, events)
		if err != nil {
			return nil, err
		}
		p, err := b.serve(ctx, h.data)
		if err != nil {
			return nil, err
		}
		_, _, err = p.rest(ctx)
		r := Result{Name: fmt.Sprintf("idle/requests=%d", h.requests), N: h.requests}
		r.add(p.memory()/mib, "rss-MiB")
		if err := errors.Join(err, p.close()); err != nil {
			return nil, err
		}
		idle = append(idle, r)
	}
	more := float64(idle[1].N - idle[0].N)
	idle[1].add((idle[1].value("rss-MiB")-idle[0].value("rss-MiB"))*kib/more, "KiB/request-on-record")

	clients := b.Sizes.Clients[len(b.Sizes.Clients)-1]
	bar := b.bar("serve", b.Sizes.Rounds)
	defer bar.end()
	s, err := b.open(ctx, theDefault, clients)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	for range b.Sizes.Rounds {
		r := Result{Name: fmt.Sprintf("after/clients=%d/commands=%d", clients, s.load.sent.Load()), N: int(s.load.sent.Load())}
		r.add(s.memory()/mib, "rss-MiB")
		idle = append(idle, r)
		if _, err := s.load.run(ctx, clients, b.Sizes.Slice); err != nil {
			return nil, err
		}
		if _, _, err := s.rest(ctx); err != nil {
			return nil, err
		}
		bar.add(1)
	}
	return idle, nil
}
