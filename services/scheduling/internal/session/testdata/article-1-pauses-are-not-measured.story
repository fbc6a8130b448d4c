# Article 1: time is measured from start to end, without the pauses: ten minutes,
# a coffee, and twenty-seven minutes are 2 220 seconds. Rounding comes later, once.
> start {"sessionId":"s1","appointmentId":"a1","supportRequestId":"r1","technicianId":"tess","recorded":false,"at":"2026-11-23T09:00:00Z"}
0 session.started.v1 {"sessionId":"s1","appointmentId":"a1","supportRequestId":"r1","technicianId":"tess","recorded":false,"startedAt":"2026-11-23T09:00:00Z"}
> note {"note":{"subject":"p1","purpose":"operational","field":"workNote","place":"session-s1/c1","cipher":"AQ=="},"at":"2026-11-23T09:05:00Z"}
1 session.noted.v1 {"sessionId":"s1","supportRequestId":"r1","notedAt":"2026-11-23T09:05:00Z","note":{"subject":"p1","purpose":"operational","field":"workNote","place":"session-s1/c1","cipher":"AQ=="},"number":1}
> pause {"at":"2026-11-23T09:10:00Z"}
2 session.paused.v1 {"sessionId":"s1","supportRequestId":"r1","pausedAt":"2026-11-23T09:10:00Z"}
> resume {"at":"2026-11-23T09:30:00Z"}
3 session.resumed.v1 {"sessionId":"s1","supportRequestId":"r1","resumedAt":"2026-11-23T09:30:00Z"}
> end {"calendar":{"zone":"Europe/Amsterdam","weekly":[{"days":[1,2,3,4,5],"from":"07:30","to":"17:00"}],"holidays":[],"closings":[]},"ref":{"kind":"calendar","version":1,"sha256":"c0ffee"},"at":"2026-11-23T09:57:00Z"}
4 session.ended.v1 {"sessionId":"s1","appointmentId":"a1","supportRequestId":"r1","recorded":false,"startedAt":"2026-11-23T09:00:00Z","endedAt":"2026-11-23T09:57:00Z","intervals":[{"from":"2026-11-23T09:00:00Z","to":"2026-11-23T09:10:00Z"},{"from":"2026-11-23T09:30:00Z","to":"2026-11-23T09:57:00Z"}],"workedSeconds":2220,"regularSeconds":2220,"outsideSeconds":0,"calendar":{"kind":"calendar","version":1,"sha256":"c0ffee"},"notes":1,"unnoted":1}
