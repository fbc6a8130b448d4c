package incident

import "time"

// MarkOverdue follows when the time to judge has come to its end.
type MarkOverdue struct {
	At time.Time `json:"at"`
}

// Decide shows once that nobody answered in time; at the very instant it is late
// (D-03).
func (c MarkOverdue) Decide(i Incident) ([]Event, error) {
	if i.State != Open || c.At.Before(i.ReportBy) {
		return nil, nil
	}
	return []Event{ReportOverdue{SupportRequestID: i.SupportRequestID, ReportBy: i.ReportBy}}, nil
}
