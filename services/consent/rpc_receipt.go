package consent

import (
	"context"

	"google.golang.org/protobuf/types/known/timestamppb"

	consentv1 "aanvraag.internal/proto/gen/aanvraag/consent/v1"
	"aanvraag.internal/services/platform/rpc"
)

// GetConsentReceipt implements the RPC.
func (d *door) GetConsentReceipt(
	ctx context.Context, req *consentv1.GetConsentReceiptRequest,
) (*consentv1.GetConsentReceiptResponse, error) {
	id := req.GetSupportRequestId()
	if err := rpc.Own(ctx, id); err != nil {
		return nil, err
	}
	if _, err := rpc.ParseToken(req.GetConsistencyToken()); err != nil {
		return nil, err
	}
	known, err := d.s.awaitReceipt(ctx, id)
	if err != nil {
		return nil, err
	}
	r := known.Receipt
	if r.RecordID == "" {
		return nil, errUnknown
	}
	return &consentv1.GetConsentReceiptResponse{
		RecordId: r.RecordID, ConsentId: r.ConsentID, Receipt: r.JWS, KeyId: r.KeyID,
		IssuedAt: timestamppb.New(r.IssuedAt), Sha256: r.SHA256,
	}, nil
}

// GetReceiptKeys implements the RPC.
func (d *door) GetReceiptKeys(context.Context, *consentv1.GetReceiptKeysRequest) (*consentv1.GetReceiptKeysResponse, error) {
	block, err := d.s.signer.PEM()
	if err != nil {
		return nil, err
	}
	set, err := d.s.signer.JWKS()
	if err != nil {
		return nil, err
	}
	return &consentv1.GetReceiptKeysResponse{
		Keys: []*consentv1.ReceiptKey{{KeyId: d.s.signer.ID(), Pem: block}}, Jwks: set,
	}, nil
}
