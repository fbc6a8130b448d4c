package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect/v2"
	"connectrpc.com/connect/v2/connecthttp"
	"github.com/google/uuid"
	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/known/timestamppb"

	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	legalv1 "aanvraag.internal/proto/gen/aanvraag/legal/v1"
	"aanvraag.internal/proto/gen/aanvraag/legal/v1/legalv1connect"
	schedulingv1 "aanvraag.internal/proto/gen/aanvraag/scheduling/v1"
	"aanvraag.internal/services/aanvraag/internal/check"
	"aanvraag.internal/services/aanvraag/internal/desk"
	"aanvraag.internal/services/aanvraag/internal/system"
	"aanvraag.internal/services/platform/bus"
	"aanvraag.internal/services/platform/rpc"
	"aanvraag.internal/services/platform/signing"
)

// life is one support request in a system of its own, always with the same ids, keys
// of commands and instants, with a referral or without.
type life struct {
	*house
	ctx   context.Context //nolint:containedctx // lives for one test
	c     *desk.Case
	desk  *desk.Desk
	bill  string // invoice id
	legal map[string]legalv1connect.LegalServiceClient
	id    string // of the referral
}

// receiptKey is what every life here signs receipts with: another key would sign
// other bytes.
var receiptKey = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "receipts")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	return signing.OpenFile(dir, "receipts.jwk")
})

func begin(t *testing.T) *life {
	t.Helper()
	data := t.TempDir()
	key, err := receiptKey()
	if err == nil {
		err = errors.Join(os.Mkdir(system.KeysDir(data), 0o700), os.WriteFile(filepath.Join(system.KeysDir(data), "receipts.jwk"), key, 0o600))
	}
	if err != nil {
		t.Fatal(err)
	}
	l := &life{house: start(t, data), ctx: t.Context(), legal: map[string]legalv1connect.LegalServiceClient{}}
	l.desk = desk.Open(l.url, func(role string) (string, error) { return token(t, l.data, role), nil })
	t.Cleanup(l.desk.Close)
	l.c = l.desk.NewCase("0b8f6a0e-6f7e-4a53-9d55-1f1f0a5d2c11")
	keys, err := rpc.OpenKeys(system.KeysDir(l.data))
	l.must(err)
	for _, account := range []string{"lena", "otto"} {
		text, err := keys.Issue(rpc.Claims{
			Role: commonv1.Role_ROLE_LEGAL, Subject: account, IssuedAt: monday.AddDate(-1, 0, 0), ExpiresAt: monday.AddDate(5, 0, 0),
		})
		l.must(err)
		l.legal[account] = legalv1connect.NewLegalServiceClient(connect.NewClient(
			connecthttp.NewTransport(http.DefaultClient, l.url), rpc.Bearer(func() (string, error) { return text, nil }),
		))
	}
	return l
}

