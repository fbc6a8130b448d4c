# Article 8 (D-05): a referral is raised by one person of the legal role. The same person
# cannot approve it, in whatever case the account is written; another can, and only
# then it is handed over. Once the authority needs nothing more, the hold ends.
> raise {"by":"lena","at":"2026-11-23T09:00:00Z","reviewAt":"2027-02-23T09:00:00Z"}
0 referral.raised.v1 {"matter":{"subject":"f1","purpose":"legal","field":"matter","place":"legal-f1/c1","cipher":"AQ=="},"raisedBy":"lena","raisedAt":"2026-11-23T09:00:00Z"}
> approve {"by":"lena","at":"2026-11-23T09:01:00Z"}
! FOUR_EYES (D-05): a referral needs two people, each with an account; whoever raised it cannot approve it
> approve {"by":"Lena","at":"2026-11-23T09:01:00Z"}
! FOUR_EYES (D-05): a referral needs two people, each with an account; whoever raised it cannot approve it
> handover {"at":"2026-11-23T09:02:00Z"}
! ILLEGAL_STATE (D-05): the referral's state does not allow it
> approve {"by":"otto","at":"2026-11-23T10:00:00Z"}
1 referral.approved.v1 {"approvedBy":"otto","approvedAt":"2026-11-23T10:00:00Z"}
> withdraw {"at":"2026-11-23T10:30:00Z"}
2 referral.withdrawn.v1 {"reason":{"subject":"f1","purpose":"legal","field":"reason","place":"legal-f1/c1","cipher":"AQ=="},"withdrawnAt":"2026-11-23T10:30:00Z"}
> raise {"by":"otto","at":"2026-11-23T11:00:00Z","reviewAt":"2027-02-23T09:00:00Z"}
3 referral.raised.v1 {"matter":{"subject":"f1","purpose":"legal","field":"matter","place":"legal-f1/c1","cipher":"AQ=="},"raisedBy":"otto","raisedAt":"2026-11-23T11:00:00Z"}
