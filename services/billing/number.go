package billing

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"aanvraag.internal/services/billing/internal/series"
	"aanvraag.internal/services/platform/command"
	"aanvraag.internal/services/platform/eventstore"
)

// numbers gives invoice numbers. All invoices that wait at the same moment get
// theirs in one append, which is their legal issue (B-08). It holds the year's
// series in memory, owned by its one goroutine, and reads on from the log before
// each decision, so other processes may give numbers too.
type numbers struct {
	store eventstore.Store
	codec *command.Codec[series.Series, series.Event]
	asks  chan ask
}

// ask is one invoice that waits for its number.
type ask struct {
	invoiceID string
	since     string // local date from which the invoice may have been issued before
	today     string // local date
	cause     command.Envelope
	answer    chan<- given
}

// given is a number, or why there is none.
type given struct {
	number string
	date   string
	err    error
}

func newNumbers(store eventstore.Store) *numbers {
	return &numbers{
		store: store,
		codec: command.NewCodec[series.Series](series.Events()),
		asks:  make(chan ask),
	}
}

// Assign answers the number and date of an invoice, giving them at first asking.
// since is the date on which the work was closed: from that year on an earlier
// asking may have been answered.
func (n *numbers) Assign(ctx context.Context, invoiceID, since, today string, cause command.Envelope) (number, date string, err error) {
	answer := make(chan given, 1)
	select {
	case n.asks <- ask{invoiceID: invoiceID, since: since, today: today, cause: cause, answer: answer}:
	case <-ctx.Done():
		return "", "", ctx.Err()
	}
	select {
	case g := <-answer:
		return g.number, g.date, g.err
	case <-ctx.Done():
		return "", "", ctx.Err()
	}
}

// maxInOneAppend bounds the invoices of one series event.
const maxInOneAppend = 256

// Run gives numbers until ctx ends.
func (n *numbers) Run(ctx context.Context) error {
	years := map[string]*year{}
	open := func(name string) *year {
		y := years[name]
		if y == nil {
			y = &year{name: name, stream: "series-" + name, head: eventstore.Empty}
			years[name] = y
		}
		return y
	}
	for {
		var waiting []ask
		select {
		case first := <-n.asks:
			waiting = append(waiting, first)
		case <-ctx.Done():
			return nil
		}
		for more := true; more && len(waiting) < maxInOneAppend; {
			select {
			case next := <-n.asks:
				waiting = append(waiting, next)
			default:
				more = false
			}
		}
		byYear := map[string][]ask{}
		for _, a := range waiting {
			name := a.today[:4]
			// Asked at the end of a year and again in the next: the number stands
			// in the series of the first asking.
			if before := a.since[:4]; before < name {
				y := open(before)
				if err := y.read(ctx, n.store, n.codec); err != nil {
					a.answer <- given{err: err}
					continue
				}
				if _, has := y.state.Entries[a.invoiceID]; has {
					a.answer <- y.given(a.invoiceID, nil)
					continue
				}
			}
			byYear[name] = append(byYear[name], a)
		}
		for name, asks := range byYear {
			y := open(name)
			err := y.assign(ctx, n.store, n.codec, asks)
			for _, a := range asks {
				a.answer <- y.given(a.invoiceID, err)
			}
		}
	}
}

// year is one series as far as it was read.
type year struct {
	name   string
	stream string
	state  series.Series
	head   eventstore.Head
}

func (y *year) given(invoiceID string, err error) given {
	entry, has := y.state.Entries[invoiceID]
	switch {
	case has:
		return given{number: series.Number(y.name, entry.Sequence), date: entry.Date}
	case err == nil:
		err = fmt.Errorf("invoice %s got no number", invoiceID)
	}
	return given{err: err}
}

// assign appends until every invoice has its number. An append that was lost to
// another process, or whose answer was lost, is the same case: read on and look.
func (y *year) assign(ctx context.Context, store eventstore.Store, codec *command.Codec[series.Series, series.Event], asks []ask) error {
	decision := series.Assign{}
	for _, a := range asks {
		decision.InvoiceIDs = append(decision.InvoiceIDs, a.invoiceID)
		decision.Today = max(decision.Today, a.today)
	}
	for {
		if err := y.read(ctx, store, codec); err != nil {
			return err
		}
		events, err := decision.Decide(y.state)
		if err != nil || len(events) == 0 {
			return err
		}
		// The cause is new for each decision: what it repeats is recognised by the
		// invoice ids in the series itself.
		env := asks[0].cause
		env.CommandID = uuid.NewSHA1(env.CommandID, fmt.Appendf(nil, "%s after %d", y.stream, y.head.Revision))
		env.Correlation = y.stream
		proposed, err := codec.Propose(y.stream, env, events)
		if err != nil {
			return err
		}
		_, err = store.Append(ctx, y.stream, y.head, proposed)
		if err != nil && !errors.As(err, new(*eventstore.Conflict)) && !errors.Is(err, eventstore.ErrOutcomeUnknown) {
			return fmt.Errorf("append to %s: %w", y.stream, err)
		}
	}
}

func (y *year) read(ctx context.Context, store eventstore.Store, codec *command.Codec[series.Series, series.Event]) error {
	for r, err := range store.ReadStream(ctx, y.stream, y.head.Revision) {
		if err != nil {
			return fmt.Errorf("read %s: %w", y.stream, err)
		}
		if err := eventstore.Verify(y.head, r); err != nil {
			return err
		}
		e, err := codec.Decode(r.Type, r.Data)
		if err != nil {
			return fmt.Errorf("event %d of %s: %w", r.Revision, y.stream, err)
		}
		y.state, y.head = series.Grow(y.state, e), r.Head()
	}
	return nil
}
