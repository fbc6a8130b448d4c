# Numbers and menu are data: another directory comes into force when it says, never before
# now. One that would mislead callers is refused (G-13, P2).
> publish {"effectiveFrom":"2026-12-01T00:00:00Z"}
0 policy.published.v1 {"ref":{"kind":"contact","version":1,"sha256":"5d0c4fa075e52300c982af69b8e25ed8f7f36858e1c14ac3cce3dc8c4ca2f6d7"},"effectiveFrom":"2026-12-01T00:00:00Z","content":{"businessSupportPhone":"+31497782782","mainPhone":"+31497360036","mainMenu":[{"key":1,"purpose":"reception"},{"key":2,"purpose":"support"},{"key":3,"purpose":"sales"},{"key":4,"purpose":"repair-information"}],"directDial":true,"email":"support@libra.nl"}}
> publish-misleading {"effectiveFrom":"2026-12-02T00:00:00Z"}
! DIRECTORY_INVALID (G-13): contact directory: menu key 3 stands at place 2
> publish {"effectiveFrom":"2026-11-23T08:59:59Z"}
! EFFECTIVE_IN_PAST (P2): a new version cannot be in force before now, nor before the version it follows
