package money_test

import (
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"aanvraag.internal/services/kernel/money"
)

const (
	hourly = 10385 // T-01, cents
	vat    = 2100  // T-09, basis points
)

// raw is the amount of billed minutes at the hourly tariff.
func raw(t *testing.T, minutes int64) money.Cents {
	t.Helper()
	c, err := money.MulDiv(minutes, hourly, 60)
	if err != nil {
		t.Fatal(err)
	}
	return money.Cents(c)
}

func TestT03_MinutesBecomeCentsRoundedHalfUpOnce(t *testing.T) {
	for minutes, want := range map[int64]money.Cents{
		0: 0, 1: 173, 2: 346, 11: 1904, 12: 2077, 15: 2596, 17: 2942, 18: 3116,
		30: 5193, // 51.925: half-even would say 51.92
		45: 7789, 60: 10385, 61: 10558, 120: 20770,
	} {
		if got := raw(t, minutes); got != want {
			t.Errorf("%d min: %d cents, want %d", minutes, got, want)
		}
		if got := money.Cents(money.HalfUp(minutes*hourly, 60)); got != want {
			t.Errorf("%d min by HalfUp: %d cents, want %d", minutes, got, want)
		}
	}
}

func TestT09_VATIsRoundedHalfUpOnTheSum(t *testing.T) {
	for _, v := range []struct{ base, vat, incl money.Cents }{
		{3000, 630, 3630},
		{3116, 654, 3770},
		{5193, 1091, 6284},
		{7789, 1636, 9425},
		{10385, 2181, 12566},
		{10558, 2217, 12775},
		{20770, 4362, 25132},
		{4000, 840, 4840},
		{4596, 965, 5561},
		{6000, 1260, 7260},
		{3750 + 1250, 1050, 6050},
	} {
		got := money.Percent(v.base, vat)
		if got != v.vat || v.base+got != v.incl {
			t.Errorf("VAT of %d is %d, incl %d; want %d and %d", v.base, got, v.base+got, v.vat, v.incl)
		}
	}
	if byLine := money.Percent(3750, vat) + money.Percent(1250, vat); byLine != 1051 {
		t.Errorf("by line it would be 10.51, got %d: the vector no longer tells the methods apart", byLine)
	}
}

func TestHalvesGoAwayFromZero(t *testing.T) {
	for _, v := range []struct{ n, d, want int64 }{
		{0, 1, 0},
		{1, 2, 1},
		{-1, 2, -1},
		{5, 2, 3},
		{-5, 2, -3},
		{1, 3, 0},
		{2, 3, 1},
		{-1, 3, 0},
		{-2, 3, -1},
		{49, 100, 0},
		{50, 100, 1},
		{math.MaxInt64, 1, math.MaxInt64},
		{math.MinInt64, 1, math.MinInt64},
		{math.MaxInt64, 2, 1 << 62},
		{math.MinInt64, math.MaxInt64, -1},
		{math.MaxInt64 / 2, math.MaxInt64, 0},
		{math.MaxInt64/2 + 1, math.MaxInt64, 1},
	} {
		if got := money.HalfUp(v.n, v.d); got != v.want {
			t.Errorf("HalfUp(%d, %d) = %d, want %d", v.n, v.d, got, v.want)
		}
	}
}

// exact is a*b/d by arbitrary precision, a half away from zero.
func exact(a, b, d int64) *big.Int {
	n := new(big.Int).Mul(big.NewInt(a), big.NewInt(b))
	sign := int64(n.Sign())
	n.Abs(n).Lsh(n, 1).Add(n, big.NewInt(d))
	n.Quo(n, new(big.Int).Lsh(big.NewInt(d), 1))
	return n.Mul(n, big.NewInt(sign))
}

