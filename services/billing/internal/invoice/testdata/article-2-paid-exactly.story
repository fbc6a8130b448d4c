# Due fourteen days after the invoice date, across the turn of the year and without a shift
# for the holiday (B-01). The exact amount settles it, once (B-05); the content is fixed (B-08).
> bill {"work":[{"reference":"A-7F3K-29QD","seconds":60}],"invoiceDate":"2026-12-18"}
0 invoice.issued.v1 {"supportRequestId":"r1","number":"2026-000001","invoiceDate":"2026-12-18","dueDate":"2027-01-01","paymentReference":"RF422026000001","serviceDate":"2026-11-23","language":"en","partyKind":"business","lines":[{"kind":"time","description":"Remote support A-7F3K-29QD: 1 minute","amountCents":173,"workedSeconds":60,"billedSeconds":60,"hourlyRateCents":10385},{"kind":"minimumSupport","description":"Supplement up to the minimum for remote support","amountCents":1827},{"kind":"minimumInvoice","description":"Supplement up to the minimum invoice amount","amountCents":1000}],"totalExcludingVatCents":3000,"vatBasisPoints":2100,"vatCents":630,"totalIncludingVatCents":3630}
> pay {"paymentId":"p1","amountCents":3630}
1 invoice.payment_allocated.v1 {"paymentId":"p1","amountCents":3630,"openCents":0}
2 invoice.settled.v1 {"supportRequestId":"r1","number":"2026-000001","at":"2026-11-23T12:00:00Z"}
> pay {"paymentId":"p1","amountCents":3630}
= nothing happens
> bill {"work":[{"reference":"A-7F3K-29QD","seconds":120}],"number":"2026-000002"}
! ILLEGAL_STATE (B-08): it was decided before, and what was issued never changes
