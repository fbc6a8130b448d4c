package bench

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// ready measures the time from the start of the process until it answers: over an
// empty directory, over a short history and over a long one, whose views and bus
// are current. The shortest of a few starts counts, since a start is too brief to
// average out what else the machine does.
func ready(ctx context.Context, b *bench) ([]Result, error) {
	short, err := b.house(ctx, b.Sizes.FewEvents)
	if err != nil {
		return nil, err
	}
	long, err := b.house(ctx, b.Sizes.Events)
	if err != nil {
		return nil, err
	}
	bar := b.bar("start", 3*b.Sizes.Starts)
	defer bar.end()
	best := map[string]time.Duration{}
	for i := range b.Sizes.Starts {
		for _, data := range []string{b.path(fmt.Sprint("empty-", i)), short.data, long.data} {
			key := data
			if data != short.data && data != long.data {
				key = ""
			}
			p, err := b.serve(ctx, data)
			if err != nil {
				return nil, err
			}
			if was, has := best[key]; !has || p.started < was {
				best[key] = p.started
			}
			_, _, err = p.rest(ctx)
			if err := errors.Join(err, p.close()); err != nil {
				return nil, err
			}
			bar.add(1)
		}
	}
	var out []Result
	for _, each := range []struct {
		events int
		key    string
	}{{0, ""}, {short.events, short.data}, {long.events, long.data}} {
		r := Result{Name: fmt.Sprintf("events=%d", each.events), N: b.Sizes.Starts}
		r.add(micros(best[each.key])/1000, "ready-ms")
		out = append(out, r)
	}
	out[2].add(out[2].value("ready-ms")/out[1].value("ready-ms"), "x-short")
	return out, nil
}
