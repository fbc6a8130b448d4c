package rpc

import (
	"fmt"
	"strings"

	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
)

const rolePrefix = "ROLE_"

// RoleName is the role as tokens and event metadata spell it, such as
// "billing_clerk". A role that the contract does not know has no name.
func RoleName(role commonv1.Role) string {
	name, known := commonv1.Role_name[int32(role)]
	if !known || role == commonv1.Role_ROLE_UNSPECIFIED {
		return ""
	}
	return strings.ToLower(strings.TrimPrefix(name, rolePrefix))
}

// ParseRole reads what [RoleName] writes, and nothing else.
func ParseRole(name string) (commonv1.Role, error) {
	role := commonv1.Role(commonv1.Role_value[rolePrefix+strings.ToUpper(name)])
	if role == commonv1.Role_ROLE_UNSPECIFIED || RoleName(role) != name {
		return commonv1.Role_ROLE_UNSPECIFIED, fmt.Errorf("no role is called %q", name)
	}
	return role, nil
}

// roleSet has one bit for each role.
type roleSet uint64

func (s roleSet) with(role commonv1.Role) roleSet {
	if role <= commonv1.Role_ROLE_UNSPECIFIED || role >= 64 {
		return s
	}
	return s | 1<<role
}

func (s roleSet) has(role commonv1.Role) bool {
	return role > commonv1.Role_ROLE_UNSPECIFIED && role < 64 && s&(1<<role) != 0
}
