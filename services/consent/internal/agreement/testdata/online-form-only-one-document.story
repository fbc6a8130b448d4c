# "Read these terms and the general terms": the agreement is to both documents, by the bytes that were
# shown (O-01). One of two is not enough, and neither is a text that was never published.
> give {"shown":{"general":{"version":0,"sha256":"","known":false}}}
! TERMS_INCOMPLETE (O-01): both documents and the price sheet are agreed to by what was shown of them
> give {"shown":{"general":{"version":1,"sha256":"never-published","known":false}}}
! TERMS_INCOMPLETE (O-01): both documents and the price sheet are agreed to by what was shown of them
> give {"shown":{"general":{"version":1,"sha256":"general-1-en"}}}
0 consent.given.v1 {"consentId":"c1","supportRequestId":"r1","documents":[{"kind":"terms.online-support","version":1,"sha256":"online-1-nl","language":"nl"},{"kind":"terms.general","version":1,"sha256":"general-1-en","language":"en"}],"tariff":{"kind":"tariff","version":1,"sha256":"tariff-1"},"givenAt":"2026-11-23T12:00:00Z","agreeTerms":true,"agreePrice":true,"notUnderWarranty":true,"proceedWithoutBackup":false,"recordingNoticeSeen":false,"startImmediately":false,"authorityDeclared":false,"marketing":false}
