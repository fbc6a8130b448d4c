package billing

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"aanvraag.internal/services/billing/internal/invoice"
	"aanvraag.internal/services/billing/internal/payment"
	"aanvraag.internal/services/billing/internal/series"
	"aanvraag.internal/services/kernel/money"
	"aanvraag.internal/services/platform/command/commandtest"
)

// Whatever stands in the log under a recorded name, reading it ends in an event
// or an error. An event that was read is written and read the same from then on,
// and leaves the states before it as they were.
func FuzzStoredEvents(f *testing.F) {
	told := commandtest.Stories(f)
	for _, s := range told {
		f.Add([]byte(s.Data))
	}
	for _, hostile := range []string{
		`null`, `{}`, `[]`, `{"`, "{\"reference\":\"\xff\"}", `{"language":"\ud800"}`, `{"at":"9999-12-31T23:59:59-23:59"}`,
		`{"seconds":1e400}`, `{"intervals":[{},{}],"intervals":[]}`, strings.Repeat(`{"party":`, 20_000),
	} {
		f.Add([]byte(hostile))
	}
	chambers := []func(*testing.T, []byte){
		commandtest.Stored[invoice.Invoice](told, invoice.Events()),
		commandtest.Stored[payment.Payment](told, payment.Events()),
		commandtest.Stored[series.Series](told, series.Events()),
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, try := range chambers {
			try(t, data)
		}
	})
}

// Whatever figures a policy holds, work is rated by them or they are refused: no
// panic, no sum that is not that of its lines, nothing owed to the customer.
func FuzzRating(f *testing.F) {
	const (
		tariff    = `{"hourlyRateCents":10385,"incrementSeconds":60,"minimumSupportCents":2000,"minimumInvoiceCents":3000}`
		vat       = `{"basisPoints":2100}`
		invoicing = `{"days":14,"minimumBasis":{"business":"ex","consumer":"incl"}}`
	)
	f.Add([]byte(tariff), []byte(vat), []byte(invoicing), int64(600))
	f.Add([]byte(tariff), []byte(`{"basisPoints":-10000}`), []byte(invoicing), int64(600))
	f.Add([]byte(tariff), []byte(`{"basisPoints":9223372036854775807}`), []byte(invoicing), int64(600))
	f.Add([]byte(`{"hourlyRateCents":9223372036854775807,"incrementSeconds":9223372036854775807}`), []byte(vat), []byte(`null`), int64(1))
	f.Add([]byte(`{"hourlyRateCents":1,"incrementSeconds":1,"minimumSupportCents":9223372036854775807,"minimumInvoiceCents":9223372036854775807}`), []byte(vat), []byte(invoicing), int64(1))
	f.Add([]byte(`{"hourlyRateCents":1,"incrementSeconds":0}`), []byte(`{}`), []byte(`{}`), int64(-1))
	f.Add([]byte(tariff), []byte(vat), []byte(invoicing), int64(1<<63-1))
	f.Fuzz(func(t *testing.T, tariff, vat, invoicing []byte, seconds int64) {
		var rules invoice.Rules
		for content, into := range map[*[]byte]any{&tariff: &rules.Sheet, &vat: &rules.Tax, &invoicing: &rules.Terms} {
			if json.Unmarshal(*content, into, json.RejectUnknownMembers(true)) != nil {
				return
			}
		}
		for _, kind := range []invoice.PartyKind{invoice.Business, invoice.Consumer} {
			r, err := rules.Rate([]invoice.Work{{Seconds: seconds}, {Seconds: 1}}, kind, "nl")
			if err != nil {
				continue
			}
			var sum money.Cents
			for _, l := range r.Lines {
				if sum += l.Amount; l.Amount < 0 || sum < 0 || l.BilledSeconds < l.WorkedSeconds {
					t.Fatalf("%s %s %s: %d seconds have the line %+v", tariff, vat, invoicing, seconds, l)
				}
			}
			if !r.Billable() || r.TotalExcludingVAT != sum || r.VAT < 0 || r.TotalIncludingVAT != sum+r.VAT || r.TotalIncludingVAT < sum {
				t.Fatalf("%s %s %s: %d seconds are rated %+v", tariff, vat, invoicing, seconds, r)
			}
		}
	})
}
