package torture

import (
	"container/heap"
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	schedulingv1 "aanvraag.internal/proto/gen/aanvraag/scheduling/v1"
	"aanvraag.internal/services/aanvraag/internal/desk"
	"aanvraag.internal/services/kernel/hours"
)

// year lets a desk live: on every opening day requests come in by the public API, each
// with a course of its own (see courses), and the clock goes from one thing that somebody
// does to the next. Those that happen at the same minute happen side by side. Each
// month the system is started anew over what it left.
//
// What must hold, at the end: every invariant of the system (see package check); every
// request stands where its course led it; and every session measured the seconds that
// passed on the clock while it was not paused (T-02), no matter what else happened.
//
// Control group: a desk of three days whose sessions are expected to be measured
// without their pauses. It must be found out.
var year = Program{
	Name: "year", Title: "a year of a desk's life", Unit: "requests",
	Quick: 60, Long: 5_100,
	Run: tryYear,
}

const requestsAnOpeningDay = 20

func tryYear(ctx context.Context, t *Try) error {
	if err := t.mustBreak("sessions measured with their pauses", func(control *Try) error {
		y, err := newYear(control, "control", 3*requestsAnOpeningDay)
		if err != nil {
			return err
		}
		for _, l := range y.lives {
			l.worked += l.paused
		}
		return y.live(ctx)
	}); err != nil {
		return err
	}
	y, err := newYear(t, "data", t.Left())
	if err != nil {
		return err
	}
	if err := y.live(ctx); err != nil {
		return err
	}
	return y.stopped(ctx)
}

// years is one desk with all that will happen there.
type years struct {
	sandbox
	random *rand.Rand
	now    time.Time // of the desk's clock
	agenda agenda
	lives  []*deskLife
}

// deskLife is one request with its course.
type deskLife struct {
	id, technician string
	kind           commonv1.PartyKind
	recorded       bool
	course         course
	submitted      time.Time
	slot           time.Time
	work, paused   time.Duration // of the session from start to end, and of its pause
	worked         time.Duration // that are expected to be measured
	token          string        // the customer's
}

// course is what becomes of a request, and how often of a hundred.
type course struct {
	name  string
	often int
	only  commonv1.PartyKind // zero: anybody
	steps []step
	ends  intakev1.SupportRequestState
}

// step is something that somebody does, that long after the request came in or, once
// there is an appointment, after its beginning.
type step struct {
	name  string
	after time.Duration
	slot  bool
	take  func(context.Context, *desk.Desk, *desk.Case, *deskLife) error
}

var (
	submits = step{name: "submission", take: func(ctx context.Context, _ *desk.Desk, c *desk.Case, l *deskLife) error {
		if err := c.Consent(ctx); err != nil {
			return err
		}
		_, err := c.Submit(ctx)
		l.token = c.CustomerToken
		return err
	}}
	isAccepted = step{name: "acceptance", after: 20 * time.Minute, take: func(ctx context.Context, _ *desk.Desk, c *desk.Case, _ *deskLife) error {
		_, err := c.Accept(ctx)
		return err
	}}
	isBooked = step{name: "appointment", after: 30 * time.Minute, take: func(ctx context.Context, _ *desk.Desk, c *desk.Case, _ *deskLife) error {
		_, err := c.Book(ctx)
		return err
	}}
	isRefused = func(after time.Duration) step {
		return step{name: "refusal", after: after, take: func(ctx context.Context, _ *desk.Desk, c *desk.Case, _ *deskLife) error {
			_, err := c.Refuse(ctx)
			return err
		}}
	}
	cancels = func(after time.Duration) step {
		return step{name: "cancellation", after: after, take: func(ctx context.Context, d *desk.Desk, c *desk.Case, l *deskLife) error {
			_, err := d.With(l.token).Intake.CancelSupportRequest(ctx, &intakev1.CancelSupportRequestRequest{
				IdempotencyKey: c.Key("cancel"), SupportRequestId: c.ID, Reason: "It works again.",
			})
			return err
		}}
	}
	starts = step{name: "start", slot: true, take: func(ctx context.Context, _ *desk.Desk, c *desk.Case, _ *deskLife) error {
		_, err := c.StartSession(ctx)
		return err
	}}
	// Pause, resumption and end stand at instants of each life's own, see plan.
	pauses = step{name: "pause", slot: true, take: func(ctx context.Context, d *desk.Desk, c *desk.Case, _ *deskLife) error {
		technician, err := d.As("technician")
		if err != nil {
			return err
		}
		if err := c.NoteWork(ctx); err != nil {
			return err
		}
		_, err = technician.Scheduling.PauseSession(ctx, &schedulingv1.PauseSessionRequest{IdempotencyKey: c.Key("pause"), SessionId: c.SessionID})
		return err
	}}
	resumes = step{name: "resumption", slot: true, take: func(ctx context.Context, d *desk.Desk, c *desk.Case, _ *deskLife) error {
		technician, err := d.As("technician")
		if err != nil {
			return err
		}
		_, err = technician.Scheduling.ResumeSession(ctx, &schedulingv1.ResumeSessionRequest{IdempotencyKey: c.Key("resume"), SessionId: c.SessionID})
		return err
	}}
	ends = step{name: "end", slot: true, take: func(ctx context.Context, d *desk.Desk, c *desk.Case, l *deskLife) error {
		technician, err := d.As("technician")
		if err != nil {
			return err
		}
		if _, err := technician.Scheduling.NoteWork(ctx, &schedulingv1.NoteWorkRequest{
			IdempotencyKey: c.Key("last note"), SessionId: c.SessionID, Note: "Tested it with the customer.",
		}); err != nil {
			return err
		}
		session, err := c.EndSession(ctx)
		if err == nil && session.GetWorkedSeconds() != int64(l.worked/time.Second) {
			return broken("session %s of %s, paused for %s, measured %d s", session.GetSessionId(), l.work, l.paused, session.GetWorkedSeconds())
		}
		return err
	}}
	closes = step{name: "closing", slot: true, after: 2 * time.Hour, take: func(ctx context.Context, _ *desk.Desk, c *desk.Case, _ *deskLife) error {
		_, err := c.Close(ctx)
		return err
	}}
	pays = step{name: "payment", slot: true, after: 3 * 24 * time.Hour, take: func(ctx context.Context, d *desk.Desk, c *desk.Case, _ *deskLife) error {
		return payInvoice(ctx, c, d)
	}}
	paysInParts = step{name: "payments", slot: true, after: 9 * 24 * time.Hour, take: func(ctx context.Context, _ *desk.Desk, c *desk.Case, _ *deskLife) error {
		invoice, err := c.Invoice(ctx)
		if err != nil {
			return err
		}
		total := invoice.GetTotalIncludingVat().GetCents()
		if _, err := c.Pay(ctx, 1, invoice.GetPaymentReference(), total-1); err != nil {
			return err
		}
		_, err = c.Pay(ctx, 2, invoice.GetPaymentReference(), 500)
		return err
	}}
)

