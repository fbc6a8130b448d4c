# A second later the period is over. That is acknowledged all the same, and changes nothing (X-05).
> note-submission {"partyKind":"consumer"}
0 consent.request_submitted.v1 {"supportRequestId":"r1","submittedAt":"2026-11-23T12:00:00Z","partyKind":"consumer"}
> note-conclusion
1 consent.concluded.v1 {"supportRequestId":"r1","concludedAt":"2026-11-23T12:00:00Z"}
> declare {"at":"2026-12-07T23:00:00Z"}
2 withdrawal.declared.v1 {"withdrawalId":"w1","supportRequestId":"r1","name":{"subject":"","purpose":"","field":"","place":"","cipher":""},"declaredAt":"2026-12-07T23:00:00Z","confirmBefore":"2026-12-08T23:00:00Z"}
> confirm {"at":"2026-12-07T23:00:01Z"}
3 withdrawal.acknowledged.v1 {"withdrawalId":"w1","supportRequestId":"r1","name":{"subject":"","purpose":"","field":"","place":"","cipher":""},"declaredAt":"2026-12-07T23:00:00Z","acknowledgedAt":"2026-12-07T23:00:01Z","concludedAt":"2026-11-23T12:00:00Z","outcome":"period_over","startRequested":false}
