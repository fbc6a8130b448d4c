package bench

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	consentv1 "aanvraag.internal/proto/gen/aanvraag/consent/v1"
	"aanvraag.internal/services/aanvraag/internal/desk"
)

// load is a desk at work on one server: clients that each have some lives under
// way and send one command after another, each waiting for its answer.
//
// A life is nine durable commands: consent, submit, accept, book, start, note, end,
// close, pay. It rests between any two of them until depth others have come to the
// same point, so the mix of commands is the same at every moment, and the
// reactions to a command have about the time that people would give them.
//
// The server's clock is a sandbox's. It moves one second between the start and the
// end of each session, so that every life has measured time, is invoiced and can
// be paid. That takes an extra call now and then, and a payment needs a query for
// its reference: both cost the server, neither counts as a command.
type load struct {
	desk    *desk.Desk
	public  desk.Client
	terms   *consentv1.GetCurrentTermsResponse // read once, as a web front end does
	clock   sandboxClock
	clients []*client
	sent    atomic.Int64 // commands answered
	late    atomic.Int64 // times that an invoice was not there yet
}

// depth is how many lives of one client rest at each point: with 64 clients some
// two thousand are under way at once.
const depth = 4

// The commands of a life, in order.
const (
	stepConsent = iota
	stepSubmit
	stepAccept
	stepBook
	stepStart
	stepNote
	stepEnd
	stepClose
	stepPay
	steps
)

var stepNames = [steps]string{
	"GiveConsent", "SubmitSupportRequest", "AcceptSupportRequest", "BookAppointment",
	"StartSession", "NoteWork", "EndSession", "CloseSupportRequest", "RecordPayment",
}

// newLoad prepares clients for a server.
func newLoad(ctx context.Context, d *desk.Desk, clients int) (*load, error) {
	l := &load{desk: d, clock: sandboxClock{desk: d}}
	var err error
	if l.public, err = d.As(""); err != nil {
		return nil, err
	}
	if l.terms, err = l.public.Consent.GetCurrentTerms(ctx, &consentv1.GetCurrentTermsRequest{Language: "en"}); err != nil {
		return nil, fmt.Errorf("read the terms: %w", err)
	}
	for i := range clients {
		l.clients = append(l.clients, &client{load: l, number: i, step: i % steps})
	}
	return l, nil
}

// life is one support request on its way, and the clock's reading when its work began.
type life struct {
	*desk.Case
	began int64
}

// client is one caller; one goroutine uses it at a time.
type client struct {
	load   *load
	number int
	booked int           // appointments
	waits  [steps][]life // for each command, oldest first; none wait for the first
	step   int           // whose turn it is
	paid   int
}

// answered is one command and how long its answer took.
type answered struct {
	step int
	took time.Duration
}

// next sends the next command that can be sent.
func (c *client) next(ctx context.Context) (answered, error) {
	for {
		step := c.step
		c.step = (c.step + 1) % steps
		if step == stepConsent {
			c.waits[step] = append(c.waits[step], c.begin())
		} else if len(c.waits[step]) < depth {
			continue
		}
		current := c.waits[step][0]
		send, err := c.prepare(ctx, step, &current)
		if err != nil {
			return answered{}, fmt.Errorf("before %s of %s: %w", stepNames[step], current.ID, err)
		}
		c.waits[step] = append(c.waits[step][:0], c.waits[step][1:]...)
		if send == nil { // its invoice is still being made
			c.load.late.Add(1)
			c.waits[step] = append(c.waits[step], current)
			continue
		}
		sent := now()
		if err := send(); err != nil {
			return answered{}, fmt.Errorf("%s of %s: %w", stepNames[step], current.ID, err)
		}
		done := answered{step, time.Since(sent)}
		c.load.sent.Add(1)
		switch step {
		case stepStart:
			current.began = c.load.clock.reading()
		case stepPay:
			c.paid++
			return done, nil
		}
		c.waits[step+1] = append(c.waits[step+1], current)
		return done, nil
	}
}