// courses are what may become of a request.
var courses = []course{
	{
		name: "paid", often: 50, ends: intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_SETTLED,
		steps: []step{submits, isAccepted, isBooked, starts, pauses, resumes, ends, closes, pays},
	},
	{
		name: "paid in parts", often: 8, ends: intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_SETTLED,
		steps: []step{submits, isAccepted, isBooked, starts, pauses, resumes, ends, closes, paysInParts},
	},
	{
		name: "never paid", often: 8, ends: intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_INVOICED,
		steps: []step{submits, isAccepted, isBooked, starts, pauses, resumes, ends, closes},
	},
	{
		name: "refused", often: 10, ends: intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_REFUSED,
		steps: []step{submits, isRefused(40 * time.Minute)},
	},
	{
		name: "refused after booking", often: 4, only: commonv1.PartyKind_PARTY_KIND_BUSINESS,
		ends:  intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_REFUSED,
		steps: []step{submits, isAccepted, isBooked, isRefused(50 * time.Minute)},
	},
	{
		name: "cancelled at once", often: 5, ends: intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_CANCELLED,
		steps: []step{submits, cancels(5 * time.Minute)},
	},
	{
		name: "cancelled after booking", often: 7, ends: intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_CANCELLED,
		steps: []step{submits, isAccepted, isBooked, cancels(90 * time.Minute)},
	},
	{
		name: "accepted and forgotten", often: 4, ends: intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_ACCEPTED,
		steps: []step{submits, isAccepted},
	},
	{
		name: "unanswered", often: 4, ends: intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_SUBMITTED,
		steps: []step{submits},
	},
}

// newYear plans a desk's life until so many requests came in.
func newYear(t *Try, name string, requests int) (*years, error) {
	s, err := newSandbox(t, name)
	if err != nil {
		return nil, err
	}
	y := &years{sandbox: s, random: t.Rand(0), now: s.start}
	calendar := hours.Default()
	day := s.start
	for y.plan(day, min(requestsAnOpeningDay, requests)); len(y.lives) < requests; {
		for day = day.AddDate(0, 0, 1); !calendar.Open(day.Add(time.Hour)); {
			day = day.AddDate(0, 0, 1)
		}
		y.plan(day, min(requestsAnOpeningDay, requests-len(y.lives)))
	}
	heap.Init(&y.agenda)
	return y, nil
}

