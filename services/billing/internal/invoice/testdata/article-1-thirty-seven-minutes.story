# 37 minutes pass both minimums: 64.04 and 13.45 VAT. The calculation is in whole cents,
# half a cent up, once per line and once for VAT (T-03, T-09).
> bill {"work":[{"reference":"A-7F3K-29QD","seconds":2220}]}
0 invoice.issued.v1 {"supportRequestId":"r1","number":"2026-000001","invoiceDate":"2026-11-23","dueDate":"2026-12-07","paymentReference":"RF422026000001","serviceDate":"2026-11-23","language":"en","partyKind":"business","lines":[{"kind":"time","description":"Remote support A-7F3K-29QD: 37 minutes","amountCents":6404,"workedSeconds":2220,"billedSeconds":2220,"hourlyRateCents":10385}],"totalExcludingVatCents":6404,"vatBasisPoints":2100,"vatCents":1345,"totalIncludingVatCents":7749}
