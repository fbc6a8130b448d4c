package scheduling

import (
	"reflect"
	"testing"
	"time"

	"connectrpc.com/connect/v2"
	"github.com/go-json-experiment/json"
	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"
	"pgregory.net/rapid"

	schedulingv1 "aanvraag.internal/proto/gen/aanvraag/scheduling/v1"
	"aanvraag.internal/services/kernel/hours"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/service/servicetest"
)

// publishing is the first calendar again, changed.
func publishing(change func(*schedulingv1.Calendar)) *schedulingv1.PublishCalendarRequest {
	c := calendarMessage(hours.Default())
	change(c)
	return &schedulingv1.PublishCalendarRequest{IdempotencyKey: uuid.NewString(), Calendar: c}
}

func asItIs(*schedulingv1.Calendar) {}

func (d *desk) calendar(version int32) (*schedulingv1.GetCalendarResponse, error) {
	return d.as("").GetCalendar(d.t.Context(), &schedulingv1.GetCalendarRequest{Version: version})
}

func TestG10_AnotherCalendarComesIntoForceWhenItSays(t *testing.T) {
	d := newDesk(t)
	administrator := d.as("administrator")
	req := publishing(func(c *schedulingv1.Calendar) {
		c.Windows = append(c.Windows, &schedulingv1.OpeningWindow{Days: []int32{6}, From: "09:00", To: "13:00"})
		for _, h := range c.GetHolidays() { // G-11: both switches on
			h.Closed = h.GetClosed() || h.GetName() == hours.GoodFriday || h.GetName() == hours.LiberationDay
		}
		c.Closings = []string{"2026-12-31"}
	})
	req.Start = &schedulingv1.PublishCalendarRequest_EffectiveFromLocal{
		EffectiveFromLocal: &schedulingv1.LocalTime{Date: "2026-12-01", Time: "00:00"},
	}
	published, err := administrator.PublishCalendar(t.Context(), req)
	check(t, err)
	if published.GetPolicy().GetVersion() != 2 || !published.GetEffectiveFrom().AsTime().Equal(time.Date(2026, 11, 30, 23, 0, 0, 0, time.UTC)) {
		t.Fatal(published)
	}
	again, err := administrator.PublishCalendar(t.Context(), req)
	check(t, err)
	if !proto.Equal(published, again) {
		t.Errorf("first %v, then %v", published, again)
	}
	now, err := d.calendar(0)
	check(t, err)
	if now.GetPolicy().GetVersion() != 1 || now.GetTimeZoneData() != hours.TZData() {
		t.Errorf("before its time: %v", now)
	}
	_, err = d.Frozen.Advance(8 * 24 * time.Hour)
	check(t, err)
	now, err = d.calendar(0)
	check(t, err)
	if now.GetPolicy().GetVersion() != 2 || !proto.Equal(now.GetCalendar(), req.GetCalendar()) {
		t.Errorf("from then on: %v", now)
	}
	first, err := d.calendar(1)
	check(t, err)
	if !proto.Equal(first.GetCalendar(), calendarMessage(hours.Default())) {
		t.Errorf("the first version is now %v", first)
	}
}

func TestG10_AnUnknownVersionIsNeverReplacedByAnother(t *testing.T) {
	d := newDesk(t)
	_, err := d.calendar(7)
	if details := refused(t, err, connect.CodeFailedPrecondition, "POLICY_MISSING"); details["policy"] != "calendar" {
		t.Errorf("details %v", details)
	}
}

func TestG10_NothingIsPublishedForThePast(t *testing.T) {
	d := newDesk(t)
	administrator := d.as("administrator")
	for name, from := range map[string]time.Time{
		"a second ago": servicetest.Start.Add(-time.Second),
		"a year ago":   servicetest.Start.AddDate(-1, 0, 0),
	} {
		req := publishing(asItIs)
		req.Start = &schedulingv1.PublishCalendarRequest_EffectiveFrom{EffectiveFrom: timestamppb.New(from)}
		_, err := administrator.PublishCalendar(t.Context(), req)
		t.Log(name)
		refused(t, err, connect.CodeInvalidArgument, "EFFECTIVE_IN_PAST")
	}
	req := publishing(asItIs)
	req.Start = &schedulingv1.PublishCalendarRequest_EffectiveFrom{EffectiveFrom: timestamppb.New(servicetest.Start)}
	_, err := administrator.PublishCalendar(t.Context(), req)
	check(t, err)
	_, err = d.dispatcher().PublishCalendar(t.Context(), publishing(asItIs))
	refused(t, err, connect.CodePermissionDenied, "PERMISSION_DENIED")
	_, err = administrator.PublishCalendar(t.Context(), publishing(func(c *schedulingv1.Calendar) { c.Windows = nil }))
	refused(t, err, connect.CodeInvalidArgument, "CALENDAR_INVALID")
}

