package audit

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"slices"
	"testing"
	"time"

	"connectrpc.com/connect/v2"
	"connectrpc.com/connect/v2/connectinprocess"
	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	auditv1 "aanvraag.internal/proto/gen/aanvraag/audit/v1"
	"aanvraag.internal/proto/gen/aanvraag/audit/v1/auditv1connect"
	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
	"aanvraag.internal/services/platform/clock"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/eventstore/memory"
	"aanvraag.internal/services/platform/rpc"
	"aanvraag.internal/services/platform/service"
)

// desk is audit over a log.
type desk struct {
	t      *testing.T
	keys   *rpc.Keys
	clock  *clock.Frozen
	server *connect.Server
}

func open(t *testing.T, store eventstore.Store) *desk {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	d := &desk{t: t, clock: clock.NewFrozen(monday, nil)}
	var err error
	d.keys, err = rpc.OpenKeys(t.TempDir())
	check(t, err)
	s, err := New(t.Context(), service.House{
		Store: store, Clock: d.clock, Keys: d.keys, Log: log, ViewDir: t.TempDir(), Metrics: prometheus.NewRegistry(),
	})
	check(t, err)
	d.server = rpc.NewServer(rpc.ServerConfig{Clock: d.clock, Authenticator: d.keys, Log: log})
	s.Register(d.server)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		check(t, <-ended)
	})
	select {
	case <-s.Ready():
	case <-time.After(10 * time.Second):
		t.Fatal("audit did not become ready")
	}
	return d
}

// as is a client with a token of that role.
func (d *desk) as(role commonv1.Role) auditv1connect.AuditServiceClient {
	d.t.Helper()
	token, err := d.keys.Issue(rpc.Claims{Role: role, Subject: "noor", IssuedAt: monday, ExpiresAt: monday.Add(time.Hour)})
	check(d.t, err)
	return auditv1connect.NewAuditServiceClient(connect.NewClient(connectinprocess.New(d.server),
		rpc.Bearer(func() (string, error) { return token, nil })))
}

func (d *desk) auditor() auditv1connect.AuditServiceClient {
	return d.as(commonv1.Role_ROLE_AUDITOR)
}

// replay reads a history to its end.
func (d *desk) replay(client auditv1connect.AuditServiceClient, id string) ([]*auditv1.RecordedEvent, error) {
	d.t.Helper()
	stream, err := client.ReplayEvents(d.t.Context(), &auditv1.ReplayEventsRequest{SupportRequestId: id})
	if err != nil {
		return nil, err
	}
	defer stream.Close()
	var out []*auditv1.RecordedEvent
	for {
		m, err := stream.Receive()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return out, err
		}
		out = append(out, m.GetEvent())
	}
}

// Every stream of a request, merged in the order of the log, and nothing of others.
func TestAReplayIsTheWholeHistoryInOrder(t *testing.T) {
	store := memory.New()
	t.Cleanup(func() { _ = store.Close() })
	d := open(t, store)
	log := record(t, store, life()) // after the start: the view has to follow
	got, err := d.replay(d.auditor(), request)
	check(t, err)
	var positions []uint64
	for _, e := range got {
		r := log[e.GetPosition()-1]
		positions = append(positions, e.GetPosition())
		if e.GetData() != string(r.Data) || e.GetMetadata() != string(r.Metadata) || e.GetHash() != r.Hash.String() ||
			e.GetStream() != r.Stream || e.GetRevision() != int64(r.Revision) || e.GetType() != r.Type ||
			e.GetEventId() != r.ID.String() || !e.GetRecordedAt().AsTime().Equal(r.RecordedAt) {
			t.Errorf("event %d is not as it is stored: %v", e.GetPosition(), e)
		}
	}
	if !slices.Equal(positions, []uint64{2, 4, 5, 6, 8, 9}) {
		t.Errorf("it tells the positions %v", positions)
	}
}

func TestAReplayOfNothingIsNotFound(t *testing.T) {
	store := memory.New()
	t.Cleanup(func() { _ = store.Close() })
	record(t, store, life())
	d := open(t, store)
	_, err := d.replay(d.auditor(), uuid.NewString())
	if connect.CodeOf(err) != connect.CodeNotFound || rpc.Reason(err) != "SUPPORT_REQUEST_UNKNOWN" {
		t.Errorf("got %v (%s)", err, rpc.Reason(err))
	}
}

func TestAWholeLogVerifies(t *testing.T) {
	store := memory.New()
	t.Cleanup(func() { _ = store.Close() })
	record(t, store, life())
	d := open(t, store)
	got, err := d.auditor().VerifyLog(t.Context(), &auditv1.VerifyLogRequest{})
	check(t, err)
	if got.GetEvents() != 9 || got.GetStreams() != 6 || got.GetPosition() != 9 {
		t.Errorf("got %v", got)
	}
}

func TestADamagedLogIsNamedAndNotReplayed(t *testing.T) {
	store := memory.New()
	t.Cleanup(func() { _ = store.Close() })
	log := record(t, store, life())
	log[5].Data = []byte(`{}`)
	d := open(t, tampered{Store: store, log: log})
	_, verifying := d.auditor().VerifyLog(t.Context(), &auditv1.VerifyLogRequest{})
	_, replaying := d.replay(d.auditor(), request)
	for name, err := range map[string]error{"verifying": verifying, "replaying": replaying} {
		details := rpc.Metadata(err)
		if connect.CodeOf(err) != connect.CodeDataLoss || rpc.Reason(err) != rpc.ReasonLogDamaged ||
			details["stream"] != "request-"+request || details["revision"] != "1" {
			t.Errorf("%s: %v (%s) %v", name, err, rpc.Reason(err), details)
		}
	}
}

// P8: history is for auditors.
func TestOnlyAnAuditorReadsTheHistory(t *testing.T) {
	store := memory.New()
	t.Cleanup(func() { _ = store.Close() })
	record(t, store, life())
	d := open(t, store)
	for _, role := range []commonv1.Role{commonv1.Role_ROLE_DISPATCHER, commonv1.Role_ROLE_ADMINISTRATOR, commonv1.Role_ROLE_SERVICE} {
		// In-process, a stream that is refused before its request is read may just end.
		told, replaying := d.replay(d.as(role), request)
		_, verifying := d.as(role).VerifyLog(t.Context(), &auditv1.VerifyLogRequest{})
		if replaying == nil || len(told) > 0 || connect.CodeOf(verifying) != connect.CodePermissionDenied {
			t.Errorf("%s: %v, %v", role, replaying, verifying)
		}
	}
}
