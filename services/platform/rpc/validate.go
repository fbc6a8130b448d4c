package rpc

import (
	"context"
	"errors"
	"fmt"
	"strings"

	validatepb "buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"buf.build/go/protovalidate"
	"connectrpc.com/connect/v2"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// validation checks every request against the rules of its schema. Answers are
// not checked: they are ours.
func validation(next connect.ServerFunc) connect.ServerFunc {
	return func(ctx context.Context, spec connect.Spec, stream connect.ServerStream) error {
		return next(ctx, spec, checkedStream{stream})
	}
}

type checkedStream struct{ connect.ServerStream }

func (s checkedStream) Receive(msg any) error {
	if err := s.ServerStream.Receive(msg); err != nil {
		return received(err)
	}
	m, ok := msg.(proto.Message)
	if !ok {
		return fmt.Errorf("a request is a %T, not a message", msg)
	}
	if err := validate(m); err != nil {
		return err
	}
	normalise(m)
	return nil
}

// validate uses the process's one validator, whose compiled rules all servers share.
func validate(m proto.Message) error {
	err := protovalidate.GlobalValidator.Validate(m)
	if err == nil {
		return nil
	}
	broken, ok := errors.AsType[*protovalidate.ValidationError](err)
	if !ok {
		return fmt.Errorf("validate %s: %w", m.ProtoReflect().Descriptor().FullName(), err)
	}
	return invalid(ReasonInvalidRequest, broken.ToProto())
}

const summarised = 3

// summary is one line for people; the detail holds all.
func summary(violations *validatepb.Violations) string {
	var parts []string
	for i, v := range violations.GetViolations() {
		if i == summarised {
			parts = append(parts, fmt.Sprintf("and %d more", len(violations.GetViolations())-summarised))
			break
		}
		text := v.GetMessage()
		if text == "" {
			text = v.GetRuleId()
		}
		if path := protovalidate.FieldPathString(v.GetField()); path != "" {
			text = path + ": " + text
		}
		parts = append(parts, text)
	}
	return "invalid request: " + strings.Join(parts, "; ")
}

// warm compiles the rules of every request that a server takes, so that the first
// caller does not wait for it.
func warm(server *connect.Server) error {
	for spec := range server.Specs() {
		method, ok := spec.Schema.(protoreflect.MethodDescriptor)
		if !ok {
			continue
		}
		input, err := protoregistry.GlobalTypes.FindMessageByName(method.Input().FullName())
		if err != nil {
			return fmt.Errorf("find the request of %s: %w", spec.Procedure, err)
		}
		err = protovalidate.GlobalValidator.Validate(input.New().Interface())
		if err != nil && !errors.As(err, new(*protovalidate.ValidationError)) {
			return fmt.Errorf("compile the rules of %s: %w", method.Input().FullName(), err)
		}
	}
	return nil
}
