package audit

import (
	"bytes"
	"slices"
	"strings"
	"unicode"

	"github.com/go-json-experiment/json/jsontext"
)

// member is one member of an event's data, in the words of an auditor.
type member struct{ name, value string }

// render gives the members of an object, in their order: sealed values by their
// label, hashes by their beginning, long texts and names cut, and what is nested
// too deep for anybody to read left out.
func render(data []byte) ([]member, error) {
	d := jsontext.NewDecoder(bytes.NewReader(data))
	if d.PeekKind() != '{' {
		value, err := rendered(d)
		return []member{{"", value}}, err
	}
	return object(d)
}

func object(d *jsontext.Decoder) ([]member, error) {
	if _, err := d.ReadToken(); err != nil {
		return nil, err
	}
	var out []member
	for d.PeekKind() != '}' {
		name, err := d.ReadToken()
		if err != nil {
			return nil, err
		}
		text := printable(cut(name.String())) // a token is valid until the next is read
		value, err := rendered(d)
		if err != nil {
			return nil, err
		}
		out = append(out, member{text, value})
	}
	_, err := d.ReadToken()
	return out, err
}

// deepest is how many objects and lists within each other are shown. Each level
// copies those below it.
const deepest = 20

// rendered reads one value.
func rendered(d *jsontext.Decoder) (string, error) {
	if d.StackDepth() > deepest {
		return "…", d.SkipValue()
	}
	switch d.PeekKind() {
	case '{':
		members, err := object(d)
		if err != nil {
			return "", err
		}
		if label, ok := sealed(members); ok {
			return label, nil
		}
		parts := make([]string, len(members))
		for i, m := range members {
			parts[i] = m.name + ": " + m.value
		}
		return "{" + strings.Join(parts, ", ") + "}", nil
	case '[':
		return list(d)
	case '"':
		token, err := d.ReadToken()
		if err != nil {
			return "", err
		}
		return text(token.String()), nil
	}
	value, err := d.ReadValue()
	return string(value), err
}

func list(d *jsontext.Decoder) (string, error) {
	if _, err := d.ReadToken(); err != nil {
		return "", err
	}
	var parts []string
	for d.PeekKind() != ']' {
		value, err := rendered(d)
		if err != nil {
			return "", err
		}
		parts = append(parts, value)
	}
	_, err := d.ReadToken()
	return "[" + strings.Join(parts, ", ") + "]", err
}

// sealed recognises a sealed value and gives its label.
func sealed(members []member) (string, bool) {
	value := map[string]string{}
	var names []string
	for _, m := range members {
		names, value[m.name] = append(names, m.name), strings.Trim(m.value, `"`)
	}
	slices.Sort(names)
	if !slices.Equal(names, []string{"cipher", "field", "place", "purpose", "subject"}) {
		return "", false
	}
	return "‹sealed " + value["purpose"] + ": " + value["field"] + "›", true
}

func text(s string) string {
	if _, ok := hash(s); ok {
		return short(s)
	}
	return `"` + printable(cut(s)) + `"`
}

// longest text that is shown whole, in characters.
const longest = 120

func cut(s string) string {
	if r := []rune(s); len(r) > longest {
		return string(r[:longest]) + "…"
	}
	return s
}

// short is the beginning of a hash in hex: enough to tell it from others.
func short(sum string) string {
	const shown = 12
	if len(sum) <= shown {
		return printable(sum)
	}
	return printable(sum[:shown]) + "…"
}

// printable keeps what stands in the log from steering the terminal it is shown on.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '\uFFFD'
	}, s)
}
