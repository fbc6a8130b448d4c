# Money cannot be counted for an invoice that was not issued.
> pay {"paymentId":"p1","amountCents":3630,"at":"2026-11-24T10:00:00Z"}
! ILLEGAL_STATE (B-05): only an issued invoice can be paid
