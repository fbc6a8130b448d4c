package rpc

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"connectrpc.com/connect/v2"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"

	_ "aanvraag.internal/proto/gen/aanvraag/audit/v1"
	_ "aanvraag.internal/proto/gen/aanvraag/billing/v1"
	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
	_ "aanvraag.internal/proto/gen/aanvraag/consent/v1"
	_ "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	_ "aanvraag.internal/proto/gen/aanvraag/legal/v1"
	_ "aanvraag.internal/proto/gen/aanvraag/notification/v1"
	_ "aanvraag.internal/proto/gen/aanvraag/operations/v1"
	_ "aanvraag.internal/proto/gen/aanvraag/sandbox/v1"
	_ "aanvraag.internal/proto/gen/aanvraag/scheduling/v1"
)

// methods are all RPCs of the contract.
func methods(t *testing.T) map[string]protoreflect.MethodDescriptor {
	t.Helper()
	out := map[string]protoreflect.MethodDescriptor{}
	services := 0
	protoregistry.GlobalFiles.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		if !strings.HasPrefix(string(file.Package()), "aanvraag.") {
			return true
		}
		for i := range file.Services().Len() {
			services++
			service := file.Services().Get(i)
			for j := range service.Methods().Len() {
				method := service.Methods().Get(j)
				out["/"+string(service.FullName())+"/"+string(method.Name())] = method
			}
		}
		return true
	})
	generated, err := filepath.Glob("../../../proto/gen/aanvraag/*/v1/*connect/*.connect.go")
	must(t, err)
	if len(generated) == 0 || services != len(generated) {
		t.Fatalf("%d services are imported here, %d are generated: %v", services, len(generated), generated)
	}
	return out
}

// call lets a role call one RPC through the whole chain and tells whether the
// handler was reached.
func call(t *testing.T, h *house, spec connect.Spec, role commonv1.Role) (reached bool, err error) {
	t.Helper()
	server := NewServer(ServerConfig{Clock: h.clock, Authenticator: h.keys})
	server.Register(connect.Method{Spec: spec, Handler: func(ctx context.Context, _ connect.Spec, _ connect.ServerStream) error {
		reached = true
		if got := CallerFrom(ctx).Role; got != role {
			t.Errorf("%s: %v was taken for %v", spec.Procedure, role, got)
		}
		return nil
	}})
	info := &connect.CallInfo{Spec: spec}
	if role != commonv1.Role_ROLE_PUBLIC {
		info.RequestHeader().Set("Authorization", "Bearer "+h.token(role))
	}
	err = server.Call(t.Context(), spec.Procedure, info, nil)
	return reached, err
}

func TestEveryRoleMayCallExactlyWhatTheOptionBesideTheRPCSays(t *testing.T) {
	h := build(t)
	allowed := 0
	for path, method := range methods(t) {
		if !proto.HasExtension(method.Options(), commonv1.E_Access) {
			t.Errorf("%s does not say who may call it", path)
			continue
		}
		access := proto.GetExtension(method.Options(), commonv1.E_Access).(*commonv1.Access)
		if access.GetAnyone() == (len(access.GetRoles()) > 0) {
			t.Errorf("%s must name either roles or anyone", path)
		}
		for number := range commonv1.Role_name {
			role := commonv1.Role(number)
			if role == commonv1.Role_ROLE_UNSPECIFIED {
				continue
			}
			want := access.GetAnyone() || slices.Contains(access.GetRoles(), role)
			reached, err := call(t, h, connect.Spec{Procedure: path, Schema: method}, role)
			if reached != want || (err == nil) != want || Allowed(method, role) != want {
				t.Errorf("%s by %s: reached %v (%v), want %v", path, RoleName(role), reached, err, want)
			}
			if !want {
				refused(t, err, connect.CodePermissionDenied, ReasonPermissionDenied)
			} else {
				allowed++
			}
		}
	}
	if allowed == 0 {
		t.Error("nobody may call anything")
	}
}

