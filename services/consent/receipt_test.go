package consent

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"connectrpc.com/connect/v2"

	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
	consentv1 "aanvraag.internal/proto/gen/aanvraag/consent/v1"
	"aanvraag.internal/services/platform/rpc"
)

// consumerForm is the form of a consumer who declares it all.
func consumerForm(request string, shown *consentv1.GetCurrentTermsResponse) *consentv1.GiveConsentRequest {
	out := form(request, shown)
	out.ButtonText, out.PartyKind = "Aanvraag met betalingsverplichting", commonv1.PartyKind_PARTY_KIND_CONSUMER
	out.RecordingNoticeSeen, out.Marketing = true, true
	out.StartImmediately, out.WithdrawalLossAcknowledged = true, true
	return out
}

// bound is a house in which a consumer agreed and submitted.
func bound(t *testing.T) *house {
	t.Helper()
	h := build(t)
	h.give(consumerForm(reqID, h.terms("")))
	h.submitAs(reqID, commonv1.PartyKind_PARTY_KIND_CONSUMER)
	return h
}

// verified checks a receipt with nothing but the published key and the standard
// library, and answers what it says.
func verified(key string, receipt string) (map[string]any, bool) {
	block, _ := pem.Decode([]byte(key))
	if block == nil {
		return nil, false
	}
	public, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, false
	}
	parts := strings.Split(receipt, ".")
	if len(parts) != 3 {
		return nil, false
	}
	signature, err := base64.RawURLEncoding.Strict().DecodeString(parts[2])
	if err != nil || !ed25519.Verify(public.(ed25519.PublicKey), []byte(parts[0]+"."+parts[1]), signature) {
		return nil, false
	}
	content, err := base64.RawURLEncoding.DecodeString(parts[1])
	var said map[string]any
	return said, err == nil && json.Unmarshal(content, &said) == nil
}

func (h *house) publicKey() *consentv1.GetReceiptKeysResponse {
	h.t.Helper()
	out, err := h.public().GetReceiptKeys(h.t.Context(), &consentv1.GetReceiptKeysRequest{})
	must(h.t, err)
	return out
}

func TestO06AReceiptVerifiesOfflineAndAChangedByteFails(t *testing.T) {
	h := bound(t)
	got, keys := h.receipt(reqID), h.publicKey()
	key := keys.GetKeys()[0]
	said, ok := verified(key.GetPem(), got.GetReceipt())
	if !ok {
		t.Fatalf("it does not verify: %s", got.GetReceipt())
	}
	sum := sha256.Sum256([]byte(got.GetReceipt()))
	if got.GetKeyId() != key.GetKeyId() || got.GetSha256() != hex.EncodeToString(sum[:]) || !got.GetIssuedAt().AsTime().Equal(opened) {
		t.Errorf("%v, signed by %s", got, key.GetKeyId())
	}
	for i := range len(got.GetReceipt()) {
		changed := []byte(got.GetReceipt())
		changed[i] ^= 1
		if _, ok := verified(key.GetPem(), string(changed)); ok {
			t.Fatalf("byte %d was changed, and it still verifies", i)
		}
	}
	var set struct {
		Keys []map[string]string `json:"keys"`
	}
	must(t, json.Unmarshal([]byte(keys.GetJwks()), &set))
	if len(set.Keys) != 1 || set.Keys[0]["kid"] != key.GetKeyId() || set.Keys[0]["crv"] != "Ed25519" || set.Keys[0]["d"] != "" {
		t.Errorf("published %s", keys.GetJwks())
	}
	if said["record_id"] != got.GetRecordId() || said["pii_principal_id"] != subject(reqID) {
		t.Errorf("says %v", said)
	}
}

// The fields are those of ISO/IEC TS 27560; accepting the contract is a record kind of
// its own, and what a consumer must see is there: his button, both prices.
func TestO06AReceiptSaysWhatWasAgreedAndNothingPersonal(t *testing.T) {
	h := bound(t)
	said, ok := verified(h.publicKey().GetKeys()[0].GetPem(), h.receipt(reqID).GetReceipt())
	if !ok {
		t.Fatal("it does not verify")
	}
	for _, member := range []string{"schema_version", "record_id", "pii_principal_id", "pii_controller", "contract", "consent", "events"} {
		if said[member] == nil {
			t.Errorf("%s is missing in %v", member, said)
		}
	}
	contract, _ := said["contract"].(map[string]any)
	price, _ := contract["price"].(map[string]any)
	for member, want := range map[string]float64{
		"hourly_rate_cents": 10385, "hourly_rate_including_vat_cents": 12566,
		"minimum_support_including_vat_cents": 2420, "minimum_invoice_including_vat_cents": 3630,
	} {
		if price[member] != want {
			t.Errorf("%s is %v, want %v (X-02)", member, price[member], want)
		}
	}
	if contract["record_kind"] != "contract_acceptance" || contract["button_text"] != "Aanvraag met betalingsverplichting" ||
		contract["immediate_start_requested"] != true || contract["withdrawal_loss_acknowledged"] != true {
		t.Errorf("contract %v", contract)
	}
	shown := h.terms("").GetDocuments()
	for i, notice := range contract["notices"].([]any) {
		if notice.(map[string]any)["sha256"] != shown[i].GetSha256() {
			t.Errorf("notice %v", notice)
		}
	}
}

