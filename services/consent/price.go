package consent

import (
	"context"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
	consentv1 "aanvraag.internal/proto/gen/aanvraag/consent/v1"
	"aanvraag.internal/services/kernel/money"
	"aanvraag.internal/services/kernel/policy"
)

// sheet is the content of billing's policy "tariff". A member that is not known
// here is an error: nobody agrees to a price of which he sees only a part.
type sheet struct {
	HourlyRate       money.Cents `json:"hourlyRateCents"`
	IncrementSeconds int64       `json:"incrementSeconds"`
	MinimumSupport   money.Cents `json:"minimumSupportCents"`
	MinimumInvoice   money.Cents `json:"minimumInvoiceCents"`
}

// tax is the content of billing's policy "tax".
type tax struct {
	BasisPoints int64 `json:"basisPoints"`
}

// price is the price sheet in force at an instant, by the VAT of that instant.
func (s *Service) price(ctx context.Context, at time.Time) (*consentv1.PriceSheet, error) {
	_, tariff, err := s.policies.InForce(ctx, tariffPolicy, at)
	if err != nil {
		return nil, err
	}
	var figures sheet
	if err := json.Unmarshal(tariff.Content, &figures, json.RejectUnknownMembers(true)); err != nil {
		return nil, fmt.Errorf("tariff version %d: %w", tariff.Ref.Version, err)
	}
	var vat tax
	if _, err := s.policies.At(ctx, taxPolicy, at, &vat); err != nil {
		return nil, err
	}
	return priceSheet(tariff, figures, vat), nil
}

// priceSheet has every amount as businesses and as consumers must see it.
func priceSheet(v policy.Version, figures sheet, vat tax) *consentv1.PriceSheet {
	including := func(c money.Cents) *commonv1.Money { return euro(c + money.Percent(c, vat.BasisPoints)) }
	return &consentv1.PriceSheet{
		Version:                    int32(v.Ref.Version),
		Sha256:                     v.Ref.SHA256,
		HourlyRate:                 euro(figures.HourlyRate),
		Increment:                  &durationpb.Duration{Seconds: figures.IncrementSeconds},
		MinimumSupport:             euro(figures.MinimumSupport),
		MinimumInvoice:             euro(figures.MinimumInvoice),
		VatBasisPoints:             int32(vat.BasisPoints),
		HourlyRateIncludingVat:     including(figures.HourlyRate),
		MinimumSupportIncludingVat: including(figures.MinimumSupport),
		MinimumInvoiceIncludingVat: including(figures.MinimumInvoice),
		EffectiveFrom:              timestamppb.New(v.EffectiveFrom),
	}
}

func euro(c money.Cents) *commonv1.Money {
	return &commonv1.Money{CurrencyCode: "EUR", Cents: int64(c)}
}
