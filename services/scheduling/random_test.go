package scheduling

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	schedulingv1 "aanvraag.internal/proto/gen/aanvraag/scheduling/v1"
	"aanvraag.internal/proto/gen/aanvraag/scheduling/v1/schedulingv1connect"
	"aanvraag.internal/services/platform/command"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/rpc"
	"aanvraag.internal/services/scheduling/internal/calendar"
)

// judge reads the log's JSON and nothing else, and knows none of the code that wrote
// it: it says where a technician's time was given to two, or an appointment is not
// where its calendar says.
type judge struct {
	given    []given
	now      map[string]where // of each appointment that is booked
	problems []string
}

// given is a stretch of time that somebody has, until the log takes it away.
type given struct {
	technician, appointment, move string
	start, end                    time.Time
	until                         time.Time // zero: for good
	hold                          bool
}

type where struct {
	technician, move string
	start            time.Time
}

func (j *judge) see(r eventstore.Recorded) {
	var data struct {
		AppointmentID string    `json:"appointmentId"`
		TechnicianID  string    `json:"technicianId"`
		MoveID        string    `json:"moveId"`
		Start         time.Time `json:"start"`
		Seconds       int64     `json:"seconds"`
		ExpiresAt     time.Time `json:"expiresAt"`
	}
	var meta struct {
		DecidedAt time.Time `json:"decidedAt"`
	}
	if err := cmp.Or(json.Unmarshal(r.Data, &data), json.Unmarshal(r.Metadata, &meta)); err != nil {
		j.problems = append(j.problems, err.Error())
		return
	}
	g := given{
		technician: data.TechnicianID, appointment: data.AppointmentID, move: data.MoveID,
		start: data.Start, end: data.Start.Add(time.Duration(data.Seconds) * time.Second), until: data.ExpiresAt,
		hold: r.Type == "calendar.hold_placed.v1",
	}
	drop := func(hold bool) {
		j.given = slices.DeleteFunc(j.given, func(o given) bool {
			return o.hold == hold && o.appointment == g.appointment && (hold || o.move == g.move)
		})
	}
	switch r.Type {
	case "calendar.slot_reserved.v1", "calendar.hold_placed.v1":
		drop(true)
		for _, o := range j.given {
			ended := !o.until.IsZero() && !meta.DecidedAt.Before(o.until)
			if o.technician == g.technician && o.appointment != g.appointment && !ended &&
				o.start.Before(g.end) && g.start.Before(o.end) {
				j.problems = append(j.problems, fmt.Sprintf("at %d in %s: %+v, but %+v", r.Revision, r.Stream, g, o))
			}
		}
		j.given = append(j.given, g)
	case "calendar.hold_released.v1":
		drop(true)
	case "calendar.slot_released.v1":
		drop(false)
	case "appointment.booked.v1", "appointment.moved.v1":
		j.now[g.appointment] = where{g.technician, g.move, g.start}
	case "appointment.cancelled.v1":
		delete(j.now, g.appointment)
	}
}

// end compares what appointments say with what calendars say.
func (j *judge) end() []string {
	for id, at := range j.now {
		n := 0
		for _, g := range j.given {
			if !g.hold && g.appointment == id {
				n++
				if (where{g.technician, g.move, g.start}) != at {
					j.problems = append(j.problems, fmt.Sprintf("%s is at %+v and holds %+v", id, at, g))
				}
			}
		}
		if n != 1 {
			j.problems = append(j.problems, fmt.Sprintf("%s holds %d slots", id, n))
		}
	}
	for _, g := range j.given {
		if _, booked := j.now[g.appointment]; !booked && !g.hold {
			j.problems = append(j.problems, fmt.Sprintf("nobody needs %+v", g))
		}
	}
	return j.problems
}

func judged(t *testing.T, log iter.Seq2[eventstore.Recorded, error]) []string {
	t.Helper()
	j := &judge{now: map[string]where{}}
	for r, err := range log {
		check(t, err)
		j.see(r)
	}
	return j.end()
}

func (d *desk) judged(t *testing.T) []string {
	t.Helper()
	return judged(t, d.Store.ReadAll(t.Context(), 0, eventstore.Filter{Prefixes: []string{"calendar-", "appointment-"}}))
}

// caller makes random wishes for his own requests.
type caller struct {
	t        *testing.T
	d        *desk
	client   schedulingv1connect.SchedulingServiceClient
	random   *rand.Rand
	requests []string
	booked   map[string]string // appointment by request
	held     map[string]*schedulingv1.HoldSlotRequest
	done     map[string]int // wishes that were granted, and refusals, by name
}

