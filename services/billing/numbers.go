package billing

import "aanvraag.internal/services/platform/eventstore"

// Numbers gives invoice numbers (B-08) without the rest of billing: what the fault
// programs bring under load. Its Run must run for Assign to answer.
type Numbers = numbers

// NewNumbers gives numbers from the series in a log, which others may do too.
func NewNumbers(store eventstore.Store) *Numbers { return newNumbers(store) }
