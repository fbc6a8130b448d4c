package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/google/uuid"

	operationsv1 "aanvraag.internal/proto/gen/aanvraag/operations/v1"
	"aanvraag.internal/proto/gen/aanvraag/operations/v1/operationsv1connect"
	"aanvraag.internal/services/platform/rpc"
)

// parkedCmd shows what a running system could not handle, and lets an operator
// decide what becomes of it (R5).
type parkedCmd struct {
	List  parkedListCmd  `cmd:"" help:"List what is parked."`
	Show  parkedShowCmd  `cmd:"" help:"Tell everything that happened to one parked event stream."`
	Retry parkedRetryCmd `cmd:"" help:"Handle the parked event, and what has queued behind it."`
	Skip  parkedSkipCmd  `cmd:"" help:"Leave out the parked event for ever, and handle what has queued behind it."`
}

// operator reaches a running system as an administrator.
type operator struct {
	reach   `embed:""`
	Subject string `default:"administrator" help:"Who decides; it is recorded. A pseudonym, such as the name of an account."`
}

func (o operator) client() (operationsv1connect.OperationsServiceClient, error) {
	client, err := o.as("administrator", o.Subject)
	if err != nil {
		return nil, err
	}
	return operationsv1connect.NewOperationsServiceClient(client), nil
}

// explained adds advice to what the system answered.
func explained(err error) error {
	switch rpc.Reason(err) {
	case "":
		return reached(err)
	case "PARKED_UNKNOWN":
		return hinted{err, "aanvraag parked list has the ids"}
	case "PARKED_ELSEWHERE", "ILLEGAL_STATE":
		return hinted{err, "aanvraag parked show ID tells where it stands"}
	}
	return reached(err)
}

// parkedListCmd lists.
type parkedListCmd struct {
	operator `embed:""`

	Listener string `help:"Only what this service could not handle." placeholder:"SERVICE"`
	All      bool   `help:"Also what was released."`
}

// Run prints one line for each parked event stream, the last parked first.
func (c *parkedListCmd) Run(ctx context.Context, std streams) error {
	client, err := c.client()
	if err != nil {
		return err
	}
	req := &operationsv1.ListParkedRequest{Listener: c.Listener, PageSize: 200}
	if c.All {
		req.States = []operationsv1.ParkedState{
			operationsv1.ParkedState_PARKED_STATE_PARKED,
			operationsv1.ParkedState_PARKED_STATE_RETRYING,
			operationsv1.ParkedState_PARKED_STATE_RELEASED,
		}
	}
	table := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
	listed := 0
	for {
		page, err := client.ListParked(ctx, req)
		if err != nil {
			return explained(err)
		}
		for _, p := range page.GetParked() {
			if listed++; listed == 1 {
				fmt.Fprintln(table, "ID\tSTATE\tSINCE\tREVISION\tEVENT\tREASON")
			}
			fmt.Fprintf(table, "%s\t%s\t%s\t%d\t%s\t%s\n", plain(p.GetParkedId()), stateName(p.GetState()),
				p.GetParkedAt().AsTime().Format(time.RFC3339), p.GetEventRevision(), eventName(p), plain(p.GetReason()))
		}
		if req.PageToken = page.GetNextPageToken(); req.GetPageToken() == "" {
			break
		}
	}
	if listed == 0 {
		fmt.Fprintln(std.out, "nothing is parked")
	}
	return table.Flush()
}

// parkedShowCmd shows one.
type parkedShowCmd struct {
	operator `embed:""`

	ID string `arg:"" help:"As the list has it: LISTENER.SERVICE.STREAM."`
}

// Run prints where it stands and its history.
func (c *parkedShowCmd) Run(ctx context.Context, std streams) error {
	client, err := c.client()
	if err != nil {
		return err
	}
	got, err := client.GetParked(ctx, &operationsv1.GetParkedRequest{ParkedId: c.ID})
	if err != nil {
		return explained(err)
	}
	show(std.out, got)
	return nil
}

func show(w io.Writer, got *operationsv1.GetParkedResponse) {
	p := got.GetParked()
	fmt.Fprintf(w, "%s\n", plain(p.GetParkedId()))
	line := func(name, format string, args ...any) {
		fmt.Fprintf(w, "   %-11s %s\n", name, plain(fmt.Sprintf(format, args...)))
	}
	line("state", "%s", stateName(p.GetState()))
	line("listener", "%s", p.GetListener())
	line("stream", "%s of %s", p.GetEventStream(), p.GetService())
	line("event", "%s %s, revision %d", eventName(p), p.GetEventId(), p.GetEventRevision())
	line("reason", "%s", p.GetReason())
	line("tries", "%d", p.GetTries())
	if about := p.GetCorrelationId(); about != "" {
		line("about", "%s", about)
	}
	if len(p.GetSkippedRevisions()) > 0 {
		line("skipped", "%v", p.GetSkippedRevisions())
	}
	fmt.Fprintln(w)
	for i, s := range got.GetHistory() {
		what := strings.TrimSuffix(strings.TrimPrefix(s.GetType(), "parking."), ".v1")
		if s.EventRevision != nil {
			preposition := "at"
			if what == "released" {
				preposition = "through"
			}
			what += fmt.Sprintf(" %s revision %d", preposition, s.GetEventRevision())
		}
		what += " by " + s.GetActorKind() + " " + s.GetActorId()
		if s.GetReason() != "" {
			what += ": " + s.GetReason()
		}
		fmt.Fprintf(w, "%d. %s  %s\n", i+1, s.GetAt().AsTime().Format(time.RFC3339), plain(what))
	}
}

