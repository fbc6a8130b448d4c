package rpc

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"

	"connectrpc.com/connect/v2"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

const canonicalDomain = "aanvraag message v1\n"

// Canonical is a message as bytes that mean that message alone and never change,
// whatever the protobuf library does: P5 compares them for ever. They are the
// domain above, the full name, then the message. All numbers are eight bytes, big
// endian; what varies in length is preceded by its length.
//
//	message  count of populated fields, then each in order of number:
//	         number, tag, value
//	list     tag 'l', count, then each value with its tag
//	map      tag 'p', count, then key and value with their tags, in order of the
//	         key's bytes
//	value    'b' bool, 'i' signed, 'u' unsigned, 'e' enum number, 's' string,
//	         'x' bytes, 'm' message
//
// A field that the schema does not have is INVALID_ARGUMENT, reason UNKNOWN_FIELD:
// what this version cannot read, it cannot promise to repeat. Floating point is
// refused; there is none in the contract.
func Canonical(m proto.Message) ([]byte, error) { return canonical(m) }

// canonical leaves some top-level fields out.
func canonical(m proto.Message, without ...protoreflect.Name) ([]byte, error) {
	name := m.ProtoReflect().Descriptor().FullName()
	buf := appendText([]byte(canonicalDomain), name)
	buf, err := appendMessage(buf, m.ProtoReflect(), without)
	if err != nil {
		return nil, err
	}
	return buf, nil
}

func appendNumber[N ~int | ~int32 | ~int64 | ~uint64](buf []byte, n N) []byte {
	return binary.BigEndian.AppendUint64(buf, uint64(n))
}

func appendText[T ~string | ~[]byte](buf []byte, text T) []byte {
	return append(appendNumber(buf, len(text)), text...)
}

func appendMessage(buf []byte, m protoreflect.Message, without []protoreflect.Name) ([]byte, error) {
	if len(m.GetUnknown()) > 0 {
		return nil, Fail(connect.CodeInvalidArgument, ReasonUnknownField,
			"the request has a field that this version does not know", nil)
	}
	var fields []protoreflect.FieldDescriptor
	m.Range(func(field protoreflect.FieldDescriptor, _ protoreflect.Value) bool {
		if !slices.Contains(without, field.Name()) {
			fields = append(fields, field)
		}
		return true
	})
	slices.SortFunc(fields, func(a, b protoreflect.FieldDescriptor) int { return cmp.Compare(a.Number(), b.Number()) })
	buf = appendNumber(buf, len(fields))
	for _, field := range fields {
		var err error
		buf = appendNumber(buf, field.Number())
		if buf, err = appendField(buf, field, m.Get(field)); err != nil {
			return nil, err
		}
	}
	return buf, nil
}

func appendField(buf []byte, field protoreflect.FieldDescriptor, v protoreflect.Value) ([]byte, error) {
	switch {
	case field.IsList():
		return appendList(buf, field, v.List())
	case field.IsMap():
		return appendMap(buf, field, v.Map())
	default:
		return appendValue(buf, field, v)
	}
}

func appendList(buf []byte, field protoreflect.FieldDescriptor, list protoreflect.List) ([]byte, error) {
	buf = appendNumber(append(buf, 'l'), list.Len())
	for i := range list.Len() {
		var err error
		if buf, err = appendValue(buf, field, list.Get(i)); err != nil {
			return nil, err
		}
	}
	return buf, nil
}

func appendMap(buf []byte, field protoreflect.FieldDescriptor, m protoreflect.Map) ([]byte, error) {
	type entry struct{ key, value []byte }
	var entries []entry
	var err error
	m.Range(func(k protoreflect.MapKey, v protoreflect.Value) bool {
		var e entry
		if e.key, err = appendValue(nil, field.MapKey(), k.Value()); err != nil {
			return false
		}
		if e.value, err = appendValue(nil, field.MapValue(), v); err != nil {
			return false
		}
		entries = append(entries, e)
		return true
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(entries, func(a, b entry) int { return bytes.Compare(a.key, b.key) })
	buf = appendNumber(append(buf, 'p'), len(entries))
	for _, e := range entries {
		buf = append(append(buf, e.key...), e.value...)
	}
	return buf, nil
}

func appendValue(buf []byte, field protoreflect.FieldDescriptor, v protoreflect.Value) ([]byte, error) {
	switch field.Kind() {
	case protoreflect.BoolKind:
		if v.Bool() {
			return append(buf, 'b', 1), nil
		}
		return append(buf, 'b', 0), nil
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind,
		protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind:
		return appendNumber(append(buf, 'i'), v.Int()), nil
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind, protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return appendNumber(append(buf, 'u'), v.Uint()), nil
	case protoreflect.EnumKind:
		return appendNumber(append(buf, 'e'), v.Enum()), nil
	case protoreflect.StringKind:
		return appendText(append(buf, 's'), v.String()), nil
	case protoreflect.BytesKind:
		return appendText(append(buf, 'x'), v.Bytes()), nil
	case protoreflect.MessageKind:
		return appendMessage(append(buf, 'm'), v.Message(), nil)
	default:
		return nil, fmt.Errorf("field %s: %s has no canonical form", field.FullName(), field.Kind())
	}
}
