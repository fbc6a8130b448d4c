# Article 9: force majeure stops the measured time at 09:04. It was agreed with the customer to go on, and only
# then can the session be resumed (F-03). The time before and the time after count: four minutes and ten.
> start {"sessionId":"s1","appointmentId":"a1","supportRequestId":"r1","technicianId":"tess","recorded":false,"at":"2026-11-23T09:00:00Z"}
0 session.started.v1 {"sessionId":"s1","appointmentId":"a1","supportRequestId":"r1","technicianId":"tess","recorded":false,"startedAt":"2026-11-23T09:00:00Z"}
> suspend {"number":1,"from":"2026-11-23T09:04:00Z","calendar":{"zone":"Europe/Amsterdam","weekly":[{"days":[1,2,3,4,5],"from":"07:30","to":"17:00"}],"holidays":[],"closings":[]},"ref":{"kind":"calendar","version":1,"sha256":"c0ffee"},"at":"2026-11-23T09:04:00Z"}
1 session.suspended.v1 {"sessionId":"s1","supportRequestId":"r1","number":1,"from":"2026-11-23T09:04:00Z","suspendedAt":"2026-11-23T09:04:00Z","ran":true}
> resume {"at":"2026-11-23T10:00:00Z"}
! CONSULT_FIRST (F-03): force majeure was declared; the work goes on only as agreed with the customer
> release {"number":1,"at":"2026-11-23T10:01:00Z"}
2 session.released.v1 {"sessionId":"s1","supportRequestId":"r1","number":1,"releasedAt":"2026-11-23T10:01:00Z"}
> resume {"at":"2026-11-23T10:02:00Z"}
3 session.resumed.v1 {"sessionId":"s1","supportRequestId":"r1","resumedAt":"2026-11-23T10:02:00Z"}
> end {"calendar":{"zone":"Europe/Amsterdam","weekly":[{"days":[1,2,3,4,5],"from":"07:30","to":"17:00"}],"holidays":[],"closings":[]},"ref":{"kind":"calendar","version":1,"sha256":"c0ffee"},"at":"2026-11-23T10:12:00Z"}
4 session.ended.v1 {"sessionId":"s1","appointmentId":"a1","supportRequestId":"r1","recorded":false,"startedAt":"2026-11-23T09:00:00Z","endedAt":"2026-11-23T10:12:00Z","intervals":[{"from":"2026-11-23T09:00:00Z","to":"2026-11-23T09:04:00Z"},{"from":"2026-11-23T10:02:00Z","to":"2026-11-23T10:12:00Z"}],"workedSeconds":840,"regularSeconds":840,"outsideSeconds":0,"calendar":{"kind":"calendar","version":1,"sha256":"c0ffee"},"notes":0}