// parkedRetryCmd retries.
type parkedRetryCmd struct {
	operator `embed:""`

	ID   string        `arg:""        help:"As the list has it: LISTENER.SERVICE.STREAM."`
	Wait time.Duration `default:"10s" help:"How long to wait for the listener; 0s: not at all."`
}

// Run answers an error when the event stream stays parked.
func (c *parkedRetryCmd) Run(ctx context.Context, std streams) error {
	client, err := c.client()
	if err != nil {
		return err
	}
	done, err := client.RetryParked(ctx, &operationsv1.RetryParkedRequest{IdempotencyKey: uuid.NewString(), ParkedId: c.ID})
	if err != nil {
		return explained(err)
	}
	return outcome(ctx, std.out, client, done.GetParked(), c.Wait)
}

// parkedSkipCmd skips.
type parkedSkipCmd struct {
	operator `embed:""`

	ID       string        `arg:""                                                                                                  help:"As the list has it: LISTENER.SERVICE.STREAM."`
	Reason   string        `help:"Why the event can be left out: 10 to 500 characters that name no person. They are kept for ever." placeholder:"TEXT"                                        required:""`
	Revision *int64        `help:"Skip only if it is parked at this revision. Default: the one at which it stands."                 placeholder:"N"`
	Wait     time.Duration `default:"10s"                                                                                           help:"How long to wait for the listener; 0s: not at all."`
}

// Run answers an error when the event stream stays parked, at a later event.
func (c *parkedSkipCmd) Run(ctx context.Context, std streams) error {
	client, err := c.client()
	if err != nil {
		return err
	}
	req := &operationsv1.SkipParkedRequest{IdempotencyKey: uuid.NewString(), ParkedId: c.ID, Reason: c.Reason}
	if c.Revision != nil {
		req.EventRevision = *c.Revision
	} else {
		standing, err := client.GetParked(ctx, &operationsv1.GetParkedRequest{ParkedId: c.ID})
		if err != nil {
			return explained(err)
		}
		req.EventRevision = standing.GetParked().GetEventRevision()
	}
	done, err := client.SkipParked(ctx, req)
	if err != nil {
		return explained(err)
	}
	fmt.Fprintf(std.out, "skipped revision %d of %s\n", req.GetEventRevision(), plain(done.GetParked().GetEventStream()))
	return outcome(ctx, std.out, client, done.GetParked(), c.Wait)
}

// look is how often the end of an attempt is looked for.
const look = 50 * time.Millisecond

// outcome tells how an attempt ended, or that it did not within a time.
func outcome(
	ctx context.Context, w io.Writer, client operationsv1connect.OperationsServiceClient, p *operationsv1.Parked, wait time.Duration,
) error {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	tick := time.NewTicker(look)
	defer tick.Stop()
	attempt := p.GetAttempts()
	for p.GetState() == operationsv1.ParkedState_PARKED_STATE_RETRYING {
		select {
		case <-tick.C:
		case <-ctx.Done():
			fmt.Fprintf(w, "under way; aanvraag parked show %s tells how it ends\n", plain(p.GetParkedId()))
			return nil
		}
		got, err := client.GetParked(ctx, &operationsv1.GetParkedRequest{ParkedId: p.GetParkedId()})
		if err == nil {
			p = got.GetParked()
		} else if ctx.Err() == nil {
			return explained(err)
		}
	}
	if p.GetState() == operationsv1.ParkedState_PARKED_STATE_RELEASED {
		fmt.Fprintf(w, "released: everything through revision %d is handled or skipped\n", p.GetReleasedThrough())
		return nil
	}
	if p.GetAttempts() != attempt {
		return hinted{errors.New("somebody else decided meanwhile"), "aanvraag parked show ID tells what"}
	}
	return hinted{
		fmt.Errorf("still parked, at revision %d: %s", p.GetEventRevision(), plain(p.GetReason())),
		"mend the cause and retry, or skip this one event",
	}
}

func stateName(s operationsv1.ParkedState) string {
	return strings.ToLower(strings.TrimPrefix(s.String(), "PARKED_STATE_"))
}

// eventName is the last part of an event's type.
func eventName(p *operationsv1.Parked) string {
	switch {
	case p.GetUnreadable():
		return "unreadable"
	case p.GetEventType() == "":
		return "missing"
	}
	return plain(p.GetEventType()[strings.LastIndexByte(p.GetEventType(), '.')+1:])
}

// plain keeps what others wrote from steering the terminal it is shown on.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, s)
}
