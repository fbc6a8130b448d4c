package contact

import (
	"testing"

	"aanvraag.internal/services/platform/decider/decidertest"
)

func TestPure(t *testing.T) { decidertest.Chaste(t) }

func TestG13_TheDirectoryOfThePublicTermsIsSound(t *testing.T) {
	if err := First().Check(); err != nil {
		t.Fatal(err)
	}
}

func TestG13_ADirectoryThatMisleadsIsRefused(t *testing.T) {
	for name, spoil := range map[string]func(*Directory){
		"a national number":       func(d *Directory) { d.MainPhone = "0497360036" },
		"a printed zero":          func(d *Directory) { d.MainPhone = "+31(0)497360036" },
		"spaces":                  func(d *Directory) { d.BusinessSupportPhone = "+31 497 782782" },
		"no number":               func(d *Directory) { d.BusinessSupportPhone = "" },
		"a key twice":             func(d *Directory) { d.MainMenu[1].Key = 1 },
		"a key left out":          func(d *Directory) { d.MainMenu = append(d.MainMenu[:1], d.MainMenu[2:]...) },
		"a key without a purpose": func(d *Directory) { d.MainMenu[0].Purpose = "" },
		"a purpose twice":         func(d *Directory) { d.MainMenu[0].Purpose = Support },
		"no e-mail":               func(d *Directory) { d.Email = "support" },
	} {
		d := First()
		spoil(&d)
		if d.Check() == nil {
			t.Errorf("%s was taken", name)
		}
	}
}
