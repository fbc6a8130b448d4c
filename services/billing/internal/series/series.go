// Package series is the chamber of invoice numbers: consecutive within a year,
// never used twice, never skipped (B-08). The append to a series is the legal
// issue of the invoices in it.
package series

import (
	"fmt"
	"maps"
	"slices"

	"aanvraag.internal/services/platform/decider"
)

// Event and Command of a series stream.
type (
	Event   = decider.Event[Series]
	Command = decider.Command[Series, Event]
)

// Series is the numbers of one year.
type Series struct {
	Last     int64            // last number given; 0 before the first
	LastDate string           // of the last number, YYYY-MM-DD
	Entries  map[string]Entry // by invoice id
}

// Entry is the number and date of one invoice.
type Entry struct {
	Sequence int64
	Date     string
}

// Events lists every event type of a series stream.
func Events() []Event { return []Event{NumbersAssigned{}} }

// NumbersAssigned gives consecutive numbers to invoices, in order.
type NumbersAssigned struct {
	First      int64    `json:"first"`
	InvoiceIDs []string `json:"invoiceIds"`
	Date       string   `json:"date"` // invoice date of all of them
}

// EventType is the recorded name.
func (NumbersAssigned) EventType() string { return "series.numbers_assigned.v1" }

// Evolve adds the numbers.
func (e NumbersAssigned) Evolve(s Series) Series {
	s.Entries = maps.Clone(s.Entries)
	return e.grow(s)
}

// grow is Evolve without the copy, for [Grow].
func (e NumbersAssigned) grow(s Series) Series {
	if s.Entries == nil {
		s.Entries = make(map[string]Entry, len(e.InvoiceIDs))
	}
	for i, id := range e.InvoiceIDs {
		s.Entries[id] = Entry{Sequence: e.First + int64(i), Date: e.Date}
	}
	s.Last, s.LastDate = e.First+int64(len(e.InvoiceIDs))-1, e.Date
	return s
}

// Grow adds events to a series that its caller alone holds, without copying the
// map of a year each time.
func Grow(s Series, e Event) Series {
	if n, ok := e.(NumbersAssigned); ok {
		return n.grow(s)
	}
	return e.Evolve(s)
}

// Assign asks for numbers. Invoices that have one keep it.
type Assign struct {
	InvoiceIDs []string `json:"invoiceIds"`
	Today      string   `json:"today"` // local date, YYYY-MM-DD
}

// Decide gives the next numbers, one to an invoice however often it is named. The
// date never goes back within a series, even when a clock does: it is the later of
// the last one and today.
func (c Assign) Decide(s Series) ([]Event, error) {
	var fresh []string
	for _, id := range c.InvoiceIDs {
		if _, has := s.Entries[id]; !has && !slices.Contains(fresh, id) {
			fresh = append(fresh, id)
		}
	}
	if len(fresh) == 0 {
		return nil, nil
	}
	return []Event{NumbersAssigned{First: s.Last + 1, InvoiceIDs: fresh, Date: max(s.LastDate, c.Today)}}, nil
}

// Number is how a customer reads a place in a year's series, such as 2026-000001.
func Number(year string, sequence int64) string { return fmt.Sprintf("%s-%06d", year, sequence) }
