package money_test

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/bojanz/currency"
	"pgregory.net/rapid"

	"aanvraag.internal/services/kernel/money"
)

func TestFormatWritesAmountsForDutchAndEnglishReaders(t *testing.T) {
	for _, v := range []struct {
		c      money.Cents
		nl, en string
	}{
		{0, "€ 0,00", "€0.00"},
		{5, "€ 0,05", "€0.05"},
		{3630, "€ 36,30", "€36.30"},
		{10385, "€ 103,85", "€103.85"},
		{99999, "€ 999,99", "€999.99"},
		{123456, "€ 1.234,56", "€1,234.56"},
		{123456789, "€ 1.234.567,89", "€1,234,567.89"},
		{-123456, "€ -1.234,56", "-€1,234.56"},
		{math.MinInt64, "€ -92.233.720.368.547.758,08", "-€92,233,720,368,547,758.08"},
	} {
		if got := money.Format(v.c, "nl"); got != v.nl {
			t.Errorf("nl %d: %q, want %q", v.c, got, v.nl)
		}
		if got := money.Format(v.c, "en"); got != v.en {
			t.Errorf("en %d: %q, want %q", v.c, got, v.en)
		}
	}
	if got := money.Format(3000, "fr"); got != "€ 30,00" {
		t.Errorf("an unknown locale reads %q, want the Dutch form", got)
	}
}

func TestFormatAgreesWithCLDRButForTheSpace(t *testing.T) {
	formatters := map[string]*currency.Formatter{
		"nl": currency.NewFormatter(currency.NewLocale("nl")),
		"en": currency.NewFormatter(currency.NewLocale("en")),
	}
	rapid.Check(t, func(t *rapid.T) {
		cents := rapid.OneOf(rapid.Int64(), rapid.Int64Range(-200_000, 200_000)).Draw(t, "cents")
		for locale, formatter := range formatters {
			amount, err := currency.NewAmountFromInt64(cents, "EUR")
			if err != nil {
				t.Fatal(err, strconv.FormatInt(cents, 10))
			}
			want := strings.ReplaceAll(formatter.Format(amount), "\u00a0", " ")
			if got := money.Format(money.Cents(cents), locale); got != want {
				t.Fatalf("%s %d: %q, want %q", locale, cents, got, want)
			}
		}
	})
}
