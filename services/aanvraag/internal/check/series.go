package check

import (
	"context"
	"fmt"

	"github.com/go-json-experiment/json"
)

// series: the invoices of a year are numbered 1 to n without a gap, each once, and
// their dates never go back. Each number was given to one invoice, which was issued
// under it, and no request has two invoices (B-08).
type series struct {
	found *findings
	hash  hasher
	years map[string]*year
	given map[string]number // by invoice, until it is issued
	taken set               // invoices that have a number
	paid  set               // requests that have an invoice
}

type year struct {
	last int64
	date string
}

type number struct {
	text, date string
	where      at
}

func newSeries(found *findings) *series {
	return &series{
		found: found, hash: newHasher(), years: map[string]*year{}, given: map[string]number{}, taken: set{}, paid: set{},
	}
}

func (s *series) see(_ context.Context, e *event) error {
	switch {
	case e.unreadable != "":
	case e.Type == "series.numbers_assigned.v1":
		s.assigned(e)
	case e.Type == invoiceIssued:
		s.issued(e)
	}
	return nil
}

func (s *series) assigned(e *event) {
	var m struct {
		First      int64    `json:"first"`
		InvoiceIDs []string `json:"invoiceIds"`
		Date       string   `json:"date"`
	}
	if json.Unmarshal(e.Data, &m) != nil {
		return // no codec reads it either
	}
	y := s.years[e.id]
	if y == nil {
		y = &year{}
		s.years[e.id] = y
	}
	if m.First != y.last+1 {
		s.found.addf(NumberGap, e.at(), "the numbers of %s go on at %d after %d", e.id, m.First, y.last)
	}
	switch {
	case m.Date < y.date:
		s.found.addf(NumberDate, e.at(), "the date of numbers of %s goes back from %s to %s", e.id, y.date, m.Date)
	case len(m.Date) < 4 || m.Date[:4] != e.id:
		s.found.addf(NumberDate, e.at(), "numbers of %s are given on %q", e.id, m.Date)
	}
	for i, id := range m.InvoiceIDs {
		n := number{fmt.Sprintf("%s-%06d", e.id, m.First+int64(i)), m.Date, e.at()}
		if !s.taken.add(s.hash.of(id)) {
			s.found.addf(NumberTwice, e.at(), "invoice %s gets number %s and has one already", id, n.text)
			continue
		}
		s.given[id] = n
	}
	y.last, y.date = max(y.last, m.First+int64(len(m.InvoiceIDs))-1), max(y.date, m.Date)
}

func (s *series) issued(e *event) {
	var m struct {
		Number string `json:"number"`
		Date   string `json:"invoiceDate"`
	}
	if json.Unmarshal(e.Data, &m) != nil {
		return // no codec reads it either
	}
	given, has := s.given[e.id]
	delete(s.given, e.id)
	switch {
	case !has:
		s.found.addf(NumberWrong, e.at(), "invoice %s was issued as %s, which no series gave it", e.id, m.Number)
	case given.text != m.Number || given.date != m.Date:
		s.found.addf(NumberWrong, e.at(), "invoice %s was issued as %s of %s; its series gave it %s of %s", e.id, m.Number, m.Date, given.text, given.date)
	}
	if r := request.of(e, 0); !s.paid.add(s.hash.of(r)) {
		s.found.addf(InvoiceTwice, e.at(), "request %s has another invoice", r)
	}
}

func (s *series) end(context.Context) error {
	for _, id := range inOrder(s.given, func(n number) at { return n.where }) {
		n := s.given[id]
		s.found.addf(NumberUnused, n.where, "invoice %s has number %s and was not issued", id, n.text)
	}
	return nil
}
