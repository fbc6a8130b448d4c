package intake

import (
	"context"
	"errors"

	"connectrpc.com/connect/v2"
	"github.com/google/uuid"

	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	"aanvraag.internal/proto/gen/aanvraag/intake/v1/intakev1connect"
	"aanvraag.internal/services/intake/internal/contact"
	"aanvraag.internal/services/intake/internal/party"
	"aanvraag.internal/services/intake/internal/request"
	"aanvraag.internal/services/intake/internal/tally"
	"aanvraag.internal/services/kernel/hours"
	kernelparty "aanvraag.internal/services/kernel/party"
	"aanvraag.internal/services/platform/command"
	"aanvraag.internal/services/platform/policies"
	"aanvraag.internal/services/platform/rpc"
	"aanvraag.internal/services/platform/vault"
)

// door is intake's RPCs: message to command to message. No rule lives here.
type door struct {
	intakev1connect.UnimplementedIntakeServiceHandler
	s *Service
}

// SubmitSupportRequest implements the RPC.
func (d *door) SubmitSupportRequest(
	ctx context.Context, req *intakev1.SubmitSupportRequestRequest,
) (*intakev1.SubmitSupportRequestResponse, error) {
	id, env, err := d.envelope(ctx, req)
	if err != nil {
		return nil, err
	}
	wish, err := d.submit(ctx, id, &env, req)
	if err != nil {
		return nil, err
	}
	done, err := d.s.requests.Execute(ctx, id.String(), env, wish)
	if err != nil {
		return nil, err
	}
	if done.State.State == request.StateDiverted {
		return nil, request.UsePhone(done.State.DivertedTo)
	}
	token, err := d.s.customerToken(id, done.State)
	if err != nil {
		return nil, err
	}
	return &intakev1.SubmitSupportRequestResponse{
		SupportRequest:   public(id.String(), done.State, done.Revision),
		CustomerToken:    token,
		ConsistencyToken: rpc.Token(done.Position),
		Warnings:         warnings(req, done.State.PartyKind),
	}, nil
}

// submit is the wish that a form holds. The person is sealed for a new request or
// a draft only: a repeat is answered from the log, also when the keys are gone, and a
// warranty claim leaves nothing personal (W-01).
func (d *door) submit(
	ctx context.Context, id uuid.UUID, env *command.Envelope, req *intakev1.SubmitSupportRequestRequest,
) (request.Submit, error) {
	wish := request.Submit{
		Reference:     request.Reference(id.String()),
		Channel:       wordFor(channels, req.GetChannel()),
		PartyKind:     wordFor(kinds, req.GetParty().GetKind()),
		Language:      req.GetLanguage(),
		WarrantyClaim: req.GetWarrantyClaim(),
		ByStaff:       byStaff(rpc.CallerFrom(ctx).Role),
		LinkHash:      d.s.codeHash(id, req.GetIntakeCode()),
		Device:        d.s.deviceHash(id, req.GetDeviceId()),
		At:            env.DecidedAt,
	}
	standing, err := d.s.requests.Load(ctx, id.String())
	if err != nil || standing.State.State != request.StateNone && standing.State.State != request.StateDrafted {
		return wish, err
	}
	if err := wish.Admitted(standing.State); err != nil {
		return wish, err // and no key is made
	}
	if wish.WarrantyClaim {
		if err := d.s.admit(ctx, *env, tally.Address, rpc.SenderFrom(ctx), req); err != nil {
			return wish, err
		}
		var directory contact.Directory
		ref, err := d.s.policies.At(ctx, contactPolicy, env.DecidedAt, &directory)
		wish.Phone, env.Policies = directory.BusinessSupportPhone, policies.Refs(ref)
		return wish, err
	}
	who, problem, err := checked(req)
	if err != nil {
		return wish, err
	}
	wish.Unidentified = !who.Identified
	if err := d.s.admit(ctx, *env, tally.Address, rpc.SenderFrom(ctx), req); err != nil {
		return wish, err
	}
	if err := d.s.admit(ctx, *env, tally.Email, who.Contact.Email, req); err != nil {
		return wish, err
	}
	ref, err := d.s.policies.At(ctx, calendarPolicy, env.DecidedAt, &wish.Hours)
	if err != nil {
		return wish, err
	}
	env.Policies, env.TZData = policies.Refs(ref), hours.TZData()
	err = d.s.sealForm(ctx, id, env.CommandID, who, problem, &wish)
	if errors.Is(err, vault.ErrErased) {
		err = nil // the draft has just expired, which the decision will say
	}
	return wish, err
}

