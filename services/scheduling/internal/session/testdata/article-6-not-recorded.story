# Article 6: sessions are recorded sometimes. This one was not, and says so at its
# start and at its end; so there is no recording, nothing to keep and nothing to
# destroy, and no stream of one.
> start {"sessionId":"s1","appointmentId":"a1","supportRequestId":"r1","technicianId":"tess","recorded":false,"at":"2026-11-23T09:00:00Z"}
0 session.started.v1 {"sessionId":"s1","appointmentId":"a1","supportRequestId":"r1","technicianId":"tess","recorded":false,"startedAt":"2026-11-23T09:00:00Z"}
> end {"calendar":{"zone":"Europe/Amsterdam","weekly":[{"days":[1,2,3,4,5],"from":"07:30","to":"17:00"}],"holidays":[],"closings":[]},"ref":{"kind":"calendar","version":1,"sha256":"c0ffee"},"at":"2026-11-23T09:30:00Z"}
1 session.ended.v1 {"sessionId":"s1","appointmentId":"a1","supportRequestId":"r1","recorded":false,"startedAt":"2026-11-23T09:00:00Z","endedAt":"2026-11-23T09:30:00Z","intervals":[{"from":"2026-11-23T09:00:00Z","to":"2026-11-23T09:30:00Z"}],"workedSeconds":1800,"regularSeconds":1800,"outsideSeconds":0,"calendar":{"kind":"calendar","version":1,"sha256":"c0ffee"},"notes":0,"unnoted":1}
