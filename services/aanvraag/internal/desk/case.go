package desk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	billingv1 "aanvraag.internal/proto/gen/aanvraag/billing/v1"
	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
	consentv1 "aanvraag.internal/proto/gen/aanvraag/consent/v1"
	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	sandboxv1 "aanvraag.internal/proto/gen/aanvraag/sandbox/v1"
	schedulingv1 "aanvraag.internal/proto/gen/aanvraag/scheduling/v1"
)

// Case is one support request, taken through its life step by step. The same
// step taken again sends the same command under the same idempotency key, as a
// client does that never got the answer.
type Case struct {
	desk *Desk

	ID            string
	AppointmentID string
	SessionID     string
	Technician    string
	Start         time.Time // of the appointment
	Recorded      bool
	Language      string
	Kind          commonv1.PartyKind
	Name          string
	Problem       string
	Note          string
	Summary       string
	Outcome       intakev1.Outcome
	CustomerToken string // known once submitted
}

// NewCase is a case like most: a recorded session for a business that speaks English.
func (d *Desk) NewCase(id string) *Case {
	return &Case{
		desk: d, ID: id, AppointmentID: derived(id, "appointment"), SessionID: derived(id, "session"),
		Technician: "technician", Recorded: true, Language: "en",
		Kind: commonv1.PartyKind_PARTY_KIND_BUSINESS, Name: "P. Jansen", Problem: "The printer prints nothing.",
		Note: "Reinstalled the driver.", Summary: "The driver was broken.", Outcome: intakev1.Outcome_OUTCOME_RESOLVED,
		Start: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC),
	}
}

func derived(id, step string) string { return uuid.NewSHA1(uuid.MustParse(id), []byte(step)).String() }

// Key is the idempotency key of a step, such as "accept".
func (c *Case) Key(step string) string { return derived(c.ID, "key of "+step) }

// Party is the customer.
func (c *Case) Party() *intakev1.Party {
	p := &intakev1.Party{
		Kind: c.Kind, Name: c.Name, Email: "p.jansen@klant.example", Phone: "+31612345678",
		Address: &intakev1.Address{
			Street: "Dorpsstraat", HouseNumber: "12", HouseNumberAddition: "a",
			PostalCode: "5531 AB", City: "Bladel", CountryCode: "NL",
		},
	}
	if c.Kind == commonv1.PartyKind_PARTY_KIND_BUSINESS {
		p.CompanyName, p.ChamberOfCommerceNumber, p.VatNumber = "Jansen Installaties B.V.", "12345678", "NL004495445B01"
	}
	return p
}

// Consent reads the terms in force and agrees to them.
func (c *Case) Consent(ctx context.Context) error {
	public, err := c.desk.As("")
	if err != nil {
		return err
	}
	terms, err := public.Consent.GetCurrentTerms(ctx, &consentv1.GetCurrentTermsRequest{Language: c.Language})
	if err != nil {
		return err
	}
	_, err = public.Consent.GiveConsent(ctx, c.Agreement(terms))
	return err
}

// Agreement is the customer's agreement to the terms as shown.
func (c *Case) Agreement(terms *consentv1.GetCurrentTermsResponse) *consentv1.GiveConsentRequest {
	req := &consentv1.GiveConsentRequest{
		IdempotencyKey: c.Key("consent"), SupportRequestId: c.ID, TariffSha256: terms.GetTariff().GetSha256(),
		AgreeTerms: true, AgreePrice: true, NotUnderWarranty: true,
		Backup:              consentv1.BackupDeclaration_BACKUP_DECLARATION_MADE,
		RecordingNoticeSeen: true, StartImmediately: true, AuthorityDeclared: true,
	}
	if c.Kind == commonv1.PartyKind_PARTY_KIND_CONSUMER { // what a business is not asked
		req.ButtonText, req.WithdrawalLossAcknowledged, req.PartyKind = "Request with obligation to pay", true, c.Kind
	}
	for _, d := range terms.GetDocuments() {
		req.Documents = append(req.Documents, &consentv1.TermsDocumentRef{
			Kind: d.GetKind(), Version: d.GetVersion(), Sha256: d.GetSha256(),
		})
	}
	return req
}