// checked cleans what was typed. Its error names the field (N-01).
func checked(req *intakev1.SubmitSupportRequestRequest) (party.Party, string, error) {
	who, err := party.Check(typed(req.GetParty()))
	if wrong, ok := errors.AsType[*party.FieldError](err); ok {
		return who, "", rpc.Invalid("INVALID_PARTY", rpc.Field{Path: wrong.Path, RuleID: wrong.RuleID, Message: wrong.Message})
	}
	if err != nil {
		return who, "", err
	}
	problem := party.Text(req.GetProblem())
	if party.Blank(problem) {
		return who, "", rpc.InvalidField("problem", "problem.required", "is required")
	}
	return who, problem, nil
}

// typed is what the customer typed about himself.
func typed(p *intakev1.Party) party.Form {
	a := p.GetAddress()
	return party.Form{
		Business:                p.GetKind() == commonv1.PartyKind_PARTY_KIND_BUSINESS,
		Name:                    p.GetName(),
		CompanyName:             p.GetCompanyName(),
		ChamberOfCommerceNumber: p.GetChamberOfCommerceNumber(),
		VATNumber:               p.GetVatNumber(),
		Email:                   p.GetEmail(),
		Phone:                   p.GetPhone(),
		Address: kernelparty.Address{
			Street:              a.GetStreet(),
			HouseNumber:         a.GetHouseNumber(),
			HouseNumberAddition: a.GetHouseNumberAddition(),
			PostalCode:          a.GetPostalCode(),
			City:                a.GetCity(),
			CountryCode:         a.GetCountryCode(),
		},
	}
}

// warnings are what a form should perhaps not hold. They follow from what was sent
// and from what was recorded, so a repeat gets the same; they are kept nowhere.
func warnings(req *intakev1.SubmitSupportRequestRequest, kept request.PartyKind) []*intakev1.SubmissionWarning {
	form := typed(req.GetParty())
	found := party.Warnings(form, req.GetProblem())
	if form.Business && kept != request.Business {
		found = append(found, party.Warning{
			Code: party.TreatedAsConsumer, Path: "party.kind",
			Message: "without a Chamber of Commerce or VAT number you are protected as a consumer",
		})
	}
	var out []*intakev1.SubmissionWarning
	for _, w := range found {
		out = append(out, &intakev1.SubmissionWarning{Code: w.Code, Field: w.Path, Message: w.Message})
	}
	return out
}

// AcceptSupportRequest implements the RPC.
func (d *door) AcceptSupportRequest(
	ctx context.Context, req *intakev1.AcceptSupportRequestRequest,
) (*intakev1.AcceptSupportRequestResponse, error) {
	id, env, err := d.envelope(ctx, req)
	if err != nil {
		return nil, err
	}
	wish := request.Accept{At: env.DecidedAt}
	done, err := d.s.requests.Execute(ctx, id.String(), env, wish)
	if err != nil {
		if err := d.s.consentUnderWay(ctx, id.String(), err); err != nil {
			return nil, err
		}
		if done, err = d.s.requests.Execute(ctx, id.String(), env, wish); err != nil {
			return nil, err
		}
	}
	return &intakev1.AcceptSupportRequestResponse{
		SupportRequest:   public(id.String(), done.State, done.Revision),
		ConsistencyToken: rpc.Token(done.Position),
	}, nil
}

// RefuseSupportRequest implements the RPC.
func (d *door) RefuseSupportRequest(
	ctx context.Context, req *intakev1.RefuseSupportRequestRequest,
) (*intakev1.RefuseSupportRequestResponse, error) {
	id, env, err := d.envelope(ctx, req)
	if err != nil {
		return nil, err
	}
	wish := request.Refuse{At: env.DecidedAt}
	if wish.Reason, err = d.s.sealText(ctx, id, env.CommandID, fieldReason, req.GetReason()); err != nil {
		return nil, err
	}
	if wish.InternalNote, err = d.s.sealText(ctx, id, env.CommandID, fieldInternalNote, req.GetInternalNote()); err != nil {
		return nil, err
	}
	done, err := d.s.requests.Execute(ctx, id.String(), env, wish)
	if err != nil {
		return nil, err
	}
	return &intakev1.RefuseSupportRequestResponse{
		SupportRequest:   public(id.String(), done.State, done.Revision),
		ConsistencyToken: rpc.Token(done.Position),
	}, nil
}