func TestRoundingAgreesWithArbitraryPrecision(t *testing.T) {
	// A small divisor and a small factor, so that halves and fits do occur.
	factor := rapid.OneOf(rapid.Int64(), rapid.Int64Range(-20_000, 20_000))
	divisor := rapid.OneOf(rapid.Int64Range(1, math.MaxInt64), rapid.Int64Range(1, 10_000))
	rapid.Check(t, func(t *rapid.T) {
		a, b, d := factor.Draw(t, "a"), factor.Draw(t, "b"), divisor.Draw(t, "d")
		if got, want := money.HalfUp(a, d), exact(a, 1, d); want.Cmp(big.NewInt(got)) != 0 {
			t.Fatalf("HalfUp(%d, %d) = %d, want %s", a, d, got, want)
		}
		want := exact(a, b, d)
		got, err := money.MulDiv(a, b, d)
		switch {
		case !want.IsInt64():
			if !errors.Is(err, money.ErrOverflow) {
				t.Fatalf("MulDiv(%d, %d, %d) = %d, %v; %s does not fit", a, b, d, got, err, want)
			}
		case err != nil || got != want.Int64():
			t.Fatalf("MulDiv(%d, %d, %d) = %d, %v; want %s", a, b, d, got, err, want)
		}
	})
}

func TestMulDivAtTheEdgesOf64Bits(t *testing.T) {
	for _, v := range []struct {
		a, b, d, want int64
		err           error
	}{
		{math.MaxInt64, 1, 1, math.MaxInt64, nil},
		{math.MinInt64, 1, 1, math.MinInt64, nil},
		{math.MinInt64, -1, 1, 0, money.ErrOverflow},
		{math.MaxInt64, math.MaxInt64, math.MaxInt64, math.MaxInt64, nil},
		{math.MinInt64, math.MinInt64, math.MaxInt64, 0, money.ErrOverflow},
		{math.MaxInt64, math.MaxInt64, 1, 0, money.ErrOverflow},
		{math.MaxInt64, 2, 1, 0, money.ErrOverflow},
		{math.MaxInt64, 3, 2, 0, money.ErrOverflow},
		{-math.MaxInt64, 3, 3, -math.MaxInt64, nil},
		{0, math.MinInt64, 1, 0, nil},
	} {
		got, err := money.MulDiv(v.a, v.b, v.d)
		if got != v.want || !errors.Is(err, v.err) {
			t.Errorf("MulDiv(%d, %d, %d) = %d, %v; want %d, %v", v.a, v.b, v.d, got, err, v.want, v.err)
		}
	}
}

func TestADivisorBelowOneIsAProgrammingError(t *testing.T) {
	for name, call := range map[string]func(){
		"HalfUp":  func() { money.HalfUp(1, 0) },
		"MulDiv":  func() { _, _ = money.MulDiv(1, 1, -1) },
		"Percent": func() { money.Percent(math.MaxInt64, 10_001) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s did not panic", name)
				}
			}()
			call()
		}()
	}
}

func TestACreditNetsToExactlyNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base := money.Cents(rapid.Int64Range(0, math.MaxInt64).Draw(t, "base"))
		rate := rapid.Int64Range(0, 10_000).Draw(t, "rate")
		if net := money.Percent(base, rate) + money.Percent(-base, rate); net != 0 {
			t.Fatalf("%d at %d leaves %d", base, rate, net)
		}
	})
}

func TestAmountIsMonotoneInMinutes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.Int64Range(0, 1e6).Draw(t, "a")
		b := rapid.Int64Range(a, 1e6).Draw(t, "b")
		if money.HalfUp(a*hourly, 60) > money.HalfUp(b*hourly, 60) {
			t.Fatalf("%d min costs more than %d min", a, b)
		}
	})
}

func TestP03_CentsAreAnIntegerInJSON(t *testing.T) {
	out, err := json.Marshal(struct {
		TotalCents money.Cents `json:"totalCents"`
	}{3000})
	if err != nil || string(out) != `{"totalCents":3000}` {
		t.Errorf("got %s, %v", out, err)
	}
	var c money.Cents
	if err := json.Unmarshal([]byte("30.5"), &c); err == nil {
		t.Error("a fraction of a cent was read")
	}
}
