package intake

import (
	"context"
	"errors"

	"connectrpc.com/connect/v2"
	"github.com/google/uuid"

	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	"aanvraag.internal/services/intake/internal/party"
	"aanvraag.internal/services/intake/internal/request"
	kernelparty "aanvraag.internal/services/kernel/party"
	"aanvraag.internal/services/kernel/sealed"
	"aanvraag.internal/services/platform/rpc"
	"aanvraag.internal/services/platform/vault"
)

// Fields that are sealed; recorded and permanent.
const (
	fieldContact      = "contact"
	fieldInvoiceParty = "invoiceParty"
	fieldProblem      = "problem"
	fieldReason       = "reason"
	fieldInternalNote = "internalNote"
	fieldSummary      = "summary"
)

// place is where something is first written: the stream, and the command.
func (s *Service) place(id, commandID uuid.UUID) string {
	return s.requests.Stream(id.String()) + "/" + commandID.String()
}

// sealForm seals a form into the wish: letters and the problem under the operational
// key, what an invoice needs under the fiscal one. Both keys are made at once.
func (s *Service) sealForm(
	ctx context.Context, id, commandID uuid.UUID, who party.Party, problem string, wish *request.Submit,
) error {
	subject, place, v := subjectOf(id), s.place(id, commandID), s.house.Vault
	err := v.Prepare(ctx, subject, sealed.Operational, sealed.Fiscal)
	if err != nil {
		return err
	}
	wish.Contact, err = vault.SealJSON(ctx, v, subject, sealed.Operational, fieldContact, place, who.Contact)
	if err != nil {
		return err
	}
	wish.InvoiceParty, err = vault.SealJSON(ctx, v, subject, sealed.Fiscal, fieldInvoiceParty, place, who.Invoice)
	if err != nil {
		return err
	}
	wish.Problem, err = v.Seal(ctx, subject, sealed.Operational, fieldProblem, place, []byte(problem))
	return err
}

// sealText seals free text about a request that exists; text without a letter or a
// digit is none. Once the key was destroyed nothing more about that person can be
// recorded, so the text is left out: a repeat of the command still gets its answer.
func (s *Service) sealText(ctx context.Context, id, commandID uuid.UUID, field, text string) (sealed.Data, error) {
	text = party.Text(text)
	if party.Blank(text) {
		return sealed.Data{}, nil
	}
	standing, err := s.requests.Load(ctx, id.String())
	if err != nil {
		return sealed.Data{}, err
	}
	if standing.State.State == request.StateNone {
		return sealed.Data{}, request.Unknown // no key is made for nobody
	}
	data, err := s.house.Vault.Seal(ctx, subjectOf(id), sealed.Operational, field, s.place(id, commandID), []byte(text))
	if errors.Is(err, vault.ErrErased) {
		return sealed.Data{}, nil
	}
	return data, err
}

// mayOpen are the roles with a task that needs the person (D-04).
var mayOpen = map[commonv1.Role]bool{
	commonv1.Role_ROLE_CUSTOMER:     true, // his own, which was checked before
	commonv1.Role_ROLE_RECEPTIONIST: true,
	commonv1.Role_ROLE_TECHNICIAN:   true,
	commonv1.Role_ROLE_DISPATCHER:   true,
}

// disclose opens what is sealed into out, for whoever may see it, and each opening
// is recorded. What was erased stays empty.
func (s *Service) disclose(
	ctx context.Context, id uuid.UUID, r request.Request, out *intakev1.SupportRequest,
) error {
	caller := rpc.CallerFrom(ctx)
	if !mayOpen[caller.Role] {
		return rpc.Fail(connect.CodePermissionDenied, rpc.ReasonPermissionDenied,
			"your role may not see personal data", map[string]string{"rule": "D-04"})
	}
	o := opener{ctx: ctx, vault: s.house.Vault, access: vault.Access{
		Actor:  rpc.RoleName(caller.Role) + "/" + caller.Subject,
		Reason: "support request " + id.String(),
	}}
	out.Problem = o.text(r.Problem)
	out.Reason = o.text(r.Reason)
	out.Summary = o.text(r.Summary)
	if caller.Role != commonv1.Role_ROLE_CUSTOMER {
		out.InternalNote = o.text(r.InternalNote)
	}
	who := opened[kernelparty.Contact](&o, r.Contact)
	invoice := opened[kernelparty.InvoiceParty](&o, r.InvoiceParty)
	if o.err == nil && (who != nil || invoice != nil) {
		out.Party = publicParty(r.PartyKind, who, invoice)
	}
	return o.err
}

// opener opens one part after another and keeps the first fault.
type opener struct {
	ctx    context.Context //nolint:containedctx // lives for one call
	vault  *vault.Vault
	access vault.Access
	err    error
}

func (o *opener) text(d sealed.Data) string {
	if o.err != nil || d.IsZero() {
		return ""
	}
	text, err := o.vault.Open(o.ctx, d, o.access)
	if err != nil && !errors.Is(err, vault.ErrErased) {
		o.err = err
	}
	return string(text)
}

// opened is nil when there is nothing, or nothing any more.
func opened[T any](o *opener, d sealed.Data) *T {
	if o.err != nil || d.IsZero() {
		return nil
	}
	content, err := vault.OpenJSON[T](o.ctx, o.vault, d, o.access)
	switch {
	case errors.Is(err, vault.ErrErased):
		return nil
	case err != nil:
		o.err = err
		return nil
	}
	return &content
}

// publicParty is what is left of the person: the two parts may be erased apart.
func publicParty(
	kind request.PartyKind, who *kernelparty.Contact, invoice *kernelparty.InvoiceParty,
) *intakev1.Party {
	p := &intakev1.Party{Kind: kinds[kind]}
	if invoice != nil {
		a := invoice.Address
		p.Name, p.CompanyName = invoice.Name, invoice.CompanyName
		p.ChamberOfCommerceNumber, p.VatNumber = invoice.ChamberOfCommerceNumber, invoice.VATNumber
		p.Address = &intakev1.Address{
			Street:              a.Street,
			HouseNumber:         a.HouseNumber,
			HouseNumberAddition: a.HouseNumberAddition,
			PostalCode:          a.PostalCode,
			City:                a.City,
			CountryCode:         a.CountryCode,
		}
	}
	if who != nil {
		p.Name, p.CompanyName, p.Email, p.Phone = who.Name, who.CompanyName, who.Email, who.Phone
	}
	return p
}
