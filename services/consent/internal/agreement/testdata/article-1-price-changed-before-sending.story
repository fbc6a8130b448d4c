# Article 1: the price changed between showing and sending. Nothing is recorded; the answer has the
# hashes to show again, and the customer agrees to the new price or does not (O-02).
> give {"inForce":{"tariff":{"version":2,"sha256":"tariff-2"}}}
! TERMS_STALE (O-02): what was shown is not what is in force now; show it again
> give {"inForce":{"tariff":{"version":2,"sha256":"tariff-2"}},"shown":{"tariff":{"sha256":"tariff-2"}}}
0 consent.given.v1 {"consentId":"c1","supportRequestId":"r1","documents":[{"kind":"terms.online-support","version":1,"sha256":"online-1-nl","language":"nl"},{"kind":"terms.general","version":1,"sha256":"general-1-nl","language":"nl"}],"tariff":{"kind":"tariff","version":2,"sha256":"tariff-2"},"givenAt":"2026-11-23T12:00:00Z","agreeTerms":true,"agreePrice":true,"notUnderWarranty":true,"proceedWithoutBackup":false,"recordingNoticeSeen":false,"startImmediately":false,"authorityDeclared":false,"marketing":false}
