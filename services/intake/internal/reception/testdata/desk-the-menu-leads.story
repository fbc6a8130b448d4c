# A caller presses 2 and gets a draft (G-14). The same contact is recorded once.
> receive {}
0 contact.received.v1 {"channel":"phone","menuChoice":2,"receivedAt":"2026-11-23T08:00:00Z"}
1 contact.routed.v1 {"to":"support","supportRequestId":"r","routedAt":"2026-11-23T08:00:00Z"}
> receive {"menuChoice":1,"at":"2026-11-23T08:01:00Z"}
! CONTACT_RECORDED (P5): this contact id is taken; another contact needs an id of its own
