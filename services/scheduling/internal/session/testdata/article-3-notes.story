# Article 3: effort is shown by dated notes. They are taken while the session lasts, also in a
# pause; how many there were is told at its end. One that was forgotten can be made afterwards.
> start {"sessionId":"s1","appointmentId":"a1","supportRequestId":"r1","technicianId":"tess","recorded":false,"at":"2026-11-23T09:00:00Z"}
0 session.started.v1 {"sessionId":"s1","appointmentId":"a1","supportRequestId":"r1","technicianId":"tess","recorded":false,"startedAt":"2026-11-23T09:00:00Z"}
> pause {"at":"2026-11-23T09:10:00Z"}
1 session.paused.v1 {"sessionId":"s1","supportRequestId":"r1","pausedAt":"2026-11-23T09:10:00Z"}
> note {"note":{"subject":"p1","purpose":"operational","field":"workNote","place":"session-s1/c1","cipher":"AQ=="},"at":"2026-11-23T09:11:00Z"}
2 session.noted.v1 {"sessionId":"s1","supportRequestId":"r1","notedAt":"2026-11-23T09:11:00Z","note":{"subject":"p1","purpose":"operational","field":"workNote","place":"session-s1/c1","cipher":"AQ=="},"number":1}
> end {"calendar":{"zone":"Europe/Amsterdam","weekly":[{"days":[1,2,3,4,5],"from":"07:30","to":"17:00"}],"holidays":[],"closings":[]},"ref":{"kind":"calendar","version":1,"sha256":"c0ffee"},"at":"2026-11-23T09:12:00Z"}
3 session.ended.v1 {"sessionId":"s1","appointmentId":"a1","supportRequestId":"r1","recorded":false,"startedAt":"2026-11-23T09:00:00Z","endedAt":"2026-11-23T09:12:00Z","intervals":[{"from":"2026-11-23T09:00:00Z","to":"2026-11-23T09:10:00Z"}],"workedSeconds":600,"regularSeconds":600,"outsideSeconds":0,"calendar":{"kind":"calendar","version":1,"sha256":"c0ffee"},"notes":1}
> note {"note":{"subject":"p1","purpose":"operational","field":"workNote","place":"session-s1/c1","cipher":"AQ=="},"at":"2026-11-23T09:20:00Z"}
4 session.noted.v1 {"sessionId":"s1","supportRequestId":"r1","notedAt":"2026-11-23T09:20:00Z","note":{"subject":"p1","purpose":"operational","field":"workNote","place":"session-s1/c1","cipher":"AQ=="},"number":2,"afterwards":true}
