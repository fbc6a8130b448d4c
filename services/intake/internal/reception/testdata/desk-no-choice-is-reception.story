# Who presses nothing, or a key that the menu does not have, is led to reception (G-14).
> receive {"menuChoice":9}
0 contact.received.v1 {"channel":"phone","menuChoice":9,"receivedAt":"2026-11-23T08:00:00Z"}
1 contact.routed.v1 {"to":"reception","routedAt":"2026-11-23T08:00:00Z"}
