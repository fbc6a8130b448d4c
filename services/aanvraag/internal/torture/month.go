package torture

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	"aanvraag.internal/services/aanvraag/internal/desk"
	"aanvraag.internal/services/aanvraag/internal/system"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/eventstore/sqlite"
)

// month lets days pass over one whole system, in a sandbox: each day it is started
// anew over what it left, some requests come in, those of the days before go on by
// some steps each, side by side, and it is stopped in the middle of what follows from
// them. Some steps are taken again on the next day, as by a client that never heard.
//
// What must hold, at the end of every thirty days: every invariant of the system (see
// package check); and of every request that was led to its end, each step, each
// invoice, each deadline and each letter stands in the log once.
//
// Control group: the same with one letter of the spool put in a second time. It must
// be found.
var month = Program{
	Name: "month", Title: "a restart every day, for months", Unit: "days",
	Quick: 30, Long: 3_650,
	Run: tryMonth,
}

const (
	daysOfAMonth   = 30
	requestsADay   = 3
	letterFile     = ".eml"
	lettersOfALife = 6
)

func tryMonth(ctx context.Context, t *Try) error {
	if err := t.mustBreak("a letter that lies in the spool twice", func(control *Try) error {
		m, err := newMonths(control, "control")
		if err != nil {
			return err
		}
		for range 2 {
			if err := m.day(ctx); err != nil {
				return err
			}
		}
		if err := m.end(ctx); err != nil {
			return err
		}
		if err := m.doubleLetter(); err != nil {
			return err
		}
		return m.check(ctx)
	}); err != nil {
		return err
	}
	m, err := newMonths(t, "data")
	if err != nil {
		return err
	}
	for days := 1; t.More(); days++ {
		if err := m.day(ctx); err != nil {
			return err
		}
		t.Did(1)
		if days%daysOfAMonth > 0 && t.More() {
			continue
		}
		if err := m.end(ctx); err != nil {
			return err
		}
		if err := m.check(ctx); err != nil {
			return err
		}
	}
	return nil
}

// months is one system over all its days.
type months struct {
	sandbox
	random  *rand.Rand
	under   []*life // under way
	over    []*life // at their end since the last check
	started int
}

func newMonths(t *Try, name string) (*months, error) {
	s, err := newSandbox(t, name)
	return &months{sandbox: s, random: t.Rand(0)}, err
}

// life is one request, and how many of its steps were taken.
type life struct {
	id, technician string
	start          time.Time // of the appointment
	taken          int
}

// on is the request as a desk knows it, which has another address each day.
func (l *life) on(d *desk.Desk) *desk.Case {
	c := d.NewCase(l.id)
	c.Technician, c.Start = l.technician, l.start
	return c
}

// day is one day: it starts the system, does what is done on a day, lets the night
// pass and stops it.
func (m *months) day(ctx context.Context) error {
	return m.serve(ctx, func(ctx context.Context, d *desk.Desk) error {
		for range requestsADay {
			m.under = append(m.under, &life{
				id:         uuid.NewSHA1(uuid.Nil, fmt.Append(nil, m.t.Seed, m.started)).String(),
				technician: fmt.Sprint("technician-", m.started%20),
				start:      m.start.AddDate(0, 0, m.started/requestsADay).Add(time.Hour),
			})
			m.started++
		}
		if err := m.goOn(ctx, d, func() int { return 1 + m.random.IntN(6) }); err != nil {
			return err
		}
		night := 20*time.Hour + time.Duration(m.random.IntN(8))*time.Hour
		return d.Advance(ctx, night)
	})
}

// end leads every request to its end, and waits until nothing is left to do.
func (m *months) end(ctx context.Context) error {
	return m.serve(ctx, func(ctx context.Context, d *desk.Desk) error {
		if err := m.goOn(ctx, d, func() int { return len(stepsOfALife) }); err != nil {
			return err
		}
		return m.rest(ctx)
	})
}

// check looks at everything while nobody serves it.
func (m *months) check(ctx context.Context) error {
	if err := m.stopped(ctx); err != nil {
		return err
	}
	return m.lived(ctx)
}