// slot is one of few that all callers want: two technicians, around the edge of a week.
func (c *caller) slot(r string) *schedulingv1.BookAppointmentRequest {
	edge := time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC)
	b := booking(r, edge.Add(time.Duration(c.random.IntN(24*4)-48)*15*time.Minute))
	b.TechnicianId = []string{"tess", "tom"}[c.random.IntN(2)]
	b.Duration = seconds(int64(1+c.random.IntN(6)) * 15 * 60)
	return b
}

func (c *caller) wish(ctx context.Context) {
	r := c.requests[c.random.IntN(len(c.requests))]
	if c.random.IntN(8) == 0 {
		_, err := c.d.Frozen.Advance(time.Duration(1+c.random.IntN(300)) * time.Second)
		check(c.t, err)
	}
	a, booked := c.booked[r]
	b := c.slot(r)
	var name string
	var err error
	switch n := c.random.IntN(10); {
	case booked && n < 6:
		name = "move"
		_, err = c.client.RescheduleAppointment(ctx, &schedulingv1.RescheduleAppointmentRequest{
			IdempotencyKey: uuid.NewString(), AppointmentId: a, TechnicianId: b.GetTechnicianId(),
			Start: b.GetStart(), Duration: b.GetDuration(),
		})
	case booked:
		name = "cancel"
		_, err = c.client.CancelAppointment(ctx, &schedulingv1.CancelAppointmentRequest{
			IdempotencyKey: uuid.NewString(), AppointmentId: a,
		})
		if err == nil {
			delete(c.booked, r)
		}
	case n < 4:
		name = "hold"
		h := &schedulingv1.HoldSlotRequest{
			IdempotencyKey: uuid.NewString(), AppointmentId: b.GetAppointmentId(), SupportRequestId: r,
			TechnicianId: b.GetTechnicianId(), Start: b.GetStart(), Duration: b.GetDuration(),
		}
		if _, err = c.client.HoldSlot(ctx, h); err == nil {
			c.held[r] = h
		}
	default:
		name = "book"
		if h := c.held[r]; h != nil && n < 8 {
			name = "confirm"
			b.AppointmentId, b.TechnicianId, b.Start, b.Duration = h.GetAppointmentId(), h.GetTechnicianId(), h.GetStart(), h.GetDuration()
			delete(c.held, r)
		}
		if _, err = c.client.BookAppointment(ctx, b); err == nil {
			c.booked[r] = b.GetAppointmentId()
		}
	}
	if err == nil {
		c.done[name]++
		return
	}
	switch reason := rpc.Reason(err); reason {
	case "SLOT_TAKEN", "SLOT_INVALID", "CONFLICT":
		c.done[name+" "+reason]++
	default:
		c.t.Errorf("%s: %v (%s)", name, err, reason)
	}
}

// Sixteen callers wish a thousand things of few slots at once, while time goes on.
func TestSection4AThousandWishesAtOnceNeverGiveTimeToTwo(t *testing.T) {
	d := newDesk(t)
	const callers, wishes = 16, 64
	var all []*caller
	for i := range callers {
		c := &caller{
			t: t, d: d, client: d.dispatcher(), random: rand.New(rand.NewPCG(4, uint64(i))),
			booked: map[string]string{}, held: map[string]*schedulingv1.HoldSlotRequest{}, done: map[string]int{},
		}
		for range 5 {
			c.requests = append(c.requests, d.accepted())
		}
		all = append(all, c)
	}
	var running sync.WaitGroup
	for _, c := range all {
		running.Go(func() {
			for range wishes {
				c.wish(t.Context())
			}
		})
	}
	running.Wait()
	if problems := d.judged(t); len(problems) > 0 {
		t.Fatalf("%d problems, the first: %s", len(problems), problems[0])
	}
	done := map[string]int{}
	for _, c := range all {
		for name, n := range c.done {
			done[name] += n
		}
	}
	t.Log(done)
	for _, name := range []string{"book", "hold", "confirm", "move", "cancel", "book SLOT_TAKEN", "move SLOT_TAKEN", "hold SLOT_TAKEN"} {
		if done[name] == 0 {
			t.Errorf("nothing of %q was tried: %v", name, done)
		}
	}
}

// blind is a log that shows a calendar as empty, so the guard sees nothing.
type blind struct{ eventstore.Store }

func (b blind) ReadStream(context.Context, string, eventstore.Revision) iter.Seq2[eventstore.Recorded, error] {
	return func(func(eventstore.Recorded, error) bool) {}
}

// Append appends wherever the stream ends.
func (b blind) Append(
	ctx context.Context, stream string, _ eventstore.Head, events []eventstore.Proposed,
) (eventstore.Appended, error) {
	head := eventstore.Empty
	for r, err := range b.Store.ReadStream(ctx, stream, eventstore.NoStream) {
		if err != nil {
			return eventstore.Appended{}, err
		}
		head = r.Head()
	}
	return b.Store.Append(ctx, stream, head, events)
}