func (l *life) must(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

// rest waits until everything that must follow from what was recorded did.
func (l *life) rest() {
	l.t.Helper()
	beside, err := check.Beside(l.data)
	l.must(err)
	found, err := check.AtRest(l.ctx, beside.Subject, 20*time.Second)
	l.must(errors.Join(err, beside.Close()))
	for _, f := range found {
		l.t.Errorf("the system came to rest with %s", f)
	}
}

func (l *life) raise() {
	done, err := l.legal["lena"].RaiseReferral(l.ctx, &legalv1.RaiseReferralRequest{
		IdempotencyKey: uuid.NewString(), SupportRequestId: l.c.ID, Grounds: "dreigbrief van Kwaadaard",
		ReviewAt: timestamppb.New(monday.AddDate(1, 0, 0)),
	})
	l.must(err)
	l.id = done.GetReferral().GetReferralId()
}

func (l *life) approve() {
	_, err := l.legal["otto"].ApproveReferral(l.ctx, &legalv1.ApproveReferralRequest{IdempotencyKey: uuid.NewString(), ReferralId: l.id})
	l.must(err)
}

func (l *life) handOver() {
	_, err := l.legal["lena"].RecordHandOver(l.ctx, &legalv1.RecordHandOverRequest{
		IdempotencyKey: uuid.NewString(), ReferralId: l.id, Authority: "Openbaar Ministerie", Reference: "PL2100-1",
	})
	l.must(err)
}

func (l *life) release() {
	_, err := l.legal["otto"].ReleaseReferral(l.ctx, &legalv1.ReleaseReferralRequest{
		IdempotencyKey: uuid.NewString(), ReferralId: l.id, Reason: "geseponeerd",
	})
	l.must(err)
}

// live takes the request to its settlement. Whatever moment names happens in between.
func (l *life) live(moments map[string]func()) {
	l.t.Helper()
	steps := []struct {
		name string
		do   func() error
	}{
		{"consent", func() error { return l.c.Consent(l.ctx) }},
		{"submit", func() error { _, err := l.c.Submit(l.ctx); return err }},
		{"accept", func() error { _, err := l.c.Accept(l.ctx); return err }},
		{"book", func() error { _, err := l.c.Book(l.ctx); return err }},
		{"start", func() error { _, err := l.c.StartSession(l.ctx); return err }},
		{"advance", func() error { return l.desk.Advance(l.ctx, 37*time.Minute) }},
		{"note", func() error { return l.c.NoteWork(l.ctx) }},
		{"end", func() error { _, err := l.c.EndSession(l.ctx); return err }},
		{"close", func() error { _, err := l.c.Close(l.ctx); return err }},
		{"pay", func() error {
			if _, err := l.c.Await(l.ctx, intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_INVOICED); err != nil {
				return err
			}
			i, err := l.c.Invoice(l.ctx)
			if err != nil {
				return err
			}
			l.bill = i.GetInvoiceId()
			_, err = l.c.Pay(l.ctx, 1, i.GetPaymentReference(), i.GetTotalIncludingVat().GetCents())
			return err
		}},
	}
	for _, s := range steps {
		l.must(s.do())
		l.rest() // so that what follows is decided at the same instant in every life
		if moment := moments[s.name]; moment != nil {
			moment()
			l.rest()
		}
	}
}

// told is what somebody was answered: by role and call, the very bytes.
type told map[string]string

// reads are the beginnings of RPCs that change nothing.
var reads = []string{"Get", "List", "Watch", "Replay", "Verify", "Find", "Download", "Explain", "Prove", "Export", "Search", "Read"}

// everything asks, for each role but legal, everything that the contract lets it read,
// and everything of the legal role's service that it may not.
func (l *life) everything() told {
	l.t.Helper()
	out := told{}
	protoregistry.GlobalFiles.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		if !strings.HasPrefix(string(file.Package()), "aanvraag.") {
			return true
		}
		for i := range file.Services().Len() {
			methods := file.Services().Get(i).Methods()
			for j := range methods.Len() {
				l.ask(out, methods.Get(j))
			}
		}
		return true
	})
	if len(out) < 60 {
		l.t.Fatalf("only %d answers", len(out))
	}
	return out
}

func (l *life) ask(out told, m protoreflect.MethodDescriptor) {
	l.t.Helper()
	ofLegal := strings.HasPrefix(string(m.FullName()), "aanvraag.legal.")
	if !ofLegal && !slices.ContainsFunc(reads, func(prefix string) bool { return strings.HasPrefix(string(m.Name()), prefix) }) {
		return
	}
	for number := range commonv1.Role_name {
		role := commonv1.Role(number)
		if name := rpc.RoleName(role); name != "" && role != commonv1.Role_ROLE_LEGAL && (ofLegal || rpc.Allowed(m, role)) {
			out[name+" "+string(m.FullName())] = l.call(m, l.tokenOf(name), l.body(m))
		}
	}
}

func (l *life) tokenOf(role string) string {
	switch role {
	case "public":
		return ""
	case "customer":
		return l.c.CustomerToken
	}
	return token(l.t, l.data, role)
}

// body names the request, and whatever belongs to it, in each field that can.
func (l *life) body(m protoreflect.MethodDescriptor) []byte {
	l.t.Helper()
	known := map[string]any{
		"support_request_id": l.c.ID, "session_id": l.c.SessionID, "appointment_id": l.c.AppointmentID, "recording_id": l.c.SessionID,
		"invoice_id": l.bill, "technician_id": l.c.Technician, "include_personal_data": true, "parked_id": "intake.billing.invoice-" + l.bill,
		"idempotency_key": "5d0e9a0f-3b8d-4c2e-8f61-5b0b1d0a8c1c", "referral_id": l.id, "grounds": "x", "reason": "x",
		"authority": "x", "reference": "x", "review_at": monday.AddDate(1, 0, 0).Format(time.RFC3339),
	}
	if l.id == "" {
		known["referral_id"] = l.c.ID
	}
	body := map[string]any{}
	for i := range m.Input().Fields().Len() {
		field := m.Input().Fields().Get(i)
		if value, has := known[string(field.Name())]; has && value != "" && !field.IsList() {
			body[field.JSONName()] = value
		}
	}
	text, err := json.Marshal(body)
	l.must(err)
	return text
}

