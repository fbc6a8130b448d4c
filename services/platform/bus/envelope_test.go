package bus_test

import (
	"errors"
	"reflect"
	"testing"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/nats-io/nats.go"

	"aanvraag.internal/services/platform/bus"
	"aanvraag.internal/services/platform/eventstore"
)

func TestAnEnvelopeSurvivesItsMessage(t *testing.T) {
	for _, e := range []bus.Envelope{event("invoice-1", 0), event("invoice-1", 7)} {
		m := e.Message()
		got, err := bus.Parse(m)
		if err != nil || !reflect.DeepEqual(got, e) {
			t.Fatalf("got %+v, %v, want %+v", got, err, e)
		}
		if id := m.Metadata.Get("Nats-Msg-Id"); id != e.ID.String() {
			t.Errorf("Nats-Msg-Id %q, want the event id", id)
		}
	}
}

func TestABadHeaderIsNamed(t *testing.T) {
	for _, c := range []struct{ header, value string }{
		{"ce-id", "{" + event("invoice-1", 0).ID.String() + "}"},
		{"ce-id", ""},
		{"ce-type", "Invoice Issued"},
		{"ce-source", "billing"},
		{"ce-source", "aanvraag/Billing.x"},
		{"ce-time", "yesterday"},
		{"ce-time", "2026-03-02T13:00:00+01:00"},
		{"ce-subject", ""},
		{"ce-subject", "invoice\n1"},
		{"ce-specversion", "0.3"},
		{"aanvraag-revision", "-1"},
		{"aanvraag-revision", "01"},
		{"aanvraag-revision", "+1"},
		{"aanvraag-previous", "-2"},
		{"aanvraag-previous", "1"},
		{"aanvraag-position", "-1"},
		{"aanvraag-correlation", "a\tb"},
	} {
		m := event("invoice-1", 1).Message()
		m.Metadata.Set(c.header, c.value)
		wantHeader(t, m, c.header)
	}
}

func TestAMissingHeaderIsNamed(t *testing.T) {
	for name := range event("invoice-1", 1).Message().Metadata {
		if name == nats.MsgIdHdr {
			continue // JetStream's alone
		}
		m := event("invoice-1", 1).Message()
		delete(m.Metadata, name)
		wantHeader(t, m, name)
	}
}

func TestAHeaderGivenTwiceIsNamed(t *testing.T) {
	h := nats.Header{}
	for k, v := range event("invoice-1", 1).Message().Metadata {
		h.Set(k, v)
	}
	if _, err := bus.ParseNATS(h, nil); err != nil {
		t.Fatal(err)
	}
	h.Add("ce-type", "x.Y")
	_, err := bus.ParseNATS(h, nil)
	if bad := (*bus.HeaderError)(nil); !errors.As(err, &bad) || bad.Header != "ce-type" {
		t.Errorf("got %v", err)
	}
}

func wantHeader(t *testing.T, m *message.Message, name string) {
	t.Helper()
	_, err := bus.Parse(m)
	if bad := (*bus.HeaderError)(nil); !errors.As(err, &bad) || bad.Header != name {
		t.Errorf("%s %q: got %v", name, m.Metadata.Get(name), err)
	}
}

func TestASubjectKeepsOneTokenPerName(t *testing.T) {
	for stream, want := range map[string]string{
		"invoice-1": "aanvraag.billing.InvoiceIssued.invoice-1",
		"a.*.> b%":  "aanvraag.billing.InvoiceIssued.a%2E%2A%2E%3E%20b%25",
	} {
		if got := bus.Subject("billing", "aanvraag.billing.v1.InvoiceIssued", stream); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	e := event("invoice-1", 3)
	f.Add(e.ID.String(), e.Type, "aanvraag/billing", "2026-03-02T12:00:00.5Z", e.Stream, "1.0", "3", "-1", "9", "")
	f.Add("", "", "", "", "", "", "", "", "", "")
	f.Add(e.ID.String(), "a.B", "aanvraag/", "0000-01-01T00:00:00Z", "\x00", "1.0", "9223372036854775808", "-0", "1e3", "\xff")
	f.Fuzz(func(t *testing.T, id, typ, source, time, subject, version, revision, previous, position, correlation string) {
		m := message.NewMessage("", nil)
		m.Metadata = message.Metadata{
			"ce-id": id, "ce-type": typ, "ce-source": source, "ce-time": time, "ce-subject": subject,
			"ce-specversion": version, "aanvraag-revision": revision, "aanvraag-previous": previous,
			"aanvraag-position": position, "aanvraag-correlation": correlation,
		}
		e, err := bus.Parse(m)
		if err != nil {
			if !errors.As(err, new(*bus.HeaderError)) {
				t.Fatalf("%v names no header", err)
			}
			return
		}
		if e.Previous >= e.Revision || e.Previous < eventstore.NoStream {
			t.Fatalf("previous %d, revision %d", e.Previous, e.Revision)
		}
		again := e.Message()
		delete(again.Metadata, nats.MsgIdHdr)
		if !reflect.DeepEqual(again.Metadata, m.Metadata) {
			t.Fatalf("%v became %v", m.Metadata, again.Metadata)
		}
	})
}