// prepare does what must be done before a command, and answers the command; nil
// when it cannot be sent yet.
func (c *client) prepare(ctx context.Context, step int, l *life) (func() error, error) {
	switch step {
	case stepConsent:
		agreement := l.Agreement(c.load.terms)
		return func() error { _, err := c.load.public.Consent.GiveConsent(ctx, agreement); return err }, nil
	case stepSubmit:
		return func() error { _, err := l.Submit(ctx); return err }, nil
	case stepAccept:
		return func() error { _, err := l.Accept(ctx); return err }, nil
	case stepBook:
		l.Technician, l.Start = c.slot()
		return func() error { _, err := l.Book(ctx); return err }, nil
	case stepStart:
		return func() error { _, err := l.StartSession(ctx); return err }, nil
	case stepNote:
		return func() error { return l.NoteWork(ctx) }, nil
	case stepEnd:
		return func() error { _, err := l.EndSession(ctx); return err }, c.load.clock.after(ctx, l.began)
	case stepClose:
		return func() error { _, err := l.Close(ctx); return err }, nil
	}
	invoice, err := l.Invoice(ctx)
	if err != nil || invoice == nil {
		return nil, err
	}
	return func() error {
		_, err := l.Pay(ctx, 1, invoice.GetPaymentReference(), invoice.GetTotalIncludingVat().GetCents())
		return err
	}, nil
}

func (c *client) begin() life { return life{Case: c.load.desk.NewCase(uuid.NewString())} }

// A technician's week holds forty appointments of an hour; his calendar reaches a
// year and a half ahead, and then the next technician's begins.
const (
	dayHours  = 8
	weekHours = 5 * dayHours
	weeks     = 78
)

// slot is an hour that nobody has.
func (c *client) slot() (technician string, start time.Time) {
	n := c.booked
	c.booked++
	technician = fmt.Sprintf("technician-%d-%d", c.number, n/(weeks*weekHours))
	n %= weeks * weekHours
	start = opening.AddDate(0, 0, 7*(n/weekHours)+n%weekHours/dayHours).Add(time.Duration(n%dayHours) * time.Hour)
	return technician, start
}

// sandboxClock moves a server's clock no more often than needed.
type sandboxClock struct {
	desk  *desk.Desk
	mu    sync.Mutex
	moves atomic.Int64
}

func (c *sandboxClock) reading() int64 { return c.moves.Load() }

// after sees to it that the clock moved since a reading. One move may have been
// under way at the reading and have shown before it, so two are needed.
func (c *sandboxClock) after(ctx context.Context, reading int64) error {
	if c.moves.Load() >= reading+2 {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.moves.Load() < reading+2 {
		if err := c.desk.Advance(ctx, time.Second); err != nil {
			return err
		}
		c.moves.Add(1)
	}
	return nil
}

// warm sends commands until every client has paid for a life, so that all kinds of
// command are under way; at most for a while.
func (l *load) warm(ctx context.Context, most time.Duration) error {
	_, err := l.each(ctx, len(l.clients), func(c *client, began time.Time) bool {
		return c.paid > 0 || time.Since(began) > most
	})
	return err
}

// run sends commands from the first of the clients for a while.
func (l *load) run(ctx context.Context, clients int, during time.Duration) (sample, error) {
	return l.each(ctx, clients, func(_ *client, began time.Time) bool { return time.Since(began) >= during })
}

func (l *load) each(ctx context.Context, clients int, enough func(*client, time.Time) bool) (sample, error) {
	began := now()
	group, ctx := errgroup.WithContext(ctx)
	samples := make([][]answered, clients)
	for i, c := range l.clients[:clients] {
		group.Go(func() error {
			for !enough(c, began) {
				a, err := c.next(ctx)
				if err != nil {
					return err
				}
				samples[i] = append(samples[i], a)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return sample{}, err
	}
	out := sample{elapsed: time.Since(began)}
	for _, s := range samples {
		out.answers = append(out.answers, s...)
	}
	return out, nil
}
