# Four minutes were worked, then force majeure, and it was agreed to end the work there. Article 9: the
# exact seconds cost 6.92 without minimums (F-04). That is below the minimum invoice, so nothing is asked;
# what was waived, and by which policies, is on record.
> bill {"work":[{"reference":"A-7F3K-29QD","seconds":240}],"relief":{"incrementSeconds":1,"minimums":false,"waiveBelowMinimumInvoice":true},"language":"nl"}
0 invoice.not_billable.v1 {"supportRequestId":"r1","reason":"force_majeure","waivedCents":692,"workedSeconds":240}
