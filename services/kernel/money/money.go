// Package money is amounts as integer cents and the one way to round them: half
// up, by integer arithmetic, never through a float (T-03, T-09). It is pure.
package money

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
)

// Cents is an amount in euro cents; 10385 is € 103.85. A credit is negative. It
// is a number in JSON.
type Cents int64

// ErrOverflow answers a product that does not fit in 64 bits after division.
var ErrOverflow = errors.New("amount does not fit in 64 bits")

// HalfUp is n/d rounded to the nearest integer, a half away from zero:
// 5/2 is 3 and -5/2 is -3. Because HalfUp(-n, d) is -HalfUp(n, d), a credit
// of an amount nets to exactly 0 against it. The divisor must be at least 1;
// another is a programming error and panics.
func HalfUp(n, d int64) int64 {
	if d < 1 {
		panic(fmt.Sprintf("money: divisor %d", d))
	}
	q, r := n/d, n%d
	switch {
	// r >= d-r says 2r >= d without the product that could overflow.
	case r > 0 && r >= d-r:
		return q + 1
	case r < 0 && -r >= d+r:
		return q - 1
	}
	return q
}

// MulDiv is a*b/d rounded as [HalfUp] does, once, with a product of 128 bits in
// between: minutes times the hourly rate over 60 (T-03). It answers
// [ErrOverflow] when the result itself does not fit. The divisor must be at
// least 1; another panics.
func MulDiv(a, b, d int64) (int64, error) {
	if d < 1 {
		panic(fmt.Sprintf("money: divisor %d", d))
	}
	div := uint64(d)
	hi, lo := bits.Mul64(magnitude(a), magnitude(b))
	if hi >= div {
		return 0, ErrOverflow
	}
	q, r := bits.Div64(hi, lo, div)
	if q > 1<<63 {
		return 0, ErrOverflow
	}
	if r >= div-r {
		q++
	}
	if (a < 0) != (b < 0) {
		if q > 1<<63 {
			return 0, ErrOverflow
		}
		return int64(-q), nil
	}
	if q > math.MaxInt64 {
		return 0, ErrOverflow
	}
	return int64(q), nil
}

// Percent is a share of base in basis points, 2100 being 21 % (T-09), rounded
// once to the cent as [HalfUp] does. Up to 10000 basis points it cannot
// overflow; beyond, a result outside 64 bits is a programming error and panics.
func Percent(base Cents, basisPoints int64) Cents {
	share, err := MulDiv(int64(base), basisPoints, 10_000)
	if err != nil {
		panic(fmt.Sprintf("money: %d basis points of %d: %v", basisPoints, base, err))
	}
	return Cents(share)
}

// magnitude is |n|, also of the smallest integer, which has no positive twin.
func magnitude(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}
