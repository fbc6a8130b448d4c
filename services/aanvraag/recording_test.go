package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect/v2"
	"connectrpc.com/connect/v2/connecthttp"
	"github.com/google/uuid"

	schedulingv1 "aanvraag.internal/proto/gen/aanvraag/scheduling/v1"
	"aanvraag.internal/proto/gen/aanvraag/scheduling/v1/schedulingv1connect"
	"aanvraag.internal/services/aanvraag/internal/desk"
	"aanvraag.internal/services/aanvraag/internal/system"
	"aanvraag.internal/services/platform/blobs"
	"aanvraag.internal/services/platform/rpc"
)

// mayGrow is how much memory an upload may take beside what a process needs anyway.
const mayGrow = 64 << 20

// film is content that does not compress.
func film(size int) []byte {
	out := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{3}).Read(out) // never fails
	return out
}

// memory reads a process's memory from the kernel: what is resident, and the most
// that ever was since the peak was last reset.
func memory(t *testing.T, pid int) (resident, peak int64) {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	must(t, err)
	read := func(name string) int64 {
		_, rest, _ := strings.Cut(string(status), name+":")
		kilobytes, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
		must(t, err)
		return kilobytes << 10
	}
	return read("VmRSS"), read("VmHWM")
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// filmed is a case whose session of 37 minutes has ended.
func filmed(ctx context.Context, t *testing.T, d *desk.Desk) *desk.Case {
	t.Helper()
	c := d.NewCase(uuid.NewString())
	for _, step := range []func() error{
		func() error { return c.Consent(ctx) },
		func() error { _, err := c.Submit(ctx); return err },
		func() error { _, err := c.Accept(ctx); return err },
		func() error { _, err := c.Book(ctx); return err },
		func() error { _, err := c.StartSession(ctx); return err },
		func() error { return d.Advance(ctx, 37*time.Minute) },
		func() error { return c.NoteWork(ctx) },
		func() error { _, err := c.EndSession(ctx); return err },
	} {
		must(t, persist(ctx, step))
	}
	return c
}

// seen downloads a recording.
func seen(ctx context.Context, by schedulingv1connect.SchedulingServiceClient, id string) ([]byte, error) {
	stream, err := by.DownloadRecording(ctx, &schedulingv1.DownloadRecordingRequest{
		IdempotencyKey: uuid.NewString(), SessionId: id, Reason: "to compare",
	})
	if err != nil {
		return nil, err
	}
	var out []byte
	for {
		m, err := stream.Receive()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		out = append(out, m.GetChunk()...)
	}
}

// A recording's whole life in a real process: an upload that kill -9 interrupts goes
// on where it was acknowledged and takes little memory; once the bill is satisfied
// nothing on disk can be decrypted, and the log is whole. With AANVRAAG_LONG the
// recording has 200 MiB.
func TestS05ARecordingSurvivesItsProcessAndNotItsBill(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("memory is read as Linux tells it")
	}
	size := 24 << 20
	if os.Getenv("AANVRAAG_LONG") != "" {
		size = 200 << 20
	}
	ctx, cancel := context.WithTimeout(context.Background(), 130*time.Second)
	defer cancel()
	data := t.TempDir()
	p := launch(t, data, freePort(t))
	d := desk.Open("http://"+p.addr, func(role string) (string, error) { return token(t, data, role), nil })
	defer d.Close()
	c := filmed(ctx, t, d)
	technician, err := d.As("technician")
	must(t, err)
	content := film(size)

	// A part is acknowledged; then the process dies in the middle of the next call.
	part, err := c.UploadPart(ctx, content[:size/4], 0, nil)
	must(t, err)
	interrupted := make(chan error, 1)
	go func() {
		_, err := c.UploadPart(ctx, content[part.GetOffset():], part.GetOffset(), nil)
		interrupted <- err
	}()
	for at := part.GetOffset(); at <= part.GetOffset() && ctx.Err() == nil; {
		now, err := technician.Scheduling.GetUpload(ctx, &schedulingv1.GetUploadRequest{SessionId: c.SessionID})
		must(t, err)
		at = now.GetOffset()
	}
	p.kill()
	<-interrupted
	p = launch(t, data, p.addr)
	idle, _ := memory(t, p.cmd.Process.Pid)
	asked, err := technician.Scheduling.GetUpload(ctx, &schedulingv1.GetUploadRequest{SessionId: c.SessionID})
	must(t, err)
	if asked.GetOffset() <= part.GetOffset() || asked.GetOffset() > int64(size) || asked.GetComplete() {
		t.Fatalf("acknowledged were %d bytes and more, kept are %v", part.GetOffset(), asked)
	}
	must(t, os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", p.cmd.Process.Pid), []byte("5"), 0o600)) // the peak begins anew
	done, err := c.Upload(ctx, content, asked.GetOffset(), 37*time.Minute)
	must(t, err)
	_, peak := memory(t, p.cmd.Process.Pid)
	t.Logf("%d MiB from offset %d: idle %d MiB, at most %d MiB", size>>20, asked.GetOffset(), idle>>20, peak>>20)
	if !done.GetComplete() || done.GetDurationFlagged() || done.GetOffset() != int64(size) {
		t.Fatalf("answered %v", done)
	}
	got, err := seen(ctx, technician.Scheduling, c.SessionID)
	must(t, err)
	if sha256.Sum256(got) != sha256.Sum256(content) {
		t.Error("another film comes back")
	}
	_, after := memory(t, p.cmd.Process.Pid)
	if peak = max(peak, after); peak > idle+mayGrow && !raced {
		t.Errorf("from %d MiB it grew to %d MiB", idle>>20, peak>>20)
	}
	backup, err := os.ReadFile(blobs.File(system.BlobsDir(data), c.SessionID))
	must(t, err)
	if bytes.Contains(backup, content[1000:1032]) {
		t.Error("the film lies on disk in clear")
	}

	// The bill is satisfied, and a day goes by.
	must(t, persist(ctx, func() error { _, err := c.Close(ctx); return err }))
	paid(ctx, t, c)
	must(t, d.Advance(ctx, 24*time.Hour))
	until := func() bool {
		answer, err := technician.Scheduling.GetDeletionCertificate(ctx, &schedulingv1.GetDeletionCertificateRequest{SessionId: c.SessionID})
		return err == nil && answer.GetCertificate().GetFileDeletedAt() != nil &&
			answer.GetCertificate().GetCiphertextSha256() == done.GetCiphertextSha256()
	}
	for !until() && ctx.Err() == nil {
		time.Sleep(10 * time.Millisecond)
	}
	if left, err := blobs.Names(system.BlobsDir(data)); err != nil || len(left) > 0 {
		t.Errorf("on disk are %v (%v)", left, err)
	}
	if got, err := seen(ctx, technician.Scheduling, c.SessionID); rpc.Reason(err) != "RECORDING_GONE" {
		t.Errorf("%d bytes are seen, %v", len(got), err)
	}
	endWhole(ctx, t, "http://"+p.addr, data, p.end)
	var said strings.Builder
	if err := (&verifyCmd{Data: data}).Run(ctx, streams{out: &said, err: &said}); err != nil {
		t.Errorf("audit verify: %v\n%s", err, &said)
	}
}

// paid waits for the invoice and pays it.
func paid(ctx context.Context, t *testing.T, c *desk.Case) {
	t.Helper()
	must(t, persist(ctx, func() error {
		invoice, err := c.Invoice(ctx)
		if err == nil && invoice == nil {
			return connect.NewError(connect.CodeUnavailable, "not listed yet")
		}
		if err != nil {
			return err
		}
		_, err = c.Pay(ctx, 1, invoice.GetPaymentReference(), invoice.GetTotalIncludingVat().GetCents())
		return err
	}))
}

// An upload passes the door of several processes, over HTTP/1.1 and as gRPC over
// HTTP/2 without TLS; and a refusal in the middle of it is heard.
func TestARecordingGoesThroughTheDoorOfSeveralProcesses(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 130*time.Second)
	defer cancel()
	f := newFleet(t)
	f.startAll()
	d := f.desk()
	content := film(3 << 20)
	protocols := new(http.Protocols)
	protocols.SetUnencryptedHTTP2(true)
	two := &http.Transport{Protocols: protocols}
	defer two.CloseIdleConnections()
	for name, over := range map[string]connecthttp.HTTPClient{
		"HTTP/1.1": nil,
		"h2c":      &http.Client{Transport: two},
	} {
		by := d
		if over != nil {
			by = desk.OpenOver(over, f.url("door"), func(role string) (string, error) { return token(t, f.data, role), nil })
			defer by.Close()
		}
		c := by.NewCase(uuid.NewString())
		c.Technician, c.Start = "technician-"+c.ID[:8], appointment(t)
		for _, step := range []func() error{
			func() error { return c.Consent(ctx) },
			func() error { _, err := c.Submit(ctx); return err },
			func() error { _, err := c.Accept(ctx); return err },
			func() error { _, err := c.Book(ctx); return err },
			func() error { _, err := c.StartSession(ctx); return err },
			func() error { return c.NoteWork(ctx) },
			func() error { _, err := c.EndSession(ctx); return err },
		} {
			must(t, persist(ctx, step))
		}
		must(t, persist(ctx, func() error { _, err := c.Upload(ctx, content, 0, 0); return err }))
		technician, err := by.As("technician")
		must(t, err)
		got, err := seen(ctx, technician.Scheduling, c.SessionID)
		if err != nil || !bytes.Equal(got, content) {
			t.Errorf("over %s %d bytes come back, %v", name, len(got), err)
		}
		other := by.NewCase(uuid.NewString())
		if _, err := other.Upload(ctx, content, 0, 0); rpc.Reason(err) != "RECORDING_UNKNOWN" {
			t.Errorf("over %s a refusal is heard as %v", name, err)
		}
	}
}
