package scheduling

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"google.golang.org/protobuf/types/known/timestamppb"

	schedulingv1 "aanvraag.internal/proto/gen/aanvraag/scheduling/v1"
	"aanvraag.internal/services/kernel/hours"
	"aanvraag.internal/services/kernel/policy"
	"aanvraag.internal/services/platform/decider"
	"aanvraag.internal/services/platform/policies"
	"aanvraag.internal/services/platform/rpc"
	"aanvraag.internal/services/scheduling/internal/opening"
)

// PublishCalendar brings other opening hours into force.
func (h *handler) PublishCalendar(
	ctx context.Context, req *schedulingv1.PublishCalendarRequest,
) (*schedulingv1.PublishCalendarResponse, error) {
	env, err := h.command(ctx, req, "policy-"+policyCalendar)
	if err != nil {
		return nil, err
	}
	wish := opening.Publish{Calendar: calendarOf(req.GetCalendar()), At: env.DecidedAt}
	switch start := req.GetStart().(type) {
	case *schedulingv1.PublishCalendarRequest_EffectiveFrom:
		wish.EffectiveFrom = start.EffectiveFrom.AsTime()
	case *schedulingv1.PublishCalendarRequest_EffectiveFromLocal:
		if wish.EffectiveFrom, err = localInstant("effective_from_local", start.EffectiveFromLocal); err != nil {
			return nil, err
		}
	}
	env.TZData = hours.TZData()
	version, position, err := h.policies.PublishBy(ctx, env, policyCalendar, wish)
	if err != nil {
		return nil, err
	}
	return &schedulingv1.PublishCalendarResponse{
		Policy: policies.Ref(version.Ref), EffectiveFrom: timestamppb.New(version.EffectiveFrom), ConsistencyToken: rpc.Token(position),
	}, nil
}

// GetCalendar gives the opening hours in force, or those of one version.
func (h *handler) GetCalendar(
	ctx context.Context, req *schedulingv1.GetCalendarRequest,
) (*schedulingv1.GetCalendarResponse, error) {
	// Versions are folded from the log, which has seen whatever the token names.
	if _, err := rpc.ParseToken(req.GetConsistencyToken()); err != nil {
		return nil, err
	}
	version, err := h.calendarVersion(ctx, int(req.GetVersion()))
	if err != nil {
		return nil, err
	}
	var c hours.Calendar
	if err := json.Unmarshal(version.Content, &c, json.RejectUnknownMembers(true)); err != nil {
		return nil, fmt.Errorf("calendar version %d: %w", version.Ref.Version, err)
	}
	return &schedulingv1.GetCalendarResponse{
		Policy: policies.Ref(version.Ref), EffectiveFrom: timestamppb.New(version.EffectiveFrom),
		Calendar: calendarMessage(c), TimeZoneData: hours.TZData(),
	}, nil
}

// calendarVersion is the version of that number, or the one in force for 0. One that
// is not there is POLICY_MISSING, and no other is taken instead (G-10).
func (h *handler) calendarVersion(ctx context.Context, number int) (policy.Version, error) {
	if number == 0 {
		_, version, err := h.policies.InForce(ctx, policyCalendar, h.house.Clock.Now())
		return version, err
	}
	all, err := h.policies.All(ctx, policyCalendar)
	if err != nil {
		return policy.Version{}, err
	}
	for _, v := range all.Versions {
		if v.Ref.Version == number {
			return v, nil
		}
	}
	return policy.Version{}, &decider.Rejection{
		Kind: decider.Precondition, Code: "POLICY_MISSING", Rule: "G-10",
		Reason:  "there is no such version of the calendar",
		Details: map[string]string{"policy": policyCalendar},
	}
}

// localInstant is the instant that a wall clock of the desk shows. One that the clock
// skips, or shows twice, is the caller's to correct: nothing is shifted in silence (G-12).
func localInstant(path string, local *schedulingv1.LocalTime) (time.Time, error) {
	var offset *time.Duration
	if local.GetUtcOffset() != nil {
		offset = new(local.GetUtcOffset().AsDuration())
	}
	at, err := hours.Default().Instant(local.GetDate(), local.GetTime(), offset)
	switch {
	case errors.Is(err, hours.ErrNoSuchTime):
		return at, rpc.Invalid("LOCAL_TIME_MISSING", rpc.Field{
			Path: path, RuleID: "local_time.missing", Message: "the clock is put forward over this time",
		})
	case errors.Is(err, hours.ErrAmbiguousTime):
		return at, rpc.Invalid("LOCAL_TIME_AMBIGUOUS", rpc.Field{
			Path: path + ".utc_offset", RuleID: "local_time.ambiguous", Message: "the clock shows this time twice: say which by its offset",
		})
	case errors.Is(err, hours.ErrWrongOffset):
		return at, rpc.InvalidField(path+".utc_offset", "local_time.offset", "is not the offset of the zone at this time")
	case err != nil:
		return at, rpc.InvalidField(path, "local_time.malformed", "is not a date and a time such as 2027-03-28 and 07:30")
	}
	return at, nil
}

// calendarOf is a calendar as policies hold it: what is not named is empty, not absent.
func calendarOf(m *schedulingv1.Calendar) hours.Calendar {
	c := hours.Calendar{
		Zone: m.GetTimeZone(), Weekly: []hours.Weekly{}, Holidays: []hours.Holiday{},
		Closings: append([]string{}, m.GetClosings()...),
	}
	for _, w := range m.GetWindows() {
		window := hours.Weekly{Days: []int{}, From: w.GetFrom(), To: w.GetTo()}
		for _, day := range w.GetDays() {
			window.Days = append(window.Days, int(day))
		}
		c.Weekly = append(c.Weekly, window)
	}
	for _, holiday := range m.GetHolidays() {
		c.Holidays = append(c.Holidays, hours.Holiday{Name: holiday.GetName(), Closed: holiday.GetClosed()})
	}
	return c
}

func calendarMessage(c hours.Calendar) *schedulingv1.Calendar {
	m := &schedulingv1.Calendar{TimeZone: c.Zone, Closings: c.Closings}
	for _, w := range c.Weekly {
		window := &schedulingv1.OpeningWindow{From: w.From, To: w.To}
		for _, day := range w.Days {
			window.Days = append(window.Days, int32(day))
		}
		m.Windows = append(m.Windows, window)
	}
	for _, holiday := range c.Holidays {
		m.Holidays = append(m.Holidays, &schedulingv1.Holiday{Name: holiday.Name, Closed: holiday.Closed})
	}
	return m
}