func TestAnRPCWithoutAnOptionOrASchemaIsClosedToAll(t *testing.T) {
	h := build(t)
	file, err := protodesc.NewFile(&descriptorpb.FileDescriptorProto{
		Name: new("bare.proto"), Package: new("x"),
		MessageType: []*descriptorpb.DescriptorProto{{Name: new("M")}},
		Service: []*descriptorpb.ServiceDescriptorProto{{
			Name: new("Y"),
			Method: []*descriptorpb.MethodDescriptorProto{{
				Name: new("Z"), InputType: new(".x.M"), OutputType: new(".x.M"),
			}},
		}},
	}, nil)
	must(t, err)
	bare := file.Services().Get(0).Methods().Get(0)
	reached, err := call(t, h, connect.Spec{Procedure: "/x.Y/Z", Schema: bare}, commonv1.Role_ROLE_ADMINISTRATOR)
	if reached {
		t.Error("an RPC without an option was reached")
	}
	refused(t, err, connect.CodePermissionDenied, ReasonPermissionDenied)
	reached, err = call(t, h, connect.Spec{Procedure: "/x.Y/Z"}, commonv1.Role_ROLE_ADMINISTRATOR)
	if reached {
		t.Error("an RPC without a schema was reached")
	}
	refused(t, err, connect.CodeUnimplemented, ReasonUnknownMethod)
}

func TestATechnicianCannotConsentForTheCustomer(t *testing.T) { // P8
	h := build(t)
	const path = "/aanvraag.consent.v1.ConsentService/GiveConsent"
	reached, err := call(t, h, connect.Spec{Procedure: path, Schema: methods(t)[path]}, commonv1.Role_ROLE_TECHNICIAN)
	if reached {
		t.Error("he can")
	}
	refused(t, err, connect.CodePermissionDenied, ReasonPermissionDenied)
}

func TestOnlyABearerTokenThatHoldsIdentifies(t *testing.T) {
	h := build(t)
	good := h.token(commonv1.Role_ROLE_TECHNICIAN)
	for name, header := range map[string][]string{
		"other scheme": {"Basic dGVzczp0ZXNz"},
		"no token":     {"Bearer"},
		"bad token":    {"Bearer " + good + "x"},
		"two headers":  {"Bearer " + good, "Bearer " + good},
		"empty":        {""},
	} {
		info := &connect.CallInfo{}
		info.RequestHeader().SetValues("Authorization", header)
		err := h.server.Call(t.Context(), "/aanvraag.intake.v1.IntakeService/GetContactDirectory", info, nil)
		if connect.CodeOf(err) != connect.CodeUnauthenticated || Reason(err) != ReasonTokenInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := h.clock.Advance(3600e9)
	must(t, err)
	_, err = h.as(good).GetSupportRequest(t.Context(), getRequest())
	refused(t, err, connect.CodeUnauthenticated, ReasonTokenInvalid)
	_, err = h.as("").GetSupportRequest(t.Context(), getRequest())
	refused(t, err, connect.CodePermissionDenied, ReasonPermissionDenied)
}

func TestACustomerOwnsOneRequestAndCannotTellAForeignOneFromNone(t *testing.T) {
	customer := WithCaller(t.Context(), Caller{Role: commonv1.Role_ROLE_CUSTOMER, SupportRequestID: reqID})
	must(t, Own(customer, reqID))
	must(t, Own(customer, strings.ToUpper(reqID)))
	foreign := Own(customer, "5a8f6a0e-6f7e-4a53-9d55-1f1f0a5d2c11")
	refused(t, foreign, connect.CodePermissionDenied, ReasonNotYours)
	refused(t, Own(customer, ""), connect.CodePermissionDenied, ReasonNotYours)
	none := WithCaller(t.Context(), Caller{Role: commonv1.Role_ROLE_CUSTOMER})
	refused(t, Own(none, ""), connect.CodePermissionDenied, ReasonNotYours)
	must(t, Own(WithCaller(t.Context(), Caller{Role: commonv1.Role_ROLE_DISPATCHER}), reqID))
	must(t, Own(t.Context(), reqID))
}
