package rpc

import (
	"strconv"
	"strings"

	validatepb "buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"connectrpc.com/connect/v2"
	"connectrpc.com/connect/v2/connectproto"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/protobuf/proto"
)

// Domain of every ErrorInfo.
const Domain = "aanvraag"

// Reasons that this package gives. They are permanent. Rules give their own, as
// the Code of a [decider.Rejection].
const (
	ReasonTokenInvalid            = "TOKEN_INVALID"
	ReasonPermissionDenied        = "PERMISSION_DENIED"
	ReasonNotYours                = "NOT_YOURS"
	ReasonCrossOrigin             = "CROSS_ORIGIN"
	ReasonHostUnknown             = "HOST_UNKNOWN"
	ReasonInvalidRequest          = "INVALID_REQUEST"
	ReasonInvalidJSON             = "INVALID_JSON"
	ReasonInvalidBody             = "INVALID_BODY"
	ReasonInvalidProtocol         = "INVALID_PROTOCOL"
	ReasonUnknownField            = "UNKNOWN_FIELD"
	ReasonUnknownMethod           = "UNKNOWN_METHOD"
	ReasonBodyTooLarge            = "BODY_TOO_LARGE"
	ReasonConsistencyTokenInvalid = "CONSISTENCY_TOKEN_INVALID"
	ReasonPageTokenInvalid        = "PAGE_TOKEN_INVALID"
	ReasonConflict                = "CONFLICT"
	ReasonUnavailable             = "UNAVAILABLE"
	ReasonNotYet                  = "NOT_YET"
	ReasonLogFull                 = "LOG_FULL"
	ReasonTooLarge                = "TOO_LARGE"
	ReasonLogDamaged              = "LOG_DAMAGED"
	ReasonInternal                = "INTERNAL"
)

// Fail is an error that reaches the caller as it is: code, reason, one sentence for
// people and further stable facts. None of it may be personal or secret.
func Fail(code connect.Code, reason, message string, metadata map[string]string) *connect.Error {
	info := &errdetails.ErrorInfo{Reason: valid(reason), Domain: Domain}
	if len(metadata) > 0 {
		info.Metadata = make(map[string]string, len(metadata))
		for k, v := range metadata {
			info.Metadata[valid(k)] = valid(v)
		}
	}
	return withDetail(connect.NewError(code, valid(message)), info)
}

// valid keeps a detail encodable: protobuf strings are UTF-8.
func valid(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

func withDetail(err *connect.Error, msg proto.Message) *connect.Error {
	detail, encodeErr := connectproto.NewErrorDetail(msg)
	if encodeErr != nil {
		return err // cannot be: all strings are UTF-8; the code still stands
	}
	return err.WithDetail(detail)
}

// Field is one thing that is wrong with a request.
type Field struct {
	Path    string // dotted, such as "party.address.city" or "lines[2].kind"
	RuleID  string // stable: the key for translated texts
	Message string // one sentence for people
}

// InvalidField refuses a request for one field: INVALID_ARGUMENT, reason
// INVALID_REQUEST, with a buf.validate.Violations detail like the one that the
// schema's own rules give.
func InvalidField(path, ruleID, message string) error {
	return Invalid(ReasonInvalidRequest, Field{Path: path, RuleID: ruleID, Message: message})
}

// Invalid refuses a request for some fields, with a reason of its own.
func Invalid(reason string, fields ...Field) error {
	violations := &validatepb.Violations{}
	for _, f := range fields {
		violations.Violations = append(violations.Violations, &validatepb.Violation{
			Field:   fieldPath(f.Path),
			RuleId:  new(valid(f.RuleID)),
			Message: new(valid(f.Message)),
		})
	}
	return invalid(reason, violations)
}

func invalid(reason string, violations *validatepb.Violations) *connect.Error {
	return withDetail(Fail(connect.CodeInvalidArgument, reason, summary(violations), nil), violations)
}

// fieldPath turns "lines[2].kind" into elements. An index that is no number is
// the key of a map.
func fieldPath(path string) *validatepb.FieldPath {
	if path == "" {
		return nil
	}
	out := &validatepb.FieldPath{}
	for part := range strings.SplitSeq(valid(path), ".") {
		name, subscript, has := strings.Cut(strings.TrimSuffix(part, "]"), "[")
		element := &validatepb.FieldPathElement{FieldName: &name}
		if has {
			if index, err := strconv.ParseUint(subscript, 10, 64); err == nil {
				element.Subscript = &validatepb.FieldPathElement_Index{Index: index}
			} else {
				key := strings.Trim(subscript, `"`)
				element.Subscript = &validatepb.FieldPathElement_StringKey{StringKey: key}
			}
		}
		out.Elements = append(out.Elements, element)
	}
	return out
}
