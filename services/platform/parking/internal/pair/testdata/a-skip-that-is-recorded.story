# R5: the retry fails again, further on. The operator names the revision that he has
# looked at, and says why; it is left out for ever, and only it.
> park {"eventId":"e1","eventType":"aanvraag.billing.v1.InvoiceIssued","revision":3,"previous":1,"tries":10,"reason":"CONSENT_MISSING (O-07)","at":"2026-11-23T09:00:00Z"}
0 parking.parked.v1 {"eventId":"e1","eventType":"aanvraag.billing.v1.InvoiceIssued","revision":3,"previous":1,"tries":10,"reason":"CONSENT_MISSING (O-07)","parkedAt":"2026-11-23T09:00:00Z"}
> retry {"at":"2026-11-23T10:00:00Z"}
1 parking.retried.v1 {"attempt":1,"retriedAt":"2026-11-23T10:00:00Z"}
> skip {"revision":3,"reason":"a request of the acceptance test","at":"2026-11-23T10:00:01Z"}
! ILLEGAL_STATE (R5): only an event that is parked can be skipped
> fail {"eventId":"e2","eventType":"aanvraag.billing.v1.InvoiceSettled","revision":4,"previous":3,"tries":1,"reason":"ILLEGAL_STATE (E-01)","attempt":1,"at":"2026-11-23T10:00:02Z"}
2 parking.failed.v1 {"eventId":"e2","eventType":"aanvraag.billing.v1.InvoiceSettled","revision":4,"previous":3,"tries":1,"reason":"ILLEGAL_STATE (E-01)","attempt":1,"failedAt":"2026-11-23T10:00:02Z"}
> skip {"revision":3,"reason":"a request of the acceptance test","at":"2026-11-23T10:30:00Z"}
! PARKED_ELSEWHERE (R5): it is not parked at the revision that you named
> skip {"revision":4,"reason":"a request of the acceptance test","at":"2026-11-23T10:31:00Z"}
3 parking.skipped.v1 {"attempt":2,"eventId":"e2","revision":4,"reason":"a request of the acceptance test","skippedAt":"2026-11-23T10:31:00Z"}
> release {"attempt":2,"through":4,"at":"2026-11-23T10:31:01Z"}
4 parking.released.v1 {"attempt":2,"through":4,"releasedAt":"2026-11-23T10:31:01Z"}
> park {"eventId":"e2","eventType":"aanvraag.billing.v1.InvoiceSettled","revision":4,"previous":3,"tries":10,"reason":"ILLEGAL_STATE (E-01)","at":"2026-11-23T10:31:02Z"}
= nothing happens
