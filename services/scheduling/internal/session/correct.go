package session

import (
	"slices"
	"time"

	"aanvraag.internal/services/kernel/hours"
	"aanvraag.internal/services/kernel/policy"
	"aanvraag.internal/services/kernel/sealed"
	"aanvraag.internal/services/platform/decider"
)

// CorrectionCause is why measured time changed.
type CorrectionCause string

// The causes.
const (
	ByForceMajeure CorrectionCause = "force_majeure" // seconds after it began do not count (F-01)
	ByHand         CorrectionCause = "by_hand"       // somebody says that it was measured wrongly (T-12)
)

// Correction is a change that somebody proposed (T-12).
type Correction struct {
	Number         int         `json:"number"` // from 1 for each session
	Intervals      []Interval  `json:"intervals"`
	OldSeconds     int64       `json:"oldSeconds"`
	NewSeconds     int64       `json:"newSeconds"`
	ChangedSeconds int64       `json:"changedSeconds"` // in exactly one of the old and the new intervals
	Reason         sealed.Data `json:"reason"`         // it may speak of the customer (P7)
	By             string      `json:"by"`             // subject of whoever proposed it
}

// Correct proposes other intervals. Whether the request still allows it is a fact
// from elsewhere, read before the decision.
type Correct struct {
	Intervals    []Interval     `json:"intervals"`
	Reason       sealed.Data    `json:"reason"`
	By           string         `json:"by"`
	RequestEnded bool           `json:"requestEnded,omitzero"` // closed: an invoice follows from it
	Alone        int64          `json:"aloneSeconds"`          // as much one person may change, in seconds (policy)
	Calendar     hours.Calendar `json:"calendar"`
	Ref          policy.Ref     `json:"ref"`
	At           time.Time      `json:"at"`
}

// Decide corrects an ended session until its request is closed; afterwards only a
// credit note does (T-12). A change of more than one person may make alone, or one
// by whoever did the work, waits for a second person.
func (c Correct) Decide(s Session) ([]Event, error) {
	if err := s.allow("CorrectWork", Ended); err != nil {
		return nil, err
	}
	switch {
	case c.RequestEnded:
		return nil, errClosed("CorrectWork")
	case !orderly(c.Intervals, c.At):
		return nil, errIntervals
	}
	p := Correction{
		Number: s.Proposed + 1, Intervals: utc(c.Intervals), OldSeconds: s.Seconds(), NewSeconds: seconds(c.Intervals),
		ChangedSeconds: changed(s.Intervals, c.Intervals), Reason: c.Reason, By: c.By,
	}
	if p.ChangedSeconds == 0 {
		return nil, errNothing
	}
	events := []Event{CorrectionProposed{
		SessionID: s.SessionID, SupportRequestID: s.SupportRequestID, Correction: p,
		ProposedAt: c.At.UTC(), SecondPerson: p.ChangedSeconds > c.Alone || s.did(c.By),
	}}
	if p.ChangedSeconds > c.Alone || s.did(c.By) {
		return events, nil
	}
	return append(events, s.byHand(p, "", c.Calendar, c.Ref, c.At)), nil
}

// Approve lets a proposed correction count.
type Approve struct {
	Number       int            `json:"number"`
	By           string         `json:"by"`
	RequestEnded bool           `json:"requestEnded,omitzero"`
	Calendar     hours.Calendar `json:"calendar"`
	Ref          policy.Ref     `json:"ref"`
	At           time.Time      `json:"at"`
}

// Decide needs a second person: neither whoever proposed it nor whoever did the
// work (T-12).
func (c Approve) Decide(s Session) ([]Event, error) {
	if err := s.allow("ApproveCorrection", Ended); err != nil {
		return nil, err
	}
	switch {
	case s.Pending == nil || s.Pending.Number != c.Number:
		return nil, errCorrection
	case c.RequestEnded:
		return nil, errClosed("ApproveCorrection")
	case c.By == s.Pending.By, s.did(c.By):
		return nil, errSecond
	}
	return []Event{s.byHand(*s.Pending, c.By, c.Calendar, c.Ref, c.At)}, nil
}