func TestO06OnlyWhoMaySeeItGetsTheReceipt(t *testing.T) {
	h := bound(t)
	ask := &consentv1.GetConsentReceiptRequest{SupportRequestId: reqID}
	for _, role := range []commonv1.Role{commonv1.Role_ROLE_AUDITOR, commonv1.Role_ROLE_RECEPTIONIST} {
		if _, err := h.as(role, "").GetConsentReceipt(t.Context(), ask); err != nil {
			t.Errorf("%s: %v", role, err)
		}
	}
	_, err := h.as(commonv1.Role_ROLE_CUSTOMER, "11111111-2222-4333-8444-555555555555").GetConsentReceipt(t.Context(), ask)
	refused(t, err, connect.CodePermissionDenied, rpc.ReasonNotYours)
	_, err = h.public().GetConsentReceipt(t.Context(), ask)
	refused(t, err, connect.CodePermissionDenied, rpc.ReasonPermissionDenied)
	ask.SupportRequestId = "11111111-2222-4333-8444-555555555555"
	_, err = h.as(commonv1.Role_ROLE_AUDITOR, "").GetConsentReceipt(t.Context(), ask)
	refused(t, err, connect.CodeNotFound, "CONSENT_UNKNOWN")
}

// Each change of what stands agreed has its own receipt.
func TestO06TakingAPurposeBackGivesANewReceipt(t *testing.T) {
	h := bound(t)
	first := h.receipt(reqID)
	h.withdraw(consentv1.ConsentPurpose_CONSENT_PURPOSE_MARKETING)
	second := h.receipt(reqID)
	said, ok := verified(h.publicKey().GetKeys()[0].GetPem(), second.GetReceipt())
	if !ok || first.GetRecordId() == second.GetRecordId() || !strings.Contains(string(mustJSON(t, said)), `"purpose":"marketing","state":"withdrawn"`) {
		t.Errorf("%v says %s", second, mustJSON(t, said))
	}
}

func mustJSON(t *testing.T, v any) []byte {
	t.Helper()
	data, err := json.Marshal(v)
	must(t, err)
	return data
}

// The commands of docs/receipts.md are what a stranger would type: they are run as
// they stand there.
func TestO06TheDocumentedCommandsVerifyAReceipt(t *testing.T) {
	for _, tool := range []string{"sh", "curl", "openssl"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Logf("without %s the commands cannot be run here; the same check is made in Go above", tool)
			return
		}
	}
	h := bound(t)
	h.receipt(reqID)
	handler, err := rpc.Handler(rpc.HandlerConfig{Servers: []*connect.Server{h.server}})
	must(t, err)
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	token, err := h.keys.Issue(rpc.Claims{
		Role: commonv1.Role_ROLE_CUSTOMER, Subject: "tess", SupportRequestID: reqID, IssuedAt: opened, ExpiresAt: opened.AddDate(1, 0, 0),
	})
	must(t, err)
	dir := t.TempDir()
	run := func(block string) (string, error) {
		cmd := exec.CommandContext(t.Context(), "sh", "-eu", "-c", block)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "URL="+server.URL, "TOKEN="+token, "REQUEST="+reqID)
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	blocks := shellBlocks(t, "../../docs/receipts.md")
	if len(blocks) != 2 {
		t.Fatalf("%d blocks of commands, want fetching and verifying", len(blocks))
	}
	for _, block := range blocks {
		if out, err := run(block); err != nil {
			t.Fatalf("%s\n%s(%v)", block, out, err)
		}
	}
	path := filepath.Join(dir, "receipt.jws")
	receipt, err := os.ReadFile(path)
	must(t, err)
	if _, ok := verified(h.publicKey().GetKeys()[0].GetPem(), strings.TrimSpace(string(receipt))); !ok {
		t.Fatalf("fetched %s", receipt)
	}
	receipt[bytes.IndexByte(receipt, '.')+9] ^= 1
	must(t, os.WriteFile(path, receipt, 0o600))
	if out, err := run(blocks[1]); err == nil {
		t.Errorf("a changed byte still verifies: %s", out)
	}
}

func shellBlocks(t *testing.T, file string) []string {
	t.Helper()
	data, err := os.ReadFile(file)
	must(t, err)
	var out []string
	for i, part := range strings.Split(string(data), "```") {
		if block, shell := strings.CutPrefix(part, "sh\n"); shell && i%2 == 1 {
			out = append(out, block)
		}
	}
	return out
}
