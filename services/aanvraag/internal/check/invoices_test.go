package check

import (
	"strings"
)

func brokenInvoices() map[string]broken {
	assigned := func(c *copied, first int, date string, invoices ...string) {
		c.append("series-2026", "series.numbers_assigned.v1", map[string]any{"first": first, "invoiceIds": invoices, "date": date}, nil)
	}
	return map[string]broken{
		"a number is skipped":     {func(c *copied) { assigned(c.stored(), 5, "2026-11-23", "x") }, []Name{NumberGap, NumberUnused}},
		"a number is given again": {func(c *copied) { assigned(c.stored(), 2, "2026-11-23", "x") }, []Name{NumberGap, NumberUnused}},
		"an invoice gets a second number": {func(c *copied) {
			issued := c.first(invoiceIssued)
			assigned(c.stored(), 4, "2026-11-23", strings.TrimPrefix(issued.Stream, "invoice-"))
		}, []Name{NumberTwice}},
		"a date goes back":           {func(c *copied) { assigned(c.stored(), 4, "2026-11-22", "x") }, []Name{NumberDate, NumberUnused}},
		"a date is of another year":  {func(c *copied) { assigned(c.stored(), 4, "2027-01-01", "x") }, []Name{NumberDate, NumberUnused}},
		"an invoice is never issued": {func(c *copied) { assigned(c.stored(), 4, "2026-11-23", "x") }, []Name{NumberUnused}},
		"an invoice has a number of its own": {func(c *copied) {
			c.stored().append("invoice-x", invoiceIssued, map[string]any{"number": "2026-000009", "supportRequestId": "x"}, nil)
		}, []Name{NotHandled, NumberWrong}},
		"an invoice is issued on another day": {func(c *copied) {
			assigned(c.stored(), 4, "2026-11-23", "x")
			c.append("invoice-x", invoiceIssued, map[string]any{"number": "2026-000004", "invoiceDate": "2026-11-24", "supportRequestId": "x"}, nil)
		}, []Name{NotHandled, NumberWrong}},
		"a request has two invoices": {func(c *copied) {
			assigned(c.stored(), 4, "2026-11-23", "x")
			c.append("invoice-x", invoiceIssued, map[string]any{
				"number": "2026-000004", "invoiceDate": "2026-11-23", "supportRequestId": member(c.t, c.first(invoiceIssued), "supportRequestId"),
			}, nil)
		}, []Name{InvoiceTwice, NotHandled}},
	}
}