// The control: without the guard the same judge finds what is wrong.
func TestSection4TheJudgeFindsTimeThatWasGivenToTwo(t *testing.T) {
	d := newDesk(t)
	one, two, three := d.accepted(), d.accepted(), d.accepted()
	d.booked(one, nine)
	if problems := d.judged(t); len(problems) != 0 {
		t.Fatal(problems)
	}
	unguarded := *d.s
	unguarded.weeks = command.New[calendar.Week](blind{d.Store}, "calendar", calendar.Events())
	_, err := (&handler{&unguarded}).BookAppointment(t.Context(), booking(two, nine.Add(59*time.Minute)))
	check(t, err)
	if problems := d.judged(t); len(problems) != 1 {
		t.Fatalf("two bookings at once, and the judge says %v", problems)
	}
	unguarded.weeks = command.New[calendar.Week](blind{d.Store}, "calendar", calendar.Events())
	hold := holding(three, nine)
	_, err = (&handler{&unguarded}).HoldSlot(t.Context(), hold)
	check(t, err)
	if problems := d.judged(t); len(problems) != 3 { // it overlaps both
		t.Fatalf("a hold beside them, and the judge says %v", problems)
	}
}

// The judge knows from when on a hold is no more, and where an appointment is.
func TestTheJudgeItself(t *testing.T) {
	at := func(decided string, stream, kind, data string) eventstore.Recorded {
		return eventstore.Recorded{
			Stream: stream, Type: kind, Data: []byte(data), Metadata: fmt.Appendf(nil, `{"decidedAt":"2026-11-23T%sZ"}`, decided),
		}
	}
	const (
		hold    = `{"appointmentId":"a","technicianId":"t","start":"2026-11-23T09:00:00Z","seconds":3600,"expiresAt":"2026-11-23T08:15:00Z"}`
		booked  = `{"appointmentId":"b","technicianId":"t","start":"2026-11-23T09:30:00Z","seconds":3600}`
		touches = `{"appointmentId":"b","technicianId":"t","start":"2026-11-23T10:00:00Z","seconds":3600}`
	)
	for name, c := range map[string]struct {
		log      []eventstore.Recorded
		problems int
	}{
		"in its last second": {[]eventstore.Recorded{
			at("08:00:00", "calendar-w", "calendar.hold_placed.v1", hold),
			at("08:14:59", "calendar-w", "calendar.slot_reserved.v1", booked),
			at("08:14:59", "appointment-b", "appointment.booked.v1", booked),
		}, 1},
		"at its end": {[]eventstore.Recorded{
			at("08:00:00", "calendar-w", "calendar.hold_placed.v1", hold),
			at("08:15:00", "calendar-w", "calendar.slot_reserved.v1", booked),
			at("08:15:00", "appointment-b", "appointment.booked.v1", booked),
		}, 0},
		"beside it": {[]eventstore.Recorded{
			at("08:00:00", "calendar-w", "calendar.hold_placed.v1", hold),
			at("08:00:00", "calendar-w", "calendar.slot_reserved.v1", touches),
			at("08:00:00", "appointment-b", "appointment.booked.v1", touches),
		}, 0},
		"an appointment without a slot": {[]eventstore.Recorded{
			at("08:00:00", "appointment-b", "appointment.booked.v1", booked),
		}, 1},
		"a slot without an appointment": {[]eventstore.Recorded{
			at("08:00:00", "calendar-w", "calendar.slot_reserved.v1", booked),
		}, 1},
	} {
		got := judged(t, func(yield func(eventstore.Recorded, error) bool) {
			for _, r := range c.log {
				if !yield(r, nil) {
					return
				}
			}
		})
		if len(got) != c.problems {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestSection4OfAHundredHoldsAndBookingsOfOneSlotOneSucceeds(t *testing.T) {
	d := newDesk(t)
	client := d.dispatcher()
	errs := make([]error, 100)
	var requests []string
	for range errs {
		requests = append(requests, d.accepted())
	}
	var all sync.WaitGroup
	for i, r := range requests {
		all.Go(func() {
			if i%2 == 0 {
				_, errs[i] = client.HoldSlot(t.Context(), holding(r, nine))
				return
			}
			_, errs[i] = client.BookAppointment(t.Context(), booking(r, nine))
		})
	}
	all.Wait()
	succeeded := 0
	for _, err := range errs {
		switch {
		case err == nil:
			succeeded++
		case rpc.Reason(err) != "SLOT_TAKEN":
			t.Fatal(err)
		}
	}
	if succeeded != 1 {
		t.Fatalf("%d had the slot", succeeded)
	}
}
