package bus

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"
)

var errFeedEnds = errors.New("the feed ends")

// blank is a message that cannot be read.
type blank struct{ jetstream.Msg }

func (blank) Headers() nats.Header                      { return nil }
func (blank) Data() []byte                              { return nil }
func (blank) Subject() string                           { return "" }
func (blank) Reply() string                             { return "" }
func (blank) NakWithDelay(time.Duration) error          { return nil }
func (blank) Metadata() (*jetstream.MsgMetadata, error) { return nil, errors.New("none") }

// The library asks for more messages at the beginning of a call of Next, unless its
// last request is still being sent; then the call waits for what nobody asked for.
// Protection: the first looks in takeFrom. Without them a listener rests for half a
// minute with messages waiting for it, whoever's they are.
func TestAListenerDoesNotWaitForMessagesThatNobodyAskedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSubscription(t.Context(), "billing", &Subscriber{
			cfg:        SubscriberConfig{}.withDefaults(),
			unreadable: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "unreadable_total", Help: "Of a test."}, []string{"service"}),
		})
		call := 0
		began := time.Now()
		err := s.takeFrom(func(ctx context.Context) (jetstream.Msg, error) {
			switch call++; call {
			case 1, 3:
				return blank{}, nil
			case 2:
				<-ctx.Done() // forgotten
				return nil, ctx.Err()
			}
			return nil, errFeedEnds
		})
		if !errors.Is(err, errFeedEnds) || call != 4 {
			t.Errorf("%d calls, %v", call, err)
		}
		if rested := time.Since(began); rested > time.Second {
			t.Errorf("it rested %v", rested)
		}
	})
}

// Where nothing comes, it waits without end: a sign of life of the server is missed
// by the library in a long call only. Protection: lastLook.
func TestAListenerWithoutMessagesComesToRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		s := newSubscription(ctx, "billing", &Subscriber{cfg: SubscriberConfig{}.withDefaults()})
		calls := 0
		ended := make(chan error)
		go func() {
			ended <- s.takeFrom(func(ctx context.Context) (jetstream.Msg, error) {
				calls++
				<-ctx.Done()
				return nil, ctx.Err()
			})
		}()
		time.Sleep(time.Hour)
		stop()
		if err := <-ended; !errors.Is(err, context.Canceled) || calls > 6 {
			t.Errorf("%d calls in an hour, %v", calls, err)
		}
	})
}
