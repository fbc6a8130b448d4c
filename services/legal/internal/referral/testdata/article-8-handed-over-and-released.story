# Article 8 (D-05): what an authority has is no longer withdrawn, for it would still be
# there. The hold stays until somebody says that it is needed no more.
> raise {"by":"lena","at":"2026-11-23T09:00:00Z","reviewAt":"2027-02-23T09:00:00Z"}
0 referral.raised.v1 {"matter":{"subject":"f1","purpose":"legal","field":"matter","place":"legal-f1/c1","cipher":"AQ=="},"raisedBy":"lena","raisedAt":"2026-11-23T09:00:00Z"}
> release {"at":"2026-11-23T09:30:00Z"}
! ILLEGAL_STATE (D-05): the referral's state does not allow it
> approve {"by":"otto","at":"2026-11-23T10:00:00Z"}
1 referral.approved.v1 {"approvedBy":"otto","approvedAt":"2026-11-23T10:00:00Z"}
> handover {"at":"2026-11-24T09:00:00Z"}
2 referral.handed_over.v1 {"receipt":{"subject":"f1","purpose":"legal","field":"receipt","place":"legal-f1/c1","cipher":"AQ=="},"handedOverAt":"2026-11-24T09:00:00Z"}
> withdraw {"at":"2026-11-25T09:00:00Z"}
! ILLEGAL_STATE (D-05): the referral's state does not allow it
> release {"at":"2027-02-23T09:00:00Z"}
3 referral.released.v1 {"reason":{"subject":"f1","purpose":"legal","field":"reason","place":"legal-f1/c1","cipher":"AQ=="},"releasedAt":"2027-02-23T09:00:00Z"}