// goOn takes each life further by some steps.
func (m *months) goOn(ctx context.Context, d *desk.Desk, by func() int) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(8)
	for _, l := range m.under {
		c := l.on(d)
		from, to := l.taken, min(l.taken+by(), len(stepsOfALife))
		if from > 0 && m.random.IntN(3) == 0 {
			from-- // its answer was not heard
			m.t.Count("steps taken again", 1)
		}
		l.taken = to
		group.Go(func() error {
			for _, s := range stepsOfALife[from:to] {
				if err := s.take(ctx, c, d); err != nil {
					return fmt.Errorf("%s of request %s: %w", s.name, c.ID, err)
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	var under []*life
	for _, l := range m.under {
		if l.taken < len(stepsOfALife) {
			under = append(under, l)
			continue
		}
		m.over = append(m.over, l)
	}
	m.under = under
	return nil
}

// stepsOfALife are those of a request that is paid in the end.
var stepsOfALife = []struct {
	name string
	take func(context.Context, *desk.Case, *desk.Desk) error
}{
	{"consent", func(ctx context.Context, c *desk.Case, _ *desk.Desk) error { return c.Consent(ctx) }},
	{"submission", func(ctx context.Context, c *desk.Case, _ *desk.Desk) error { _, err := c.Submit(ctx); return err }},
	{"acceptance", func(ctx context.Context, c *desk.Case, _ *desk.Desk) error { _, err := c.Accept(ctx); return err }},
	{"appointment", func(ctx context.Context, c *desk.Case, _ *desk.Desk) error { _, err := c.Book(ctx); return err }},
	{"start", func(ctx context.Context, c *desk.Case, _ *desk.Desk) error { _, err := c.StartSession(ctx); return err }},
	{"work", func(ctx context.Context, _ *desk.Case, d *desk.Desk) error { return d.Advance(ctx, time.Minute) }},
	{"note", func(ctx context.Context, c *desk.Case, _ *desk.Desk) error { return c.NoteWork(ctx) }},
	{"end", func(ctx context.Context, c *desk.Case, _ *desk.Desk) error { _, err := c.EndSession(ctx); return err }},
	{"closing", func(ctx context.Context, c *desk.Case, _ *desk.Desk) error { _, err := c.Close(ctx); return err }},
	{"payment", payInvoice},
}

// payInvoice waits for the invoice and pays it.
func payInvoice(ctx context.Context, c *desk.Case, _ *desk.Desk) error {
	if _, err := c.Await(
		ctx, intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_INVOICED, intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_SETTLED,
	); err != nil {
		return err
	}
	for {
		invoice, err := c.Invoice(ctx)
		if err != nil {
			return err
		}
		if invoice != nil {
			_, err := c.Pay(ctx, 1, invoice.GetPaymentReference(), invoice.GetTotalIncludingVat().GetCents())
			return err
		}
		if err := pause(ctx, time.Millisecond); err != nil {
			return err
		}
	}
}

// onceInALife are what a request that was led to its end has exactly one of.
var onceInALife = []string{
	"request.submitted.v1", "request.accepted.v1", "appointment.booked.v1", "session.started.v1", "session.ended.v1",
	"request.closed.v1", "invoice.issued.v1", "payment.received.v1", "invoice.settled.v1", "request.settled.v1",
	"recording.deletion_due.v1", "recording.key_destroyed.v1",
}

// lived goes through the log for the requests that came to their end since the last
// time.
func (m *months) lived(ctx context.Context) (err error) {
	store, err := sqlite.OpenReadOnly(system.LogFile(m.data))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	lives := map[string]map[string]int{}
	for _, l := range m.over {
		lives[l.id] = map[string]int{}
	}
	for e, err := range store.ReadAll(ctx, 0, eventstore.Filter{}) {
		if err != nil {
			return err
		}
		_, after, _ := bytes.Cut(e.Metadata, []byte(`"$correlationId":"`))
		request, _, _ := bytes.Cut(after, []byte(`"`))
		if counts, ours := lives[string(request)]; ours {
			counts[e.Type]++
		}
	}
	for request, counts := range lives {
		for _, once := range onceInALife {
			if n := counts[once]; n != 1 {
				return broken("request %s has %d times %s", request, n, once)
			}
		}
		if n := counts["letter.sent.v1"]; n != lettersOfALife {
			return broken("request %s got %d letters, not %d", request, n, lettersOfALife)
		}
	}
	m.t.Count("requests at their end", len(lives))
	m.t.Count("letters", lettersOfALife*len(lives))
	m.over = nil
	return nil
}

// doubleLetter puts a letter of the spool there a second time.
func (m *months) doubleLetter() error {
	spool := filepath.Join(m.data, "mail")
	files, err := os.ReadDir(spool)
	if err != nil {
		return err
	}
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), letterFile) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(spool, f.Name()))
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(spool, uuid.NewSHA1(uuid.Nil, text).String()+letterFile), text, 0o600)
	}
	return errors.New("there is no letter in the spool")
}
