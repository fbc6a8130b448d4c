# R5: after ten tries the stream of one invoice is parked for one listener. The fault
# is mended, an operator retries, and what had queued is handled in order.
> park {"eventId":"e1","eventType":"aanvraag.billing.v1.InvoiceIssued","revision":3,"previous":1,"tries":10,"reason":"CONSENT_MISSING (O-07)","at":"2026-11-23T09:00:00Z"}
0 parking.parked.v1 {"eventId":"e1","eventType":"aanvraag.billing.v1.InvoiceIssued","revision":3,"previous":1,"tries":10,"reason":"CONSENT_MISSING (O-07)","parkedAt":"2026-11-23T09:00:00Z"}
> park {"eventId":"e1","eventType":"aanvraag.billing.v1.InvoiceIssued","revision":3,"previous":1,"tries":10,"reason":"CONSENT_MISSING (O-07)","at":"2026-11-23T09:00:01Z"}
= nothing happens
> retry {"at":"2026-11-23T10:00:00Z"}
1 parking.retried.v1 {"attempt":1,"retriedAt":"2026-11-23T10:00:00Z"}
> retry {"at":"2026-11-23T10:00:01Z"}
= nothing happens
> release {"attempt":1,"through":7,"at":"2026-11-23T10:00:02Z"}
2 parking.released.v1 {"attempt":1,"through":7,"releasedAt":"2026-11-23T10:00:02Z"}
> retry {"at":"2026-11-23T11:00:00Z"}
= nothing happens