// What an error says beside its text is told twice; the bytes have their parts in any
// order.
var details = regexp.MustCompile(`"value":"[^"]*",`)

// call answers the status and body of a call, as bytes; of a stream that would go on,
// what comes within a moment.
func (l *life) call(m protoreflect.MethodDescriptor, bearer string, body []byte) string {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(l.ctx, 10*time.Second)
	defer cancel()
	kind := "application/json"
	if m.IsStreamingServer() {
		kind = "application/connect+json"
		body = append(binary.BigEndian.AppendUint32([]byte{0}, uint32(len(body))), body...)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, l.url+"/"+string(m.Parent().FullName())+"/"+string(m.Name()), bytes.NewReader(body))
	l.must(err)
	req.Header.Set("Content-Type", kind)
	if bearer != "" {
		req.Header.Set("Authorization", "Bearer "+bearer)
	}
	resp, err := http.DefaultClient.Do(req)
	l.must(err)
	defer resp.Body.Close()
	if !m.IsStreamingServer() {
		text, err := io.ReadAll(resp.Body)
		l.must(err)
		return fmt.Sprint(resp.StatusCode, " ", details.ReplaceAllString(string(text), ""))
	}
	var frames []string
	for {
		head := make([]byte, 5)
		if strings.HasPrefix(string(m.Name()), "Watch") && len(frames) == 1 && !strings.Contains(frames[0], "SETTLED") {
			break // the rest has not happened yet
		}
		if _, err := io.ReadFull(resp.Body, head); errors.Is(err, io.EOF) {
			break
		}
		frame := make([]byte, binary.BigEndian.Uint32(head[1:]))
		_, err := io.ReadFull(resp.Body, frame)
		l.must(err)
		frames = append(frames, string(frame))
	}
	return fmt.Sprint(resp.StatusCode, "\n", details.ReplaceAllString(strings.Join(frames, "\n"), ""))
}

// series are the metrics of the system itself, without those of its language.
// Calls are counted here too, so of those only what is counted is compared.
func (l *life) series() told {
	l.t.Helper()
	resp, err := http.Get(l.url + "/metrics")
	l.must(err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	l.must(err)
	out := told{}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch {
		case !strings.HasPrefix(name, "aanvraag_"):
		case strings.HasPrefix(name, "aanvraag_inbox_failed_total"): // news that overtook other news is tried again: chance
		case strings.HasPrefix(name, "aanvraag_rpc_"), strings.HasPrefix(name, "aanvraag_relay_position"):
			out[name] = ""
		default:
			out[name] = value
		}
	}
	return out
}

// rows are what every view holds, but for that of legal: of its table, and of how far
// it has seen the log, nothing.
func (l *life) rows() told {
	l.t.Helper()
	files, err := filepath.Glob(filepath.Join(l.data, "views", "*.db"))
	l.must(err)
	out := told{}
	for _, file := range files {
		if strings.HasPrefix(filepath.Base(file), "legal") {
			continue
		}
		db, err := sql.Open("sqlite", "file:"+file+"?mode=ro")
		l.must(err)
		tables := l.query(db, `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'view_%'`)
		for table := range strings.FieldsSeq(tables) {
			name, _, _ := strings.Cut(filepath.Base(file), "-")
			out[name+" "+table] = l.query(db, "SELECT * FROM "+table)
		}
		l.must(db.Close())
	}
	if len(out) < 5 {
		l.t.Fatalf("only %d tables", len(out))
	}
	return out
}

