# The product's own texts are in force from before the first start. A new version comes into
# force at an instant, in every language at once; the earlier one stays in the log (O-01, O-02).
> seed
0 policy.published.v1 {"ref":{"kind":"terms.general","version":1,"sha256":"185a3a45dd1f6c3df1da70950653ed43af74102c6f3b2b3a6e123258e8498a71"},"effectiveFrom":"2006-11-23T12:00:00Z","content":{"texts":{"en":{"sha256":"51d2361f4faea3bc8f9facdbc7d99abb555596a2e51f7b25fd3b41c93587e616","text":"terms"},"nl":{"sha256":"a88f54e2e97e34f6641ee15af746c7d8cbe75c3c8137e5610692d008d6e95563","text":"voorwaarden"}}}}
> seed
= nothing happens
> publish {"effectiveFrom":"2026-11-23T16:00:00Z","at":"2026-11-20T09:00:00Z"}
1 policy.published.v1 {"ref":{"kind":"terms.general","version":2,"sha256":"b26bcedfd271ed266b6dbe1a63f045704ebeee23d474c983a26e5c0491edf272"},"effectiveFrom":"2026-11-23T16:00:00Z","content":{"texts":{"en":{"sha256":"51d2361f4faea3bc8f9facdbc7d99abb555596a2e51f7b25fd3b41c93587e616","text":"terms"},"nl":{"sha256":"d9f77d301d7108d78acb3a824f4bcb1f5c30b3c5de7c33841b3f1c9f12a4d007","text":"nieuwe voorwaarden"}}}}
