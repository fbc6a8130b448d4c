# Article 7: a request that is refused after it was scheduled loses its
# appointment, at no cost.
> consent {"supportRequestId":"r1","backup":"made","recordingNoticeSeen":true,"at":"2026-11-23T07:59:00Z"}
0 assignment.consent_recorded.v1 {"supportRequestId":"r1","backup":"made","recordingNoticeSeen":true}
> open {"supportRequestId":"r1","at":"2026-11-23T08:00:00Z"}
1 assignment.opened.v1 {"supportRequestId":"r1"}
> plan {"supportRequestId":"r1","appointmentId":"a1","at":"2026-11-23T08:05:00Z"}
2 assignment.appointment_planned.v1 {"supportRequestId":"r1","appointmentId":"a1"}
> release {"supportRequestId":"r1","at":"2026-11-23T08:10:00Z"}
3 assignment.released.v1 {"supportRequestId":"r1","appointmentIds":["a1"]}
> release {"supportRequestId":"r1","at":"2026-11-23T08:11:00Z"}
= nothing happens
