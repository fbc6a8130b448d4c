package command_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"aanvraag.internal/services/kernel/sealed"
	"aanvraag.internal/services/platform/command"
	"aanvraag.internal/services/platform/decider"
)

// A sheet takes one note with every kind of member that recorded events have.
type (
	sheet  struct{ Notes int }
	noting = decider.Event[sheet]
	marked struct {
		Number int64 `json:"number,omitzero"`
		Open   bool  `json:"open"`
	}
	noted struct {
		Text    string           `json:"text"`
		At      time.Time        `json:"at,omitzero"`
		Proof   []byte           `json:"proof,omitzero"`
		Private sealed.Data      `json:"private,omitzero"`
		Lines   []marked         `json:"lines"`
		Sums    map[string]int64 `json:"sums"`
		Last    *marked          `json:"last,omitzero"`
		Content jsontext.Value   `json:"content"`
		marked
	}
)

func (noted) EventType() string    { return "sheet.noted.v1" }
func (noted) Evolve(s sheet) sheet { return sheet{Notes: s.Notes + 1} }

func codec() *command.Codec[sheet, noting] { return command.NewCodec[sheet]([]noting{noted{}}) }

// What is stored reads as what was recorded; what would not is never stored.
func FuzzAnEventIsReadAsItWasRecorded(f *testing.F) {
	f.Add("een storing", int64(3), true, []byte{1, 2, 3}, int64(1795420800), int64(0))
	f.Add("", int64(0), false, []byte(nil), int64(0), int64(0))
	f.Add("\xff\xfe", int64(-1<<63), true, []byte{0}, int64(-62135596800), int64(1))
	f.Add("\u2028<&>\x00\"\\", int64(1<<63-1), false, []byte{0xff}, int64(253402300799), int64(999999999))
	f.Add("x", int64(1), true, []byte("x"), int64(253402300800), int64(0))
	f.Fuzz(func(t *testing.T, text string, number int64, open bool, proof []byte, second, nano int64) {
		content, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		m := marked{Number: number, Open: open}
		want := noted{
			Text: text, At: time.Unix(second, nano).UTC(), Proof: proof, Lines: []marked{m, {}},
			Private: sealed.Data{Subject: text, Purpose: sealed.Fiscal, Place: text, Cipher: append(proof, 1)},
			Sums:    map[string]int64{text: number}, Last: &m, Content: content, marked: m,
		}
		if len(proof) == 0 {
			want.Proof = nil
		}
		data, err := codec().Encode(want)
		if err != nil {
			if utf8.ValidString(text) && want.At.Year() >= 0 && want.At.Year() <= 9999 {
				t.Fatalf("%+v cannot be stored: %v", want, err)
			}
			return
		}
		got, err := codec().Decode("sheet.noted.v1", data)
		if err != nil {
			t.Fatalf("%s cannot be read: %v", data, err)
		}
		// Strings of nested JSON are spelled one way when stored.
		if back := got.(noted); !sameJSON(t, back.Content, content) {
			t.Fatalf("content %s became %s", content, back.Content)
		}
		want.Content = got.(noted).Content
		if !reflect.DeepEqual(got, noting(want)) {
			t.Fatalf("%+v became %+v by way of %s", want, got, data)
		}
	})
}

func sameJSON(t *testing.T, a, b jsontext.Value) bool {
	t.Helper()
	a, b = a.Clone(), b.Clone()
	if err := a.Canonicalize(); err != nil {
		t.Fatal(err)
	}
	if err := b.Canonicalize(); err != nil {
		t.Fatal(err)
	}
	return bytes.Equal(a, b)
}

// Whatever stands in the log, reading it ends in an event or an error, and an
// event that was read is written and read the same from then on.
func FuzzStoredBytes(f *testing.F) {
	const name = "sheet.noted.v1"
	f.Add(name, []byte(`{"text":"een storing","at":"2026-11-23T08:00:00Z","proof":"AQID","lines":[{"open":true}],"sums":{"a":1},"last":{"number":2,"open":false},"content":{"b":[1,"c"]},"number":3,"open":true}`))
	f.Add(name, []byte(`{}`))
	f.Add(name, []byte(`null`))
	f.Add(name, []byte(`{"content":{ "a" : "\u0061" }}`))
	f.Add(name, []byte(`{"content":{"a":1,"a":2}}`))
	f.Add(name, []byte(`{"text":"a","text":"b"}`))
	f.Add(name, []byte(`{"Text":"a"}`))
	f.Add(name, []byte("{\"text\":\"\xff\"}"))
	f.Add(name, []byte(`{"text":"\ud800"}`))
	f.Add(name, []byte(`{"at":"0001-01-01T01:00:00+01:00"}`))
	f.Add(name, []byte(`{"at":"2026-11-23T08:00:00+23:59"}`))
	f.Add(name, []byte(`{"at":"10000-01-01T00:00:00Z"}`))
	f.Add(name, []byte(`{"number":1e3}`))
	f.Add(name, []byte(`{"number":9223372036854775808}`))
	f.Add(name, []byte(`{"private":{"subject":"s","purpose":"fiscal","field":"f","place":"p","cipher":""}}`))
	f.Add(name, []byte(`{"proof":"AQI"}`))
	f.Add(name, []byte(`{"content":`+strings.Repeat("[", 20_000)))
	f.Add("sheet.noted.v2", []byte(`{}`))
	f.Fuzz(func(t *testing.T, kind string, data []byte) {
		e, err := codec().Decode(kind, data)
		if kind != name && err == nil {
			t.Fatalf("the unknown type %q was read", kind)
		}
		if err != nil {
			return
		}
		if got := e.Evolve(sheet{}); got.Notes != 1 {
			t.Fatalf("%d notes", got.Notes)
		}
		first, err := codec().Encode(e)
		if err != nil {
			t.Fatalf("%s was read and cannot be written: %v", data, err)
		}
		again, err := codec().Decode(kind, first)
		if err != nil {
			t.Fatalf("%s was written as %s, which cannot be read: %v", data, first, err)
		}
		if second, err := codec().Encode(again); err != nil || !bytes.Equal(first, second) {
			t.Fatalf("%s was written as %s, then as %s (%v)", data, first, second, err)
		}
		for _, more := range [][]byte{
			append([]byte(`{"no such member":0,`), first[1:]...),
			append(bytes.Clone(data), '0'), append(bytes.Clone(data), data...),
		} {
			if _, err := codec().Decode(kind, more); err == nil {
				t.Fatalf("%s was read", more)
			}
		}
	})
}
