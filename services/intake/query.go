package intake

import (
	"context"
	"slices"

	"google.golang.org/protobuf/types/known/timestamppb"

	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	"aanvraag.internal/proto/gen/aanvraag/intake/v1/intakev1connect"
	"aanvraag.internal/services/intake/internal/contact"
	"aanvraag.internal/services/intake/internal/request"
	"aanvraag.internal/services/kernel/hours"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/rpc"
)

// GetSupportRequest implements the RPC.
func (d *door) GetSupportRequest(
	ctx context.Context, req *intakev1.GetSupportRequestRequest,
) (*intakev1.GetSupportRequestResponse, error) {
	if err := rpc.Own(ctx, req.GetSupportRequestId()); err != nil {
		return nil, err
	}
	// It is folded from the log, which has seen whatever the token names.
	if _, err := rpc.ParseToken(req.GetConsistencyToken()); err != nil {
		return nil, err
	}
	id, err := canonicalID(req.GetSupportRequestId())
	if err != nil {
		return nil, request.Unknown
	}
	found, err := d.s.requests.Load(ctx, id.String())
	if err != nil {
		return nil, err
	}
	if found.State.State == request.StateNone {
		return nil, request.Unknown
	}
	out := public(id.String(), found.State, found.Revision)
	if req.GetIncludePersonalData() {
		if err := d.s.disclose(ctx, id, found.State, out); err != nil {
			return nil, err
		}
	}
	return &intakev1.GetSupportRequestResponse{SupportRequest: out}, nil
}

// WatchSupportRequest implements the RPC.
func (d *door) WatchSupportRequest(
	ctx context.Context, req *intakev1.WatchSupportRequestRequest,
	stream intakev1connect.IntakeServiceWatchSupportRequestServerStream,
) error {
	if err := rpc.Own(ctx, req.GetSupportRequestId()); err != nil {
		return err
	}
	id, err := canonicalID(req.GetSupportRequestId())
	if err != nil {
		return request.Unknown
	}
	// The position is taken before the state is read: what the read does not see
	// yet lies after it, and what it does see is left out by revision.
	end, err := d.s.house.Store.End(ctx)
	if err != nil {
		return err
	}
	standing, err := d.s.requests.Load(ctx, id.String())
	if err != nil {
		return err
	}
	if standing.State.State == request.StateNone {
		return request.Unknown
	}
	tell := func() error {
		return stream.Send(&intakev1.WatchSupportRequestResponse{
			SupportRequest: public(id.String(), standing.State, standing.Revision),
		})
	}
	if err := tell(); err != nil || standing.State.Final() {
		return err
	}
	name := d.s.requests.Stream(id.String())
	for batch, err := range d.s.house.Store.Subscribe(ctx, end, eventstore.Filter{Prefixes: []string{name}}) {
		if err != nil {
			return err
		}
		for _, r := range batch.Events {
			if r.Stream != name || r.Revision <= standing.Revision {
				continue
			}
			e, err := codec.Decode(r.Type, r.Data)
			if err != nil {
				return err
			}
			standing.State, standing.Revision = e.Evolve(standing.State), r.Revision
			if err := tell(); err != nil || standing.State.Final() {
				return err
			}
		}
	}
	return ctx.Err()
}

// ListSupportRequests implements the RPC.
func (d *door) ListSupportRequests(
	ctx context.Context, req *intakev1.ListSupportRequestsRequest,
) (*intakev1.ListSupportRequestsResponse, error) {
	page, err := rpc.NewPage(req)
	if err != nil {
		return nil, err
	}
	below, err := page.Position()
	if err != nil {
		return nil, err
	}
	if err := d.s.View().WaitFor(ctx, page.Seen); err != nil {
		return nil, err
	}
	rows, err := d.s.list(ctx, req.GetStates(), below, page.Size+1) // one more tells whether a page follows
	if err != nil {
		return nil, err
	}
	out := &intakev1.ListSupportRequestsResponse{}
	if len(rows) > page.Size {
		rows = rows[:page.Size]
		out.NextPageToken = page.NextPosition(rows[page.Size-1].position)
	}
	for _, row := range rows {
		out.SupportRequests = append(out.SupportRequests, public(row.id, row.request, row.revision))
	}
	return out, nil
}

// GetContactDirectory implements the RPC.
func (d *door) GetContactDirectory(
	ctx context.Context, _ *intakev1.GetContactDirectoryRequest,
) (*intakev1.GetContactDirectoryResponse, error) {
	now := d.s.house.Clock.Now()
	var directory contact.Directory
	ref, err := d.s.policies.At(ctx, contactPolicy, now, &directory)
	if err != nil {
		return nil, err
	}
	var calendar hours.Calendar
	if _, err := d.s.policies.At(ctx, calendarPolicy, now, &calendar); err != nil {
		return nil, err
	}
	opens, closes := workingDay(calendar)
	out := &intakev1.GetContactDirectoryResponse{
		Version:              int32(ref.Version),
		BusinessSupportPhone: directory.BusinessSupportPhone,
		MainPhone:            directory.MainPhone,
		Email:                directory.Email,
		Opens:                opens,
		Closes:               closes,
		TimeZone:             calendar.Zone,
		OpenNow:              calendar.Open(now),
	}
	for _, c := range directory.MainMenu {
		out.MainMenu = append(out.MainMenu, &intakev1.MenuChoice{
			Key: int32(c.Key), Purpose: c.Purpose,
		})
	}
	if opening, ok := calendar.NextOpening(now); ok && !out.GetOpenNow() {
		out.NextOpening = timestamppb.New(opening)
	}
	return out, nil
}

// workingDay is when the desk first opens and last closes from Monday to Friday.
func workingDay(c hours.Calendar) (opens, closes string) {
	for _, w := range c.Weekly {
		if !slices.ContainsFunc(w.Days, func(day int) bool { return day <= 5 }) {
			continue
		}
		if opens == "" || w.From < opens {
			opens = w.From
		}
		closes = max(closes, w.To)
	}
	return opens, closes
}

// public is a request without anything personal.
func public(id string, r request.Request, revision eventstore.Revision) *intakev1.SupportRequest {
	out := &intakev1.SupportRequest{
		SupportRequestId: id,
		Reference:        r.Reference,
		State:            states[r.State],
		Revision:         int64(revision),
		Channel:          channels[r.Channel],
		ChangedAt:        timestamppb.New(r.ChangedAt),
		PartyKind:        kinds[r.PartyKind],
		Language:         r.Language,
		ConsentId:        r.Consent.ID,
		AppointmentId:    r.LastAppointment(),
		Outcome:          outcomes[r.Outcome],
		WorkedSeconds:    r.WorkedSeconds(),
		InvoiceId:        r.InvoiceID,
		InvoiceNumber:    r.InvoiceNumber,
	}
	if !r.SubmittedAt.IsZero() { // a draft was not
		out.SubmittedAt = timestamppb.New(r.SubmittedAt)
	}
	if !r.NextOpening.IsZero() {
		out.NextOpening = timestamppb.New(r.NextOpening)
	}
	return out
}
