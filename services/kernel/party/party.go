// Package party holds what several services know of a customer, as it stands
// inside sealed data: the contact for letters, and the party of an invoice. These
// values exist in clear only between opening and use.
package party

// Address is a postal address (N-01).
type Address struct {
	Street              string `json:"street"`
	HouseNumber         string `json:"houseNumber"`
	HouseNumberAddition string `json:"houseNumberAddition,omitzero"`
	PostalCode          string `json:"postalCode"`
	City                string `json:"city"`
	CountryCode         string `json:"countryCode"` // ISO 3166-1 alpha-2
}

// Contact is what letters need; sealed under the operational key as field "contact".
type Contact struct {
	Name        string `json:"name"`
	CompanyName string `json:"companyName,omitzero"`
	Email       string `json:"email"`
	Phone       string `json:"phone"` // E.164
}

// InvoiceParty is what an invoice must say of the customer (rules, section 10);
// sealed under the fiscal key as field "invoiceParty".
type InvoiceParty struct {
	Name                    string  `json:"name"`
	CompanyName             string  `json:"companyName,omitzero"`
	ChamberOfCommerceNumber string  `json:"chamberOfCommerceNumber,omitzero"`
	VATNumber               string  `json:"vatNumber,omitzero"`
	Address                 Address `json:"address"`
}
