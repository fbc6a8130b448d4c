# A caller who wants sales is routed out, and makes no request (G-14).
> receive {"menuChoice":3}
0 contact.received.v1 {"channel":"phone","menuChoice":3,"receivedAt":"2026-11-23T08:00:00Z"}
1 contact.routed.v1 {"to":"sales","routedAt":"2026-11-23T08:00:00Z"}
