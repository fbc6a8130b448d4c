package sealed_test

import (
	"bytes"
	"testing"

	"github.com/go-json-experiment/json"

	"aanvraag.internal/services/kernel/sealed"
)

// A sealed value is stored and copied as it is: label and cipher to the byte. The
// text of a cipher is written one way, so two texts are two ciphers.
func FuzzData(f *testing.F) {
	f.Add([]byte(`{"subject":"s1","purpose":"fiscal","field":"name","place":"request-r1/c1","cipher":"AQIDBA=="}`))
	for _, hostile := range []string{
		`{}`, `null`, `{"cipher":null}`, `{"cipher":""}`, `{"cipher":"AQ"}`, `{"cipher":"AR=="}`, `{"cipher":"AQ==\n"}`, `{"cipher":"A-_="}`,
		`{"cipher":[1,2]}`, `{"purpose":"marketing"}`, `{"subject":"\ud800"}`, `{"cipher":"AQ==","cipher":"Ag=="}`, `{"Cipher":"AQ=="}`,
	} {
		f.Add([]byte(hostile))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var d sealed.Data
		if json.Unmarshal(data, &d, json.RejectUnknownMembers(true)) != nil {
			return
		}
		if d.IsZero() != (len(d.Cipher) == 0) {
			t.Fatalf("%+v", d)
		}
		if len(d.Cipher) > len(data) {
			t.Fatalf("%d bytes of JSON gave a cipher of %d", len(data), len(d.Cipher))
		}
		stored, err := json.Marshal(d)
		if err != nil {
			t.Fatalf("%s was read and cannot be written: %v", data, err)
		}
		var again sealed.Data
		if err := json.Unmarshal(stored, &again); err != nil || again.Subject != d.Subject || again.Purpose != d.Purpose ||
			again.Field != d.Field || again.Place != d.Place || !bytes.Equal(again.Cipher, d.Cipher) {
			t.Fatalf("%s became %s (%v)", data, stored, err)
		}
	})
}
