// Package service is what all rooms of the house have in common: a relay for what
// they tell, an inbox for what they hear, a view for what they are asked, and a
// moment from which they are ready.
package service

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/nats-io/nats.go"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"
	"google.golang.org/protobuf/proto"

	"aanvraag.internal/services/platform/bus"
	"aanvraag.internal/services/platform/clock"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/inbox"
	"aanvraag.internal/services/platform/relay"
	"aanvraag.internal/services/platform/rpc"
	"aanvraag.internal/services/platform/vault"
	"aanvraag.internal/services/platform/views"
)

// House is what every service is given.
type House struct {
	Store   eventstore.Store
	Bus     *nats.Conn
	Vault   *vault.Vault
	Clock   clock.Clock
	Keys    *rpc.Keys
	Log     *slog.Logger
	ViewDir string
	// BlobDir is where recordings are kept, sealed.
	BlobDir string
	Metrics prometheus.Registerer
	// Alone says that this process is the only one on its bus.
	Alone bool
}

// Plan is what sets one service apart.
type Plan struct {
	Name string // lower case; part of subjects, consumers and files
	// Prefixes of the event streams that the service owns, such as "invoice-".
	Prefixes []string
	// Publish turns an own event into its public form; nil keeps all private.
	Publish func(eventstore.Recorded) (proto.Message, error)
	// Sources are the services that it listens to; Handlers by message type.
	Sources  []string
	Handlers map[string]inbox.Handler
	// View is its read model; nil when it has none. Name, directory, store and
	// log are filled in.
	View *views.Config
	// Seed runs first, once per start.
	Seed func(context.Context) error
	// Settled waits until what it needs from others is there; nil: nothing.
	Settled func(context.Context) error
}

// Service runs one room. Create it with [New].
type Service struct {
	plan  Plan
	relay *relay.Relay
	inbox *inbox.Inbox
	view  *views.View
	ready chan struct{}
}

// New prepares a service; nothing runs before [Service.Run].
func New(ctx context.Context, house House, plan Plan) (*Service, error) {
	s := &Service{plan: plan, ready: make(chan struct{})}
	log := house.Log.With("service", plan.Name)
	var collectors []prometheus.Collector
	var err error
	if plan.Publish != nil {
		s.relay, err = relay.New(relay.Config{
			Service: plan.Name, Store: house.Store, Prefixes: plan.Prefixes,
			Publish: plan.Publish, Conn: house.Bus, Log: log,
		})
		if err != nil {
			return nil, fmt.Errorf("relay of %s: %w", plan.Name, err)
		}
		collectors = append(collectors, s.relay.Collectors()...)
	}
	if len(plan.Sources) > 0 {
		s.inbox, err = inbox.New(inbox.Config{
			Service: plan.Name, Conn: house.Bus, Store: house.Store, Sources: plan.Sources, Handlers: plan.Handlers,
			Clock: house.Clock, Log: log,
			Delivery: bus.SubscriberConfig{Sole: house.Alone},
		})
		if err != nil {
			return nil, fmt.Errorf("inbox of %s: %w", plan.Name, err)
		}
		collectors = append(collectors, s.inbox.Collectors()...)
	}
	if plan.View != nil {
		cfg := *plan.View
		cfg.Name, cfg.Dir, cfg.Store, cfg.Log = plan.Name, house.ViewDir, house.Store, log
		s.view, err = views.Open(ctx, cfg)
		if err != nil {
			return nil, fmt.Errorf("view of %s: %w", plan.Name, err)
		}
	}
	for _, c := range collectors {
		if err := house.Metrics.Register(c); err != nil {
			return nil, fmt.Errorf("metrics of %s: %w", plan.Name, err)
		}
	}
	return s, nil
}

// View is the service's read model; nil when it has none.
func (s *Service) View() *views.View { return s.view }

// Ready is closed once the service can answer everything it is for.
func (s *Service) Ready() <-chan struct{} { return s.ready }

// Run seeds, then tells, listens and projects until ctx ends, and then answers
// nil once all of it has come to rest. Run is called once.
func (s *Service) Run(ctx context.Context) (err error) {
	if s.view != nil {
		defer func() {
			if closing := s.view.Close(); err == nil {
				err = closing
			}
		}()
	}
	if s.plan.Seed != nil {
		if err := s.plan.Seed(ctx); err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("%s: %w", s.plan.Name, err)
		}
	}
	group, ctx := errgroup.WithContext(ctx)
	if s.relay != nil {
		group.Go(func() error { return s.relay.Run(ctx) })
	}
	if s.inbox != nil {
		group.Go(func() error { return s.inbox.Run(ctx) })
	}
	if s.view != nil {
		group.Go(func() error { return s.view.Run(ctx) })
	}
	group.Go(func() error { return s.settle(ctx) })
	if err := group.Wait(); err != nil {
		return fmt.Errorf("%s: %w", s.plan.Name, err)
	}
	return nil
}

// settle opens Ready once everything runs and has caught up.
func (s *Service) settle(ctx context.Context) error {
	var waits []<-chan struct{}
	if s.inbox != nil {
		waits = append(waits, s.inbox.Running())
	}
	if s.view != nil {
		waits = append(waits, s.view.Ready())
	}
	for _, w := range waits {
		select {
		case <-w:
		case <-ctx.Done():
			return nil
		}
	}
	if s.plan.Settled != nil {
		if err := s.plan.Settled(ctx); err != nil {
			if ctx.Err() != nil {
				return nil //nolint:nilerr // it was asked to end
			}
			return err
		}
	}
	close(s.ready)
	return nil
}
