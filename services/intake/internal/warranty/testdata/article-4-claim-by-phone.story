# Article 4: a claim by phone is a case of its own. It is decided once, on a basis that is written down.
> register {"at":"2026-11-23T09:00:00Z"}
0 warranty.registered.v1 {"registeredAt":"2026-11-23T09:00:00Z"}
> register {"at":"2026-11-23T09:01:00Z"}
! WARRANTY_CLAIM_EXISTS (W-03): this id already stands for another claim
> grant {"at":"2026-11-23T09:10:00Z"}
! BASIS_REQUIRED (W-03): a claim of warranty is decided on a basis, which is written down
> grant {"basis":{"subject":"s","purpose":"operational","field":"basis","place":"warranty-k","cipher":"AQ=="},"at":"2026-11-23T09:10:00Z"}
1 warranty.granted.v1 {"basis":{"subject":"s","purpose":"operational","field":"basis","place":"warranty-k","cipher":"AQ=="},"grantedAt":"2026-11-23T09:10:00Z"}
> reject {"basis":{"subject":"s","purpose":"operational","field":"basis","place":"warranty-k","cipher":"AQ=="},"at":"2026-11-23T09:11:00Z"}
! ILLEGAL_STATE (W-03): the claim was decided before
