package billing

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"aanvraag.internal/services/billing/internal/invoice"
	"aanvraag.internal/services/billing/internal/payment"
	"aanvraag.internal/services/billing/internal/series"
	"aanvraag.internal/services/kernel/money"
	"aanvraag.internal/services/platform/command"
	"aanvraag.internal/services/platform/decider"
)

// Whatever stands in the log under a recorded name, reading it ends in an event
// or an error. An event that was read is written and read the same from then on,
// and leaves the states before it as they were.
func FuzzStoredEvents(f *testing.F) {
	told := stories(f)
	for _, s := range told {
		f.Add([]byte(s.data))
	}
	for _, hostile := range []string{
		`null`, `{}`, `[]`, `{"`, "{\"reference\":\"\xff\"}", `{"language":"\ud800"}`, `{"at":"9999-12-31T23:59:59-23:59"}`,
		`{"seconds":1e400}`, `{"intervals":[{},{}],"intervals":[]}`, strings.Repeat(`{"party":`, 20_000),
	} {
		f.Add([]byte(hostile))
	}
	chambers := []func(*testing.T, []byte){
		stored[invoice.Invoice](told, invoice.Events()),
		stored[payment.Payment](told, payment.Events()),
		stored[series.Series](told, series.Events()),
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

// stored tries data under each recorded name of an aggregate, on top of every state
// that its stories go through.
func stored[S any, E decider.Event[S]](told []recordedLine, samples []E) func(*testing.T, []byte) {
	codec := command.NewCodec[S](samples)
	left := make([]S, 1, 64)
	for _, s := range told {
		if e, err := codec.Decode(s.name, []byte(s.data)); err == nil {
			left = append(left, e.Evolve(left[len(left)-1]))
		}
	}
	return func(t *testing.T, data []byte) {
		for _, sample := range samples {
			name := sample.EventType()
			e, err := codec.Decode(name, data)
			if err != nil {
				continue
			}
			first, err := codec.Encode(e)
			if err != nil {
				t.Fatalf("%s %s was read and cannot be written: %v", name, data, err)
			}
			again, err := codec.Decode(name, first)
			if err != nil {
				t.Fatalf("%s %s was written as %s, which cannot be read: %v", name, data, first, err)
			}
			if second, err := codec.Encode(again); err != nil || !bytes.Equal(first, second) {
				t.Fatalf("%s %s was written as %s, then as %s (%v)", name, data, first, second, err)
			}
			for _, more := range []string{`{"no such member":0,` + string(first[1:]), string(data) + "{}"} {
				if _, err := codec.Decode(name, []byte(more)); err == nil {
					t.Fatalf("%s %s was read", name, more)
				}
			}
			// States are kept and shared: another event from the same state must
			// not reach into this one. Some more, so that a list has room behind it.
			states := slices.Clone(left)
			for range 3 {
				states = append(states, e.Evolve(states[len(states)-1]))
			}
			for _, state := range states {
				before := fmt.Sprintf("%+v", state)
				next := e.Evolve(state)
				after := fmt.Sprintf("%+v", next)
				sample.Evolve(state)
				sample.Evolve(next)
				if fmt.Sprintf("%+v", state) != before || fmt.Sprintf("%+v", next) != after {
					t.Fatalf("%s %s changes a state that stood before it", name, data)
				}
			}
		}
	}
}

// recordedLine is an event of a story.
type recordedLine struct{ name, data string }

// stories are the events of every story of the chambers.
func stories(f *testing.F) []recordedLine {
	f.Helper()
	files, err := filepath.Glob("internal/*/testdata/*.story")
	if err != nil || len(files) == 0 {
		f.Fatalf("no stories (%v)", err)
	}
	var out []recordedLine
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			number, event, _ := strings.Cut(strings.TrimSpace(line), " ")
			if name, data, ok := strings.Cut(event, " "); ok && number != "" && strings.Trim(number, "0123456789") == "" {
				out = append(out, recordedLine{name, data})
			}
		}
	}
	return out
}
