# A seed is published once. A new version comes into force now or later, never before the
# one it follows: the past is not rewritten (P2).
> publish {"content":{"days":14},"effectiveFrom":"2000-01-01T00:00:00Z","at":"2026-11-23T08:00:00Z","seed":true}
0 policy.published.v1 {"ref":{"kind":"tariff","version":1,"sha256":"d1fb7b47b6444a7237089940bf17079fd1e32a7d894d20d38e254b3ff7f89c6e"},"effectiveFrom":"2000-01-01T00:00:00Z","content":{"days":14}}
> publish {"content":{"days":15},"effectiveFrom":"2000-01-01T00:00:00Z","at":"2026-11-23T08:00:00Z","seed":true}
= nothing happens
> publish {"content":{"days":21},"effectiveFrom":"2026-11-23T07:00:00Z","at":"2026-11-23T08:00:00Z"}
! EFFECTIVE_IN_PAST (P2): a new version cannot be in force before now, nor before the version it follows
> publish {"content":{"days":21},"effectiveFrom":"2026-12-01T00:00:00Z","at":"2026-11-23T08:00:00Z"}
1 policy.published.v1 {"ref":{"kind":"tariff","version":2,"sha256":"f55f907548c1a2f855751a850d47bb3122b0289616e2b3912d539ca73a55234b"},"effectiveFrom":"2026-12-01T00:00:00Z","content":{"days":21}}
> publish {"content":{"days":30},"effectiveFrom":"2026-11-30T00:00:00Z","at":"2026-11-23T08:00:00Z"}
! EFFECTIVE_IN_PAST (P2): a new version cannot be in force before now, nor before the version it follows
> publish {"content":{"days":30},"at":"2026-12-02T08:00:00Z"}
2 policy.published.v1 {"ref":{"kind":"tariff","version":3,"sha256":"d13e5e9586bf6af38972308c0b062a8c644b1cba9c15d87e62d930a4dddf3c79"},"effectiveFrom":"2026-12-02T08:00:00Z","content":{"days":30}}
