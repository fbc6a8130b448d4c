package notification

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/timestamppb"

	notificationv1 "aanvraag.internal/proto/gen/aanvraag/notification/v1"
	"aanvraag.internal/proto/gen/aanvraag/notification/v1/notificationv1connect"
	"aanvraag.internal/services/notification/internal/letters"
	"aanvraag.internal/services/platform/rpc"
)

// door is notification's RPCs. No rule lives here.
type door struct {
	notificationv1connect.UnimplementedNotificationServiceHandler
	s *Service
}

// ListNotifications implements the RPC. It folds the stream itself, so it has seen
// whatever any token stands for.
func (d *door) ListNotifications(
	ctx context.Context, req *notificationv1.ListNotificationsRequest,
) (*notificationv1.ListNotificationsResponse, error) {
	if _, err := rpc.ParseToken(req.GetConsistencyToken()); err != nil {
		return nil, err
	}
	request, err := uuid.Parse(req.GetSupportRequestId())
	if err != nil {
		return nil, rpc.InvalidField("support_request_id", "string.uuid", "must be a UUID")
	}
	found, err := d.s.letters.Load(ctx, request.String())
	if err != nil {
		return nil, err
	}
	out := &notificationv1.ListNotificationsResponse{}
	for _, l := range found.State.Sent {
		out.Notifications = append(out.Notifications, &notificationv1.Notification{
			NotificationId: l.NotificationID, SupportRequestId: request.String(), Kind: kinds[l.Kind],
			Language: l.Language, SentAt: timestamppb.New(l.SentAt), MessageId: l.MessageID, Sha256: l.SHA256,
			Attachments: attached(found.State.Terms, l.NotificationID),
		})
	}
	return out, nil
}

// ListCallTasks implements the RPC.
func (d *door) ListCallTasks(
	ctx context.Context, req *notificationv1.ListCallTasksRequest,
) (*notificationv1.ListCallTasksResponse, error) {
	page, err := rpc.NewPage(req)
	if err != nil {
		return nil, err
	}
	after, err := strconv.ParseInt(cmp.Or(page.Key, "0"), 10, 64)
	if err != nil {
		return nil, rpc.InvalidField("page_token", "string", "is not one of this list")
	}
	if err := d.s.View().WaitFor(ctx, page.Seen); err != nil {
		return nil, err
	}
	tasks, last, err := d.s.calls(ctx, req.GetIncludeCompleted(), after, page.Size)
	if err != nil {
		return nil, err
	}
	next := ""
	if last > 0 {
		next = strconv.FormatInt(last, 10)
	}
	return &notificationv1.ListCallTasksResponse{CallTasks: tasks, NextPageToken: page.Next(next)}, nil
}

// CompleteCallTask implements the RPC.
func (d *door) CompleteCallTask(
	ctx context.Context, req *notificationv1.CompleteCallTaskRequest,
) (*notificationv1.CompleteCallTaskResponse, error) {
	request, err := uuid.Parse(req.GetSupportRequestId())
	if err != nil {
		return nil, rpc.InvalidField("support_request_id", "string.uuid", "must be a UUID")
	}
	env, err := rpc.NewCommand(ctx, d.s.house.Clock, d.s.house.Vault.Fingerprint, req, request.String())
	if err != nil {
		return nil, err
	}
	done, err := d.s.letters.Execute(ctx, request.String(), env, letters.Complete{CallTaskID: req.GetCallTaskId(), At: env.DecidedAt})
	if err != nil {
		return nil, err
	}
	answer := &notificationv1.CompleteCallTaskResponse{ConsistencyToken: rpc.Token(done.Position)}
	for _, t := range done.State.Tasks {
		if t.ID == req.GetCallTaskId() {
			answer.CallTask = &notificationv1.CallTask{
				CallTaskId: t.ID, SupportRequestId: request.String(), Kind: kinds[t.Kind], Reason: callReasons[t.Reason],
				OpenedAt: timestamppb.New(t.OpenedAt), CompletedAt: timestamppb.New(t.DoneAt),
			}
		}
	}
	return answer, nil
}

var kinds = map[letters.Kind]notificationv1.NotificationKind{
	letters.Acknowledgement:      notificationv1.NotificationKind_NOTIFICATION_KIND_ACKNOWLEDGEMENT,
	letters.Acceptance:           notificationv1.NotificationKind_NOTIFICATION_KIND_ACCEPTANCE,
	letters.Refusal:              notificationv1.NotificationKind_NOTIFICATION_KIND_REFUSAL,
	letters.Cancellation:         notificationv1.NotificationKind_NOTIFICATION_KIND_CANCELLATION,
	letters.Lapse:                notificationv1.NotificationKind_NOTIFICATION_KIND_LAPSE,
	letters.Termination:          notificationv1.NotificationKind_NOTIFICATION_KIND_TERMINATION,
	letters.Appointment:          notificationv1.NotificationKind_NOTIFICATION_KIND_APPOINTMENT,
	letters.AppointmentCancelled: notificationv1.NotificationKind_NOTIFICATION_KIND_APPOINTMENT_CANCELLED,
	letters.AppointmentMoved:     notificationv1.NotificationKind_NOTIFICATION_KIND_APPOINTMENT_MOVED,
	letters.AppointmentRevoked:   notificationv1.NotificationKind_NOTIFICATION_KIND_APPOINTMENT_REVOKED,
	letters.Invoice:              notificationv1.NotificationKind_NOTIFICATION_KIND_INVOICE,
	letters.Settlement:           notificationv1.NotificationKind_NOTIFICATION_KIND_SETTLEMENT,
	letters.DataIncident:         notificationv1.NotificationKind_NOTIFICATION_KIND_DATA_INCIDENT,
	letters.ConsentConfirmation:  notificationv1.NotificationKind_NOTIFICATION_KIND_CONSENT_CONFIRMATION,
	letters.ConsentWithdrawn:     notificationv1.NotificationKind_NOTIFICATION_KIND_CONSENT_WITHDRAWN,
	letters.Withdrawal:           notificationv1.NotificationKind_NOTIFICATION_KIND_WITHDRAWAL,

	letters.ForceMajeure: notificationv1.NotificationKind_NOTIFICATION_KIND_FORCE_MAJEURE,
}

// attached are the files that went with a letter and prove an agreement (O-03).
func attached(terms []letters.TermsDelivered, notificationID string) []*notificationv1.NotificationAttachment {
	var out []*notificationv1.NotificationAttachment
	for _, t := range terms {
		if t.NotificationID != notificationID {
			continue
		}
		for _, a := range append(slices.Clip(t.Documents), t.Receipt) {
			out = append(out, &notificationv1.NotificationAttachment{Name: a.Name, Sha256: a.SHA256})
		}
	}
	return out
}