// Submit presses the button.
func (c *Case) Submit(ctx context.Context) (*intakev1.SupportRequest, error) {
	public, err := c.desk.As("")
	if err != nil {
		return nil, err
	}
	done, err := public.Intake.SubmitSupportRequest(ctx, c.Submission())
	if err != nil {
		return nil, err
	}
	c.CustomerToken = done.GetCustomerToken()
	return done.GetSupportRequest(), nil
}

// Submission is the form as the customer filled it in.
func (c *Case) Submission() *intakev1.SubmitSupportRequestRequest {
	return &intakev1.SubmitSupportRequestRequest{
		IdempotencyKey: c.Key("submit"), SupportRequestId: c.ID, Channel: intakev1.Channel_CHANNEL_WEB_FORM,
		Problem: c.Problem, Party: c.Party(), Language: c.Language,
	}
}

// TakeBack takes one purpose of the agreement back (O-09).
func (c *Case) TakeBack(ctx context.Context, purpose consentv1.ConsentPurpose) (*consentv1.Consent, error) {
	done, err := c.desk.With(c.CustomerToken).Consent.WithdrawConsent(ctx, &consentv1.WithdrawConsentRequest{
		IdempotencyKey: c.Key("take back " + purpose.String()), SupportRequestId: c.ID, Purpose: purpose,
	})
	return done.GetConsent(), err
}

// Declare is the first step of a consumer's withdrawal; it gives the declaration's id.
func (c *Case) Declare(ctx context.Context) (string, error) {
	done, err := c.desk.With(c.CustomerToken).Consent.DeclareWithdrawal(ctx, &consentv1.DeclareWithdrawalRequest{
		IdempotencyKey: c.Key("declare"), Name: c.Name, ContractId: c.ID,
	})
	return done.GetWithdrawalId(), err
}

// Confirm is the second step.
func (c *Case) Confirm(ctx context.Context, withdrawalID string) (*consentv1.ConfirmWithdrawalResponse, error) {
	return c.desk.With(c.CustomerToken).Consent.ConfirmWithdrawal(ctx, &consentv1.ConfirmWithdrawalRequest{
		IdempotencyKey: c.Key("confirm"), SupportRequestId: c.ID, WithdrawalId: withdrawalID,
	})
}

// Accept accepts the request.
func (c *Case) Accept(ctx context.Context) (*intakev1.SupportRequest, error) {
	dispatcher, err := c.desk.As("dispatcher")
	if err != nil {
		return nil, err
	}
	done, err := dispatcher.Intake.AcceptSupportRequest(ctx, &intakev1.AcceptSupportRequestRequest{
		IdempotencyKey: c.Key("accept"), SupportRequestId: c.ID,
	})
	return done.GetSupportRequest(), err
}

// Refuse refuses the request without a reason.
func (c *Case) Refuse(ctx context.Context) (*intakev1.SupportRequest, error) {
	dispatcher, err := c.desk.As("dispatcher")
	if err != nil {
		return nil, err
	}
	done, err := dispatcher.Intake.RefuseSupportRequest(ctx, &intakev1.RefuseSupportRequestRequest{
		IdempotencyKey: c.Key("refuse"), SupportRequestId: c.ID,
	})
	return done.GetSupportRequest(), err
}

// Book reserves the technician's time, an hour from Start.
func (c *Case) Book(ctx context.Context) (*schedulingv1.Appointment, error) {
	dispatcher, err := c.desk.As("dispatcher")
	if err != nil {
		return nil, err
	}
	done, err := dispatcher.Scheduling.BookAppointment(ctx, &schedulingv1.BookAppointmentRequest{
		IdempotencyKey: c.Key("book"), AppointmentId: c.AppointmentID, SupportRequestId: c.ID,
		TechnicianId: c.Technician, Start: timestamppb.New(c.Start), Duration: durationpb.New(time.Hour),
	})
	return done.GetAppointment(), err
}

// StartSession begins the work.
func (c *Case) StartSession(ctx context.Context) (*schedulingv1.Session, error) {
	technician, err := c.desk.As("technician")
	if err != nil {
		return nil, err
	}
	done, err := technician.Scheduling.StartSession(ctx, &schedulingv1.StartSessionRequest{
		IdempotencyKey: c.Key("start"), SessionId: c.SessionID, AppointmentId: c.AppointmentID, Recorded: c.Recorded,
	})
	return done.GetSession(), err
}