func (l *life) query(db *sql.DB, text string) string {
	l.t.Helper()
	rows, err := db.QueryContext(l.ctx, text)
	l.must(err)
	defer rows.Close()
	columns, err := rows.Columns()
	l.must(err)
	var lines []string
	for rows.Next() {
		cells := make([]any, len(columns))
		for i := range cells {
			cells[i] = new(any)
		}
		l.must(rows.Scan(cells...))
		var line []string
		for _, c := range cells {
			value := *c.(*any)
			if data, isBytes := value.([]byte); isBytes {
				value = string(data)
			}
			line = append(line, fmt.Sprint(value))
		}
		lines = append(lines, strings.Join(line, " "))
	}
	l.must(rows.Err())
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// same fails the test for everything that two people were not told alike.
func same(t *testing.T, what string, want, got told) {
	t.Helper()
	for _, key := range slices.Sorted(maps.Keys(want)) {
		if got[key] != want[key] {
			t.Errorf("%s: %s is told\n%s\nwith a referral, and without\n%s", what, key, got[key], want[key])
		}
	}
	for _, key := range slices.Sorted(maps.Keys(got)) {
		if _, has := want[key]; !has {
			t.Errorf("%s: %s is told with a referral alone: %s", what, key, got[key])
		}
	}
}

// A referral changes no byte of anything that anybody else can read: asked before it
// and after, all answers, metrics, letters and rows of views are the very same.
func TestD05AReferralChangesNoByteOfWhatOthersRead(t *testing.T) {
	l := begin(t)
	l.live(nil)
	type all struct{ answers, metrics, rows, letters told }
	read := func() all {
		answers := l.everything()
		l.rest()
		return all{answers, l.series(), l.rows(), mails(t, l.data)}
	}
	before := read()
	logged := len(l.log.String())
	l.raise()
	l.approve()
	l.handOver()
	l.release()
	l.raise()
	l.rest()
	for _, word := range []string{"legal", "eferral", l.id, "lena", "otto", "Kwaadaard"} {
		if strings.Contains(l.log.String()[logged:], word) {
			t.Errorf("the process logs %q:\n%s", word, l.log.String()[logged:])
		}
	}
	after := read()
	same(t, "answers", before.answers, after.answers)
	same(t, "metrics", before.metrics, after.metrics)
	same(t, "views", before.rows, after.rows)
	same(t, "letters", before.letters, after.letters)

	// The operator's verification finds a whole log, and an auditor the history.
	var story strings.Builder
	if err := (&verifyCmd{Data: l.data}).Run(t.Context(), streams{out: &story, err: &story}); err != nil {
		t.Error(err)
	}
	if replayed := before.answers["auditor aanvraag.audit.v1.AuditService.ReplayEvents"]; !strings.Contains(replayed, "invoice.settled.v1") {
		t.Errorf("the auditor was told %s", replayed)
	}
}

// What differs between any two lives, whatever happens in them: the bytes of a cipher
// and of a hash over it, keyed fingerprints, and places in the log, which other lives
// of the same log move too.
var chance = regexp.MustCompile(`"(cipher|fingerprint)":"([^"]*)"|"(hash|position)":"[^"]*"`)

// levelled is a text without what chance makes; a cipher keeps its length. The events
// of a history are told in the order of the log, in which two services that react to
// the same thing come as chance has it.
func levelled(text string) string {
	text = strings.ReplaceAll(text, `\"`, `"`)
	text = chance.ReplaceAllStringFunc(text, func(found string) string {
		name, value, _ := strings.Cut(found, ":")
		if name == `"cipher"` || name == `"fingerprint"` {
			return fmt.Sprint(name, " of ", len(value))
		}
		return name
	})
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		switch {
		case strings.Contains(line, `"stream":"invoice-`):
			lines[i] = whoever.ReplaceAllString(line, "")
		case strings.Contains(line, `"stream":"recording-`), strings.Contains(line, `"eventStream":"recording-`):
			lines[i] = whichever.ReplaceAllString(line, "")
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// A payment is counted by the call that records it, or by billing's own reaction to
// it, whichever comes first; each says so.
var whoever = regexp.MustCompile(`"actor":\{[^}]*\},?|,?"source":\{[^}]*\}`)

// A recording that must go at once is destroyed by the reaction to that, or by its
// deadline, whichever comes first. What follows has its id from either.
var whichever = regexp.MustCompile(`"(eventId|commandId|\$causationId)":"[^"]*",? ?|,?"source":\{[^}]*\}`)

func (d told) levelled() told {
	out := told{}
	for key, text := range d {
		out[key] = levelled(text)
	}
	return out
}

// The same life twice, with fixed ids and on a frozen clock: once with a referral that
// is raised, approved, handed over and released on the way, once without.
func TestD05ALifeWithAReferralReadsLikeOneWithout(t *testing.T) {
	plain, referred := begin(t), begin(t)
	plain.live(nil)
	referred.live(map[string]func(){
		"submit": referred.raise, "book": referred.approve, "end": referred.handOver, "close": referred.release,
	})
	referred.id = "" // so that both ask for the same
	same(t, "answers", plain.everything().levelled(), referred.everything().levelled())
	same(t, "metrics", plain.series(), referred.series())
	same(t, "letters", mails(t, plain.data), mails(t, referred.data))
	plain.stop()
	referred.stop()
	one, other := plain.published(), referred.published()
	same(t, "bus", one, other)
	if len(one) < 15 {
		t.Errorf("only %d messages on the bus", len(one))
	}
}

// published is what stands on the bus of a system that was stopped, and looks at
// everything else on the way.
func (l *life) published() told {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	o, err := check.Stopped(l.data, slog.New(slog.DiscardHandler))
	l.must(err)
	defer o.Close()
	found, err := check.All(ctx, o.Subject)
	l.must(err)
	for _, f := range found {
		l.t.Errorf("found %s", f)
	}
	js, err := jetstream.New(o.Bus)
	l.must(err)
	out := told{}
	names := js.StreamNames(ctx)
	for name := range names.Name() {
		s, err := js.Stream(ctx, name)
		l.must(err)
		for sequence := uint64(1); ; sequence++ {
			m, err := s.GetMsg(ctx, sequence)
			if errors.Is(err, jetstream.ErrMsgNotFound) {
				break
			}
			l.must(err)
			e, err := bus.ParseNATS(m.Header, m.Data)
			if err != nil {
				out[fmt.Sprint(name, " ", sequence)] = string(m.Data)
				continue
			}
			kind, err := protoregistry.GlobalTypes.FindMessageByName(protoreflect.FullName(e.Type))
			l.must(err)
			body := kind.New().Interface()
			l.must(proto.Unmarshal(e.Body, body))
			text, err := protojson.Marshal(body)
			l.must(err)
			var compact bytes.Buffer
			l.must(json.Compact(&compact, text))
			key := fmt.Sprint(m.Subject, " ", int64(e.Revision))
			id := e.ID.String()
			if strings.Contains(m.Subject, ".RecordingDestroyed.") {
				id = "" // see whichever
			}
			out[key] = levelled(fmt.Sprint(id, e.Previous, e.Correlation, e.Time, compact.String()))
		}
	}
	l.must(names.Err())
	return out
}

// While a referral holds the request, its recording is not destroyed; that, and
// nothing else, differs, and only as long as the hold lasts.
func TestD06AHeldRecordingOutlivesTheBillAndNothingSaysWhy(t *testing.T) {
	plain, held := begin(t), begin(t)
	plain.live(nil)
	held.live(map[string]func(){"end": func() { held.raise(); held.approve(); held.handOver() }})
	state := func(l *life) schedulingv1.RecordingState {
		session, err := l.c.Session(l.ctx)
		l.must(err)
		return session.GetRecordingState()
	}
	if state(plain) != schedulingv1.RecordingState_RECORDING_STATE_DESTROYED || state(held) != schedulingv1.RecordingState_RECORDING_STATE_DELETION_DUE {
		t.Fatalf("recordings %v and %v", state(plain), state(held))
	}
	id := held.id
	compare := func(when string) {
		t.Helper()
		held.id = ""
		defer func() { held.id = id }()
		want, got := plain.everything(), held.everything()
		for _, d := range []told{want, got} {
			for key, text := range d {
				d[key] = withoutDestruction(levelled(text))
			}
			maps.DeleteFunc(d, func(key, _ string) bool { return strings.HasSuffix(key, ".GetDeletionCertificate") })
		}
		same(t, when, want, got)
	}
	compare("held")
	held.release()
	for _, l := range []*life{plain, held} {
		l.must(l.desk.Advance(l.ctx, 24*time.Hour))
		l.rest()
	}
	if state(held) != schedulingv1.RecordingState_RECORDING_STATE_DESTROYED {
		t.Errorf("a day after the release the recording is %v", state(held))
	}
	compare("released")
	held.stop()
	held.published()
}

var destruction = regexp.MustCompile(`"type":"recording\.(destruction_begun|key_destroyed)\.v1"`)

// withoutDestruction leaves out when, and whether, the recording was destroyed.
func withoutDestruction(text string) string {
	text = strings.NewReplacer("RECORDING_STATE_DELETION_DUE", "RECORDING_STATE_…", "RECORDING_STATE_DESTROYED", "RECORDING_STATE_…").Replace(text)
	lines := strings.Split(text, "\n")
	lines = slices.DeleteFunc(lines, func(line string) bool { return destruction.MatchString(line) })
	return regexp.MustCompile(`"(events|streams)":"\d+",?`).ReplaceAllString(strings.Join(lines, "\n"), "")
}
