// Package run starts the parts of a process in order and stops them in the
// reverse order, each one waited for.
package run

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
)

// Part is something that runs for as long as the process does.
type Part struct {
	Name string
	// Run works until ctx ends and then answers nil once it is at rest.
	Run func(ctx context.Context) error
	// Ready is closed once the parts after this one may start; nil: at once.
	Ready <-chan struct{}
}

// Group is one part made of several that start and stop together.
func Group(name string, members ...Part) Part {
	ready := make(chan struct{})
	return Part{Name: name, Ready: ready, Run: func(ctx context.Context) error {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		ended := make(chan error, len(members))
		for _, m := range members {
			go func() {
				err := m.Run(ctx)
				if err == nil && ctx.Err() == nil {
					err = fmt.Errorf("%s ended by itself", m.Name)
				}
				cancel()
				ended <- err
			}()
		}
		go func() {
			for _, m := range members {
				if m.Ready == nil {
					continue
				}
				select {
				case <-m.Ready:
				case <-ctx.Done():
					return
				}
			}
			close(ready)
		}()
		var errs []error
		for range members {
			errs = append(errs, <-ended)
		}
		return errors.Join(errs...)
	}}
}

// InOrder starts each part once the one before it is ready, works until ctx ends
// or a part does, and then stops them all, the last started first. It answers
// what went wrong; nil when it was only asked to stop.
func InOrder(ctx context.Context, log *slog.Logger, parts ...Part) error {
	type running struct {
		name  string
		stop  context.CancelFunc
		ended chan struct{}
		err   error
	}
	ctx, failed := context.WithCancel(ctx)
	defer failed()
	var up []*running
	var errs []error
start:
	for _, p := range parts {
		// Each part has a context of its own, so that stopping keeps the order.
		own, stop := context.WithCancel(context.WithoutCancel(ctx))
		r := &running{name: p.Name, stop: stop, ended: make(chan struct{})}
		up = append(up, r)
		go func() {
			defer close(r.ended)
			r.err = p.Run(own)
			if r.err == nil && own.Err() == nil {
				r.err = errors.New("ended by itself")
			}
			failed()
		}()
		if p.Ready == nil {
			continue
		}
		select {
		case <-p.Ready:
			log.Debug("started", "part", p.Name)
		case <-ctx.Done():
			break start
		}
	}
	<-ctx.Done()
	for _, r := range slices.Backward(up) {
		r.stop()
		<-r.ended
		if r.err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", r.name, r.err))
		}
	}
	return errors.Join(errs...)
}