// plan puts the requests of one opening day into the agenda.
func (y *years) plan(day time.Time, requests int) {
	next, calendar := day.AddDate(0, 0, 1), hours.Default()
	for !calendar.Open(next.Add(time.Hour)) {
		next = next.AddDate(0, 0, 1)
	}
	for i := range requests {
		l := &deskLife{
			id:         uuid.NewSHA1(uuid.Nil, fmt.Append(nil, y.t.Seed, len(y.lives))).String(),
			technician: fmt.Sprint("technician-", i), // an hour a day for each: nobody is booked twice
			kind:       commonv1.PartyKind_PARTY_KIND_BUSINESS,
			recorded:   y.random.IntN(2) == 0,
			submitted:  day.Add(time.Duration(y.random.IntN(4*60)) * time.Minute),
			slot:       next.Add(time.Duration(y.random.IntN(5)) * time.Hour),
			work:       time.Duration(2+y.random.IntN(100*60)) * time.Second,
		}
		if y.random.IntN(3) == 0 {
			l.kind = commonv1.PartyKind_PARTY_KIND_CONSUMER
		}
		l.paused = time.Duration(y.random.Int64N(int64(l.work/time.Second))) * time.Second
		l.worked = l.work - l.paused
		l.course = y.courseOf(l.kind)
		y.lives = append(y.lives, l)
		paused := time.Duration(y.random.Int64N(int64(l.worked/time.Second))) * time.Second
		for n, s := range l.course.steps {
			at := l.submitted.Add(s.after)
			if s.slot {
				at = l.slot.Add(s.after)
			}
			switch s.name {
			case pauses.name:
				at = l.slot.Add(paused)
			case resumes.name:
				at = l.slot.Add(paused + l.paused)
			case ends.name:
				at = l.slot.Add(l.work)
			}
			y.agenda = append(y.agenda, entry{at: at, life: l, step: n})
		}
	}
}

func (y *years) courseOf(kind commonv1.PartyKind) course {
	for {
		n := y.random.IntN(100)
		for _, f := range courses {
			if n -= f.often; n >= 0 {
				continue
			}
			if f.only == kind || f.only == commonv1.PartyKind_PARTY_KIND_UNSPECIFIED {
				return f
			}
			break
		}
	}
}

// live goes through the agenda, month by month, and looks where everybody stands.
func (y *years) live(ctx context.Context) error {
	for month := y.start.AddDate(0, 1, 0); y.agenda.Len() > 0; month = month.AddDate(0, 1, 0) {
		if err := y.serve(ctx, func(ctx context.Context, d *desk.Desk) error { return y.until(ctx, d, month) }); err != nil {
			return err
		}
	}
	return y.serve(ctx, func(ctx context.Context, d *desk.Desk) error {
		if err := y.rest(ctx); err != nil {
			return err
		}
		for _, l := range y.lives {
			now, err := l.on(d).Get(ctx)
			if err != nil {
				return err
			}
			if now.GetState() != l.course.ends {
				return broken("request %s, %s, stands at %s", l.id, l.course.name, now.GetState())
			}
			y.t.Count(l.course.name, 1)
		}
		return nil
	})
}

// until takes all steps before an instant.
func (y *years) until(ctx context.Context, d *desk.Desk, end time.Time) error {
	for y.agenda.Len() > 0 && y.agenda[0].at.Before(end) {
		if at := y.agenda[0].at; at.After(y.now) {
			if err := d.Advance(ctx, at.Sub(y.now)); err != nil {
				return err
			}
			y.now = at
		}
		group, ctx := errgroup.WithContext(ctx)
		group.SetLimit(8)
		for _, e := range y.agenda.takeAt(y.now) {
			group.Go(func() error {
				s := e.life.course.steps[e.step]
				if err := s.take(ctx, d, e.life.on(d), e.life); err != nil {
					return fmt.Errorf("%s of request %s, %s: %w", s.name, e.life.id, e.life.course.name, err)
				}
				return nil
			})
			if e.step == len(e.life.course.steps)-1 {
				y.t.Did(1)
			}
		}
		if err := group.Wait(); err != nil {
			return err
		}
	}
	return nil
}

// on is the request as a desk knows it, which has another address after each start.
func (l *deskLife) on(d *desk.Desk) *desk.Case {
	c := d.NewCase(l.id)
	c.Technician, c.Start, c.Kind, c.Recorded, c.CustomerToken = l.technician, l.slot, l.kind, l.recorded, l.token
	return c
}

// agenda is a heap of what is to be done, first things first.
type agenda []entry

type entry struct {
	at   time.Time
	life *deskLife
	step int
}

// takeAt takes the first step of each request that is to be taken at an instant or
// before: those behind it wait for it.
func (a *agenda) takeAt(at time.Time) []entry {
	var out []entry
	var later []entry
	busy := map[*deskLife]bool{}
	for a.Len() > 0 && !(*a)[0].at.After(at) {
		e := heap.Pop(a).(entry) //nolint:forcetypeassert // of an agenda
		if busy[e.life] {
			later = append(later, e)
			continue
		}
		busy[e.life] = true
		out = append(out, e)
	}
	for _, e := range later {
		heap.Push(a, e)
	}
	return out
}

func (a agenda) Len() int { return len(a) }

func (a agenda) Less(i, j int) bool {
	if !a[i].at.Equal(a[j].at) {
		return a[i].at.Before(a[j].at)
	}
	return a[i].step < a[j].step
}

func (a agenda) Swap(i, j int) { a[i], a[j] = a[j], a[i] }

// Push implements [heap.Interface].
func (a *agenda) Push(e any) { *a = append(*a, e.(entry)) } //nolint:forcetypeassert // of an agenda

// Pop implements [heap.Interface].
func (a *agenda) Pop() any {
	last := (*a)[len(*a)-1]
	*a = (*a)[:len(*a)-1]
	return last
}
