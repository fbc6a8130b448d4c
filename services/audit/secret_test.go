package audit

import (
	"testing"

	"connectrpc.com/connect/v2"
	"google.golang.org/protobuf/proto"

	auditv1 "aanvraag.internal/proto/gen/aanvraag/audit/v1"
	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/eventstore/memory"
	"aanvraag.internal/services/platform/rpc"
)

const matter = "3f2b8a0e-6f7e-4a53-9d55-1f1f0a5d2c99"

// referred is a life in the middle of which the legal role referred something. By a
// mistake one of its events is even about the request.
func referred() []entry {
	lena := eventstore.Actor{Kind: "legal", ID: "lena", Authentication: "token"}
	raised := entry{stream: "legal-" + matter, correlation: matter, actor: lena, types: []string{"referral.raised.v1"}, data: []string{`{"raisedBy":"lena"}`}}
	told := entry{stream: "legal-" + matter, correlation: request, actor: lena, types: []string{"referral.approved.v1"}, data: []string{`{}`}}
	all := life()
	// Behind all that is of the request, so that its own events are the very same; and
	// before the last event, which is of the tariff.
	return append(all, raised, told, entry{
		stream: "policy-calendar", correlation: "calendar", actor: system, types: []string{"policy.published.v1"}, data: []string{`{}`},
	})
}

func TestD05TheLegalStreamsAreNotThereForAuditors(t *testing.T) {
	store := memory.New()
	t.Cleanup(func() { _ = store.Close() })
	record(t, store, referred())
	without := memory.New()
	t.Cleanup(func() { _ = without.Close() })
	record(t, without, life())
	d, other := open(t, store), open(t, without)
	got, err := d.replay(d.auditor(), request)
	check(t, err)
	want, err := other.replay(other.auditor(), request)
	check(t, err)
	if len(got) != len(want) || len(got) == 0 {
		t.Fatalf("%d events, without a referral %d", len(got), len(want))
	}
	for i := range got {
		got[i].RecordedAt, want[i].RecordedAt = nil, nil // two logs of the machine's clock
		if !proto.Equal(got[i], want[i]) {
			t.Errorf("told\n%v, without a referral\n%v", got[i], want[i])
		}
	}
	if _, err := d.replay(d.auditor(), matter); rpc.Reason(err) != "SUPPORT_REQUEST_UNKNOWN" || connect.CodeOf(err) != connect.CodeNotFound {
		t.Errorf("a referral's id answers %v", err)
	}
	// Whoever counts what he knows of finds as much: 10 events in 7 streams, where 9 in
	// 6 were before the calendar was published.
	report, err := d.auditor().VerifyLog(t.Context(), &auditv1.VerifyLogRequest{})
	check(t, err)
	if report.GetEvents() != 10 || report.GetStreams() != 7 || report.GetPosition() != 12 {
		t.Errorf("verified %v", report)
	}
	whole, err := Verify(t.Context(), store, nil)
	check(t, err)
	if whole.Events != 12 || whole.Streams != 8 {
		t.Errorf("the operator verified %+v", whole)
	}
}

func TestD05TheLegalRoleReplaysItsOwnStreamToo(t *testing.T) {
	store := memory.New()
	t.Cleanup(func() { _ = store.Close() })
	record(t, store, referred())
	d := open(t, store)
	legal := d.as(commonv1.Role_ROLE_LEGAL)
	got, err := d.replay(legal, matter)
	check(t, err)
	if len(got) != 1 || got[0].GetStream() != "legal-"+matter {
		t.Errorf("told %v", got)
	}
	if got, err := d.replay(legal, request); err != nil || len(got) != 6 {
		t.Errorf("of the request: %v (%v)", got, err)
	}
	report, err := legal.VerifyLog(t.Context(), &auditv1.VerifyLogRequest{})
	check(t, err)
	if report.GetEvents() != 12 || report.GetStreams() != 8 {
		t.Errorf("verified %v", report)
	}
}

// What is wrong with a stream that an auditor does not see is the operator's to find.
func TestD05ADamagedLegalStreamIsNamedToTheOperatorAlone(t *testing.T) {
	store := memory.New()
	t.Cleanup(func() { _ = store.Close() })
	log := record(t, store, referred())
	log[9].Data = []byte(`{"raisedBy":"otto"}`)
	d := open(t, tampered{Store: store, log: log})
	if report, err := d.auditor().VerifyLog(t.Context(), &auditv1.VerifyLogRequest{}); err != nil || report.GetEvents() != 10 {
		t.Errorf("the auditor is told %v (%v)", report, err)
	}
	_, err := Verify(t.Context(), tampered{log: log}, nil)
	if got := damage(t, err); got.Stream != "legal-"+matter {
		t.Errorf("the operator is told %v", got)
	}
	_, err = d.as(commonv1.Role_ROLE_LEGAL).VerifyLog(t.Context(), &auditv1.VerifyLogRequest{})
	if rpc.Metadata(err)["stream"] != "legal-"+matter {
		t.Errorf("the legal role is told %v", err)
	}
}
