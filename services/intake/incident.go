package intake

import (
	"context"
	"fmt"

	"connectrpc.com/connect/v2"
	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/timestamppb"

	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	"aanvraag.internal/services/intake/internal/incident"
	"aanvraag.internal/services/intake/internal/request"
	"aanvraag.internal/services/platform/command"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/rpc"
	"aanvraag.internal/services/platform/vault"
)

// incidentCategory of the streams "incident-<incident id>".
const incidentCategory = "incident"

// Fields that are sealed; recorded and permanent.
const (
	fieldIncident    = "incident"
	fieldExplanation = "incidentAnswer"
)

type incidentResult = command.Result[incident.Incident]

// answers are the roles with the task to judge an incident, beside those that see
// the person for their own tasks (D-04).
var answers = map[commonv1.Role]bool{commonv1.Role_ROLE_ADMINISTRATOR: true}

// RecordDataIncident implements the RPC. It is about a request that somebody sent:
// nothing is known of anybody else's data.
func (d *door) RecordDataIncident(
	ctx context.Context, req *intakev1.RecordDataIncidentRequest,
) (*intakev1.RecordDataIncidentResponse, error) {
	incidentID, err := uuid.Parse(req.GetIncidentId())
	if err != nil {
		return nil, rpc.InvalidField("incident_id", "string.uuid", "must be a UUID")
	}
	id, env, err := d.envelope(ctx, req)
	if err != nil {
		return nil, err
	}
	standing, err := d.s.requests.Load(ctx, id.String())
	if err != nil {
		return nil, err
	}
	switch standing.State.State {
	case request.StateNone, request.StateDrafted, request.StateDiverted, request.StateExpired:
		return nil, request.Unknown
	}
	wish := incident.Record{
		SupportRequestID: id.String(), PersonalData: req.GetPersonalDataInvolved(), HappenedAt: req.GetHappenedAt().AsTime(), At: env.DecidedAt,
	}
	if wish.WhatHappened, err = d.s.sealText(ctx, id, env.CommandID, fieldIncident, req.GetWhatHappened()); err != nil {
		return nil, err
	}
	done, err := d.s.incidents.Execute(ctx, incidentID.String(), env, wish)
	if err != nil {
		return nil, err
	}
	return &intakev1.RecordDataIncidentResponse{
		Incident: publicIncident(incidentID.String(), done.State, done.Revision), ConsistencyToken: rpc.Token(done.Position),
	}, nil
}

// AnswerDataIncident implements the RPC.
func (d *door) AnswerDataIncident(
	ctx context.Context, req *intakev1.AnswerDataIncidentRequest,
) (*intakev1.AnswerDataIncidentResponse, error) {
	incidentID, standing, err := d.incident(ctx, req.GetIncidentId())
	if err != nil {
		return nil, err
	}
	about, err := uuid.Parse(standing.State.SupportRequestID)
	if err != nil {
		return nil, fmt.Errorf("request of incident %s: %w", incidentID, err)
	}
	env, err := rpc.NewCommand(ctx, d.s.house.Clock, d.s.house.Vault.Fingerprint, req, about.String())
	if err != nil {
		return nil, err
	}
	wish := incident.Answer{Reported: req.GetReported(), At: env.DecidedAt}
	if wish.Explanation, err = d.s.sealText(ctx, about, env.CommandID, fieldExplanation, req.GetExplanation()); err != nil {
		return nil, err
	}
	done, err := d.s.incidents.Execute(ctx, incidentID, env, wish)
	if err != nil {
		return nil, err
	}
	return &intakev1.AnswerDataIncidentResponse{
		Incident: publicIncident(incidentID, done.State, done.Revision), ConsistencyToken: rpc.Token(done.Position),
	}, nil
}

