package intake

import (
	"testing"

	"connectrpc.com/connect/v2"
	"github.com/google/uuid"

	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	"aanvraag.internal/services/intake/internal/request"
	"aanvraag.internal/services/intake/internal/warranty"
	"aanvraag.internal/services/platform/command"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/vault"
)

func raise(id string) *intakev1.RaiseWarrantyClaimRequest {
	return &intakev1.RaiseWarrantyClaimRequest{
		IdempotencyKey: uuid.NewString(), SupportRequestId: id, Grounds: "Vorige week nog hersteld",
	}
}

func TestW03_AClaimByPhoneIsACaseOfItsOwn(t *testing.T) {
	d := open(t, monday)
	desk := d.as(commonv1.Role_ROLE_RECEPTIONIST)
	id := uuid.NewString()
	made, err := desk.RegisterWarrantyClaim(t.Context(), &intakev1.RegisterWarrantyClaimRequest{
		IdempotencyKey: uuid.NewString(), WarrantyClaimId: id, Grounds: "Mevrouw Zwartkruis belt over de printer",
	})
	check(t, err)
	if made.GetWarrantyClaim().GetState() != intakev1.WarrantyClaimState_WARRANTY_CLAIM_STATE_OPEN {
		t.Fatal(made)
	}
	before := d.end()
	_, err = d.dispatcher().RejectWarrantyClaim(t.Context(), &intakev1.RejectWarrantyClaimRequest{
		IdempotencyKey: uuid.NewString(), WarrantyClaimId: id,
	})
	d.refused(before, err, connect.CodeInvalidArgument, "BASIS_REQUIRED")
	_, err = desk.RejectWarrantyClaim(t.Context(), &intakev1.RejectWarrantyClaimRequest{
		IdempotencyKey: uuid.NewString(), WarrantyClaimId: id, Basis: "Te oud",
	})
	d.refused(before, err, connect.CodePermissionDenied, "PERMISSION_DENIED")
	_, err = d.dispatcher().RejectWarrantyClaim(t.Context(), &intakev1.RejectWarrantyClaimRequest{
		IdempotencyKey: uuid.NewString(), WarrantyClaimId: id, Basis: "Te oud",
	})
	check(t, err)
	before = d.end()
	_, err = d.dispatcher().GrantWarrantyClaim(t.Context(), &intakev1.GrantWarrantyClaimRequest{
		IdempotencyKey: uuid.NewString(), WarrantyClaimId: id, Basis: "Toch wel",
	})
	d.refused(before, err, connect.CodeFailedPrecondition, "ILLEGAL_STATE")
	got, err := desk.GetWarrantyClaim(t.Context(), &intakev1.GetWarrantyClaimRequest{
		WarrantyClaimId: id, IncludePersonalData: true,
	})
	check(t, err)
	if c := got.GetWarrantyClaim(); c.GetBasis() != "Te oud" || c.GetGrounds() != "Mevrouw Zwartkruis belt over de printer" || c.GetSupportRequestId() != "" {
		t.Fatal(c)
	}
}

// What was rejected needs the customer's own agreement, what was granted needs none.
func TestW03_OnlyAGrantedClaimIsAcceptedWithoutConsent(t *testing.T) {
	for _, granted := range []bool{false, true} {
		d := open(t, monday)
		sent := d.submit(consumer())
		id := sent.GetSupportRequest().GetSupportRequestId()
		raised, err := d.with(sent.GetCustomerToken()).RaiseWarrantyClaim(t.Context(), raise(id))
		check(t, err)
		claim := raised.GetSupportRequest().GetWarrantyClaimId()
		accept := &intakev1.AcceptSupportRequestRequest{IdempotencyKey: uuid.NewString(), SupportRequestId: id}
		before := d.end()
		_, err = d.dispatcher().AcceptSupportRequest(t.Context(), accept)
		d.refused(before, err, connect.CodeFailedPrecondition, "WARRANTY_UNDECIDED")
		if granted {
			_, err = d.dispatcher().GrantWarrantyClaim(t.Context(), &intakev1.GrantWarrantyClaimRequest{
				IdempotencyKey: uuid.NewString(), WarrantyClaimId: claim, Basis: "Zelfde onderdeel",
			})
		} else {
			_, err = d.dispatcher().RejectWarrantyClaim(t.Context(), &intakev1.RejectWarrantyClaimRequest{
				IdempotencyKey: uuid.NewString(), WarrantyClaimId: claim, Basis: "Ander onderdeel",
			})
		}
		check(t, err)
		before = d.end()
		_, err = d.dispatcher().AcceptSupportRequest(t.Context(), accept)
		if granted {
			check(t, err)
			continue
		}
		d.refused(before, err, connect.CodeFailedPrecondition, "CONSENT_MISSING")
	}
}

