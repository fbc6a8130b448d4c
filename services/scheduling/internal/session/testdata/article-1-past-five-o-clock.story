# Article 1: the tariff is for regular hours. Work from 16:50 to 17:20 has 600
# seconds inside them and 1 200 outside.
> start {"sessionId":"s1","appointmentId":"a1","supportRequestId":"r1","technicianId":"tess","recorded":false,"at":"2026-11-23T15:50:00Z"}
0 session.started.v1 {"sessionId":"s1","appointmentId":"a1","supportRequestId":"r1","technicianId":"tess","recorded":false,"startedAt":"2026-11-23T15:50:00Z"}
> end {"calendar":{"zone":"Europe/Amsterdam","weekly":[{"days":[1,2,3,4,5],"from":"07:30","to":"17:00"}],"holidays":[],"closings":[]},"ref":{"kind":"calendar","version":1,"sha256":"c0ffee"},"at":"2026-11-23T16:20:00Z"}
1 session.ended.v1 {"sessionId":"s1","appointmentId":"a1","supportRequestId":"r1","recorded":false,"startedAt":"2026-11-23T15:50:00Z","endedAt":"2026-11-23T16:20:00Z","intervals":[{"from":"2026-11-23T15:50:00Z","to":"2026-11-23T16:20:00Z"}],"workedSeconds":1800,"regularSeconds":600,"outsideSeconds":1200,"calendar":{"kind":"calendar","version":1,"sha256":"c0ffee"},"notes":0,"unnoted":1}
