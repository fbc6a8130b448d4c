package intake

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"

	"connectrpc.com/connect/v2"
	"github.com/google/uuid"

	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	"aanvraag.internal/proto/gen/aanvraag/intake/v1/intakev1connect"
	schedulingv1 "aanvraag.internal/proto/gen/aanvraag/scheduling/v1"
	"aanvraag.internal/services/platform/rpc"
)

// named is a dispatcher with an account of his own.
func (d *desk) named(subject string) intakev1connect.IntakeServiceClient {
	d.t.Helper()
	token, err := d.keys.Issue(rpc.Claims{
		Role: commonv1.Role_ROLE_DISPATCHER, Subject: subject, IssuedAt: d.clock.Now(), ExpiresAt: d.clock.Now().AddDate(1, 0, 0),
	})
	check(d.t, err)
	return d.with(token)
}

// recorded are the names of a request's events.
func (d *desk) recorded(id string) (out []string) {
	d.t.Helper()
	for _, r := range d.events(id) {
		out = append(out, r.Type)
	}
	return out
}

func terminate(id, reason string) *intakev1.TerminateSupportRequestRequest {
	return &intakev1.TerminateSupportRequestRequest{IdempotencyKey: uuid.NewString(), SupportRequestId: id, Reason: reason}
}

func cancel(id string) *intakev1.CancelSupportRequestRequest {
	return &intakev1.CancelSupportRequestRequest{IdempotencyKey: uuid.NewString(), SupportRequestId: id}
}

func TestR04_TwoPeopleTerminateTheRequestOfAConsumer(t *testing.T) {
	d := open(t, monday)
	id := d.accept(consumer())
	before := d.end()
	_, err := d.named("dora").TerminateSupportRequest(t.Context(), terminate(id, ""))
	d.refused(before, err, connect.CodeInvalidArgument, "REASON_REQUIRED")

	proposal := terminate(id, "Dit systeem kunnen wij niet veilig bereiken")
	proposed, err := d.named("dora").TerminateSupportRequest(t.Context(), proposal)
	check(t, err)
	if r := proposed.GetSupportRequest(); r.GetState() != accepted || !r.GetTerminationProposed() {
		t.Fatal(r)
	}
	before = d.end()
	again, err := d.named("dora").TerminateSupportRequest(t.Context(), proposal) // P5: sent again, it proposes no more
	check(t, err)
	if again.GetSupportRequest().GetRevision() != proposed.GetSupportRequest().GetRevision() {
		t.Fatal(again)
	}
	_, err = d.named("dora").TerminateSupportRequest(t.Context(), terminate(id, "Nog eens"))
	d.refused(before, err, connect.CodePermissionDenied, "SECOND_PERSON_REQUIRED")

	done, err := d.named("dirk").TerminateSupportRequest(t.Context(), terminate(id, ""))
	check(t, err)
	if r := done.GetSupportRequest(); r.GetState() != terminated {
		t.Fatal(r)
	}
	shown, err := d.dispatcher().GetSupportRequest(t.Context(), &intakev1.GetSupportRequestRequest{
		SupportRequestId: id, IncludePersonalData: true,
	})
	check(t, err)
	if r := shown.GetSupportRequest(); r.GetReason() != "Dit systeem kunnen wij niet veilig bereiken" || r.GetTerminationProposed() {
		t.Fatal(r)
	}
}

func TestR04_ABusinessIsTerminatedByOneAnOfferByNobody(t *testing.T) {
	d := open(t, monday)
	id := d.accept(form())
	done, err := d.dispatcher().TerminateSupportRequest(t.Context(), terminate(id, "Geen toegang"))
	check(t, err)
	if done.GetSupportRequest().GetState() != terminated {
		t.Fatal(done)
	}
	offer := d.submit(form()).GetSupportRequest().GetSupportRequestId()
	before := d.end()
	_, err = d.dispatcher().TerminateSupportRequest(t.Context(), terminate(offer, "Geen zin"))
	d.refused(before, err, connect.CodeFailedPrecondition, "ILLEGAL_STATE")
}

func TestR06_WorkThatWasFasterDeniesTheEnd(t *testing.T) {
	d := open(t, monday)
	id := d.accept(consumer())
	d.asked.takeBack = func(req *schedulingv1.TakeBackAppointmentsRequest) (bool, error) {
		if req.GetAfterWork() || req.GetSupportRequestId() != id {
			t.Errorf("asked %v", req)
		}
		return false, nil
	}
	wish := cancel(id)
	for range 2 { // and the same again
		_, err := d.dispatcher().CancelSupportRequest(t.Context(), wish)
		if rpc.Reason(err) != "ILLEGAL_STATE" || rpc.Metadata(err)["rule"] != "R-06" {
			t.Fatal(err)
		}
	}
	want := []string{"request.ending_begun.v1", "request.ending_denied.v1"}
	if got := d.recorded(id); !slices.Equal(got[len(got)-2:], want) {
		t.Fatal(got)
	}
	d.start(id) // the request goes on
}

