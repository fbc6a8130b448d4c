# One cent short is not paid (B-05). The next payment settles the invoice and what is too
# much stays the customer's credit.
> bill {"work":[{"reference":"A-7F3K-29QD","seconds":60}]}
0 invoice.issued.v1 {"supportRequestId":"r1","number":"2026-000001","invoiceDate":"2026-11-23","dueDate":"2026-12-07","paymentReference":"RF422026000001","serviceDate":"2026-11-23","language":"en","partyKind":"business","lines":[{"kind":"time","description":"Remote support A-7F3K-29QD: 1 minute","amountCents":173,"workedSeconds":60,"billedSeconds":60,"hourlyRateCents":10385},{"kind":"minimumSupport","description":"Supplement up to the minimum for remote support","amountCents":1827},{"kind":"minimumInvoice","description":"Supplement up to the minimum invoice amount","amountCents":1000}],"totalExcludingVatCents":3000,"vatBasisPoints":2100,"vatCents":630,"totalIncludingVatCents":3630}
> pay {"paymentId":"p1","amountCents":3629}
1 invoice.payment_allocated.v1 {"paymentId":"p1","amountCents":3629,"openCents":1}
> pay {"paymentId":"p2","amountCents":6371}
2 invoice.payment_allocated.v1 {"paymentId":"p2","amountCents":6371,"openCents":0,"creditCents":6370}
3 invoice.settled.v1 {"supportRequestId":"r1","number":"2026-000001","at":"2026-11-23T12:00:00Z","creditCents":6370}
