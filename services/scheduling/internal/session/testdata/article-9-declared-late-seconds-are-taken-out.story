# Article 9: the network of the provider fails at 09:04. The technician notices, and declares it at 09:09: the
# five minutes in between were measured already. They are taken out by an event of its own, which shows what was
# measured and what counts (F-01). Resuming and ending are refused until something was agreed with the customer
# (F-03). It is agreed to go on another day, so the session ends, with four minutes.
> start {"sessionId":"s1","appointmentId":"a1","supportRequestId":"r1","technicianId":"tess","recorded":false,"at":"2026-11-23T09:00:00Z"}
0 session.started.v1 {"sessionId":"s1","appointmentId":"a1","supportRequestId":"r1","technicianId":"tess","recorded":false,"startedAt":"2026-11-23T09:00:00Z"}
> suspend {"number":1,"from":"2026-11-23T09:04:00Z","calendar":{"zone":"Europe/Amsterdam","weekly":[{"days":[1,2,3,4,5],"from":"07:30","to":"17:00"}],"holidays":[],"closings":[]},"ref":{"kind":"calendar","version":1,"sha256":"c0ffee"},"at":"2026-11-23T09:09:00Z"}
1 session.suspended.v1 {"sessionId":"s1","supportRequestId":"r1","number":1,"from":"2026-11-23T09:04:00Z","suspendedAt":"2026-11-23T09:09:00Z","ran":true}
2 session.work_corrected.v1 {"sessionId":"s1","supportRequestId":"r1","number":1,"cause":"force_majeure","old":[{"from":"2026-11-23T09:00:00Z","to":"2026-11-23T09:09:00Z"}],"new":[{"from":"2026-11-23T09:00:00Z","to":"2026-11-23T09:04:00Z"}],"oldSeconds":540,"newSeconds":240,"ended":false,"workedSeconds":0,"regularSeconds":0,"outsideSeconds":0,"correctedAt":"2026-11-23T09:09:00Z"}
> resume {"at":"2026-11-23T09:10:00Z"}
! CONSULT_FIRST (F-03): force majeure was declared; the work goes on only as agreed with the customer
> end {"calendar":{"zone":"Europe/Amsterdam","weekly":[{"days":[1,2,3,4,5],"from":"07:30","to":"17:00"}],"holidays":[],"closings":[]},"ref":{"kind":"calendar","version":1,"sha256":"c0ffee"},"at":"2026-11-23T09:10:00Z"}
! CONSULT_FIRST (F-03): force majeure was declared; the work goes on only as agreed with the customer
> end {"calendar":{"zone":"Europe/Amsterdam","weekly":[{"days":[1,2,3,4,5],"from":"07:30","to":"17:00"}],"holidays":[],"closings":[]},"ref":{"kind":"calendar","version":1,"sha256":"c0ffee"},"agreed":1,"at":"2026-11-23T09:15:00Z"}
3 session.ended.v1 {"sessionId":"s1","appointmentId":"a1","supportRequestId":"r1","recorded":false,"startedAt":"2026-11-23T09:00:00Z","endedAt":"2026-11-23T09:15:00Z","intervals":[{"from":"2026-11-23T09:00:00Z","to":"2026-11-23T09:04:00Z"}],"workedSeconds":240,"regularSeconds":240,"outsideSeconds":0,"calendar":{"kind":"calendar","version":1,"sha256":"c0ffee"},"notes":0,"corrections":1}
