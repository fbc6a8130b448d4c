package rpc

import (
	"context"
	"io"
	"regexp"

	"connectrpc.com/connect/v2"
	"connectrpc.com/connect/v2/connectproto"
)

// codecs are binary protobuf, and JSON that hides nothing: a field that the
// request does not have is an error, so a typing mistake is not taken for a wish
// that was left out; an answer shows its zero values and empty lists, so that
// `"revision":"0"` is there to be read.
func codecs() []connect.Codec {
	strict := connectproto.NewJSONCodec()
	strict.UnmarshalOptions.DiscardUnknown = false
	strict.MarshalOptions.EmitDefaultValues = true
	return []connect.Codec{
		namedCodec{StableCodec: connectproto.NewBinaryCodec(), fault: binaryFault},
		namedCodec{StableCodec: strict, fault: jsonFault},
	}
}

// namedCodec says what is wrong with a body that cannot be decoded.
type namedCodec struct {
	connect.StableCodec
	fault func(error) *bodyFault
}

func (c namedCodec) UnmarshalRead(ctx context.Context, src io.Reader, msg any) error {
	if err := c.StableCodec.UnmarshalRead(ctx, src, msg); err != nil {
		return c.fault(err)
	}
	return nil
}

// bodyFault is a body that is not a message of the schema.
type bodyFault struct {
	reason   string
	field    string // that the schema does not have
	position string // "line:column"
}

// Error does not quote the body: it may end in a log.
func (f *bodyFault) Error() string { return f.reason }

func (f *bodyFault) toCaller() *connect.Error {
	metadata := map[string]string{}
	message := "the body is not a message of this request"
	if f.position != "" {
		metadata["position"] = f.position
		message += ", at " + f.position
	}
	if f.field != "" {
		metadata["field"] = f.field
		message = "the request has no field " + f.field
	}
	return Fail(connect.CodeInvalidArgument, f.reason, message, metadata)
}

func binaryFault(error) *bodyFault { return &bodyFault{reason: ReasonInvalidBody} }

// protojson has no typed errors. It writes "(line 1:2): " before what is wrong;
// a test notices when a new version writes something else.
var (
	jsonPosition     = regexp.MustCompile(`\(line (\d+:\d+)\): `)
	jsonUnknownField = regexp.MustCompile(`^proto:.\(line \d+:\d+\): unknown field "([A-Za-z0-9_.-]{1,64})?`)
)

func jsonFault(err error) *bodyFault {
	text := err.Error()
	f := &bodyFault{reason: ReasonInvalidJSON}
	if at := jsonPosition.FindStringSubmatch(text); at != nil {
		f.position = at[1]
	}
	if unknown := jsonUnknownField.FindStringSubmatch(text); unknown != nil {
		f.reason, f.field = ReasonUnknownField, unknown[1]
	}
	return f
}
