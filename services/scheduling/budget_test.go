package scheduling

import (
	"testing"
	"time"

	"connectrpc.com/connect/v2"
	"github.com/go-json-experiment/json"
	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/timestamppb"

	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
	consentv1 "aanvraag.internal/proto/gen/aanvraag/consent/v1"
	schedulingv1 "aanvraag.internal/proto/gen/aanvraag/scheduling/v1"
	"aanvraag.internal/proto/gen/aanvraag/scheduling/v1/schedulingv1connect"
	"aanvraag.internal/services/kernel/policy"
	"aanvraag.internal/services/scheduling/internal/assignment"
)

// priced is a request that was agreed to by the tariff of article 1, and accepted.
func (d *desk) priced() string {
	d.t.Helper()
	content, err := json.Marshal(assignment.Sheet{HourlyRate: 103_85, IncrementSeconds: 60, MinimumSupport: 20_00, MinimumInvoice: 30_00})
	check(d.t, err)
	tariff := &commonv1.PolicyRef{Kind: "tariff", Version: 1, Sha256: policy.Sum(content)}
	d.Tell("billing", "policy-tariff", "tariff", &commonv1.PolicyPublished{
		Policy: tariff, EffectiveFrom: timestamppb.New(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)), Content: string(content),
	})
	d.has("adopted-scheduling.tariff", "policy.adopted.v1")
	r := uuid.NewString()
	d.Tell("consent", "consent-"+r, r, &consentv1.ConsentGiven{
		SupportRequestId: r, Backup: consentv1.BackupDeclaration_BACKUP_DECLARATION_MADE, RecordingNoticeSeen: true,
		PolicyRefs: []*commonv1.PolicyRef{tariff},
	})
	d.accept(r)
	d.has("assignment-"+r, "assignment.opened.v1", "assignment.consent_recorded.v1")
	return r
}

func (d *desk) customer(r string) schedulingv1connect.SchedulingServiceClient {
	return schedulingv1connect.NewSchedulingServiceClient(d.Customer(r))
}

// Seventeen minutes cost 29.42, and so 30.00: that is the cap. At its last second the
// session pauses by itself, goes on only when the customer raised it, and stops again
// at the new one, to the second, although nobody was awake then.
func TestT11TheWorkPausesAtTheCapAndGoesOnWhenItIsRaised(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	r := d.priced()
	limit := func(cents int64) *commonv1.Money { return &commonv1.Money{CurrencyCode: "EUR", Cents: cents} }
	_, err := d.customer(uuid.NewString()).AgreeBudgetCap(ctx, &schedulingv1.AgreeBudgetCapRequest{
		IdempotencyKey: uuid.NewString(), SupportRequestId: r, Cap: limit(3000),
	})
	refused(t, err, connect.CodePermissionDenied, "NOT_YOURS")
	agreed, err := d.customer(r).AgreeBudgetCap(ctx, &schedulingv1.AgreeBudgetCapRequest{
		IdempotencyKey: uuid.NewString(), SupportRequestId: r, Cap: limit(3000),
	})
	check(t, err)
	if agreed.GetBudget().GetCapSeconds() != 1020 {
		t.Fatalf("agreed %v", agreed)
	}
	started, err := d.technician().StartSession(ctx, starting(d.booked(r, nine), false))
	check(t, err)
	id := started.GetSession().GetSessionId()
	d.advance(5 * time.Minute)
	shown, err := d.customer(r).GetBudget(ctx, &schedulingv1.GetBudgetRequest{SupportRequestId: r})
	check(t, err)
	if b := shown.GetBudget(); b.GetWorkedSeconds() != 300 || b.GetCost().GetCents() != 3000 || b.GetCap().GetCents() != 3000 {
		t.Fatalf("shown %v", b)
	}
	d.advance(20 * time.Minute)
	d.has("session-"+id, "session.cap_reached.v1")
	s := d.session(id)
	if s.GetWorkedSeconds() != 1020 || s.GetState() != schedulingv1.SessionState_SESSION_STATE_PAUSED {
		t.Fatalf("at the cap %v", s)
	}
	resume := func() error {
		_, err := d.technician().ResumeSession(ctx, &schedulingv1.ResumeSessionRequest{IdempotencyKey: uuid.NewString(), SessionId: id})
		return err
	}
	refused(t, resume(), connect.CodeFailedPrecondition, "CAP_REACHED")
	_, err = d.customer(r).RaiseBudgetCap(ctx, &schedulingv1.RaiseBudgetCapRequest{
		IdempotencyKey: uuid.NewString(), SupportRequestId: r, Cap: limit(3116),
	})
	check(t, err)
	check(t, resume())
	d.stop() // and nobody is awake when it is reached
	d.advance(time.Hour)
	d.start()
	ended, err := d.technician().EndSession(ctx, &schedulingv1.EndSessionRequest{IdempotencyKey: uuid.NewString(), SessionId: id})
	check(t, err)
	if s := ended.GetSession(); s.GetWorkedSeconds() != 1080 {
		t.Fatalf("ended %v", s)
	}
}
