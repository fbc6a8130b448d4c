# Whoever wrote or called has not agreed yet: no session starts before he has (G-15).
> book {"appointmentId":"a1","supportRequestId":"r1","technicianId":"tess","start":"2026-11-23T09:00:00Z","seconds":3600,"at":"2026-11-23T08:00:00Z"}
0 appointment.booked.v1 {"appointmentId":"a1","supportRequestId":"r1","technicianId":"tess","start":"2026-11-23T09:00:00Z","seconds":3600}
> start {"sessionId":"s1","location":"provider","consentMissing":true,"at":"2026-11-23T09:00:00Z"}
! CONSENT_MISSING (G-15): the customer has not agreed; that he called or wrote is no consent
> start {"sessionId":"s1","location":"provider","backup":"made","at":"2026-11-23T09:05:00Z"}
1 appointment.started.v1 {"appointmentId":"a1","supportRequestId":"r1","technicianId":"tess","sessionId":"s1","recorded":false,"location":"provider","startedAt":"2026-11-23T09:05:00Z"}