func TestG12_ALocalStartThatIsNotOneInstantIsTheCallersToCorrect(t *testing.T) {
	d := newDesk(t)
	administrator := d.as("administrator")
	for name, v := range map[string]struct {
		local  *schedulingv1.LocalTime
		reason string // empty: it is taken
		at     string
	}{
		"skipped":          {&schedulingv1.LocalTime{Date: "2027-03-28", Time: "02:30"}, "LOCAL_TIME_MISSING", ""},
		"skipped, offset":  {&schedulingv1.LocalTime{Date: "2027-03-28", Time: "02:30", UtcOffset: durationpb.New(time.Hour)}, "LOCAL_TIME_MISSING", ""},
		"shown twice":      {&schedulingv1.LocalTime{Date: "2027-10-31", Time: "02:30"}, "LOCAL_TIME_AMBIGUOUS", ""},
		"not that offset":  {&schedulingv1.LocalTime{Date: "2027-10-31", Time: "02:30", UtcOffset: durationpb.New(3 * time.Hour)}, "INVALID_REQUEST", ""},
		"no date":          {&schedulingv1.LocalTime{Date: "2027-02-30", Time: "02:30"}, "INVALID_REQUEST", ""},
		"the first of two": {&schedulingv1.LocalTime{Date: "2027-10-31", Time: "02:30", UtcOffset: durationpb.New(2 * time.Hour)}, "", "2027-10-31T00:30:00Z"},
		"the second":       {&schedulingv1.LocalTime{Date: "2028-10-29", Time: "02:30", UtcOffset: durationpb.New(time.Hour)}, "", "2028-10-29T01:30:00Z"},
	} {
		if v.reason != "" {
			req := publishing(asItIs)
			req.Start = &schedulingv1.PublishCalendarRequest_EffectiveFromLocal{EffectiveFromLocal: v.local}
			_, err := administrator.PublishCalendar(t.Context(), req)
			t.Log(name)
			refused(t, err, connect.CodeInvalidArgument, v.reason)
			continue
		}
		at, err := localInstant("start", v.local)
		if err != nil || at.Format(time.RFC3339) != v.at {
			t.Errorf("%s: %s, %v", name, at, err)
		}
	}
}

// P2, T-08: a session that ends under another calendar is split by it, and says so;
// one that ended before stays as it was.
func TestG10_ADecisionNamesTheVersionOfTheCalendarThatItUsed(t *testing.T) {
	d := newDesk(t)
	work := func(start time.Time) string {
		started, err := d.technician().StartSession(t.Context(), starting(d.booked(d.accepted(), start), false))
		check(t, err)
		_, err = d.Frozen.Advance(37 * time.Minute)
		check(t, err)
		id := started.GetSession().GetSessionId()
		_, err = d.technician().EndSession(t.Context(), &schedulingv1.EndSessionRequest{IdempotencyKey: uuid.NewString(), SessionId: id})
		check(t, err)
		return id
	}
	before := work(nine)
	closed := publishing(func(c *schedulingv1.Calendar) { c.Closings = []string{"2026-11-23"} })
	_, err := d.as("administrator").PublishCalendar(t.Context(), closed)
	check(t, err)
	after := work(nine.Add(3 * time.Hour))
	for id, want := range map[string]struct {
		version int
		outside bool
	}{before: {1, false}, after: {2, true}} {
		log := d.Stream("session-"+id, 2)
		last := log[len(log)-1]
		var meta eventstore.Metadata
		check(t, json.Unmarshal(last.Metadata, &meta))
		var ended struct {
			OutsideSeconds int64 `json:"outsideSeconds"`
		}
		check(t, json.Unmarshal(last.Data, &ended))
		if len(meta.Policies) != 1 || meta.Policies[0].Version != want.version || (ended.OutsideSeconds > 0) != want.outside {
			t.Errorf("ended under %+v with %d s outside, want version %d", meta.Policies, ended.OutsideSeconds, want.version)
		}
	}
}

// What is published is what is served: nothing of a calendar is lost on the way.
func TestACalendarIsTheSameInTheAPIAndInItsPolicy(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := hours.Calendar{Zone: hours.Amsterdam, Weekly: []hours.Weekly{}, Holidays: []hours.Holiday{}, Closings: []string{}}
		for range rapid.IntRange(0, 4).Draw(t, "windows") {
			c.Weekly = append(c.Weekly, hours.Weekly{
				Days: rapid.SliceOfNDistinct(rapid.IntRange(1, 7), 0, 7, rapid.ID).Draw(t, "days"),
				From: rapid.StringMatching(`[0-2][0-9]:[0-5][0-9]`).Draw(t, "from"), To: "24:00",
			})
		}
		for _, h := range hours.Default().Holidays {
			c.Holidays = append(c.Holidays, hours.Holiday{Name: h.Name, Closed: rapid.Bool().Draw(t, h.Name)})
		}
		c.Closings = append(c.Closings, rapid.SliceOfN(rapid.StringMatching(`20[0-9]{2}-12-31`), 0, 3).Draw(t, "closings")...)
		if back := calendarOf(calendarMessage(c)); !reflect.DeepEqual(back, c) {
			t.Fatalf("%+v became %+v", c, back)
		}
	})
}
