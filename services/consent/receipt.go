package consent

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/google/uuid"

	consentv1 "aanvraag.internal/proto/gen/aanvraag/consent/v1"
	"aanvraag.internal/services/consent/internal/agreement"
	"aanvraag.internal/services/consent/internal/receipt"
	"aanvraag.internal/services/kernel/money"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/inbox"
	"aanvraag.internal/services/platform/policies"
	"aanvraag.internal/services/platform/rpc"
)

// Signer signs receipts (O-06). Implementations are safe for concurrent use, and the
// same payload gives the same bytes.
type Signer interface {
	ID() string
	Sign(typ string, payload []byte) (string, error)
	PEM() (string, error)
	JWKS() (string, error)
}

// given and withdrawn follow from consent's own facts: the customer gets a receipt of
// what stands agreed now.
func (s *Service) given(ctx context.Context, in inbox.Inbound, m *consentv1.ConsentGiven) error {
	return s.issueReceipt(ctx, in, m.GetSupportRequestId())
}

func (s *Service) withdrawn(ctx context.Context, in inbox.Inbound, m *consentv1.ConsentWithdrawn) error {
	return s.issueReceipt(ctx, in, m.GetSupportRequestId())
}

// issueReceipt signs and records a receipt, once for each change of what stands
// agreed. Two changes at the same moment may share the later one's.
func (s *Service) issueReceipt(ctx context.Context, in inbox.Inbound, supportRequestID string) error {
	found, err := s.consents.Load(ctx, supportRequestID)
	if err != nil || !found.State.ReceiptDue() {
		return err
	}
	now := s.house.Clock.Now()
	env := in.Command(0, now)
	practice, practiceRef, err := s.practice(ctx, now)
	if err != nil {
		return err
	}
	price, err := s.agreedPrice(ctx, found.State.Agreement)
	if err != nil {
		return err
	}
	recordID := uuid.NewSHA1(ids, []byte("receipt "+in.ID.String())).String()
	content, err := receipt.Of(found.State, recordID, subject(supportRequestID), practice.party(), price).Encode()
	if err != nil {
		return err
	}
	signed, err := s.signer.Sign(receipt.Type, content)
	if err != nil {
		return fmt.Errorf("receipt of %s: %w", supportRequestID, err)
	}
	sum := sha256.Sum256([]byte(signed))
	env.Policies = policies.Refs(practiceRef)
	_, err = s.consents.Execute(ctx, supportRequestID, env, agreement.IssueReceipt{Receipt: agreement.ReceiptIssued{
		RecordID: recordID, ConsentID: found.State.Agreement.ConsentID, SupportRequestID: supportRequestID,
		Withdrawals: len(found.State.Withdrawn), KeyID: s.signer.ID(),
		JWS: signed, SHA256: hex.EncodeToString(sum[:]), IssuedAt: now,
	}})
	return err
}

// agreedPrice is the sheet that was agreed to, with the VAT of that instant.
func (s *Service) agreedPrice(ctx context.Context, a agreement.Agreement) (receipt.Price, error) {
	var figures sheet
	if _, err := s.policies.BySHA256(ctx, tariffPolicy, a.Tariff.SHA256, &figures); err != nil {
		return receipt.Price{}, err
	}
	var vat tax
	if _, err := s.policies.At(ctx, taxPolicy, a.GivenAt, &vat); err != nil {
		return receipt.Price{}, err
	}
	including := func(c money.Cents) money.Cents { return c + money.Percent(c, vat.BasisPoints) }
	return receipt.Price{
		VATBasisPoints: vat.BasisPoints,
		HourlyRate:     figures.HourlyRate, HourlyRateIncl: including(figures.HourlyRate),
		Support: figures.MinimumSupport, SupportIncl: including(figures.MinimumSupport),
		Invoice: figures.MinimumInvoice, InvoiceIncl: including(figures.MinimumInvoice),
	}, nil
}

// subject is the pseudonymous id of the customer of a request, the same in every
// service. Whatever is not a UUID gets the id of the nil name space: no request has
// such an id.
func subject(supportRequestID string) string {
	space, _ := uuid.Parse(supportRequestID)
	return uuid.NewSHA1(space, []byte("subject")).String()
}

// place is where something sealed is written for the first time.
func (s *Service) place(supportRequestID string, commandID uuid.UUID) string {
	return s.consents.Stream(supportRequestID) + "/" + commandID.String()
}

// receiptPatience is how long a caller waits for a receipt that is on its way.
const receiptPatience = time.Second

// awaitReceipt is a consent whose receipt is on its way, or was never due.
func (s *Service) awaitReceipt(ctx context.Context, id string) (agreement.Consent, error) {
	found, err := s.consents.Load(ctx, id)
	wait, cancel := context.WithTimeout(ctx, receiptPatience)
	defer cancel()
	for err == nil && found.State.ReceiptDue() {
		if err := eventstore.Await(wait, s.house.Store, s.consents.Stream(id), found.Revision); err != nil {
			if wait.Err() != nil && ctx.Err() == nil {
				return found.State, rpc.NotYet()
			}
			return found.State, err
		}
		found, err = s.consents.Load(ctx, id)
	}
	return found.State, err
}
