package eventstore

import (
	"context"
	"fmt"
)

// Await returns once stream has an event after the revision beyond (NoStream: any
// event). It answers the context's error when that ends first, or the store's.
func Await(ctx context.Context, s Store, stream string, beyond Revision) error {
	// The position is taken before the stream is read: what the read does not see
	// yet lies after it, and the subscription brings it.
	end, err := s.End(ctx)
	if err != nil {
		return fmt.Errorf("await %s: %w", stream, err)
	}
	for _, err := range s.ReadStream(ctx, stream, beyond) {
		if err != nil {
			return fmt.Errorf("await %s: %w", stream, err)
		}
		return nil
	}
	for batch, err := range s.Subscribe(ctx, end, Filter{Prefixes: []string{stream}}) {
		if err != nil {
			return fmt.Errorf("await %s: %w", stream, err)
		}
		for _, r := range batch.Events {
			if r.Stream == stream && r.Revision > beyond {
				return nil
			}
		}
	}
	return ctx.Err()
}
