# Article 7: remote support is done from the provider's locations. A visit is
# another product, with its own agreement.
> book {"appointmentId":"a1","supportRequestId":"r1","technicianId":"tess","start":"2026-11-23T09:00:00Z","seconds":3600,"at":"2026-11-23T08:00:00Z"}
0 appointment.booked.v1 {"appointmentId":"a1","supportRequestId":"r1","technicianId":"tess","start":"2026-11-23T09:00:00Z","seconds":3600}
> start {"sessionId":"s1","recorded":false,"location":"onsite","backup":"made","at":"2026-11-23T09:00:00Z"}
! PRODUCT (R-07): remote support is done from the provider's locations; work at the customer's place is another product
> start {"sessionId":"s1","recorded":false,"location":"provider_remote","backup":"made","at":"2026-11-23T09:00:00Z"}
1 appointment.started.v1 {"appointmentId":"a1","supportRequestId":"r1","technicianId":"tess","sessionId":"s1","recorded":false,"location":"provider_remote","startedAt":"2026-11-23T09:00:00Z"}