// Whoever asked for the end dies before it is decided. Sent again, it is seen through;
// so it is by somebody else's wish, and by scheduling's own answer.
func TestR06_AnEndThatWasOnlyBegunIsSeenThrough(t *testing.T) {
	for name, heal := range map[string]func(d *desk, id string, wish *intakev1.CancelSupportRequestRequest, ending string){
		"by the same wish": func(d *desk, _ string, wish *intakev1.CancelSupportRequestRequest, _ string) {
			got, err := d.dispatcher().CancelSupportRequest(t.Context(), wish)
			check(t, err)
			if got.GetSupportRequest().GetState() != cancelled {
				t.Error(got)
			}
		},
		"by another wish": func(d *desk, id string, _ *intakev1.CancelSupportRequestRequest, _ string) {
			_, err := d.dispatcher().CancelSupportRequest(t.Context(), cancel(id))
			if rpc.Reason(err) != "ILLEGAL_STATE" { // it is cancelled already
				t.Error(err)
			}
		},
		"by scheduling's answer": func(d *desk, id string, _ *intakev1.CancelSupportRequestRequest, ending string) {
			d.tell("scheduling", "assignment-"+id, &schedulingv1.RequestEndingDecided{
				SupportRequestId: id, EndingId: ending, Granted: true,
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := open(t, monday)
			id := d.accept(consumer())
			var ending atomic.Pointer[string]
			var reachable atomic.Bool
			d.asked.takeBack = func(req *schedulingv1.TakeBackAppointmentsRequest) (bool, error) {
				ending.Store(new(req.GetIdempotencyKey()))
				if !reachable.Load() {
					return false, connect.NewError(connect.CodeUnavailable, "scheduling is away")
				}
				return true, nil
			}
			wish := cancel(id)
			if _, err := d.dispatcher().CancelSupportRequest(t.Context(), wish); connect.CodeOf(err) != connect.CodeUnavailable {
				t.Fatal(err)
			}
			if got := d.state(id, accepted); !got.GetEnding() {
				t.Fatalf("half done, and not shown: %v", got)
			}
			reachable.Store(true)
			heal(d, id, wish, *ending.Load())
			d.state(id, cancelled)
			if n := len(d.recorded(id)); n != 5 {
				t.Errorf("%d events: %v", n, d.recorded(id))
			}
		})
	}
}

func TestR08_RefusalsAreCountedByClass(t *testing.T) {
	d := open(t, monday)
	var seen string
	for _, class := range []intakev1.RefusalClass{
		intakev1.RefusalClass_REFUSAL_CLASS_CAPACITY, intakev1.RefusalClass_REFUSAL_CLASS_CAPACITY,
		intakev1.RefusalClass_REFUSAL_CLASS_UNSPECIFIED, intakev1.RefusalClass_REFUSAL_CLASS_SAFETY,
	} {
		sent := d.submit(consumer())
		id := sent.GetSupportRequest().GetSupportRequestId()
		done, err := d.dispatcher().RefuseSupportRequest(t.Context(), &intakev1.RefuseSupportRequestRequest{
			IdempotencyKey: uuid.NewString(), SupportRequestId: id, RefusalClass: class,
		})
		check(t, err)
		seen = done.GetConsistencyToken()
		his, err := d.with(sent.GetCustomerToken()).GetSupportRequest(t.Context(), &intakev1.GetSupportRequestRequest{SupportRequestId: id})
		check(t, err)
		if his.GetSupportRequest().GetRefusalClass() != 0 || done.GetSupportRequest().GetRefusalClass() != class {
			t.Fatalf("the customer sees %v, the staff %v", his, done)
		}
	}
	counted, err := d.dispatcher().CountRefusals(t.Context(), &intakev1.CountRefusalsRequest{ConsistencyToken: seen})
	check(t, err)
	got := map[intakev1.RefusalClass]int64{}
	for _, c := range counted.GetCounts() {
		got[c.GetRefusalClass()] = c.GetRefusals()
	}
	if len(got) != 3 || got[0] != 1 || got[1] != 2 || got[3] != 1 {
		t.Fatal(counted)
	}
}

func TestW05_ASequelNamesItsPredecessorAndNeedsItsOwnConsent(t *testing.T) {
	d := open(t, monday)
	first := d.submit(consumer())
	sequel := consumer()
	sequel.Follows = first.GetSupportRequest().GetSupportRequestId()
	got := d.submit(sequel).GetSupportRequest()
	if got.GetFollows() != sequel.GetFollows() {
		t.Fatal(got)
	}
	before := d.end()
	_, err := d.dispatcher().AcceptSupportRequest(t.Context(), &intakev1.AcceptSupportRequestRequest{
		IdempotencyKey: uuid.NewString(), SupportRequestId: got.GetSupportRequestId(),
	})
	d.refused(before, err, connect.CodeFailedPrecondition, "CONSENT_MISSING")

	other := consumer()
	other.Follows = got.GetSupportRequestId() // of somebody else than whose token it is
	_, err = d.with(first.GetCustomerToken()).SubmitSupportRequest(t.Context(), other)
	d.refused(before, err, connect.CodePermissionDenied, "NOT_YOURS")
	other.Follows = first.GetSupportRequest().GetSupportRequestId()
	_, err = d.with(first.GetCustomerToken()).SubmitSupportRequest(t.Context(), other)
	check(t, err)
}

func TestR06_TheCallerMayGoWhileItsEndIsDecided(t *testing.T) {
	d := open(t, monday)
	id := d.accept(form())
	ctx, gone := context.WithCancel(t.Context())
	d.asked.takeBack = func(*schedulingv1.TakeBackAppointmentsRequest) (bool, error) {
		gone()
		return false, context.Canceled
	}
	if _, err := d.dispatcher().CancelSupportRequest(ctx, cancel(id)); err == nil {
		t.Fatal("a caller that was gone got an answer")
	}
	d.asked.takeBack = nil
	got, err := d.dispatcher().RefuseSupportRequest(t.Context(), &intakev1.RefuseSupportRequestRequest{
		IdempotencyKey: uuid.NewString(), SupportRequestId: id,
	})
	if rpc.Reason(err) != "ILLEGAL_STATE" {
		t.Fatalf("what was cancelled first is refused: %v, %v", got, err)
	}
	d.state(id, cancelled)
}
