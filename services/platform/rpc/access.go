package rpc

import (
	"context"
	"strings"
	"sync"

	"connectrpc.com/connect/v2"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
	"aanvraag.internal/services/platform/clock"
)

// authentication finds out who calls.
type authentication struct {
	clock clock.Clock
	by    Authenticator
}

func (a authentication) intercept(next connect.ServerFunc) connect.ServerFunc {
	return func(ctx context.Context, spec connect.Spec, stream connect.ServerStream) error {
		caller, err := a.caller(ctx)
		if err != nil {
			return Fail(connect.CodeUnauthenticated, ReasonTokenInvalid, "the bearer token is not valid, or no longer", nil)
		}
		// Always set: in-process, ctx still holds who called the caller.
		return next(WithCaller(ctx, caller), spec, stream)
	}
}

func (a authentication) caller(ctx context.Context) (Caller, error) {
	info, ok := connect.CallInfoForServerContext(ctx)
	if !ok {
		return public, nil
	}
	given := info.RequestHeader().Values("Authorization")
	if len(given) == 0 {
		return public, nil
	}
	scheme, token, _ := strings.Cut(given[0], " ")
	if len(given) > 1 || !strings.EqualFold(scheme, "Bearer") || a.by == nil {
		return Caller{}, errToken
	}
	now := a.clock.Now()
	sent, inProcess := sentInProcess(ctx, info)
	if inProcess {
		now = sent
	}
	caller, err := a.by.Authenticate(now, token)
	if err != nil {
		return Caller{}, err
	}
	if inProcess {
		caller.Authentication = AuthInProcess
	}
	return caller, nil
}

// permission lets through whom the RPC's own option names, and nobody else (P8).
type permission struct {
	roles sync.Map // protoreflect.MethodDescriptor -> roleSet
}

func (p *permission) intercept(next connect.ServerFunc) connect.ServerFunc {
	return func(ctx context.Context, spec connect.Spec, stream connect.ServerStream) error {
		method, ok := spec.Schema.(protoreflect.MethodDescriptor)
		if !ok {
			return unknownMethod()
		}
		if !p.of(method).has(CallerFrom(ctx).Role) {
			return Fail(connect.CodePermissionDenied, ReasonPermissionDenied, "your role may not call this", nil)
		}
		return next(ctx, spec, stream)
	}
}

func unknownMethod() *connect.Error {
	return Fail(connect.CodeUnimplemented, ReasonUnknownMethod, "there is no such RPC", nil)
}

func (p *permission) of(method protoreflect.MethodDescriptor) roleSet {
	if known, ok := p.roles.Load(method); ok {
		return known.(roleSet) //nolint:forcetypeassert // nothing else is stored
	}
	roles := rolesOf(method)
	p.roles.Store(method, roles)
	return roles
}

// Allowed tells whether the option beside an RPC lets a role call it. Without an
// option nobody may.
func Allowed(method protoreflect.MethodDescriptor, role commonv1.Role) bool {
	return rolesOf(method).has(role)
}

func accessOf(method protoreflect.MethodDescriptor) *commonv1.Access {
	access, _ := proto.GetExtension(method.Options(), commonv1.E_Access).(*commonv1.Access)
	return access
}

// confidential tells RPCs of which not even it may be seen that they were called
// (D-05): they are not counted, and nothing is logged of them, whatever happens.
func confidential(spec connect.Spec) bool {
	method, ok := spec.Schema.(protoreflect.MethodDescriptor)
	return ok && accessOf(method).GetConfidential()
}

func rolesOf(method protoreflect.MethodDescriptor) roleSet {
	access := accessOf(method)
	var roles roleSet
	for _, role := range access.GetRoles() {
		roles = roles.with(role)
	}
	if access.GetAnyone() {
		for number := range commonv1.Role_name {
			roles = roles.with(commonv1.Role(number))
		}
	}
	return roles
}