// NoteWork shows the effort.
func (c *Case) NoteWork(ctx context.Context) error {
	technician, err := c.desk.As("technician")
	if err != nil {
		return err
	}
	_, err = technician.Scheduling.NoteWork(ctx, &schedulingv1.NoteWorkRequest{
		IdempotencyKey: c.Key("note"), SessionId: c.SessionID, Note: c.Note,
	})
	return err
}

// EndSession ends the work.
func (c *Case) EndSession(ctx context.Context) (*schedulingv1.Session, error) {
	technician, err := c.desk.As("technician")
	if err != nil {
		return nil, err
	}
	done, err := technician.Scheduling.EndSession(ctx, &schedulingv1.EndSessionRequest{
		IdempotencyKey: c.Key("end"), SessionId: c.SessionID,
	})
	return done.GetSession(), err
}

// Close closes the request with its outcome.
func (c *Case) Close(ctx context.Context) (*intakev1.SupportRequest, error) {
	technician, err := c.desk.As("technician")
	if err != nil {
		return nil, err
	}
	done, err := technician.Intake.CloseSupportRequest(ctx, &intakev1.CloseSupportRequestRequest{
		IdempotencyKey: c.Key("close"), SupportRequestId: c.ID, Outcome: c.Outcome, Summary: c.Summary,
	})
	return done.GetSupportRequest(), err
}

// Get is the request as it is now, for the dispatcher.
func (c *Case) Get(ctx context.Context) (*intakev1.SupportRequest, error) {
	dispatcher, err := c.desk.As("dispatcher")
	if err != nil {
		return nil, err
	}
	got, err := dispatcher.Intake.GetSupportRequest(ctx, &intakev1.GetSupportRequestRequest{SupportRequestId: c.ID})
	return got.GetSupportRequest(), err
}

// Await watches the request until it is in one of the states, and answers it.
func (c *Case) Await(ctx context.Context, states ...intakev1.SupportRequestState) (*intakev1.SupportRequest, error) {
	dispatcher, err := c.desk.As("dispatcher")
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	watch, err := dispatcher.Intake.WatchSupportRequest(ctx, &intakev1.WatchSupportRequestRequest{SupportRequestId: c.ID})
	if err != nil {
		return nil, err
	}
	var last *intakev1.SupportRequest
	for {
		answer, err := watch.Receive()
		if errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("request %s came to rest as %s", c.ID, last.GetState())
		}
		if err != nil {
			return nil, err
		}
		if last = answer.GetSupportRequest(); slices.Contains(states, last.GetState()) {
			return last, nil
		}
	}
}

// Invoice is the request's invoice; nil while there is none.
func (c *Case) Invoice(ctx context.Context) (*billingv1.Invoice, error) {
	clerk, err := c.desk.As("billing_clerk")
	if err != nil {
		return nil, err
	}
	list, err := clerk.Billing.ListInvoices(ctx, &billingv1.ListInvoicesRequest{SupportRequestId: c.ID})
	if err != nil || len(list.GetInvoices()) == 0 {
		return nil, err
	}
	return list.GetInvoices()[0], nil
}

// Pay reports a payment of an amount in cents, the n-th of this case.
func (c *Case) Pay(ctx context.Context, n int, reference string, cents int64) (*billingv1.RecordPaymentResponse, error) {
	clerk, err := c.desk.As("billing_clerk")
	if err != nil {
		return nil, err
	}
	return clerk.Billing.RecordPayment(ctx, &billingv1.RecordPaymentRequest{
		IdempotencyKey: c.Key(fmt.Sprint("payment ", n)), BankReference: fmt.Sprintf("%s/%d", c.ID, n),
		PaymentReference: reference, Amount: &commonv1.Money{CurrencyCode: "EUR", Cents: cents}, ReceivedOn: "2026-11-24",
	})
}

// Session is the session as it is now.
func (c *Case) Session(ctx context.Context) (*schedulingv1.Session, error) {
	dispatcher, err := c.desk.As("dispatcher")
	if err != nil {
		return nil, err
	}
	got, err := dispatcher.Scheduling.GetSession(ctx, &schedulingv1.GetSessionRequest{SessionId: c.SessionID})
	return got.GetSession(), err
}

// Advance moves the sandbox's clock.
func (d *Desk) Advance(ctx context.Context, by time.Duration) error {
	public, err := d.As("")
	if err != nil {
		return err
	}
	_, err = public.Sandbox.AdvanceClock(ctx, &sandboxv1.AdvanceClockRequest{By: durationpb.New(by)})
	return err
}
