# Numbers are consecutive, an invoice keeps the one it has, and the date never goes back,
# even when a clock does (B-08).
> assign {"invoiceIds":["a","b"],"today":"2026-11-23"}
0 series.numbers_assigned.v1 {"first":1,"invoiceIds":["a","b"],"date":"2026-11-23"}
> assign {"invoiceIds":["b","c"],"today":"2026-11-22"}
1 series.numbers_assigned.v1 {"first":3,"invoiceIds":["c"],"date":"2026-11-23"}
> assign {"invoiceIds":["a","b","c"],"today":"2026-11-24"}
= nothing happens
