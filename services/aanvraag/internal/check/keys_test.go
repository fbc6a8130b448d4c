package check

import (
	"maps"
	"strings"

	"github.com/go-json-experiment/json"

	"aanvraag.internal/services/platform/vault"
)

func brokenKeys() map[string]broken {
	change := func(c *copied, id string, answer error) {
		keys := maps.Clone(c.keys)
		if _, known := keys[id]; !known {
			c.t.Fatalf("nothing is sealed under %s", id)
		}
		keys[id] = answer
		c.Keys = lookup(keys)
	}
	recording := func(c *copied) string { return member(c.t, c.stored().first(keyDestroyed), "keyId") }
	draft := func(c *copied) string {
		var forgotten members
		must(c.t, json.Unmarshal(c.stored().first(keysDestroyed).Data, &forgotten))
		return forgotten.Keys[0].KeyID
	}
	customer := func(c *copied, purpose string) string {
		c.stored()
		for _, id := range sorted(c.keys) {
			if strings.HasPrefix(id, purpose+"/") {
				return id
			}
		}
		return ""
	}
	return map[string]broken{
		"a customer's key is gone":         {func(c *copied) { change(c, customer(c, "operational"), vault.ErrNoKey) }, []Name{KeyMissing}},
		"a customer's key was destroyed":   {func(c *copied) { change(c, customer(c, "fiscal"), vault.ErrErased) }, nil},
		"a recording's key is gone":        {func(c *copied) { change(c, recording(c), vault.ErrNoKey) }, []Name{KeyMissing}},
		"a draft's key still is there":     {func(c *copied) { change(c, draft(c), nil) }, []Name{KeyLives}},
		"a recording's key still is there": {func(c *copied) { change(c, recording(c), nil) }, []Name{KeyLives}},
	}
}
