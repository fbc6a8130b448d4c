package intake

import (
	"context"

	"connectrpc.com/connect/v2"
	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/timestamppb"

	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	"aanvraag.internal/services/intake/internal/contact"
	"aanvraag.internal/services/intake/internal/reception"
	"aanvraag.internal/services/platform/policies"
	"aanvraag.internal/services/platform/rpc"
)

// RecordContact implements the RPC. The draft that a contact opens is there before
// the contact: what opens none is refused whole. Whoever was interrupted in between
// repeats the call.
func (d *door) RecordContact(
	ctx context.Context, req *intakev1.RecordContactRequest,
) (*intakev1.RecordContactResponse, error) {
	id, err := uuid.Parse(req.GetContactId())
	if err != nil {
		return nil, rpc.Fail(connect.CodeInvalidArgument, rpc.ReasonInvalidRequest, "contact_id must be a UUID", nil)
	}
	requestID := requestOf(id)
	env, err := rpc.NewCommand(ctx, d.s.house.Clock, d.s.house.Vault.Fingerprint, req, id.String())
	if err != nil {
		return nil, err
	}
	channel := wordFor(channels, req.GetChannel())
	wish := reception.Receive{
		Channel: string(channel), MenuChoice: int(req.GetMenuChoice()), SupportRequestID: requestID.String(), At: env.DecidedAt,
	}
	var directory contact.Directory
	ref, err := d.s.policies.At(ctx, contactPolicy, env.DecidedAt, &directory)
	if err != nil {
		return nil, err
	}
	env.Policies = policies.Refs(ref)
	for _, c := range directory.MainMenu {
		wish.Menu = append(wish.Menu, reception.Choice{Key: c.Key, Purpose: c.Purpose})
	}
	draft := opening{
		known: req, channel: channel,
		messageID: messageID(req.GetMessageId()), autoSubmitted: req.GetAutoSubmitted(), bounce: req.GetBounce(),
	}
	standing, err := d.s.contacts.Load(ctx, id.String())
	if err != nil {
		return nil, err
	}
	if standing.State.RoutedTo == "" && wish.RoutedTo() == reception.Support {
		env.Correlation = requestID.String()
		if _, err := d.s.draft(ctx, requestID, env, draft); err != nil {
			return nil, err
		}
	}
	received, err := d.s.contacts.Execute(ctx, id.String(), env, wish)
	if err != nil {
		return nil, err
	}
	out := &intakev1.RecordContactResponse{
		RoutedTo: received.State.RoutedTo, ConsistencyToken: rpc.Token(received.Position),
	}
	if received.State.SupportRequestID == "" {
		return out, nil
	}
	opened, err := d.s.draft(ctx, requestID, env, draft) // again: its answer is the same for ever
	if err != nil {
		return nil, err
	}
	out.SupportRequest = public(requestID.String(), opened.State, opened.Revision)
	out.Link = d.s.link(requestID, env.CommandID, opened.State)
	out.DraftExpiresAt = timestamppb.New(opened.State.ExpiresAt)
	out.ConsistencyToken = rpc.Token(max(received.Position, opened.Position))
	return out, nil
}

// requestOf is the id of the request that a contact opens, if it opens one.
func requestOf(contactID uuid.UUID) uuid.UUID {
	return uuid.NewSHA1(contactID, []byte("support request"))
}
