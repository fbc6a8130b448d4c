# Article 8 (D-06): a referral keeps data that would otherwise go. Somebody has to look at
# it again, at an instant to come; the very instant of raising it is not one.
> raise {"by":"lena","at":"2026-11-23T09:00:00Z","reviewAt":"2026-11-23T09:00:00Z"}
! REVIEW_IN_PAST (D-06): a hold is reviewed at an instant to come
> raise {"by":"lena","at":"2026-11-23T09:00:00Z","reviewAt":"2026-11-23T09:00:01Z"}
0 referral.raised.v1 {"matter":{"subject":"f1","purpose":"legal","field":"matter","place":"legal-f1/c1","cipher":"AQ=="},"raisedBy":"lena","raisedAt":"2026-11-23T09:00:00Z"}
