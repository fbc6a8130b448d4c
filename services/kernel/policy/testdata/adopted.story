# Another service's policy is taken over byte for byte, once; bytes that are not what their
# hash says are refused (P2).
> adopt {"version":{"ref":{"kind":"tariff","version":1,"sha256":"52f1d3a0"},"effectiveFrom":"2000-01-01T00:00:00Z","content":{"days":14}}}
! POLICY_CONTENT (P2): the content does not agree with its hash
> adopt {"version":{"ref":{"kind":"tariff","version":1,"sha256":"d1fb7b47b6444a7237089940bf17079fd1e32a7d894d20d38e254b3ff7f89c6e"},"effectiveFrom":"2000-01-01T00:00:00Z","content":{"days":14}}}
0 policy.adopted.v1 {"ref":{"kind":"tariff","version":1,"sha256":"d1fb7b47b6444a7237089940bf17079fd1e32a7d894d20d38e254b3ff7f89c6e"},"effectiveFrom":"2000-01-01T00:00:00Z","content":{"days":14}}
> adopt {"version":{"ref":{"kind":"tariff","version":1,"sha256":"d1fb7b47b6444a7237089940bf17079fd1e32a7d894d20d38e254b3ff7f89c6e"},"effectiveFrom":"2000-01-01T00:00:00Z","content":{"days":14}}}
= nothing happens
