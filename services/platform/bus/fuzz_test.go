package bus_test

import (
	"bytes"
	"errors"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"

	"aanvraag.internal/services/platform/bus"
)

// Whatever headers NATS stored, reading them names a bad one or gives an envelope
// whose own headers are those, to the letter; the body is not looked at.
func FuzzParseNATS(f *testing.F) {
	m := event("invoice-1", 3).Message()
	header := nats.Header{}
	var order []string
	for name, value := range m.Metadata {
		header.Set(name, value)
		order = append(order, name)
	}
	block := func(change func(nats.Header)) []byte {
		h := nats.Header{}
		for _, name := range order {
			h[name] = []string{header.Get(name)}
		}
		change(h)
		var b bytes.Buffer
		b.WriteString("NATS/1.0\r\n")
		for name, values := range h {
			for _, v := range values {
				b.WriteString(name + ": " + v + "\r\n")
			}
		}
		b.WriteString("\r\n")
		return b.Bytes()
	}
	f.Add(block(func(nats.Header) {}), []byte{8, 1})
	f.Add(block(func(h nats.Header) { h["ce-type"] = append(h["ce-type"], "a.B") }), []byte{})
	f.Add(block(func(h nats.Header) { h["CE-Type"] = h["ce-type"]; delete(h, "ce-type") }), []byte{})
	f.Add(block(func(h nats.Header) { h["ce-subject"] = []string{"invoice\t1"} }), []byte{})
	f.Add(block(func(h nats.Header) { h["ce-subject"] = []string{" invoice-1 "} }), []byte{})
	f.Add(block(func(h nats.Header) { h["aanvraag-correlation"] = []string{strings.Repeat("é", 1000)} }), []byte{})
	f.Add(block(func(h nats.Header) { h["aanvraag-revision"] = []string{"9223372036854775808"} }), []byte{})
	f.Add(block(func(h nats.Header) { h["aanvraag-revision"] = []string{"03"} }), []byte{})
	f.Add(block(func(h nats.Header) { h["aanvraag-position"] = []string{"+4"} }), []byte{})
	f.Add([]byte("NATS/1.0 503\r\n\r\n"), []byte{})
	f.Add([]byte("NATS/1.0\r\n"), []byte{})
	f.Add([]byte{}, []byte("body"))
	f.Fuzz(func(t *testing.T, block, body []byte) {
		h, err := nats.DecodeHeadersMsg(block)
		if err != nil {
			return
		}
		e, err := bus.ParseNATS(h, body)
		if err != nil {
			bad, ok := errors.AsType[*bus.HeaderError](err)
			if !ok || !strings.HasPrefix(bad.Header, "ce-") && !strings.HasPrefix(bad.Header, "aanvraag-") {
				t.Fatalf("%v names no header", err)
			}
			return
		}
		if !bytes.Equal(e.Body, body) || bus.CheckService(e.Service) != nil || e.Stream == "" || e.Revision <= e.Previous {
			t.Fatalf("%+v", e)
		}
		for name, value := range e.Message().Metadata {
			if name != nats.MsgIdHdr && !reflect.DeepEqual(h[name], []string{value}) {
				t.Fatalf("%s: %q was read as %q", name, h[name], value)
			}
		}
		again, err := bus.Parse(e.Message())
		if err != nil || !reflect.DeepEqual(again, e) {
			t.Fatalf("%+v became %+v (%v)", e, again, err)
		}
	})
}

// A name stays one token of a subject, whatever is in it, and two names never
// share one: otherwise one stream's events would hide behind another's.
func FuzzSubject(f *testing.F) {
	f.Add("invoice-1", "InvoiceIssued")
	f.Add("a.*.> b%", "a.B")
	f.Add("a%2E", "a.")
	f.Add("é\x7f\x00\xff", "")
	f.Add(">", "*")
	f.Fuzz(func(t *testing.T, stream, name string) {
		subject := bus.Subject("billing", name, stream)
		if len(subject) > len("aanvraag.billing..")+3*(len(stream)+len(name)) {
			t.Fatalf("%q takes %d bytes", subject, len(subject))
		}
		for i := range len(subject) {
			if c := subject[i]; c <= ' ' || c >= 0x7f || c == '*' || c == '>' {
				t.Fatalf("%q holds %q, which means something to NATS", subject, c)
			}
		}
		tokens := strings.Split(subject, ".")
		if len(tokens) != 4 || tokens[0] != "aanvraag" || tokens[1] != "billing" {
			t.Fatalf("%q has %d tokens", subject, len(tokens))
		}
		// It can be read back, so no two names give the same one.
		for i, want := range []string{name[strings.LastIndexByte(name, '.')+1:], stream} {
			if got, err := url.PathUnescape(tokens[2+i]); err != nil || got != want {
				t.Fatalf("%q became %q, which reads %q (%v)", want, tokens[2+i], got, err)
			}
		}
		if all := bus.StreamSubjects("billing", stream); all != "aanvraag.billing.*."+tokens[3] {
			t.Fatalf("%q is not among %q", subject, all)
		}
	})
}
