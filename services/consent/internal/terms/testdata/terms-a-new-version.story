# The product's own texts are in force from before the first start. A new version comes into
# force at an instant, in every language at once; the earlier one stays in the log (O-01, O-02).
> seed
0 terms.published.v1 {"kind":"terms.general","version":1,"effectiveFrom":"2006-11-23T12:00:00Z","texts":{"en":{"sha256":"51d2361f4faea3bc8f9facdbc7d99abb555596a2e51f7b25fd3b41c93587e616","text":"terms"},"nl":{"sha256":"a88f54e2e97e34f6641ee15af746c7d8cbe75c3c8137e5610692d008d6e95563","text":"voorwaarden"}}}
> seed
= nothing happens
> publish {"effectiveFrom":"2026-11-23T16:00:00Z","at":"2026-11-20T09:00:00Z"}
1 terms.published.v1 {"kind":"terms.general","version":2,"effectiveFrom":"2026-11-23T16:00:00Z","texts":{"en":{"sha256":"51d2361f4faea3bc8f9facdbc7d99abb555596a2e51f7b25fd3b41c93587e616","text":"terms"},"nl":{"sha256":"d9f77d301d7108d78acb3a824f4bcb1f5c30b3c5de7c33841b3f1c9f12a4d007","text":"nieuwe voorwaarden"}}}
