package notification

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect/v2"
	"connectrpc.com/connect/v2/connectinprocess"
	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/timestamppb"

	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
	notificationv1 "aanvraag.internal/proto/gen/aanvraag/notification/v1"
	"aanvraag.internal/proto/gen/aanvraag/notification/v1/notificationv1connect"
	schedulingv1 "aanvraag.internal/proto/gen/aanvraag/scheduling/v1"
	"aanvraag.internal/services/platform/rpc"
)

func (d *desk) majeure(request string) {
	d.t.Helper()
	d.tell("scheduling", "assignment-"+request, &schedulingv1.ForceMajeureDeclared{
		SupportRequestId: request, Number: 1, Cause: schedulingv1.ForceMajeureCause_FORCE_MAJEURE_CAUSE_NETWORK,
		At: timestamppb.New(d.clock.Now()), DeclaredAt: timestamppb.New(d.clock.Now()),
	})
}

// staff is a dispatcher's client.
func (d *desk) staff() notificationv1connect.NotificationServiceClient {
	d.t.Helper()
	token, err := d.keys.Issue(rpc.Claims{
		Role: commonv1.Role_ROLE_DISPATCHER, Subject: "dora", IssuedAt: d.clock.Now(), ExpiresAt: d.clock.Now().AddDate(1, 0, 0),
	})
	check(d.t, err)
	return notificationv1connect.NewNotificationServiceClient(connect.NewClient(connectinprocess.New(d.server),
		rpc.Bearer(func() (string, error) { return token, nil })))
}

func (d *desk) calls(done bool) []*notificationv1.CallTask {
	d.t.Helper()
	end, err := d.store.End(d.t.Context())
	check(d.t, err)
	got, err := d.staff().ListCallTasks(d.t.Context(), &notificationv1.ListCallTasksRequest{
		IncludeCompleted: done, ConsistencyToken: rpc.Token(end),
	})
	check(d.t, err)
	return got.GetCallTasks()
}

// away is a mail system that cannot be reached, except for acknowledgements.
type away struct{ Sender }

func (s away) Send(ctx context.Context, m Mail) ([]byte, error) {
	if strings.Contains(string(m.Data), "Overmacht") {
		return nil, errors.New("connection refused")
	}
	return s.Sender.Send(ctx, m)
}

// refusing is one that refuses a recipient for good.
type refusing struct{ Sender }

func (s refusing) Send(ctx context.Context, m Mail) ([]byte, error) {
	if strings.Contains(string(m.Data), "Overmacht") {
		return nil, ErrUndeliverable
	}
	return s.Sender.Send(ctx, m)
}

func TestF02TheClientIsToldOfForceMajeureAtOnce(t *testing.T) {
	d := open(t)
	request := uuid.NewString()
	d.submit(request, "nl", canary)
	d.majeure(request)
	d.await(request, 4)
	last := d.list(request)[1]
	if last.GetKind() != notificationv1.NotificationKind_NOTIFICATION_KIND_FORCE_MAJEURE || !last.GetSentAt().AsTime().Equal(monday) {
		t.Fatalf("told %v", last)
	}
	_, err := d.clock.Advance(time.Hour)
	check(t, err)
	if calls := d.calls(true); len(calls) != 0 {
		t.Fatalf("calls %v", calls)
	}
}

func TestF02WhomNoLetterReachesInFifteenMinutesIsCalled(t *testing.T) {
	d := open(t, func(d *desk) { d.sender = away{d.sender} })
	request := uuid.NewString()
	d.submit(request, "nl", canary)
	d.majeure(request)
	d.await(request, 3) // contact, acknowledgement, owed
	_, err := d.clock.Advance(15*time.Minute - time.Second)
	check(t, err)
	if calls := d.calls(false); len(calls) != 0 {
		t.Fatalf("a second early: %v", calls)
	}
	_, err = d.clock.Advance(time.Second)
	check(t, err)
	d.await(request, 4)
	calls := d.calls(false)
	if len(calls) != 1 || calls[0].GetReason() != notificationv1.CallTaskReason_CALL_TASK_REASON_LATE || calls[0].GetSupportRequestId() != request {
		t.Fatalf("calls %v", calls)
	}
	done := &notificationv1.CompleteCallTaskRequest{
		IdempotencyKey: uuid.NewString(), SupportRequestId: request, CallTaskId: calls[0].GetCallTaskId(),
	}
	for range 2 { // the same key, the same answer (P5)
		answer, err := d.staff().CompleteCallTask(t.Context(), done)
		check(t, err)
		if !answer.GetCallTask().GetCompletedAt().AsTime().Equal(d.clock.Now()) {
			t.Fatalf("completed %v", answer)
		}
	}
	if open, all := d.calls(false), d.calls(true); len(open) != 0 || len(all) != 1 || all[0].GetCompletedAt() == nil {
		t.Fatalf("open %v, all %v", open, all)
	}
	done.IdempotencyKey = uuid.NewString()
	if _, err := d.staff().CompleteCallTask(t.Context(), done); rpc.Reason(err) != "ILLEGAL_STATE" {
		t.Fatalf("a second time: %v", err)
	}
}

func TestF02WhomNoMailCanReachIsCalledAtOnce(t *testing.T) {
	d := open(t, func(d *desk) { d.sender = refusing{d.sender} })
	request := uuid.NewString()
	d.submit(request, "nl", canary)
	d.majeure(request)
	d.await(request, 5)
	calls := d.calls(false)
	if len(calls) != 1 || calls[0].GetReason() != notificationv1.CallTaskReason_CALL_TASK_REASON_UNDELIVERABLE ||
		!calls[0].GetOpenedAt().AsTime().Equal(monday) {
		t.Fatalf("calls %v", calls)
	}
}
