package rpc

import (
	"testing"

	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
)

func TestUUIDsAreSpelledOneWay(t *testing.T) {
	req := &intakev1.RefuseSupportRequestRequest{
		IdempotencyKey:   "0D2C4CA6-5F0B-4F6A-9C61-0A1B2C3D4E5F",
		SupportRequestId: "11111111-AAAA-4111-8111-111111111111",
		Reason:           "ABC",
	}
	normalise(req)
	if req.GetIdempotencyKey() != "0d2c4ca6-5f0b-4f6a-9c61-0a1b2c3d4e5f" || req.GetSupportRequestId() != "11111111-aaaa-4111-8111-111111111111" || req.GetReason() != "ABC" {
		t.Errorf("%v", req)
	}
}
