package consent

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net"

	"connectrpc.com/connect/v2"

	consentv1 "aanvraag.internal/proto/gen/aanvraag/consent/v1"
	"aanvraag.internal/services/consent/internal/agreement"
	"aanvraag.internal/services/platform/command"
	"aanvraag.internal/services/platform/vault"
)

// evidence is what the server sees of the call itself (O-05). The address is personal
// data, so it is sealed; a call without a network has none.
func (s *Service) evidence(ctx context.Context, req *consentv1.GiveConsentRequest, env command.Envelope) (agreement.Evidence, error) {
	out := agreement.Evidence{FormBuild: req.GetFormBuild()}
	info, ok := connect.CallInfoForServerContext(ctx)
	if !ok {
		return out, nil
	}
	if agent := info.RequestHeader().Get("User-Agent"); agent != "" {
		sum := sha256.Sum256([]byte(agent))
		out.UserAgentSHA256 = hex.EncodeToString(sum[:])
	}
	address, _, err := net.SplitHostPort(info.PeerAddr)
	if err != nil {
		return out, nil //nolint:nilerr // no network, no address
	}
	id := req.GetSupportRequestId()
	sealed, err := s.house.Vault.Seal(ctx, subject(id), vault.Operational, "clientAddress",
		s.place(id, env.CommandID), []byte(address))
	if errors.Is(err, vault.ErrErased) {
		return out, nil // of a draft that expired; the chamber refuses it (G-03)
	}
	out.ClientAddress = sealed
	return out, err
}

// publicEvidence is what callers see of it; nil when nothing was recorded.
func publicEvidence(e agreement.Evidence) *consentv1.ConsentEvidence {
	if e.UserAgentSHA256 == "" && e.FormBuild == "" && e.ClientAddress.IsZero() {
		return nil
	}
	return &consentv1.ConsentEvidence{
		UserAgentSha256: e.UserAgentSHA256, FormBuild: e.FormBuild, AddressRecorded: !e.ClientAddress.IsZero(),
	}
}