// GetDataIncident implements the RPC. It folds the stream itself, so it has seen
// whatever any token stands for.
func (d *door) GetDataIncident(
	ctx context.Context, req *intakev1.GetDataIncidentRequest,
) (*intakev1.GetDataIncidentResponse, error) {
	if _, err := rpc.ParseToken(req.GetConsistencyToken()); err != nil {
		return nil, err
	}
	id, found, err := d.incident(ctx, req.GetIncidentId())
	if err != nil {
		return nil, err
	}
	out := publicIncident(id, found.State, found.Revision)
	if req.GetIncludePersonalData() {
		caller := rpc.CallerFrom(ctx)
		if !mayOpen[caller.Role] && !answers[caller.Role] {
			return nil, rpc.Fail(connect.CodePermissionDenied, rpc.ReasonPermissionDenied,
				"your role may not see personal data", map[string]string{"rule": "D-04"})
		}
		o := opener{ctx: ctx, vault: d.s.house.Vault, access: vault.Access{
			Actor: rpc.RoleName(caller.Role) + "/" + caller.Subject, Reason: "incident " + id,
		}}
		out.WhatHappened, out.Explanation = o.text(found.State.WhatHappened), o.text(found.State.Explanation)
		if o.err != nil {
			return nil, o.err
		}
	}
	return &intakev1.GetDataIncidentResponse{Incident: out}, nil
}

// ListDataIncidents implements the RPC.
func (d *door) ListDataIncidents(
	ctx context.Context, req *intakev1.ListDataIncidentsRequest,
) (*intakev1.ListDataIncidentsResponse, error) {
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
	rows, err := d.s.listIncidents(ctx, req.GetOpenTasks(), below, page.Size+1) // one more tells whether a page follows
	if err != nil {
		return nil, err
	}
	out := &intakev1.ListDataIncidentsResponse{}
	for i, row := range rows {
		if i == page.Size {
			out.NextPageToken = page.NextPosition(rows[i-1].position)
			break
		}
		found, err := d.s.incidents.Load(ctx, row.id)
		if err != nil {
			return nil, err
		}
		out.Incidents = append(out.Incidents, publicIncident(row.id, found.State, found.Revision))
	}
	return out, nil
}

func (d *door) incident(ctx context.Context, id string) (string, incidentResult, error) {
	parsed, err := uuid.Parse(id)
	if err != nil {
		return "", incidentResult{}, incident.Unknown
	}
	found, err := d.s.incidents.Load(ctx, parsed.String())
	if err == nil && found.State.State == incident.None {
		err = incident.Unknown
	}
	return parsed.String(), found, err
}

// publicIncident is an incident without what is sealed.
func publicIncident(id string, i incident.Incident, revision eventstore.Revision) *intakev1.DataIncident {
	out := &intakev1.DataIncident{
		IncidentId: id, SupportRequestId: i.SupportRequestID, State: incidentStates[i.State], Revision: int64(revision),
		PersonalDataInvolved: i.PersonalData, HappenedAt: timestamppb.New(i.HappenedAt), RecordedAt: timestamppb.New(i.RecordedAt),
	}
	if !i.ReportBy.IsZero() {
		out.ReportBy = timestamppb.New(i.ReportBy)
	}
	if !i.AnsweredAt.IsZero() {
		out.AnsweredAt = timestamppb.New(i.AnsweredAt)
	}
	return out
}

var incidentStates = map[incident.State]intakev1.DataIncidentState{
	incident.Recorded:    intakev1.DataIncidentState_DATA_INCIDENT_STATE_RECORDED,
	incident.Open:        intakev1.DataIncidentState_DATA_INCIDENT_STATE_OPEN,
	incident.Overdue:     intakev1.DataIncidentState_DATA_INCIDENT_STATE_OVERDUE,
	incident.Reported:    intakev1.DataIncidentState_DATA_INCIDENT_STATE_REPORTED,
	incident.NotReported: intakev1.DataIncidentState_DATA_INCIDENT_STATE_NOT_REPORTED,
}
