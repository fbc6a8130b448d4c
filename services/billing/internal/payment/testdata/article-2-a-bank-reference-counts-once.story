# The bank may report a payment twice; it counts once. The same reference with another
# amount is an error somewhere, and is refused (B-05).
> receive {"bankReference":"B1","paymentReference":"RF18539007547034","amountCents":3630,"receivedOn":"2026-11-24","invoiceId":"i1"}
0 payment.received.v1 {"bankReference":"B1","paymentReference":"RF18539007547034","amountCents":3630,"receivedOn":"2026-11-24","invoiceId":"i1"}
> receive {"bankReference":"B1","paymentReference":"RF18539007547034","amountCents":3630,"receivedOn":"2026-11-24","invoiceId":"i1"}
= nothing happens
> receive {"bankReference":"B1","paymentReference":"RF18539007547034","amountCents":3631,"receivedOn":"2026-11-24","invoiceId":"i1"}
! BANK_REFERENCE_USED (B-05): a payment with this bank reference but another amount, date or reference was recorded before