// did tells whether somebody did this work: whoever started the session, or whose
// time was booked for it.
func (s Session) did(who string) bool {
	return who != "" && (who == s.StartedBy || who == s.TechnicianID)
}

func (s Session) byHand(p Correction, approvedBy string, calendar hours.Calendar, ref policy.Ref, at time.Time) WorkCorrected {
	e := s.correct(p.Intervals, ByHand, calendar, ref, at)
	e.Proposal, e.Reason, e.ProposedBy, e.ApprovedBy = p.Number, p.Reason, p.By, approvedBy
	return e
}

// correct replaces the intervals. Those of an ended session are split at the edges
// of the hours again (T-08); those of an open one will be at its end.
func (s Session) correct(to []Interval, cause CorrectionCause, calendar hours.Calendar, ref policy.Ref, at time.Time) WorkCorrected {
	e := WorkCorrected{
		SessionID: s.SessionID, SupportRequestID: s.SupportRequestID, Number: s.Corrections + 1, Cause: cause,
		Old: slices.Clone(s.Intervals), New: to, OldSeconds: s.Seconds(), NewSeconds: seconds(to), CorrectedAt: at.UTC(),
	}
	if s.Stage == Ended {
		e.Ended, e.Measured, e.Calendar = true, measure(to, calendar), ref
	}
	return e
}

// measure splits intervals at the edges of the desk's hours (T-08).
func measure(intervals []Interval, calendar hours.Calendar) (m Measured) {
	for _, i := range intervals {
		regular, outside := calendar.Split(i.From, i.To)
		m.RegularSeconds += regular
		m.OutsideSeconds += outside
	}
	m.WorkedSeconds = m.RegularSeconds + m.OutsideSeconds
	return m
}

// orderly tells whether intervals are positive, in order, do not overlap, and end
// at the latest at an instant.
func orderly(intervals []Interval, at time.Time) bool {
	var last time.Time
	for _, i := range intervals {
		if !i.From.Before(i.To) || i.From.Before(last) || i.To.After(at) {
			return false
		}
		last = i.To
	}
	return true
}

// changed is how many seconds are in exactly one of two lists of intervals.
func changed(a, b []Interval) int64 {
	var both int64
	for _, x := range a {
		for _, y := range b {
			from, to := max(x.From.Unix(), y.From.Unix()), min(x.To.Unix(), y.To.Unix())
			both += max(0, to-from)
		}
	}
	return seconds(a) + seconds(b) - 2*both
}

func seconds(intervals []Interval) (sum int64) {
	for _, i := range intervals {
		sum += i.To.Unix() - i.From.Unix()
	}
	return sum
}

func utc(intervals []Interval) []Interval {
	out := make([]Interval, len(intervals))
	for n, i := range intervals {
		out[n] = Interval{From: i.From.UTC(), To: i.To.UTC()}
	}
	return out
}

func errClosed(command string) *decider.Rejection {
	return &decider.Rejection{
		Kind: decider.Precondition, Code: "ILLEGAL_STATE", Article: "1", Rule: "T-12",
		Reason:  "the request is closed; what was billed is changed by a credit note only",
		Details: map[string]string{"from": "CLOSED", "command": command},
	}
}

var (
	errIntervals = &decider.Rejection{
		Kind: decider.Invalid, Code: "INTERVALS_INVALID", Article: "1", Rule: "T-12",
		Reason: "intervals are positive, in order, do not overlap, and lie in the past",
	}
	errNothing = &decider.Rejection{
		Kind: decider.Invalid, Code: "NOTHING_CHANGES", Article: "1", Rule: "T-12",
		Reason: "the intervals are those that count already",
	}
	errCorrection = &decider.Rejection{
		Kind: decider.Missing, Code: "CORRECTION_UNKNOWN", Article: "1", Rule: "T-12",
		Reason: "no correction of that number waits for a second person",
	}
	errSecond = &decider.Rejection{
		Kind: decider.Denied, Code: "SECOND_PERSON_REQUIRED", Article: "1", Rule: "T-12",
		Reason: "whoever proposed a correction, or did the work, cannot approve it",
	}
)