func TestW04_AClaimDuringTheWorkIsDecidedBeforeItIsClosed(t *testing.T) {
	d := open(t, monday)
	id := d.accept(form())
	d.start(id)
	_, err := d.technician().RaiseWarrantyClaim(t.Context(), raise(id))
	check(t, err)
	again, err := d.technician().RaiseWarrantyClaim(t.Context(), raise(id)) // twice is once
	check(t, err)
	claim := again.GetSupportRequest().GetWarrantyClaimId()
	d.tell("scheduling", "session-s-"+id, sessionEnded(id, 300, 1))
	d.await(id, 5)
	closing := &intakev1.CloseSupportRequestRequest{
		IdempotencyKey: uuid.NewString(), SupportRequestId: id, Outcome: intakev1.Outcome_OUTCOME_RESOLVED, Summary: "Hersteld",
	}
	before := d.end()
	_, err = d.technician().CloseSupportRequest(t.Context(), closing)
	d.refused(before, err, connect.CodeFailedPrecondition, "WARRANTY_UNDECIDED")
	_, err = d.dispatcher().GrantWarrantyClaim(t.Context(), &intakev1.GrantWarrantyClaimRequest{
		IdempotencyKey: uuid.NewString(), WarrantyClaimId: claim, Basis: "Zelfde onderdeel",
	})
	check(t, err)
	done, err := d.technician().CloseSupportRequest(t.Context(), closing)
	check(t, err)
	if r := done.GetSupportRequest(); r.GetWorkedSeconds() != 300 || r.GetWarrantyClaim() != intakev1.WarrantyClaimState_WARRANTY_CLAIM_STATE_GRANTED {
		t.Fatal(r)
	}
	for _, r := range d.events(id) {
		m, err := publish(r)
		check(t, err)
		if closed, ok := m.(*intakev1.SupportRequestClosed); ok && !closed.GetUnderWarranty() {
			t.Error("billing is not told that it is warranty")
		}
	}
}

// Whoever raised or decided the claim dies half way; the service's own news goes on.
func TestW04_AClaimThatWasLeftHalfWayIsSeenThrough(t *testing.T) {
	d := open(t, monday)
	id := uuid.MustParse(d.submit(consumer()).GetSupportRequest().GetSupportRequestId())
	env := func() command.Envelope {
		return command.Envelope{
			CommandID: uuid.New(), Correlation: id.String(), DecidedAt: monday,
			Actor: eventstore.Actor{Kind: "dispatcher", ID: "dora", Authentication: "token"},
		}
	}
	_, err := d.requests.Execute(t.Context(), id.String(), env(), request.RaiseWarranty{ClaimID: claimOf(id), At: monday})
	check(t, err)
	check(t, eventstore.Await(t.Context(), d.store, "warranty-"+claimOf(id), eventstore.NoStream))
	basis, err := d.vault.Seal(t.Context(), subjectOf(id), vault.Operational, fieldBasis, "warranty", []byte("Zelfde onderdeel"))
	check(t, err)
	_, err = d.claims.Execute(t.Context(), claimOf(id), env(), warranty.Grant{Basis: basis, At: monday})
	check(t, err)
	d.await(id.String(), 1)
	if got := d.recorded(id.String()); got[len(got)-1] != "request.warranty_decided.v1" {
		t.Fatal(got)
	}
}
