# Four minutes were worked, then force majeure; it was agreed to go on the next day, and ten more minutes were
# worked. That is fourteen minutes: 24.23, and 30.00 on the invoice. The minimums apply once over the whole
# request, like to any other (F-04, T-04, T-05).
> bill {"work":[{"reference":"A-7F3K-29QD","seconds":840}],"language":"nl"}
0 invoice.issued.v1 {"supportRequestId":"r1","number":"2026-000001","invoiceDate":"2026-11-23","dueDate":"2026-12-07","paymentReference":"RF422026000001","serviceDate":"2026-11-23","language":"nl","partyKind":"business","lines":[{"kind":"time","description":"Hulp op afstand A-7F3K-29QD: 14 minuten","amountCents":2423,"workedSeconds":840,"billedSeconds":840,"hourlyRateCents":10385},{"kind":"minimumInvoice","description":"Aanvulling tot minimumfactuurbedrag","amountCents":577}],"totalExcludingVatCents":3000,"vatBasisPoints":2100,"vatCents":630,"totalIncludingVatCents":3630}
