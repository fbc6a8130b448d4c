# Opening hours change by another version of the calendar, from now on or later, never
# before now nor before the version it follows. One that would never open is refused (G-10, P2).
> publish {"effectiveFrom":"2026-11-23T08:00:00Z"}
0 policy.published.v1 {"ref":{"kind":"calendar","version":1,"sha256":"26ed99c920851a5ad3fbaff1d5b1bbc0d6171a68f7357e5758eff22ce130cade"},"effectiveFrom":"2026-11-23T08:00:00Z","content":{"zone":"Europe/Amsterdam","weekly":[{"days":[1,2,3,4,5],"from":"07:30","to":"17:00"}],"holidays":[{"name":"new-year","closed":true},{"name":"good-friday","closed":false},{"name":"easter-monday","closed":true},{"name":"kings-day","closed":true},{"name":"liberation-day","closed":false},{"name":"ascension-day","closed":true},{"name":"whit-monday","closed":true},{"name":"christmas-day","closed":true},{"name":"second-christmas-day","closed":true}],"closings":[]}}
> publish-saturdays {"effectiveFrom":"2026-12-04T23:00:00Z"}
1 policy.published.v1 {"ref":{"kind":"calendar","version":2,"sha256":"28219efd72b7a68882c8e20752f6a5c4c0d5d61c19ad3e69fad7798f48c97ae0"},"effectiveFrom":"2026-12-04T23:00:00Z","content":{"zone":"Europe/Amsterdam","weekly":[{"days":[1,2,3,4,5],"from":"07:30","to":"17:00"},{"days":[6],"from":"09:00","to":"13:00"}],"holidays":[{"name":"new-year","closed":true},{"name":"good-friday","closed":false},{"name":"easter-monday","closed":true},{"name":"kings-day","closed":true},{"name":"liberation-day","closed":false},{"name":"ascension-day","closed":true},{"name":"whit-monday","closed":true},{"name":"christmas-day","closed":true},{"name":"second-christmas-day","closed":true}],"closings":[]}}
> publish {"effectiveFrom":"2026-12-01T00:00:00Z"}
! EFFECTIVE_IN_PAST (P2): a new version cannot be in force before now, nor before the version it follows
> publish {"effectiveFrom":"2026-11-23T07:59:59Z"}
! EFFECTIVE_IN_PAST (P2): a new version cannot be in force before now, nor before the version it follows
> publish-nothing {"effectiveFrom":"2026-12-06T00:00:00Z"}
! CALENDAR_INVALID (G-10): calendar: no weekly window: it would never open
