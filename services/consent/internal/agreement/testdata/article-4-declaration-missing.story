# Article 4: whoever sends the form declares that these hours are outside warranty. Without that
# declaration there is no agreement, whatever else was ticked (W-02).
> give {"notUnderWarranty":false,"backup":"made","authorityDeclared":true}
! WARRANTY_DECLARATION_REQUIRED (W-02): who sends the form declares that these hours are outside warranty
