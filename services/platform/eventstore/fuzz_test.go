package eventstore_test

import (
	"bytes"
	"errors"
	"reflect"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"

	"aanvraag.internal/services/platform/eventstore"
)

// Metadata that can be read says the same when it is written and read again.
func FuzzMetadata(f *testing.F) {
	for _, seed := range []string{
		`{"commandId":"7d1d2f0a-51a6-4f0e-8a57-0d6f5a1b2c33","$correlationId":"r1","actor":{"kind":"service"},"decidedAt":"2026-11-23T08:00:00Z"}`,
		`{"commandId":"7d1d2f0a-51a6-4f0e-8a57-0d6f5a1b2c33","commandIndex":2,"$correlationId":"r1","$causationId":"0b8f6a0e-6f7e-4a53-9d55-1f1f0a5d2c11",` +
			`"actor":{"kind":"technician","id":"tess","auth":"token"},"decidedAt":"2026-11-23T08:00:00.5Z","happenedAt":"2026-11-23T07:59:00+01:00",` +
			`"policyRefs":[{"kind":"tariff","version":1,"sha256":"ab"}],"fingerprint":"AQID","source":{"handler":"billing","stream":"request-r1","revision":4},"tzdata":"2025c"}`,
		`{}`, `null`, `[]`, `{"commandId":null}`, `{"commandId":"{7d1d2f0a-51a6-4f0e-8a57-0d6f5a1b2c33}"}`, `{"commandId":""}`,
		`{"source":{"revision":-9223372036854775808}}`, `{"source":{}}`, `{"policyRefs":[]}`, `{"policyRefs":[null]}`, `{"fingerprint":""}`,
		`{"decidedAt":"0001-01-01T00:00:00+01:00"}`, `{"happenedAt":"0001-01-01T00:00:00+01:00"}`, `{"later":"members are not ours"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var m eventstore.Metadata
		if json.Unmarshal(data, &m) != nil {
			return
		}
		first, err := json.Marshal(m, json.Deterministic(true))
		if err != nil {
			t.Fatalf("%s was read and cannot be written: %v", data, err)
		}
		var again eventstore.Metadata
		if err := json.Unmarshal(first, &again, json.RejectUnknownMembers(true)); err != nil {
			t.Fatalf("%s was written as %s, which cannot be read: %v", data, first, err)
		}
		if second, err := json.Marshal(again, json.Deterministic(true)); err != nil || !bytes.Equal(first, second) {
			t.Fatalf("%s was written as %s, then as %s (%v)", data, first, second, err)
		}
		// What recognises a repeat and a cause must survive to the byte.
		if again.CommandID != m.CommandID || again.CommandIndex != m.CommandIndex || again.CausationID != m.CausationID ||
			again.CorrelationID != m.CorrelationID || again.Actor != m.Actor || !bytes.Equal(again.Fingerprint, m.Fingerprint) ||
			!reflect.DeepEqual(again.Source, m.Source) || !again.DecidedAt.Equal(m.DecidedAt) {
			t.Fatalf("%+v became %+v", m, again)
		}
	})
}

// Two events have one hash only when they are the same event: no byte can move
// from one part to the next, and only the event that was written verifies.
func FuzzChain(f *testing.F) {
	f.Add("invoice-1", int64(0), "invoice.issued.v1", []byte(`{}`), []byte(`{}`), "invoice-1", int64(0), "invoice.issued.v1", []byte(`{}`), []byte(`{}`))
	f.Add("invoice-1", int64(1), "a", []byte(`bc`), []byte(`d`), "invoice-1", int64(1), "ab", []byte(`c`), []byte(`d`))
	f.Add("invoice-1", int64(1), "a", []byte(`b`), []byte(``), "invoice-1", int64(1), "a", []byte(``), []byte(`b`))
	f.Add("", int64(-1), "", []byte(nil), []byte(nil), "\x00", int64(-1), "", []byte(nil), []byte(nil))
	f.Fuzz(func(t *testing.T, stream string, revision int64, kind string, data, metadata []byte,
		otherStream string, otherRevision int64, otherKind string, otherData, otherMetadata []byte,
	) {
		id := eventstore.EventID(stream, uuid.Nil, 0)
		hash := func(stream string, revision int64, p eventstore.Proposed) eventstore.Hash {
			return eventstore.Chain(eventstore.Hash{}, stream, eventstore.Revision(revision), p)
		}
		one := eventstore.Proposed{ID: id, Type: kind, Data: data, Metadata: metadata}
		other := eventstore.Proposed{ID: id, Type: otherKind, Data: otherData, Metadata: otherMetadata}
		same := stream == otherStream && revision == otherRevision && kind == otherKind &&
			bytes.Equal(data, otherData) && bytes.Equal(metadata, otherMetadata)
		if (hash(stream, revision, one) == hash(otherStream, otherRevision, other)) != same {
			t.Fatalf("%q %d %+v and %q %d %+v", stream, revision, one, otherStream, otherRevision, other)
		}
		recorded := eventstore.Recorded{
			Stream: otherStream, Revision: eventstore.Revision(otherRevision), ID: id, Type: otherKind,
			Data: otherData, Metadata: otherMetadata, Hash: hash(stream, revision, one),
		}
		err := eventstore.Verify(eventstore.Head{Revision: eventstore.Revision(revision) - 1}, recorded)
		if (err == nil) != same {
			t.Fatalf("%+v after revision %d: %v", recorded, revision-1, err)
		}
		if c, ok := errors.AsType[*eventstore.Corrupt](err); !same && (!ok || c.Stream != otherStream || int64(c.Revision) != otherRevision) {
			t.Fatalf("the damage of %+v is told as %v", recorded, err)
		}
	})
}
