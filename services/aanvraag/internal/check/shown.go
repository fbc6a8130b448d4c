package check

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"

	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/service"
	"aanvraag.internal/services/platform/views"
)

// shown: each view holds what a view built anew from the log would hold, and has seen
// the log to its end (R6). It is built anew beside the pass over the log, in a
// directory of its own, as far as the standing one has come.
type shown struct {
	found *findings
	dir   string
	views []*showing
}

// showing is one standing view and the one that is built to be held against it.
type showing struct {
	name  string
	where string // directory of the standing one
	views.Standing
	filter eventstore.Filter
	fed    *feed
	built  *views.View
	ended  chan struct{}
	fault  error // of the building; to be read once ended is closed
	last   at    // event that the view is about
	end    eventstore.Position
}

func newShown(ctx context.Context, s Subject, found *findings) (_ *shown, err error) {
	v := &shown{found: found}
	if v.dir, err = os.MkdirTemp("", "aanvraag-check-"); err != nil {
		return nil, err
	}
	for _, f := range services() {
		if f.View == nil {
			continue
		}
		if err := v.add(ctx, s.Views, f); err != nil {
			return nil, errors.Join(err, v.close())
		}
	}
	return v, nil
}

// add finds the standing views of a service, and begins to build one beside each.
func (v *shown) add(ctx context.Context, dirs []string, f service.Facts) error {
	some := false
	for _, dir := range dirs {
		cfg := *f.View()
		cfg.Name, cfg.Dir = f.Name, dir
		standing, err := views.Look(ctx, cfg)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		some = true
		if err != nil {
			v.found.addf(ViewDiffers, at{}, "the view of %s in %s cannot be read: %v", f.Name, dir, err)
			continue
		}
		s, err := build(ctx, v.dir, cfg, standing)
		if err != nil {
			return err
		}
		v.views = append(v.views, s)
	}
	if !some {
		v.found.addf(ViewMissing, at{}, "there is no whole view of %s", f.Name)
	}
	return nil
}

func build(ctx context.Context, scratch string, cfg views.Config, standing views.Standing) (*showing, error) {
	s := &showing{name: cfg.Name, where: cfg.Dir, Standing: standing, filter: cfg.Filter, ended: make(chan struct{})}
	s.fed = &feed{through: standing.Through, batches: make(chan eventstore.Batch, 4)}
	var err error
	if cfg.Dir, err = os.MkdirTemp(scratch, "view-"); err != nil {
		return nil, err
	}
	cfg.Store = s.fed
	if s.built, err = views.Open(ctx, cfg); err != nil {
		return nil, fmt.Errorf("build view of %s: %w", cfg.Name, err)
	}
	go func() {
		defer close(s.ended)
		s.fault = s.built.Run(ctx)
	}()
	return s, nil
}

func (v *shown) see(ctx context.Context, e *event) error {
	for _, s := range v.views {
		if err := s.see(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

func (s *showing) see(ctx context.Context, e *event) error {
	s.end = e.Position
	if !s.filter.Match(e.Stream) {
		return nil
	}
	s.last = e.at()
	if e.Position > s.Through {
		return nil
	}
	return s.fed.add(ctx, e.Recorded, s.ended)
}

func (v *shown) end(ctx context.Context) error {
	for _, s := range v.views {
		if err := s.finish(ctx, v.found); err != nil {
			return err
		}
	}
	return nil
}

// finish holds the standing view against the one that was built.
func (s *showing) finish(ctx context.Context, found *findings) error {
	switch {
	case s.Through > s.end:
		found.addf(ViewDiffers, at{}, "the view of %s in %s has seen position %d, where this log has no event", s.name, s.where, s.Through)
		return nil
	case s.Through < s.last.position:
		found.addf(ViewBehind, s.last, "the view of %s in %s has seen no more than position %d", s.name, s.where, s.Through)
	}
	if err := s.fed.flush(ctx, s.ended); err != nil {
		return err
	}
	digest, err := s.built.Digest(ctx)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		found.addf(ViewDiffers, at{}, "the view of %s cannot be built: %v", s.name, err)
	case digest != s.Digest:
		found.addf(ViewDiffers, at{}, "the view of %s in %s does not hold what follows from the log through position %d", s.name, s.where, s.Through)
	}
	return nil
}

func (v *shown) close() error {
	var errs []error
	for _, s := range v.views {
		errs = append(errs, s.built.Close())
		<-s.ended
	}
	return errors.Join(append(errs, os.RemoveAll(v.dir))...)
}

// feed is a log for one view: it ends where the standing one has come to, and its
// events are those that the pass over the real log brings.
type feed struct {
	eventstore.Store // nothing else is asked of it

	through eventstore.Position
	batches chan eventstore.Batch
	batch   eventstore.Batch
}

// perFeed is how many events are given to a view at once.
const perFeed = 256

// End is where the view is to come.
func (f *feed) End(context.Context) (eventstore.Position, error) { return f.through, nil }

// Subscribe yields what is given, and waits for more until ctx ends.
func (f *feed) Subscribe(ctx context.Context, _ eventstore.Position, _ eventstore.Filter) iter.Seq2[eventstore.Batch, error] {
	return func(yield func(eventstore.Batch, error) bool) {
		for {
			select {
			case b := <-f.batches:
				if !yield(b, nil) {
					return
				}
			case <-ctx.Done():
				return
			}
		}
	}
}

func (f *feed) add(ctx context.Context, r eventstore.Recorded, ended <-chan struct{}) error {
	f.batch.Events, f.batch.Through = append(f.batch.Events, r), r.Position
	if len(f.batch.Events) < perFeed {
		return nil
	}
	return f.send(ctx, ended)
}

// flush gives what is left, and that there is no more.
func (f *feed) flush(ctx context.Context, ended <-chan struct{}) error {
	f.batch.Through = f.through
	return f.send(ctx, ended)
}

// send gives a batch to the view, unless that has ended; why is told when its rows
// are asked for.
func (f *feed) send(ctx context.Context, ended <-chan struct{}) error {
	select {
	case f.batches <- f.batch:
	case <-ended:
	case <-ctx.Done():
		return ctx.Err()
	}
	f.batch = eventstore.Batch{}
	return nil
}
