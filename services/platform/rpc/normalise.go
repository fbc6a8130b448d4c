package rpc

import (
	"strings"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// normalise spells every UUID among a request's own fields in lower case: callers
// may write either, streams are named one way.
func normalise(m proto.Message) {
	r := m.ProtoReflect()
	r.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		if f.Kind() == protoreflect.StringKind && !f.IsList() && !f.IsMap() && isUUID(v.String()) {
			r.Set(f, protoreflect.ValueOfString(strings.ToLower(v.String())))
		}
		return true
	})
}

// isUUID is true for the 36 characters form only.
func isUUID(s string) bool { return len(s) == 36 && uuid.Validate(s) == nil }
