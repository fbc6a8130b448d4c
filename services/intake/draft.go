package intake

import (
	"context"
	"strings"

	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/timestamppb"

	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	"aanvraag.internal/services/intake/internal/mail"
	"aanvraag.internal/services/intake/internal/party"
	"aanvraag.internal/services/intake/internal/request"
	kernelparty "aanvraag.internal/services/kernel/party"
	"aanvraag.internal/services/kernel/sealed"
	"aanvraag.internal/services/platform/command"
	"aanvraag.internal/services/platform/policies"
	"aanvraag.internal/services/platform/rpc"
	"aanvraag.internal/services/platform/vault"
)

// DraftSupportRequest implements the RPC.
func (d *door) DraftSupportRequest(
	ctx context.Context, req *intakev1.DraftSupportRequestRequest,
) (*intakev1.DraftSupportRequestResponse, error) {
	id, env, err := d.envelope(ctx, req)
	if err != nil {
		return nil, err
	}
	done, err := d.s.draft(ctx, id, env, opening{
		known: req, channel: wordFor(channels, req.GetChannel()),
		messageID: messageID(req.GetMessageId()), autoSubmitted: req.GetAutoSubmitted(), bounce: req.GetBounce(),
	})
	if err != nil {
		return nil, err
	}
	return &intakev1.DraftSupportRequestResponse{
		SupportRequest:   public(id.String(), done.State, done.Revision),
		Link:             d.s.link(id, env.CommandID, done.State),
		DraftExpiresAt:   timestamppb.New(done.State.ExpiresAt),
		ConsistencyToken: rpc.Token(done.Position),
	}, nil
}

// opening is what a draft is made of.
type opening struct {
	known         known
	channel       request.Channel
	messageID     string
	autoSubmitted string
	bounce        bool
}

// known is what the staff wrote down of a person.
type known interface {
	GetName() string
	GetEmail() string
	GetPhone() string
	GetProblem() string
	GetDeviceId() string
}

// draft opens a draft. Only for a new one a mail is taken in and the person sealed:
// a repeat is answered from the log, and what no rule allows leaves nothing.
func (s *Service) draft(
	ctx context.Context, id uuid.UUID, env command.Envelope, o opening,
) (command.Result[request.Request], error) {
	var none command.Result[request.Request]
	wish := request.Draft{
		Reference: request.Reference(id.String()), Channel: o.channel, AutoSubmitted: o.autoSubmitted, Bounce: o.bounce,
		LinkHash: s.codeHash(id, s.code(id, env.CommandID)), Device: s.deviceHash(id, o.known.GetDeviceId()),
		At: env.DecidedAt,
	}
	standing, err := s.requests.Load(ctx, id.String())
	if err != nil {
		return none, err
	}
	if standing.State.State == request.StateNone {
		ref, err := s.policies.At(ctx, draftPolicy, env.DecidedAt, &wish.Limits)
		if err != nil {
			return none, err
		}
		env.Policies = policies.Refs(ref)
		if _, err := wish.Decide(standing.State); err != nil {
			return none, err
		}
		if err := s.take(ctx, id, env, o.messageID); err != nil {
			return none, err
		}
		if err := s.sealKnown(ctx, id, env.CommandID, o.known, &wish); err != nil {
			return none, err
		}
	}
	return s.requests.Execute(ctx, id.String(), env, wish)
}

// take makes a mail stand for a request, before there is one: whoever comes in
// between, or was interrupted here, is told which (G-15).
func (s *Service) take(ctx context.Context, id uuid.UUID, env command.Envelope, messageID string) error {
	if messageID == "" {
		return nil
	}
	env.Policies = nil
	hash := s.house.Vault.Pseudonym("message id", messageID)
	_, err := s.mails.Execute(ctx, hash, env, mail.Take{SupportRequestID: id.String(), At: env.DecidedAt})
	return err
}

// messageID is the same for a header with and without its brackets.
func messageID(header string) string { return strings.Trim(strings.TrimSpace(header), "<>") }

