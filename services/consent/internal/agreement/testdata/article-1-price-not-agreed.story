# Article 1: the price has its own control, which nobody ticks for the customer (O-04, O-08). Without
# the hash of a price sheet it is not known what he agreed to (O-01).
> give {"agreePrice":false}
! CONSENT_REQUIRED (O-04): nobody agrees to the price by silence
> give {"shown":{"tariff":{"sha256":"","known":false}}}
! TERMS_INCOMPLETE (O-01): both documents and the price sheet are agreed to by what was shown of them
