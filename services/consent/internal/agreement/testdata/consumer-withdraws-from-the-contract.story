# A consumer withdraws in two steps: he declares it, and confirms it (X-05). The contract was concluded
# on 23 November, so the last second of 7 December in Amsterdam is the last that counts; the declaration
# decides, and the confirmation comes a minute later. After that there is nothing to withdraw from.
> note-submission {"partyKind":"consumer"}
0 consent.request_submitted.v1 {"supportRequestId":"r1","submittedAt":"2026-11-23T12:00:00Z","partyKind":"consumer"}
> give {"press":{"text":"Aanvraag met betalingsverplichting","accepted":["Aanvraag met betalingsverplichting"]}}
1 consent.given.v1 {"consentId":"c1","supportRequestId":"r1","documents":[{"kind":"terms.online-support","version":1,"sha256":"online-1-nl","language":"nl"},{"kind":"terms.general","version":1,"sha256":"general-1-nl","language":"nl"}],"tariff":{"kind":"tariff","version":1,"sha256":"tariff-1"},"givenAt":"2026-11-23T12:00:00Z","button":{"text":"Aanvraag met betalingsverplichting","statesDuty":true},"agreeTerms":true,"agreePrice":true,"notUnderWarranty":true,"proceedWithoutBackup":false,"recordingNoticeSeen":false,"startImmediately":false,"authorityDeclared":false,"marketing":false}
2 consent.attached.v1 {"consentId":"c1","supportRequestId":"r1","documents":[{"kind":"terms.online-support","version":1,"sha256":"online-1-nl","language":"nl"},{"kind":"terms.general","version":1,"sha256":"general-1-nl","language":"nl"}],"tariff":{"kind":"tariff","version":1,"sha256":"tariff-1"},"givenAt":"2026-11-23T12:00:00Z","button":{"text":"Aanvraag met betalingsverplichting","statesDuty":true},"agreeTerms":true,"agreePrice":true,"notUnderWarranty":true,"proceedWithoutBackup":false,"recordingNoticeSeen":false,"startImmediately":false,"authorityDeclared":false,"marketing":false,"attachedAt":"2026-11-23T12:00:00Z"}
> note-conclusion
3 consent.concluded.v1 {"supportRequestId":"r1","concludedAt":"2026-11-23T12:00:00Z"}
> confirm
! WITHDRAWAL_NOT_DECLARED (X-05): the withdrawal is declared first, and this is not its newest declaration
> declare {"at":"2026-12-07T22:59:59Z"}
4 withdrawal.declared.v1 {"withdrawalId":"w1","supportRequestId":"r1","name":{"subject":"","purpose":"","field":"","place":"","cipher":""},"declaredAt":"2026-12-07T22:59:59Z","confirmBefore":"2026-12-08T22:59:59Z"}
> confirm {"at":"2026-12-07T23:01:00Z"}
5 withdrawal.acknowledged.v1 {"withdrawalId":"w1","supportRequestId":"r1","name":{"subject":"","purpose":"","field":"","place":"","cipher":""},"declaredAt":"2026-12-07T22:59:59Z","acknowledgedAt":"2026-12-07T23:01:00Z","concludedAt":"2026-11-23T12:00:00Z","outcome":"effective","startRequested":false}
> confirm {"at":"2026-12-07T23:02:00Z"}
= nothing happens
> declare {"withdrawalId":"w2","at":"2026-12-08T09:00:00Z"}
6 withdrawal.declared.v1 {"withdrawalId":"w2","supportRequestId":"r1","name":{"subject":"","purpose":"","field":"","place":"","cipher":""},"declaredAt":"2026-12-08T09:00:00Z","confirmBefore":"2026-12-09T09:00:00Z"}
> confirm {"withdrawalId":"w2","at":"2026-12-08T09:00:01Z"}
7 withdrawal.acknowledged.v1 {"withdrawalId":"w2","supportRequestId":"r1","name":{"subject":"","purpose":"","field":"","place":"","cipher":""},"declaredAt":"2026-12-08T09:00:00Z","acknowledgedAt":"2026-12-08T09:00:01Z","concludedAt":"2026-11-23T12:00:00Z","outcome":"ended_before","startRequested":false}