// sealKnown seals what is known of the person, as far as anything is, under the key
// that ends with the draft (G-03).
func (s *Service) sealKnown(ctx context.Context, id, commandID uuid.UUID, k known, wish *request.Draft) error {
	subject, place, v := subjectOf(id), s.place(id, commandID), s.house.Vault
	who := kernelparty.Contact{Name: party.Text(k.GetName()), Email: k.GetEmail(), Phone: k.GetPhone()}
	var err error
	if who != (kernelparty.Contact{}) {
		wish.Contact, err = vault.SealJSON(ctx, v, subject, sealed.Operational, fieldContact, place, who)
		if err != nil {
			return err
		}
	}
	if problem := party.Text(k.GetProblem()); !party.Blank(problem) {
		wish.Problem, err = v.Seal(ctx, subject, sealed.Operational, fieldProblem, place, []byte(problem))
	}
	return err
}

// ReissueIntakeLink implements the RPC.
func (d *door) ReissueIntakeLink(
	ctx context.Context, req *intakev1.ReissueIntakeLinkRequest,
) (*intakev1.ReissueIntakeLinkResponse, error) {
	id, env, err := d.envelope(ctx, req)
	if err != nil {
		return nil, err
	}
	wish := request.Reissue{
		LinkHash: d.s.codeHash(id, d.s.code(id, env.CommandID)), Device: d.s.deviceHash(id, req.GetDeviceId()),
		At: env.DecidedAt,
	}
	ref, err := d.s.policies.At(ctx, draftPolicy, env.DecidedAt, &wish.Limits)
	if err != nil {
		return nil, err
	}
	env.Policies = policies.Refs(ref)
	done, err := d.s.requests.Execute(ctx, id.String(), env, wish)
	if err != nil {
		return nil, err
	}
	return &intakev1.ReissueIntakeLinkResponse{
		SupportRequest:   public(id.String(), done.State, done.Revision),
		Link:             d.s.link(id, env.CommandID, done.State),
		DraftExpiresAt:   timestamppb.New(done.State.ExpiresAt),
		ConsistencyToken: rpc.Token(done.Position),
	}, nil
}

// GetDraft implements the RPC.
func (d *door) GetDraft(ctx context.Context, req *intakev1.GetDraftRequest) (*intakev1.GetDraftResponse, error) {
	id, err := canonicalID(req.GetSupportRequestId())
	if err != nil {
		return nil, request.Unknown
	}
	found, err := d.s.requests.Load(ctx, id.String())
	if err != nil {
		return nil, err
	}
	r := found.State
	if err := r.Admit(d.s.codeHash(id, req.GetIntakeCode()), d.s.house.Clock.Now()); err != nil {
		return nil, err
	}
	o := opener{ctx: ctx, vault: d.s.house.Vault, access: vault.Access{
		Actor: rpc.RoleName(rpc.CallerFrom(ctx).Role) + "/link", Reason: "draft " + id.String(),
	}}
	out := &intakev1.GetDraftResponse{
		Reference: r.Reference, Channel: channels[r.Channel], Problem: o.text(r.Problem),
		LinkExpiresAt: timestamppb.New(r.Link.ExpiresAt),
	}
	if who := opened[kernelparty.Contact](&o, r.Contact); who != nil {
		out.Name, out.Email, out.Phone = who.Name, who.Email, who.Phone
	}
	return out, o.err
}

// link is what a command told of the link that it made. Its code follows from the
// command, so the same command gives the same, and it is stored nowhere (G-01).
func (s *Service) link(id, commandID uuid.UUID, r request.Request) *intakev1.IntakeLink {
	return &intakev1.IntakeLink{Code: s.code(id, commandID), ExpiresAt: timestamppb.New(r.Link.ExpiresAt)}
}

func (s *Service) code(id, commandID uuid.UUID) string {
	return request.Code(s.house.Vault.Fingerprint([]byte("intake link\n" + id.String() + "\n" + commandID.String())))
}

// codeHash is what is kept and compared of a code, however it was typed.
func (s *Service) codeHash(id uuid.UUID, code string) string {
	return s.house.Vault.Pseudonym("intake code of "+id.String(), request.TypedCode(code))
}

// deviceHash is what is kept and compared of a device, the same as in consent. It
// differs by request, so nobody can be followed by it.
func (s *Service) deviceHash(id uuid.UUID, device string) string {
	return s.house.Vault.Pseudonym("device for "+id.String(), device)
}

// byStaff tells whether somebody works for the desk (G-02). A form on a server of
// the customer's side calls as a service.
func byStaff(role commonv1.Role) bool {
	switch role {
	case commonv1.Role_ROLE_PUBLIC, commonv1.Role_ROLE_CUSTOMER, commonv1.Role_ROLE_SERVICE:
		return false
	}
	return true
}
