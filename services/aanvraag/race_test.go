package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"aanvraag.internal/services/aanvraag/internal/check"
)

// the customer cancels at the instant at which his work starts, many times over.
// Whatever each of the two was answered, the log alone tells that exactly one of them
// happened: the request was ended, or an appointment of it started.
func TestR06OfACancellationAndAStartAtTheSameInstantExactlyOneWins(t *testing.T) {
	h := start(t, t.TempDir())
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	const pairs = 60
	racing := make([]*path, pairs)
	for i := range racing {
		racing[i] = walk(h).booked()
	}
	var mu sync.Mutex
	answers := map[string]int{}
	var all sync.WaitGroup
	for i, p := range racing {
		var started, cancelled int
		var pair sync.WaitGroup
		// Both begin together, and now one and now the other gets ahead.
		begin := make(chan struct{})
		pair.Go(func() {
			<-begin
			time.Sleep(time.Duration(i%10) * 4 * time.Millisecond)
			started, _ = p.post(p.technician, "scheduling.v1.SchedulingService/StartSession", p.startBody(key()))
		})
		pair.Go(func() {
			<-begin
			cancelled, _ = p.post(p.customer, "intake.v1.IntakeService/CancelSupportRequest",
				fmt.Sprintf(`{%s,"supportRequestId":%q}`, key(), p.R))
		})
		all.Go(func() {
			close(begin)
			pair.Wait()
			mu.Lock()
			defer mu.Unlock()
			switch {
			case started == http.StatusOK && cancelled == http.StatusOK:
				answers["both"]++
			case started == http.StatusOK:
				answers["started"]++
			case cancelled == http.StatusOK:
				answers["cancelled"]++
			default:
				answers["neither"]++
			}
		})
	}
	all.Wait()
	t.Logf("answers: %v", answers)
	if answers["both"] > 0 || answers["neither"] > 0 {
		t.Errorf("of each pair exactly one succeeds: %v", answers)
	}
	beside, err := check.Beside(h.data)
	if err != nil {
		t.Fatal(err)
	}
	defer beside.Close()
	found, err := check.AtRest(ctx, beside.Subject, 30*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		t.Errorf("at rest: %s", f)
	}
	var log strings.Builder
	for _, p := range racing {
		log.Reset()
		if err := (&replayCmd{Request: p.R, Data: h.data}).Run(ctx, streams{out: &log, err: &log}); err != nil {
			t.Fatal(err)
		}
		began, over := strings.Contains(log.String(), "appointment.started.v1"), strings.Contains(log.String(), "request.cancelled.v1")
		if began == over {
			t.Errorf("%s: work began %t, cancelled %t", p.R, began, over)
		}
	}
}
