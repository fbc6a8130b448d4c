# No measured time: no minimum, no invoice, no number (T-04).
> bill {"work":[{"reference":"A-7F3K-29QD","seconds":0}]}
0 invoice.not_billable.v1 {"supportRequestId":"r1"}