// CancelSupportRequest implements the RPC.
func (d *door) CancelSupportRequest(
	ctx context.Context, req *intakev1.CancelSupportRequestRequest,
) (*intakev1.CancelSupportRequestResponse, error) {
	if err := rpc.Own(ctx, req.GetSupportRequestId()); err != nil {
		return nil, err
	}
	id, env, err := d.envelope(ctx, req)
	if err != nil {
		return nil, err
	}
	wish := request.Cancel{At: env.DecidedAt}
	if wish.Reason, err = d.s.sealText(ctx, id, env.CommandID, fieldReason, req.GetReason()); err != nil {
		return nil, err
	}
	done, err := d.s.requests.Execute(ctx, id.String(), env, wish)
	if err != nil {
		return nil, err
	}
	return &intakev1.CancelSupportRequestResponse{
		SupportRequest:   public(id.String(), done.State, done.Revision),
		ConsistencyToken: rpc.Token(done.Position),
	}, nil
}

// CloseSupportRequest implements the RPC.
func (d *door) CloseSupportRequest(
	ctx context.Context, req *intakev1.CloseSupportRequestRequest,
) (*intakev1.CloseSupportRequestResponse, error) {
	id, env, err := d.envelope(ctx, req)
	if err != nil {
		return nil, err
	}
	wish := request.Close{Outcome: wordFor(outcomes, req.GetOutcome()), At: env.DecidedAt}
	if wish.Summary, err = d.s.sealText(ctx, id, env.CommandID, fieldSummary, req.GetSummary()); err != nil {
		return nil, err
	}
	done, err := d.s.closeBy(ctx, id.String(), env, wish)
	// Three pieces of news may be on their way: what was agreed after force majeure,
	// the end of the session, and a note that was made after it.
	for news := 0; err != nil && news < 3; news++ {
		if err := d.s.workUnderWay(ctx, id.String(), err); err != nil {
			return nil, err
		}
		done, err = d.s.closeBy(ctx, id.String(), env, wish)
	}
	if err != nil {
		return nil, err
	}
	return &intakev1.CloseSupportRequestResponse{
		SupportRequest:   public(id.String(), done.State, done.Revision),
		ConsistencyToken: rpc.Token(done.Position),
	}, nil
}

// closeBy closes by the seconds that count now: corrections that are on their way
// come first (T-12).
func (s *Service) closeBy(
	ctx context.Context, id string, env command.Envelope, wish request.Close,
) (command.Result[request.Request], error) {
	if err := s.correctionsUnderWay(ctx, id); err != nil {
		return command.Result[request.Request]{}, err
	}
	return s.requests.Execute(ctx, id, env, wish)
}

// change is a request that changes one support request.
type change interface {
	rpc.Request
	GetSupportRequestId() string
}

func (d *door) envelope(ctx context.Context, req change) (uuid.UUID, command.Envelope, error) {
	id, err := canonicalID(req.GetSupportRequestId())
	if err != nil {
		return uuid.Nil, command.Envelope{}, rpc.Fail(
			connect.CodeInvalidArgument, rpc.ReasonInvalidRequest, "support_request_id must be a UUID", nil)
	}
	env, err := rpc.NewCommand(ctx, d.s.house.Clock, d.s.house.Vault.Fingerprint, req, id.String())
	return id, env, err
}

// customerTokenYears is how long a customer can follow his request: as long as what
// he wrote about it is kept (rules, section 8).
const customerTokenYears = 2

// customerToken follows from the recorded request alone, so a repeat gives the same.
func (s *Service) customerToken(id uuid.UUID, r request.Request) (string, error) {
	return s.house.Keys.Issue(rpc.Claims{
		Role:             commonv1.Role_ROLE_CUSTOMER,
		Subject:          subjectOf(id),
		SupportRequestID: id.String(),
		IssuedAt:         r.SubmittedAt,
		ExpiresAt:        r.SubmittedAt.AddDate(customerTokenYears, 0, 0),
	})
}
