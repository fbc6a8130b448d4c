package scheduling

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"google.golang.org/protobuf/types/known/timestamppb"

	schedulingv1 "aanvraag.internal/proto/gen/aanvraag/scheduling/v1"
	"aanvraag.internal/services/kernel/hours"
	"aanvraag.internal/services/kernel/policy"
	"aanvraag.internal/services/scheduling/internal/calendar"
	"aanvraag.internal/services/scheduling/internal/technician"
)

// search is what somebody looks for: slots of some seconds that lie in [from, to).
type search struct {
	from, to, now time.Time
	seconds, step int64
	technicianID  string // empty: all who are registered
	skill         string // empty: any
	after         string // key of the last slot before; empty: from the first
	limit         int
}

// key orders slots by start and then technician.
func key(s calendar.Slot) string { return s.Start.UTC().Format(sortable) + "/" + s.TechnicianID }

// find answers a page of slots, and the key of its last when more may follow. It asks
// the logs that a booking decides by, and by the same words; so what it answers can
// be booked, as long as nobody else does.
func (s *Service) find(ctx context.Context, want search) ([]*schedulingv1.Slot, string, error) {
	who, err := s.candidates(ctx, want)
	if err != nil {
		return nil, "", err
	}
	desk, _, err := s.policies.InForce(ctx, policyCalendar, want.now)
	if err != nil {
		return nil, "", err
	}
	weeks := map[string]calendar.Week{}
	var page []*schedulingv1.Slot
	last := ""
	begin := want.from
	if want.now.After(begin) {
		begin = want.now
	}
	if start, err := time.Parse(sortable, strings.SplitN(want.after, "/", 2)[0]); err == nil && start.After(begin) {
		begin = start // the rest of the day is passed over by key
	}
	zone := hours.Calendar{Zone: hours.Amsterdam}
	for date, end := zone.Date(begin), zone.Date(want.to); date != "" && date <= end; date = hours.AddDays(date, 1) {
		open, err := hoursOn(desk, date, want.now)
		if err != nil {
			return nil, "", err
		}
		var found []calendar.Slot
		for _, t := range who {
			if found, err = s.freeOn(ctx, found, weeks, t, open, date, want); err != nil {
				return nil, "", err
			}
		}
		slices.SortFunc(found, func(a, b calendar.Slot) int { return cmp.Compare(key(a), key(b)) })
		for _, slot := range found {
			if len(page) == want.limit {
				return page, last, nil
			}
			last = key(slot)
			page = append(page, &schedulingv1.Slot{
				TechnicianId: slot.TechnicianID, Start: timestamppb.New(slot.Start), Duration: seconds(slot.Seconds),
			})
		}
	}
	return page, "", nil
}

// freeOn adds what one technician has free on one date.
func (s *Service) freeOn(
	ctx context.Context, found []calendar.Slot, weeks map[string]calendar.Week,
	t technician.Technician, open hours.Calendar, date string, want search,
) ([]calendar.Slot, error) {
	length, step := time.Duration(want.seconds)*time.Second, time.Duration(want.step)*time.Second
	for _, worked := range t.Hours(open, date) {
		for start := worked.From; !start.Add(length).After(worked.To); start = start.Add(step) {
			slot := calendar.Slot{TechnicianID: t.TechnicianID, Start: start, Seconds: want.seconds}
			past := start.Before(want.from) || start.Before(want.now) || slot.End().After(want.to) || key(slot) <= want.after
			if past || t.Unavailable(start, want.seconds) != "" {
				continue
			}
			id := calendar.ID(t.TechnicianID, start)
			if _, known := weeks[id]; !known {
				week, err := s.weeks.Load(ctx, id)
				if err != nil {
					return nil, err
				}
				weeks[id] = week.State
			}
			if weeks[id].Free(slot, want.now) {
				found = append(found, slot)
			}
		}
	}
	return found, nil
}

// hoursOn are the desk's hours in the version that is in force at noon of a date, or
// now when that is later.
func hoursOn(desk policy.Policy, date string, now time.Time) (hours.Calendar, error) {
	var open hours.Calendar
	at, err := hours.Calendar{Zone: hours.Amsterdam}.Instant(date, "12:00", nil)
	if err != nil {
		return open, err
	}
	if now.After(at) {
		at = now
	}
	v, _ := desk.At(at)
	if err := json.Unmarshal(v.Content, &open, json.RejectUnknownMembers(true)); err != nil {
		return open, fmt.Errorf("hours of version %d: %w", v.Ref.Version, err)
	}
	if err := open.Check(); err != nil {
		return open, fmt.Errorf("hours of version %d: %w", v.Ref.Version, err)
	}
	return open, nil
}

// candidates are the technicians that are looked at.
func (s *Service) candidates(ctx context.Context, want search) ([]technician.Technician, error) {
	var ids []string
	if want.technicianID != "" {
		ids = []string{want.technicianID}
	}
	for after := ""; want.technicianID == ""; {
		listed, last, err := s.roster(ctx, wanted{skill: want.skill, after: after, limit: 200})
		if err != nil {
			return nil, err
		}
		for _, t := range listed {
			ids = append(ids, t.GetTechnicianId())
		}
		if after = last; after == "" {
			break
		}
	}
	var out []technician.Technician
	for _, id := range ids {
		t, err := s.technicians.Load(ctx, id)
		if err != nil {
			return nil, err
		}
		if t.State.Able(want.skill) {
			t.State.TechnicianID = id // also of one who was never registered
			out = append(out, t.State)
		}
	}
	return out, nil
}
